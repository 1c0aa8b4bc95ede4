"""Optimizers as update expressions: from a parameter, its gradient and the state to the new ones.

They are compiled together with the loss and the gradients, into one program for a step of training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.expr.number import Number, as_number
from bracketcalc.expr.shapes import check_equal_sizes
from bracketcalc.functions.forms import expm1, log1p, maximum


def sgd(parameter: object, gradient: object, rate: object) -> Expr:
    """Return W - η ∇W.

    Args:
        parameter: W.
        gradient: ∇W, with the axes of the parameter.
        rate: η, a number or a scalar.

    Raises:
        ShapeError: if the axes differ.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> W, G, r = tensors("W[d] G[d] r")
        >>> str(sgd(W, G, r))
        'W - r G'
    """
    parameter, gradient = _alike(parameter, gradient)
    return parameter - as_expr(rate) * gradient


def momentum(
    parameter: object, velocity: object, gradient: object, rate: object, decay: object = 0.9
) -> tuple[Expr, Expr]:
    """Return W - η V' and V' = μ V + ∇W.

    Args:
        parameter: W.
        velocity: V, zeros at first, with the axes of the parameter.
        gradient: ∇W, with the axes of the parameter.
        rate: η, a number or a scalar.
        decay: μ, a number or a scalar.

    Returns:
        The new parameter and the new velocity.

    Raises:
        ShapeError: if the axes differ.
    """
    parameter, gradient = _alike(parameter, gradient)
    _, velocity = _alike(parameter, velocity)
    after = as_expr(decay) * velocity + gradient
    return parameter - as_expr(rate) * after, after


@dataclass(frozen=True, slots=True)
class AdamState:
    """The running means that Adam keeps for one parameter, zeros at first.

    Attributes:
        first: of the gradient.
        second: of its square.
    """

    first: Expr
    second: Expr


@dataclass(frozen=True, slots=True)
class AdamRates:
    """The numbers of Adam.

    Attributes:
        rate: η, a number or a scalar.
        first: β₁, at least 0 and below 1. A float stands for the decimal number that it is written as.
        second: β₂, the same.
        epsilon: what is added to the root of the second mean.
    """

    rate: Number | Expr = 1e-3
    first: Number = 0.9
    second: Number = 0.999
    epsilon: Number = 1e-8


def adam(
    parameter: object, state: AdamState, gradient: object, step: object, rates: AdamRates | None = None
) -> tuple[Expr, AdamState]:
    """Return W - η m̂ / (√v̂ + ε) and the new state m, v.

    m is β₁ m + (1 - β₁) ∇W and m̂ = m / (1 - β₁ᵗ); v and v̂ are the same of ∇W ⊙ ∇W, with β₂.

    Args:
        parameter: W.
        state: the state before, with the axes of the parameter.
        gradient: ∇W, with the axes of the parameter.
        step: t, the number of this step, 1 for the first; a scalar or a number.
        rates: η, β₁, β₂ and ε.

    Returns:
        The new parameter and the new state.

    Raises:
        ShapeError: if the axes differ.
        ArgumentError: for a β that is not at least 0 and below 1.
    """
    rates = rates or AdamRates()
    first_decay, second_decay = as_number(rates.first), as_number(rates.second)
    parameter, gradient = _alike(parameter, gradient)
    after = AdamState(
        _running_mean(state.first, gradient, first_decay),
        _running_mean(state.second, gradient * gradient, second_decay),
    )
    first = after.first / _missing(first_decay, as_expr(step))
    root = (after.second / _missing(second_decay, as_expr(step))) ** Fraction(1, 2)
    return parameter - as_expr(rates.rate) * (first / (root + rates.epsilon)), after


def clipped_by_norm(gradients: Sequence[object], limit: float) -> tuple[Expr, ...]:
    """Return gradients, scaled down together where their norm is larger than a limit.

    The norm is that of all elements of all gradients.

    Args:
        gradients: the gradients.
        limit: a positive number.

    Raises:
        ArgumentError: if the limit is not positive, or there are no gradients.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.reference import evaluate
        >>> (G,) = tensors("G[d]")
        >>> evaluate(clipped_by_norm([G], 1)[0], {"G": [3, 4]})
        array([0.6, 0.8])
    """
    if not limit > 0:
        raise ArgumentError(f"the limit of a norm is {limit!r}", hint="pass a positive number")
    exprs = [as_expr(gradient) for gradient in gradients]
    if not exprs:
        raise ArgumentError("no gradients to clip", hint="pass at least one")
    square = dot(exprs[0], exprs[0])
    for gradient in exprs[1:]:
        square = square + dot(gradient, gradient)
    factor = limit / maximum(square ** Fraction(1, 2), limit)
    return tuple([factor * gradient for gradient in exprs])


def _running_mean(mean: Expr, value: Expr, decay: Number) -> Expr:
    """Return β m + (1 - β) x."""
    check_equal_sizes(mean, value, "averaged with")
    if not 0 <= decay < 1:
        raise ArgumentError(f"a decay of Adam is {decay!r}", hint="pass a number from 0 to below 1")
    return decay * mean + _rest(decay) * value


def _missing(decay: Number, step: Expr) -> Expr | Number:
    """Return 1 - βᵗ, without cancellation for a β near 1."""
    return -expm1(step * log1p(-_rest(decay))) if decay else 1


def _rest(decay: Number) -> Number:
    """Return 1 - β for the decimal number that a float stands for.

    Example:
        >>> _rest(0.9), _rest(0.999), _rest(Fraction(2, 3))
        (0.1, 0.001, Fraction(1, 3))
    """
    return float(1 - Fraction(repr(decay))) if isinstance(decay, float) else 1 - decay


def _alike(parameter: object, other: object) -> tuple[Expr, Expr]:
    parameter, other = as_expr(parameter), as_expr(other)
    check_equal_sizes(parameter, other, "updated with")
    return parameter, other
