"""How functions are written: f(X), f²(X), f^P(X), powers, roots, norms and inverses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from bracketcalc.calculus.marks import GROUP
from bracketcalc.expr.core import POWER, Elementwise, Expr, Product, conjugate
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.number import Number
from bracketcalc.expr.parts import CONJ, REAL
from bracketcalc.functions.square_matrix import INV
from bracketcalc.render.forms import Root, conjugated, inverted, over_one, squared
from bracketcalc.render.layout import Apply, Digits, Divided, Formula, Name, Norm, Power
from bracketcalc.render.plans import Plan, Tie

HALF = Fraction(1, 2)


def elementwise_plan(expr: Elementwise) -> Plan:
    """Return how a function of every element is written."""
    function, parameters = expr.function, expr.parameters
    if function == POWER:
        return _power(expr, parameters[0])
    if function == GROUP:
        return _of(expr.argument, lambda inner: inner)
    if function == CONJ:
        return _of(expr.argument, conjugated)
    return _of(expr.argument, lambda inner: Apply(function.name, function.latex, inner, parameters))


def _of(argument: Expr, make: Callable[[Formula], Formula]) -> Plan:
    """Return the plan of an expression with the axes of its argument."""
    ties = [Tie((axis,), ((0, axis),)) for axis in range(argument.ndim)]
    return Plan((argument,), ties, lambda parts, _named: make(parts[0]))


def _power(expr: Elementwise, exponent: Number) -> Plan:
    inner = expr.argument
    if exponent < 0:
        below = inner if exponent == -1 else Elementwise(POWER, (-exponent,), inner)
        return _of(below, over_one if expr.ndim else _one_over)
    if exponent == HALF:
        return _root(inner)
    if isinstance(inner, Elementwise) and _takes_power(inner, exponent):
        name, latex, parameters = inner.function.name, inner.function.latex, inner.parameters
        return _of(inner.argument, lambda one: Apply(name, latex, one, parameters, power=int(exponent)))
    if expr.ndim == 0:
        return _of(inner, lambda one: Power(one, exponent))
    if exponent == 2:
        return _of(inner, _square)
    return _of(inner, lambda one: Apply("power", r"\operatorname{power}", one, (exponent,)))


def _takes_power(inner: Elementwise, exponent: Number) -> bool:
    """Return whether f(x) to a power is written f²(x): a name with a subscript takes no superscript."""
    whole = isinstance(exponent, int) and exponent > 1
    return whole and inner.function != POWER and inner.function.name.isalpha()


def _one_over(scalar: Formula) -> Formula:
    return Divided(Digits(1), scalar)


def _square(inner: Formula) -> Formula:
    """Return x ⊙ x for a name; anything longer is not written twice."""
    return squared(inner) if isinstance(inner, Name) else Apply("square", r"\operatorname{square}", inner)


def _root(inner: Expr) -> Plan:
    vector = _squared_norm(inner)
    if vector is None:
        return _of(inner, Root)
    ties = [Tie((), ((0, axis),)) for axis in range(vector.ndim)]
    return Plan((vector,), ties, lambda parts, _named: Norm(parts[0]))


def _squared_norm(expr: Expr) -> Expr | None:
    """Return x for an expression x · x, or real(conj(x) · x) with a complex x, otherwise None."""
    is_real = expr.children[0].is_real if isinstance(expr, Product) and expr.children else False
    if isinstance(expr, Elementwise) and expr.function == REAL:
        (expr,) = expr.children
    if not isinstance(expr, Product) or len(expr.factors) != 2 or expr.coefficient != 1:
        return None
    second, first = sorted(expr.factors, key=_is_conj, reverse=True)
    if first.is_real != is_real or second != conjugate(first):
        return None
    same = expr.labels[0] == expr.labels[1] and expr.output == ()
    return first if same and len(set(expr.labels[0])) == first.ndim > 0 else None


def _is_conj(expr: Expr) -> bool:
    return isinstance(expr, Elementwise) and expr.function == CONJ


def map_plan(expr: Map) -> Plan:
    """Return how f^P(X) is written, where the argument may be X with the positions P moved first (27)."""
    function, batch = expr.function, expr.batch
    if function == INV and batch == 0:
        square = Tie((0, 1), ((0, 0), (0, 1)))
        return Plan((expr.argument,), [square], lambda parts, _named: inverted(parts[0]))
    argument, order = _reordered(expr.argument)
    if list(order[batch:]) != sorted(order[batch:]):
        argument, order = expr.argument, range(expr.argument.ndim)
    positions = tuple([axis + 1 for axis in order[:batch]])
    ties = [Tie((place,), ((0, axis),)) for place, axis in enumerate(order[:batch])]
    ties += [Tie((), ((0, axis),), closed=True) for axis in order[batch:]]
    name, latex = function.name, function.latex
    return Plan((argument,), ties, lambda parts, _named: Apply(name, latex, parts[0], positions=positions))


def operator_plan(expr: Operator) -> Plan:
    """Return how f(A)[E, ..] is written: f(A, E, ..)."""
    record, batch = expr.operator, expr.batch
    taken = (record.ndim, *record.operands)
    numbers = range(len(taken))
    ties = [Tie((axis,), tuple([(part, axis) for part in numbers])) for axis in range(batch)]
    own = expr.ndim - sum(map(len, expr.beside))
    for part, count in enumerate(taken):
        ties += [Tie((), ((part, axis),), closed=True) for axis in range(batch, batch + count)]
        for axis in range(batch + count, expr.children[part].ndim):
            ties.append(Tie((own,), ((part, axis),)))
            own += 1
    name, latex = record.name, record.latex
    return Plan(
        expr.children, ties, lambda parts, _named: Apply(name, latex, parts[0], behind=tuple(parts[1:]))
    )


def _reordered(expr: Expr) -> tuple[Expr, Sequence[int]]:
    """Return X and an order of its axes, for a product that is X transposed."""
    if isinstance(expr, Product) and len(expr.factors) == 1 and expr.coefficient == 1:
        labels = expr.labels[0]
        if len(set(labels)) == len(labels) == len(expr.output):
            return expr.factors[0], [labels.index(label) for label in expr.output]
    return expr, range(expr.ndim)
