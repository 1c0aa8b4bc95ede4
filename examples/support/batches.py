"""Which samples a step sees, and how fast it moves: functions of the number of the step alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc


def rows_of_step(step: int, samples: int, batch: int, seed: int) -> npt.NDArray[np.intp]:
    """Return the places of a batch; as long as there are whole batches, each sample is seen once.

    Args:
        step: the number of the step, from 0.
        samples: how many samples there are.
        batch: how many a step sees, all of them if there are fewer.
        seed: each seed shuffles in another way.

    Raises:
        bc.ArgumentError: without samples, or for a batch of none.
    """
    if samples < 1 or batch < 1:
        raise bc.ArgumentError(
            f"a batch of {batch} from {samples} samples is empty", hint="pass at least one sample"
        )
    batch = min(batch, samples)
    epoch, place = divmod(step, samples // batch)
    order = np.random.default_rng([seed, epoch]).permutation(samples)
    return order[place * batch : (place + 1) * batch]


def generator(step: int, seed: int) -> np.random.Generator:
    """Return the source of what is random in a step."""
    return np.random.default_rng([seed, step, 1])


def cosine(rate: float, steps: int) -> Callable[[int], float]:
    """Return a learning rate that falls from its first value to zero along half a cosine."""
    return lambda step: float(rate * 0.5 * (1 + np.cos(np.pi * step / steps)))


def warm_cosine(rate: float, steps: int, warm: int) -> Callable[[int], float]:
    """Return a learning rate that first rises over some steps, then falls like a cosine."""
    falling = cosine(rate, steps)
    return lambda step: falling(step) * min(1.0, (step + 1) / warm)


def check_gradients(
    program: Callable[..., Any], parameters: list[str], values: dict[str, Any], tolerance: float = 1e-6
) -> None:
    """Compare the gradients of a program with differences of its loss along a random direction each.

    Args:
        program: returns the loss, then the gradient by each parameter.
        parameters: their names, in this order.
        values: all arguments of the program, in float64.
        tolerance: the largest error, relative to the slope, that is accepted.

    Raises:
        bc.DerivativeError: if a gradient is wrong.
    """
    _, *gradients = program(**values)
    draw, step = np.random.default_rng(0), 1e-5
    for name, gradient in zip(parameters, gradients, strict=True):
        direction = draw.standard_normal(gradient.shape)
        up, down = (
            float(program(**{**values, name: values[name] + shift * direction})[0])
            for shift in (step, -step)
        )
        slope, claimed = (up - down) / (2 * step), float(np.sum(gradient * direction))
        error = abs(slope - claimed) / max(abs(slope), 1e-3)
        print(f"  {name}: slope {slope:+.8f}, by the gradient {claimed:+.8f}, relative error {error:.1e}")
        if not error < tolerance:
            raise bc.DerivativeError(f"the gradient with respect to {name} is wrong")
