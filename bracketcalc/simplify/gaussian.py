"""Rules for complex numbers: i² = -1, and products and whole powers of numbers a + b i."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, ImaginaryUnit, Product, Sum, constant, product
from bracketcalc.expr.number import Number, finite_number, fits
from bracketcalc.simplify.powers import MAX_BITS, as_power, is_whole
from bracketcalc.simplify.products import Operand, operands
from bracketcalc.simplify.rule import rule


class Gaussian(NamedTuple):
    """The number real + imag i."""

    real: Number
    imag: Number

    def times(self, other: Gaussian) -> Gaussian:
        """Return the product."""
        real = self.real * other.real - self.imag * other.imag
        imag = self.real * other.imag + self.imag * other.real
        return Gaussian(real, imag)

    @property
    def inverse(self) -> Gaussian | None:
        """Return 1 / (a + b i), exact for exact parts; None for 0."""
        square = self.real * self.real + self.imag * self.imag
        if not square:
            return None
        if isinstance(square, float):
            return Gaussian(self.real / square, -self.imag / square)
        return Gaussian(Fraction(self.real) / square, -Fraction(self.imag) / square)

    @property
    def is_safe(self) -> bool:
        """Return whether floats hold both parts, so that nothing overflowed or vanished."""
        return fits(self.real) and fits(self.imag)

    @property
    def bits(self) -> int:
        """Return about how long the parts are when they are written."""
        exact = [Fraction(part) for part in self if not isinstance(part, float)]
        return sum(max(abs(part.numerator), part.denominator).bit_length() for part in exact)


_ONE = Gaussian(1, 0)
_UNIT = Gaussian(0, 1)


def gaussian(expr: Expr) -> Gaussian | None:
    """Return the number that a scalar is by its form: i, a number, or a sum of multiples of both."""
    if isinstance(expr, ImaginaryUnit):
        return _UNIT
    if isinstance(expr, Product):
        if any(not isinstance(factor, ImaginaryUnit) for factor in expr.factors) or len(expr.factors) > 1:
            return None
        zero = 0 * expr.coefficient
        return Gaussian(zero, expr.coefficient) if expr.factors else Gaussian(expr.coefficient, zero)
    if not isinstance(expr, Sum) or expr.ndim or len(expr.terms) != 2:
        return None
    found = [gaussian(term) for term in expr.terms if isinstance(term, Product | ImaginaryUnit)]
    numbers = [number for number in found if number is not None]
    if len(numbers) != 2:
        return None
    return Gaussian(numbers[0].real + numbers[1].real, numbers[0].imag + numbers[1].imag)


def complex_product(expr: Expr) -> Expr | None:
    """(a + b i) (c + d i) = (a c - b d) + (a d + b c) i, so i i = -1

    Decreases: the factors that are complex numbers.
    """
    if not isinstance(expr, Product) or expr.is_real:
        return None
    found = operands(expr)
    numbers = [gaussian(factor) for factor, labels in found]
    if sum(number is not None for number in numbers) < 2:
        return None
    whole = _ONE
    for number in numbers:
        whole = whole if number is None else whole.times(number)
    if not whole.is_safe:
        return None
    rest = [item for item, number in zip(found, numbers, strict=True) if number is None]
    return _times(expr, whole, rest)


def _times(expr: Product, number: Gaussian, rest: list[Operand]) -> Expr | None:
    """Return the product with one complex number in front."""
    scalar: list[Operand] = []
    value: Number = 1
    if number.imag == 0:
        value = number.real
    elif number.real == 0:
        value, scalar = number.imag, [(ImaginaryUnit(), ())]
    else:
        scalar = [(as_sum(number), ())]
    try:
        coefficient = finite_number(expr.coefficient * value)
    except ArgumentError:
        return None
    return product(coefficient, [*scalar, *rest], expr.output)


def as_sum(number: Gaussian) -> Expr:
    """Return a + b i; a or b i alone where the other part is 0."""
    imaginary = Product(finite_number(number.imag), (ImaginaryUnit(),), ((),), ())
    real = constant(finite_number(number.real))
    if number.imag == 0:
        return real
    return imaginary if number.real == 0 else Sum((real, imaginary))


def complex_power(expr: Expr) -> Expr | None:
    """(a + b i)^p is a complex number for an integer p

    Decreases: the number of powers.
    """
    base, exponent = as_power(expr)
    number = None if base is expr or base.is_real else gaussian(base)
    if number is not None and exponent < 0:
        number = number.inverse
    if number is None or not is_whole(exponent) or number.bits * abs(int(exponent)) > MAX_BITS:
        return None
    result = _ONE
    for digit in f"{abs(int(exponent)):b}":
        result = result.times(result)
        result = result.times(number) if digit == "1" else result
        if not result.is_safe:
            return None
    return as_sum(result)


GAUSSIAN_RULES = (rule(complex_product), rule(complex_power))
"""The rules for complex numbers, in the order in which they are tried."""
