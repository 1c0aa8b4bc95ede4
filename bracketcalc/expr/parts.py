"""Records of conj, real and imag: real-linear functions of complex numbers, element by element.

They are functions of real numbers too: conj(x) = real(x) = x and imag(x) = 0.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from bracketcalc.expr.records import Always, Array, ArrayNamespace, ElementwiseFunction, OnComplex

if TYPE_CHECKING:
    from bracketcalc.expr.core import Expr

_HALF = Fraction(1, 2)


def _conj_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.conj(x)


def _one(x: Expr) -> Expr:
    """x' = 1"""
    return x**0


CONJ = ElementwiseFunction(
    name="conj",
    value=_conj_value,
    derivative=_one,
    latex=r"\operatorname{conj}",
    summary="the complex conjugate",
    on_complex=OnComplex(Always((0, 1))),
)


def _real_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.real(x)


REAL = ElementwiseFunction(
    name="real",
    value=_real_value,
    derivative=_one,
    latex=r"\operatorname{Re}",
    summary="the real part",
    on_complex=OnComplex(Always((_HALF, _HALF)), real_valued=True),
)


def _imag_value(xp: ArrayNamespace, x: Array) -> Array:
    return xp.imag(x)


def _imag_derivative(x: Expr) -> Expr:
    """imag'(x) = 0 for real x"""
    return 0 * x**0


IMAG = ElementwiseFunction(
    name="imag",
    value=_imag_value,
    derivative=_imag_derivative,
    latex=r"\operatorname{Im}",
    summary="the imaginary part, which is real",
    on_complex=OnComplex(Always((-0.5j, 0.5j)), real_valued=True),
)

REAL_LINEAR = (CONJ, REAL, IMAG)
"""The functions L with L(a z + b w) = a L(z) + b L(w) for real numbers a and b."""
