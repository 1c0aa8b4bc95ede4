"""From expressions to formulas, each shared expression once and without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import (
    Delta,
    Elementwise,
    Expr,
    ImaginaryUnit,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
)
from bracketcalc.expr.nodes import Definition, Map, Operator
from bracketcalc.expr.over_time import OverTime
from bracketcalc.expr.recurrence import FinalState, Recurrence, Repeated
from bracketcalc.notation.built_in import IMAGINARY
from bracketcalc.notation.spelled import spelled
from bracketcalc.render import layout
from bracketcalc.render.applications import elementwise_plan, map_plan, operator_plan
from bracketcalc.render.bracket.formulas import (
    bracket_body,
    bracket_total,
    names_in_braces,
    needs_angles,
)
from bracketcalc.render.forms import diagonal_matrix, total
from bracketcalc.render.layout import Formula, Name
from bracketcalc.render.opened import Opened, opened
from bracketcalc.render.plans import Plan, Tie, constants_to_name, plans_below
from bracketcalc.render.products import Body, index_body, matrix_body, product_formula
from bracketcalc.render.recurrent import OverTimes, recurrence_plan
from bracketcalc.simplify.engine import is_definition
from bracketcalc.traverse import postorder

STYLES: Mapping[str, Body] = MappingProxyType(
    {"matrix": matrix_body, "index": index_body, "bracket": bracket_body}
)
"""How the factors of products are written, by the name of the style."""


_LONGEST = 1e300
"""Where counting how long an expression is ends."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How expressions are written.

    Attributes:
        body: how products are.
        in_angles: whether products and sums are in the general bracket notation.
        identity_taken: whether the name I is taken by something else than the identity.
        unit_taken: whether a name such as e or e_3 is taken by something else than a one-hot.
        imaginary: the name of the imaginary unit.
    """

    body: Body
    in_angles: bool
    identity_taken: bool
    unit_taken: bool
    imaginary: str


def formula_of(expr: Expr, style: str = "matrix") -> Formula:
    """Return the formula of an expression.

    Args:
        expr: any expression.
        style: ``"matrix"``, ``"index"`` or ``"bracket"``.

    Raises:
        ArgumentError: for another style.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[m,n] x[n]")
        >>> [part.text for part in formula_of(A @ x).operands]
        ['A', 'x']
    """
    if style not in STYLES:
        raise ArgumentError(
            f"there is no style {style!r}; the styles are {', '.join(map(repr, STYLES))}",
            hint="write style='matrix'",
        )
    nodes = postorder([expr], stop=is_definition)
    names = [spelled(node.name) for node in nodes if isinstance(node, Size | Tensor | Definition)]
    unit_taken = any(name == "e" or name.startswith("e_") for name in names)
    chosen = _Style(STYLES[style], style == "bracket", "I" in names, unit_taken, _imaginary(nodes, names))
    lengths: dict[Expr, float] = {}
    braced = names_in_braces(names)
    if chosen.in_angles:
        chosen = replace(chosen, body=partial(bracket_body, braced=braced, lengths=lengths))
    elif braced:
        plain = index_body if style == "index" else matrix_body
        chosen = replace(chosen, body=partial(plain, braced=braced))
    plans = plans_below(expr, lambda node: _PLANS[type(node)](node, chosen))
    named = constants_to_name(expr, plans)
    formulas: dict[Expr, Formula] = {}
    for node, plan in plans.items():
        inner = sum(lengths[part] for part in plan.parts)
        lengths[node] = min(inner + 2, _LONGEST) if plan.parts else 1
        formulas[node] = plan.make([formulas[part] for part in plan.parts], named[node])
    return formulas[expr]


def _imaginary(nodes: Iterable[Expr], names: Iterable[str]) -> str:
    """Return the first name of the imaginary unit that nothing else has, sizes of axes included."""
    taken = {*names, *(size.name for node in nodes for size in node.sizes if isinstance(size, Size))}
    return next((name for name in IMAGINARY if name not in taken), IMAGINARY[-1])


def _imaginary_unit(_expr: ImaginaryUnit, style: _Style) -> Plan:
    return Plan((), (), lambda _parts, _named: Name(style.imaginary))


def _named(expr: Tensor | Size | Definition, _style: _Style) -> Plan:
    return Plan((), (), lambda _parts, _named: Name(expr.name))


def _product(expr: Product | Ones | Delta | OneHot, style: _Style) -> Plan:
    found = opened(expr)
    factors = [leaf.expr for leaf in found.leaves]
    constants = Ones | Delta | OneHot
    variable = [number for number, factor in enumerate(factors) if not isinstance(factor, constants)]

    def make(parts: list[Formula], named: frozenset[int]) -> Formula:
        rest = iter(parts)
        formulas = [_constant(factor, n in named, style) or next(rest) for n, factor in enumerate(factors)]
        return product_formula(found, formulas, style.body)

    ties = _label_ties(found, variable)
    if style.in_angles and needs_angles(found):
        # Inside ⟨ ⟩ no size follows from what is around it.
        ties = list(_each_closed(ties))
    return Plan([factors[number] for number in variable], ties, make)


def _constant(factor: Expr, named: bool, style: _Style) -> Formula | None:
    """Return the formula of 𝟏, I or e; where I or e mean something else, diag(𝟏) or a column of I."""
    if not isinstance(factor, Ones | Delta | OneHot):
        return None
    if isinstance(factor, OneHot) and not named and not style.unit_taken:
        return layout.Unit(factor.index + 1)
    size = factor.sizes[0]
    vector = layout.Ones(size, named)
    if isinstance(factor, Ones):
        return vector
    matrix = diagonal_matrix(vector) if style.identity_taken else layout.Identity(size, named)
    return layout.Column(matrix, factor.index + 1) if isinstance(factor, OneHot) else matrix


def _each_closed(ties: Iterable[Tie]) -> Iterator[Tie]:
    """Yield a tie for each axis and each constant, none of which gets its size from another."""
    for tie in ties:
        for place in tie.parts:
            yield Tie((), (place,), closed=True)
        for constant in tie.constants:
            yield Tie((), (), (constant,), closed=True)


def _label_ties(found: Opened, variable: list[int]) -> list[Tie]:
    """Return one tie for each label, or for several labels that identities tie together."""
    classes: dict[int, list[int]] = {label: [label] for label in found.sizes}
    for leaf in found.leaves:
        if isinstance(leaf.expr, Delta):
            one, two = (classes[label] for label in leaf.labels)
            if one is not two:
                one += two
                classes.update(dict.fromkeys(two, one))
    carried: dict[int, list[tuple[int, int]]] = {}
    for part, number in enumerate(variable):
        for axis, label in enumerate(found.leaves[number].labels):
            carried.setdefault(label, []).append((part, axis))
    fixed: dict[int, list[int]] = {}
    for number in sorted(set(range(len(found.leaves))).difference(variable)):
        for label in found.leaves[number].labels:
            fixed.setdefault(label, []).append(number)
    place = {label: axis for axis, label in enumerate(found.output)}
    return [
        Tie(
            tuple(sorted([place[name] for name in names if name in place])),
            tuple(sorted([one for name in names for one in carried.get(name, ())])),
            tuple(sorted({number for name in names for number in fixed.get(name, ())})),
        )
        for label, names in classes.items()
        if label == names[0]
    ]


def _sum(expr: Sum, style: _Style) -> Plan:
    """Write a scalar that is spread over the axes as the scalar, if another term shows the axes."""
    terms = list(expr.terms)
    spread = [opened(term).spread if expr.ndim else None for term in terms]
    if None in spread:
        terms = [term if scalar is None else scalar for term, scalar in zip(terms, spread, strict=True)]
    shown = [number for number, term in enumerate(terms) if term.ndim]
    ties = [Tie((axis,), tuple([(number, axis) for number in shown])) for axis in range(expr.ndim)]
    if style.in_angles:
        return Plan(terms, ties, lambda parts, _named: bracket_total(parts))
    return Plan(terms, ties, lambda parts, _named: total(tuple(parts)))


def _applied(expr: Elementwise | Map | Operator, _style: _Style) -> Plan:
    if isinstance(expr, Operator):
        return operator_plan(expr)
    return elementwise_plan(expr) if isinstance(expr, Elementwise) else map_plan(expr)


def _over_time(expr: OverTime, _style: _Style) -> Plan:
    letter, last = expr.index.letter, expr.index.last
    ties = [Tie((axis,), ((0, axis),)) for axis in range(expr.ndim)]
    return Plan((expr.body,), ties, lambda parts, _named: OverTimes(letter, last, parts[0]))


def _repeated(expr: Repeated, _style: _Style) -> Plan:
    return recurrence_plan(expr)


_PLANS: Mapping[type[Expr], Callable[[Any, _Style], Plan]] = MappingProxyType(
    {
        Size: _named,
        Tensor: _named,
        Definition: _named,
        ImaginaryUnit: _imaginary_unit,
        Ones: _product,
        Delta: _product,
        OneHot: _product,
        Product: _product,
        Sum: _sum,
        Elementwise: _applied,
        Map: _applied,
        Recurrence: _repeated,
        FinalState: _repeated,
        Operator: _applied,
        OverTime: _over_time,
    }
)
