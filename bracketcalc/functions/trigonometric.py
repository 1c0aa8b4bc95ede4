"""Records of the trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

from fractions import Fraction
from math import inf, pi

from bracketcalc.expr.core import Elementwise, Expr
from bracketcalc.expr.records import HOLOMORPHIC, Always, Array, ArrayNamespace, ElementwiseFunction

_UNIT = Always((-1.0, 1.0))
_INVERSE_ROOT = Fraction(-1, 2)


def _sin_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.sin(x)


def _sin_derivative(x: Expr) -> Expr:
    """sin'(x) = cos(x)"""
    return Elementwise(COS, (), x)


SIN = ElementwiseFunction(
    name="sin",
    value=_sin_value,
    derivative=_sin_derivative,
    latex=r"\sin",
    summary="the sine",
    on_complex=HOLOMORPHIC,
)


def _cos_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.cos(x)


def _cos_derivative(x: Expr) -> Expr:
    """cos'(x) = -sin(x)"""
    return -Elementwise(SIN, (), x)


COS = ElementwiseFunction(
    name="cos",
    value=_cos_value,
    derivative=_cos_derivative,
    latex=r"\cos",
    summary="the cosine",
    on_complex=HOLOMORPHIC,
)


def _tan_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.tan(x)


def _tan_derivative(x: Expr) -> Expr:
    """tan'(x) = 1 + tan(x)²"""
    return 1 + Elementwise(TAN, (), x) ** 2


TAN = ElementwiseFunction(
    name="tan",
    value=_tan_value,
    derivative=_tan_derivative,
    # One of the intervals between two poles; the formula holds on all of them.
    domain=Always((-pi / 2, pi / 2)),
    latex=r"\tan",
    summary="the tangent",
    on_complex=HOLOMORPHIC,
)


def _arcsin_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.arcsin(x)


def _arcsin_derivative(x: Expr) -> Expr:
    """arcsin'(x) = 1 / √(1 - x²)"""
    return (1 - x**2) ** _INVERSE_ROOT


ARCSIN = ElementwiseFunction(
    name="arcsin",
    value=_arcsin_value,
    derivative=_arcsin_derivative,
    domain=_UNIT,
    latex=r"\arcsin",
    summary="the angle in [-π/2, π/2] whose sine is x",
    on_complex=HOLOMORPHIC,
)


def _arccos_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.arccos(x)


def _arccos_derivative(x: Expr) -> Expr:
    """arccos'(x) = -1 / √(1 - x²)"""
    return -((1 - x**2) ** _INVERSE_ROOT)


ARCCOS = ElementwiseFunction(
    name="arccos",
    value=_arccos_value,
    derivative=_arccos_derivative,
    domain=_UNIT,
    latex=r"\arccos",
    summary="the angle in [0, π] whose cosine is x",
    on_complex=HOLOMORPHIC,
)


def _arctan_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.arctan(x)


def _arctan_derivative(x: Expr) -> Expr:
    """arctan'(x) = 1 / (1 + x²)"""
    return (1 + x**2) ** -1


ARCTAN = ElementwiseFunction(
    name="arctan",
    value=_arctan_value,
    derivative=_arctan_derivative,
    latex=r"\arctan",
    summary="the angle in [-π/2, π/2] whose tangent is x",
    on_complex=HOLOMORPHIC,
)


def _sinh_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.sinh(x)


def _sinh_derivative(x: Expr) -> Expr:
    """sinh'(x) = cosh(x)"""
    return Elementwise(COSH, (), x)


SINH = ElementwiseFunction(
    name="sinh",
    value=_sinh_value,
    derivative=_sinh_derivative,
    latex=r"\sinh",
    summary="the hyperbolic sine",
    on_complex=HOLOMORPHIC,
)


def _cosh_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.cosh(x)


def _cosh_derivative(x: Expr) -> Expr:
    """cosh'(x) = sinh(x)"""
    return Elementwise(SINH, (), x)


COSH = ElementwiseFunction(
    name="cosh",
    value=_cosh_value,
    derivative=_cosh_derivative,
    latex=r"\cosh",
    summary="the hyperbolic cosine",
    on_complex=HOLOMORPHIC,
)


def _arcsinh_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.arcsinh(x)


def _arcsinh_derivative(x: Expr) -> Expr:
    """arcsinh'(x) = 1 / √(1 + x²)"""
    return (1 + x**2) ** _INVERSE_ROOT


ARCSINH = ElementwiseFunction(
    name="arcsinh",
    value=_arcsinh_value,
    derivative=_arcsinh_derivative,
    latex=r"\operatorname{arcsinh}",
    summary="the number whose hyperbolic sine is x",
    on_complex=HOLOMORPHIC,
)


def _arccosh_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.arccosh(x)


def _arccosh_derivative(x: Expr) -> Expr:
    """arccosh'(x) = 1 / √(x² - 1)"""
    return (x**2 - 1) ** _INVERSE_ROOT


ARCCOSH = ElementwiseFunction(
    name="arccosh",
    value=_arccosh_value,
    derivative=_arccosh_derivative,
    domain=Always((1.0, inf)),
    latex=r"\operatorname{arccosh}",
    summary="the non-negative number whose hyperbolic cosine is x",
    on_complex=HOLOMORPHIC,
)


def _arctanh_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.arctanh(x)


def _arctanh_derivative(x: Expr) -> Expr:
    """arctanh'(x) = 1 / (1 - x²)"""
    return (1 - x**2) ** -1


ARCTANH = ElementwiseFunction(
    name="arctanh",
    value=_arctanh_value,
    derivative=_arctanh_derivative,
    domain=_UNIT,
    latex=r"\operatorname{arctanh}",
    summary="the number whose hyperbolic tangent is x",
    on_complex=HOLOMORPHIC,
)
