"""The identity that counts as a constant when a derivative is taken."""

from __future__ import annotations

from bracketcalc.expr.core import Elementwise, Expr, as_expr, constant, spread
from bracketcalc.expr.records import (
    Always,
    Array,
    ArrayNamespace,
    ElementwiseFunction,
    OnComplex,
    operator_name,
)


def held(value: object) -> Expr:
    """Return an expression with the value of another, whose derivative is zero by definition.

    Example:
        >>> from bracketcalc.calculus.derivatives import gradient
        >>> from bracketcalc.expr.build import tensors
        >>> (x,) = tensors("x")
        >>> str(gradient(x * held(x), x))
        'held(x)'
    """
    return Elementwise(HELD, (), as_expr(value))


def _value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.array(x)


def _derivative(x: Expr) -> Expr:
    """held′(x) = 0, because the value is held while x changes"""
    return spread(constant(0), x.sizes)


HELD = ElementwiseFunction(
    name="held",
    value=_value,
    derivative=_derivative,
    latex=operator_name("held"),
    summary="x itself, as a constant of the calculus",
    on_complex=OnComplex(Always((0, 0))),
)
