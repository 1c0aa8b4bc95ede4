"""Comparing expressions by their values in floating point, with an estimate of what rounding may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.core import Elementwise, Expr, Product, Sum, Tensor
from bracketcalc.expr.shapes import describe
from bracketcalc.functions.piecewise import ABS
from bracketcalc.reference import evaluate
from bracketcalc.simplify.points import Arrays, float_arrays, size_choices
from bracketcalc.traverse import consumers, depends_on, postorder, with_children

Values = npt.NDArray[Any]
Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Range:
    """Where a trial takes its arguments from, and how far apart two equal values may be."""

    reach: float
    signed: bool
    tolerance: float = 1e-9
    slack: float = 0.0


NEAR = (_Range(1.0, False), _Range(1.0, True), _Range(0.1, True))
"""Functions without kinks are analytic: they agree everywhere if they agree around 0."""

FAR_TRIALS = 8

SATURATED = 0.1
"""Far from 0, values of functions without kinks differ by this part of the terms, or count as equal.

So tanh(x + 15) and 1 are told apart, and what rounding does there to equal functions is not seen.
"""

OTHERS = 1 << 16
"""Trials from this number on have arrays that no other trial has."""

MOST_TENSORS = 8
"""For so many tensors, those that are used least, what depends on each is compared by itself."""

EPSILONS = float(np.finfo(np.float64).eps / np.finfo(np.float32).eps)
"""Rounding in float64 relative to that in float32."""

CONFIRMED = 1e-3
"""A value in float32 that is so near, relatively, shows that the value is not made of rounding errors."""

NEARBY = 4
"""How many more points are looked at for rounding errors."""

SAFETY = 64
"""Rounding errors may be larger than the estimate by this factor."""


def agree_in_floats(both: Sequence[Expr], terms: Sequence[Expr], degree: int) -> bool:
    """Return whether terms add up to 0, to rounding and a tolerance, where two expressions are finite.

    Args:
        both: the expressions that are compared.
        terms: the terms of their difference that did not cancel.
        degree: a degree of the terms as polynomials in the sizes.

    Raises:
        BracketCalcError: if one of both is undefined at every point that was tried.
    """
    comparison = _Comparison(both, terms)
    compared = False
    for trial, (chosen, sizes) in enumerate(_trials(both, terms, degree)):
        arrays = float_arrays(both, sizes, trial, chosen.reach, chosen.signed)
        others = float_arrays(both, sizes, OTHERS + trial, chosen.reach, chosen.signed)
        with np.errstate(all="ignore"):
            defined = comparison.defined(arrays, sizes)
            if comparison.differ(chosen, arrays, others, sizes, defined):
                return False
        compared |= defined.size == 0 or bool(np.any(defined))
    if not compared:
        raise _undefined(both)
    return True


def check_defined(both: Sequence[Expr]) -> None:
    """Raise a BracketCalcError where two expressions are not both finite at any point that is tried."""
    comparison = _Comparison(both, ())
    for trial, (chosen, sizes) in enumerate(_trials(both, (), 0)):
        arrays = float_arrays(both, sizes, trial, chosen.reach, chosen.signed)
        with np.errstate(all="ignore"):
            defined = comparison.defined(arrays, sizes)
        if defined.size == 0 or np.any(defined):
            return
    raise _undefined(both)


def _undefined(both: Sequence[Expr]) -> BracketCalcError:
    return BracketCalcError(
        f"{describe(both[0])} and {describe(both[1])} are not both defined at any point that was tried",
        hint="evaluate both at a point where they are",
    )


def _trials(both: Sequence[Expr], terms: Sequence[Expr], degree: int) -> Iterator[tuple[_Range, Sizes]]:
    choices = size_choices([*both, *terms], degree)
    near = max(len(NEAR), len(choices))
    ranges = [*[NEAR[trial % len(NEAR)] for trial in range(near)], *_far([*both, *terms])]
    for trial, chosen in enumerate(ranges):
        yield chosen, choices[trial % len(choices)]


def _far(exprs: Sequence[Expr]) -> list[_Range]:
    """Return ranges that reach further than any number of the expressions, so beyond every kink."""
    numbers = [1.0]
    kinked = False
    for node in postorder(exprs):
        if isinstance(node, Elementwise):
            kinks = node.function.kinks(*node.parameters)
            kinked |= bool(kinks)
            numbers += [abs(float(kink)) for kink in kinks]
        elif isinstance(node, Product):
            numbers.append(abs(float(node.coefficient)))
    reach = 4 * min(max(numbers), 1e6)
    tolerance = 1e-6 if kinked else SATURATED
    return [_Range(reach, trial % 2 == 0, tolerance, slack=1.0) for trial in range(FAR_TRIALS)]


class _Comparison:
    """Two expressions, the terms of their difference, and what these terms may amount to."""

    def __init__(self, both: Sequence[Expr], terms: Sequence[Expr]) -> None:
        self.both = both
        magnitudes = _magnitudes(terms)
        self.all = (Sum(terms), Sum(magnitudes)) if terms else None
        self.groups = {
            name: (Sum([terms[k] for k in places]), Sum([magnitudes[k] for k in places]))
            for name, places in _with_tensors(terms).items()
        }

    def defined(self, arrays: Arrays, sizes: Sizes) -> Values:
        """Return where both expressions are finite."""
        one, two = [evaluate(expr, arrays, sizes) for expr in self.both]
        return np.isfinite(one) & np.isfinite(two)

    def differ(self, chosen: _Range, arrays: Arrays, others: Arrays, sizes: Sizes, defined: Values) -> bool:
        """Return whether the terms do not add up to 0, or what depends on a tensor is not constant."""
        assert self.all is not None
        largest = evaluate(self.all[1], arrays, sizes) + chosen.slack
        if _beyond(_Value(self.all[0], ((1, arrays),), sizes), chosen.tolerance * largest, defined):
            return True
        if chosen.slack:
            return False
        for name, (total, magnitude) in self.groups.items():
            moved = {**arrays, name: others[name]}
            there = defined & self.defined(moved, sizes)
            largest = evaluate(magnitude, arrays, sizes) + evaluate(magnitude, moved, sizes)
            change = _Value(total, ((1, arrays), (-1, moved)), sizes)
            if _beyond(change, chosen.tolerance * largest, there):
                return True
        return False


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of an expression at a point, or the difference of its values at two points."""

    expr: Expr
    points: tuple[tuple[int, Arrays], ...]
    sizes: Sizes

    def at(self, factor: float, kind: Callable[[Values], Values]) -> Values:
        """Return the value with all arrays multiplied by a number and converted."""
        found = [
            sign
            * evaluate(
                self.expr, {name: kind(factor * array) for name, array in arrays.items()}, self.sizes
            )
            for sign, arrays in self.points
        ]
        return np.asarray(sum(found[1:], start=found[0]))

    def error(self, factor: float) -> float:
        """Return the largest rounding error in float32."""
        error = np.abs(self.at(factor, np.asarray) - self.at(factor, _coarse))
        return float(np.max(error[np.isfinite(error)], initial=0.0))


def _beyond(point: _Value, allowed: Values, where: Values) -> bool:
    """Return whether a value is larger than allowed, and not only by rounding.

    The value in float32 shows how large rounding errors are. Where it has the same first digits, the
    value is none of them; else points nearby are tried too, as a value may have no error by chance.
    """
    value = point.at(1.0, np.asarray)
    finite = where & np.isfinite(value) & np.isfinite(allowed)
    excess = np.abs(value) > allowed
    if not np.any(excess[finite]):
        return False
    coarse = point.at(1.0, _coarse)
    if np.any((np.abs(coarse - value) <= CONFIRMED * np.abs(value))[finite & excess]):
        return True
    error = max(point.error(1 + trial * 1e-3) for trial in range(NEARBY + 1))
    return bool(np.any((np.abs(value) > allowed + SAFETY * EPSILONS * error)[finite]))


def _coarse(array: Values) -> Values:
    return array.astype(np.complex64 if np.iscomplexobj(array) else np.float32)


def _with_tensors(terms: Sequence[Expr]) -> dict[str, list[int]]:
    """Return for some tensors the places of the terms with it, where it is not in all of them.

    If the terms add up to 0, those with one tensor add up to what does not depend on it. This tells a
    small term from 0 beside large ones that cancel.
    """
    order = postorder(terms)
    uses = consumers(order)
    tensors = sorted(
        [node for node in order if isinstance(node, Tensor)], key=lambda tensor: uses.get(tensor, 0)
    )
    found: dict[str, list[int]] = {}
    for tensor in tensors[:MOST_TENSORS]:
        dependent = depends_on(order, [tensor])
        places = [place for place, term in enumerate(terms) if term in dependent]
        if len(places) < len(terms):
            found[tensor.name] = places
    return found


def _magnitudes(terms: Sequence[Expr]) -> list[Expr]:
    """Return |c| |A| |B| + .. for each term: what its parts would amount to if none cancelled."""
    memo: dict[Expr, Expr] = {}
    for node in postorder(terms, stop=lambda node: not isinstance(node, Product | Sum)):
        if isinstance(node, Product):
            factors = tuple([memo[factor] for factor in node.factors])
            coefficient = node.coefficient
            coefficient = -coefficient if coefficient < 0 else coefficient
            memo[node] = Product(coefficient, factors, node.labels, node.output)
        elif isinstance(node, Sum):
            memo[node] = with_children(node, tuple([memo[term] for term in node.terms]))
        else:
            memo[node] = Elementwise(ABS, (), node)
    return [memo[term] for term in terms]
