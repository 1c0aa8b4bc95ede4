"""Optimizers as expressions: the next value of each parameter, and of what the optimizer remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bracketcalc as bc


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


def momentum(
    parameters: Sequence[bc.Tensor], gradients: Sequence[bc.Expr], rate: bc.Expr, keep: float = 0.9
) -> Update:
    """Return w + v with v = keep v - rate ∇w, for each parameter w."""
    velocities = [bc.tensor(f"velocity {w.name}", w.sizes) for w in parameters]
    moved = [keep * v - rate * g for v, g in zip(velocities, gradients, strict=True)]
    after = [w + v for w, v in zip(parameters, moved, strict=True)]
    return Update((*parameters, *velocities), (*after, *moved), len(parameters))


def adam(
    parameters: Sequence[bc.Tensor],
    gradients: Sequence[bc.Expr],
    rate: bc.Expr,
    keep: tuple[float, float] = (0.9, 0.999),
) -> Update:
    """Return w - rate m / (√v + ε) with running means m of ∇w and v of (∇w)², for each parameter w.

    The means start at zero; :func:`adam_rate` makes up for it.
    """
    first = [bc.tensor(f"mean {w.name}", w.sizes) for w in parameters]
    second = [bc.tensor(f"square {w.name}", w.sizes) for w in parameters]
    means = [keep[0] * m + (1 - keep[0]) * g for m, g in zip(first, gradients, strict=True)]
    squares = [keep[1] * v + (1 - keep[1]) * g**2 for v, g in zip(second, gradients, strict=True)]
    after = [
        w - rate * (m / (bc.sqrt(v) + 1e-8)) for w, m, v in zip(parameters, means, squares, strict=True)
    ]
    return Update((*parameters, *first, *second), (*after, *means, *squares), len(parameters))


def adam_rate(rate: float, step: int, keep: tuple[float, float] = (0.9, 0.999)) -> float:
    """Return the rate of a step, counted from 0, that makes up for means that started at zero."""
    return float(rate * (1 - keep[1] ** (step + 1)) ** 0.5 / (1 - keep[0] ** (step + 1)))
