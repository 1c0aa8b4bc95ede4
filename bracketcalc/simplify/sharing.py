"""Making one expression of those that are written in different ways and have one canonical form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bracketcalc.expr.core import Elementwise, Expr, Product, Sum
from bracketcalc.expr.nodes import Definition, Map
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.powers import as_power, is_whole
from bracketcalc.simplify.products import STRUCTURE, is_scaling
from bracketcalc.simplify.sketch import MODULUS
from bracketcalc.traverse import postorder, with_children

COMPUTED = (Product, Sum, Elementwise, Map)
"""Expressions that take work, and have a canonical form that sees into them."""


def shared_forms(exprs: Sequence[Expr]) -> list[Expr]:
    """Return the expressions with one way to write what they write in several ways.

    A value is often written as (x / s) g where x / s is needed too, and as x g / s where it is not. A
    program computes both, and all that follows from them, unless they become one. Definitions are names
    and stay.

    Args:
        exprs: the expressions; the way in which the last of them write a value is kept.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> x, y, z = tensors("x[n] y[n] z[n]")
        >>> shared_forms([x * y * z, (x * z) * y])[0] == (x * z) * y
        True
    """
    order = postorder(reversed(exprs), stop=lambda node: isinstance(node, Definition))
    same = _written_first(order)
    if not same:
        return list(exprs)
    memo: dict[Expr, Expr] = {}
    for node in order:
        first = same.get(node)
        if first is not None:
            memo[node] = memo[first]
        elif isinstance(node, Definition):
            memo[node] = node
        else:
            memo[node] = with_children(node, tuple([memo[child] for child in node.children]))
    return [memo[expr] for expr in exprs]


def _written_first(order: Sequence[Expr]) -> dict[Expr, Expr]:
    """Return for expressions the one before them that has their axes and their canonical form."""
    keys: dict[Expr, int] = {}
    groups: dict[tuple[int, object], list[Expr]] = {}
    for node in order:
        keys[node] = _key(node, keys)
        if isinstance(node, COMPUTED):
            groups.setdefault((keys[node], node.sizes), []).append(node)
    table = CanonicalTable()
    same: dict[Expr, Expr] = {}
    for group in groups.values():
        first: dict[object, Expr] = {}
        computed = [node for node in group if not is_scaling(node)] if len(group) > 1 else ()
        for node in computed if len(computed) > 1 else ():
            before = first.setdefault(table.form(node), node)
            if before is not node:
                same[node] = before
    return same


def _key(node: Expr, keys: Mapping[Expr, int]) -> int:
    """Return a number that does not depend on the order and the grouping of factors and terms.

    What has another key is not compared. That costs no more than time in the program, so it need not find
    everything that is equal.
    """
    if isinstance(node, STRUCTURE):
        return 0
    if isinstance(node, Definition):
        return hash(node)
    inner = [keys[child] for child in node.children]
    if isinstance(node, Product):
        return sum(inner) % MODULUS
    if isinstance(node, Sum):
        return sum(hash(("term", key)) for key in inner) % MODULUS
    base, exponent = as_power(node)
    if base is not node and is_whole(exponent):
        return int(exponent) * keys[base] % MODULUS
    return hash((type(node).__name__, node.data, *inner)) % MODULUS
