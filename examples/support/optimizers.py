"""Optimizers of all parameters at once, each a list of update expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bracketcalc as bc
from bracketcalc import layers

RATE, STEP = bc.scalar("rate"), bc.scalar("step")
"""The learning rate, and the number of the step, 1 for the first: arguments of every training program."""


@dataclass(frozen=True, slots=True)
class Update:
    """A step of an optimizer.

    Attributes:
        values: the parameters, then the tensors that the optimizer remembers, which start at zero.
        following: the value of each after the step.
        parameters: how many of them are parameters.
    """

    values: tuple[bc.Tensor, ...]
    following: tuple[bc.Expr, ...]
    parameters: int


def momentum(parameters: Sequence[bc.Tensor], gradients: Sequence[bc.Expr]) -> Update:
    """Return gradient descent with momentum."""
    kept, following = [], []
    for weight, gradient in zip(parameters, gradients, strict=True):
        kept.append(bc.tensor(f"velocity of {weight.name}", weight.sizes))
        following.append(layers.momentum(weight, kept[-1], gradient, RATE))
    return Update(
        (*parameters, *kept),
        tuple(new for each in zip(*following, strict=True) for new in each),
        len(parameters),
    )


def adam(
    parameters: Sequence[bc.Tensor], gradients: Sequence[bc.Expr], limit: float | None = None
) -> Update:
    """Return Adam; with a limit, gradients with a larger norm are scaled down together."""
    if limit is not None:
        gradients = layers.clipped_by_norm(gradients, limit)
    firsts, seconds, following = [], [], []
    for weight, gradient in zip(parameters, gradients, strict=True):
        firsts.append(bc.tensor(f"mean of {weight.name}", weight.sizes))
        seconds.append(bc.tensor(f"square of {weight.name}", weight.sizes))
        state = layers.AdamState(firsts[-1], seconds[-1])
        after, new = layers.adam(weight, state, gradient, STEP, layers.AdamRates(RATE))
        following.append((after, new.first, new.second))
    return Update(
        (*parameters, *firsts, *seconds),
        tuple(new for each in zip(*following, strict=True) for new in each),
        len(parameters),
    )
