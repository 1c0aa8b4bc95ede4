"""What follows from the facts declared of tensors for the expressions made of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bracketcalc.expr.core import POWER, Elementwise, Expr, Tensor
from bracketcalc.expr.facts import AnyFact, Fact, SumsToOne
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.functions.one_hot import ONE_HOT
from bracketcalc.functions.square_matrix import INV

_IMPLIED: Mapping[AnyFact, frozenset[AnyFact]] = MappingProxyType(
    {
        Fact.DIAGONAL: frozenset({Fact.SYMMETRIC}),
        Fact.POSITIVE_DEFINITE: frozenset({Fact.SYMMETRIC}),
    }
)

_OF_INVERSES = frozenset({Fact.SYMMETRIC, Fact.DIAGONAL, Fact.ORTHOGONAL, Fact.POSITIVE_DEFINITE})
_OF_FUNCTIONS = frozenset({Fact.SYMMETRIC})

MAX_NESTING = 16
"""Tensors below more functions than this are not looked for."""

_NOTHING: frozenset[AnyFact] = frozenset()

_MAY_HAVE = (Tensor, Definition, Elementwise, Map)


def is_inverse(expr: Expr) -> bool:
    """Return whether an expression is the inverse of a matrix, or of every matrix in a stack."""
    return isinstance(expr, Map) and expr.function == INV


def known_facts(expr: Expr) -> frozenset[AnyFact]:
    """Return the facts of a tensor, with those that follow from them.

    They hold for a definition of the tensor and for its inverse. A function of every element keeps
    symmetry, and a positive power keeps zeros. One-hot rows sum to one. Anything else has no facts.

    Example:
        >>> from bracketcalc.expr.build import tensor
        >>> sorted(fact.value for fact in known_facts(tensor("D", ("n", "n"), assume="diagonal")))
        ['diagonal', 'symmetric']
    """
    if not isinstance(expr, _MAY_HAVE):
        return _NOTHING
    kept: frozenset[AnyFact] | None = None
    for _ in range(MAX_NESTING):
        if isinstance(expr, Tensor):
            break
        if isinstance(expr, Definition):
            expr = expr.body
            continue
        if isinstance(expr, Map) and expr.function == ONE_HOT and kept is None:
            return frozenset({SumsToOne(expr.ndim - 1)})
        if isinstance(expr, Map) and is_inverse(expr):
            passed, expr = _OF_INVERSES, expr.argument
        elif isinstance(expr, Elementwise):
            powers = expr.function == POWER and expr.parameters[0] > 0
            passed = _OF_FUNCTIONS | {Fact.DIAGONAL} if powers else _OF_FUNCTIONS
            expr = expr.argument
        else:
            return _NOTHING
        kept = passed if kept is None else kept & passed
    facts: frozenset[AnyFact] = expr.data[2] if isinstance(expr, Tensor) else _NOTHING
    if not facts:
        return _NOTHING
    facts = facts.union(*[_IMPLIED.get(fact, _NOTHING) for fact in facts])
    return facts if kept is None else facts & kept
