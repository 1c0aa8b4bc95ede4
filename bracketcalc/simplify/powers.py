"""Rules for powers: one base, one exponent.

A factor x counts as x^1. Plain repetitions (x x) stay as they are written; as soon as a negative or
fractional power of the same base meets them, the exponents are added.
"""

from __future__ import annotations

from fractions import Fraction

from bracketcalc.expr.core import (
    POWER,
    Elementwise,
    Expr,
    OneHot,
    Ones,
    Product,
    constant,
    product,
    spread,
)
from bracketcalc.expr.number import Number, as_number, fits
from bracketcalc.simplify.products import Operand, operands
from bracketcalc.simplify.rule import rule


def as_power(expr: Expr) -> tuple[Expr, Number]:
    """Return the base and the exponent of a power, the expression and 1 for anything else."""
    if isinstance(expr, Elementwise) and expr.function == POWER:
        return expr.argument, expr.parameters[0]
    return expr, 1


def is_whole(exponent: Number) -> bool:
    """Return whether an exponent is an integer, in any numeric type."""
    return exponent == int(exponent)


MAX_BITS = 4096
"""Powers of exact numbers that would be longer stay as they are written."""


def number_power(base: Number, exponent: Number) -> Number | None:
    """Return base^exponent: exact where it can be, None where it is no real number that a float holds."""
    whole = is_whole(exponent)
    if (base == 0 and exponent < 0) or (base < 0 and not whole):
        return None
    try:
        power: float = float(base) ** (int(exponent) if whole else float(exponent))
    except OverflowError:
        return None
    if not fits(power) or (power == 0 and base != 0):
        return None
    if isinstance(base, float) or not whole:
        return power
    exact = Fraction(base)
    bits = max(abs(exact.numerator), exact.denominator).bit_length() - 1
    return as_number(exact ** int(exponent)) if bits * abs(int(exponent)) <= MAX_BITS else None


def merge_powers(expr: Expr) -> Expr | None:
    """x^p x^q = x^(p+q) for factors with the same labels, where one of them is not a plain x

    Decreases: the number of factors.
    """
    if not isinstance(expr, Product):
        return None
    groups: dict[tuple[Expr, tuple[int, ...]], list[Number]] = {}
    for factor, labels in operands(expr):
        base, exponent = as_power(factor)
        groups.setdefault((base, labels), []).append(exponent)
    merging = {
        key: sum(powers)
        for key, powers in groups.items()
        if len(powers) > 1 and any(p != 1 for p in powers)
    }
    if not merging:
        return None
    found: list[Operand] = []
    for factor, labels in operands(expr):
        key = (as_power(factor)[0], labels)
        if key not in groups:
            continue
        if key not in merging:
            found.append((factor, labels))
            continue
        del groups[key]
        exponent = as_number(merging[key])
        if exponent == 0:
            found.append((Ones(key[0].sizes), labels))
        else:
            found.append((key[0] if exponent == 1 else Elementwise(POWER, (exponent,), key[0]), labels))
    return product(expr.coefficient, found, expr.output)


def trivial_power(expr: Expr) -> Expr | None:
    """x^1 = x, x^0 = 1, e^p = e for a one-hot and p > 0, and c^p is a number for a number c

    Decreases: the number of powers.
    """
    if not isinstance(expr, Elementwise) or expr.function != POWER:
        return None
    base, exponent = as_power(expr)
    if exponent == 1:
        return base
    if exponent == 0:
        return spread(constant(1), base.sizes)
    if isinstance(base, Ones) or (isinstance(base, OneHot) and exponent > 0):
        return base
    if isinstance(base, Product) and all(isinstance(factor, Ones) for factor in base.factors):
        if set(base.output) != {label for labels in base.labels for label in labels}:
            return None
        value = number_power(base.coefficient, exponent)
        return None if value is None else spread(constant(value), base.sizes)
    return None


def power_of_power(expr: Expr) -> Expr | None:
    """(x^p)^q = x^(p q) for an integer q

    Decreases: the number of powers.
    """
    if not isinstance(expr, Elementwise) or expr.function != POWER:
        return None
    inner, outer_exponent = as_power(expr)
    base, inner_exponent = as_power(inner)
    if inner is base or not is_whole(outer_exponent):
        return None
    return Elementwise(POWER, (as_number(inner_exponent * outer_exponent),), base)


def power_of_product(expr: Expr) -> Expr | None:
    """(c A_i B_i)^p = c^p A_i^p B_i^p for an integer p, where nothing is summed and no label repeats

    Decreases: the number of products below powers.
    """
    if not isinstance(expr, Elementwise) or expr.function != POWER:
        return None
    base, exponent = as_power(expr)
    if not isinstance(base, Product) or not is_whole(exponent):
        return None
    if {label for labels in base.labels for label in labels} != set(base.output):
        return None
    if len(base.factors) != 1 and base.output:
        return None
    coefficient = number_power(base.coefficient, exponent)
    if coefficient is None:
        return None
    powers = [(Elementwise(POWER, (exponent,), factor), labels) for factor, labels in operands(base)]
    return product(coefficient, powers, base.output)


POWER_RULES = (
    rule(trivial_power, Elementwise),
    rule(power_of_power, Elementwise, Elementwise),
    rule(power_of_product, Elementwise, Product),
    rule(merge_powers, Product, Elementwise),
)
"""The rules for powers, in the order in which they are tried."""
