"""Finding functions that are evaluated where they have no derivative."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bracketcalc.expr.core import Elementwise, Expr
from bracketcalc.testing.point import Point
from bracketcalc.traverse import depends_on, postorder

NEAR = 1e-6
"""Arguments this close to a kink, relative to 1 or to its size, are at it: no step is shorter."""


def kinks_at(exprs: Iterable[Expr], variables: Iterable[Expr], point: Point) -> tuple[str, ...]:
    """Return the kinks of functions that arguments made of the variables are at, as text.

    Steps of a recurrence are not looked into.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import relu
        >>> (x,) = tensors("x[n]")
        >>> kinks_at([relu(x)], [x], Point({"x": np.array([0.0, 1.0])}, {"n": 2}))
        ('relu at 0',)
    """
    order = postorder(exprs)
    active = depends_on(order, variables)
    found: dict[str, None] = {}
    for node in order:
        if isinstance(node, Elementwise) and node.argument in active:
            places = node.function.kinks(*node.parameters)
            values = point.value(node.argument) if places else np.zeros(0)
            for place in places:
                if (np.abs(values - place) <= NEAR * max(1.0, abs(place))).any():
                    found[f"{node.function.name} at {place:g}"] = None
    return tuple(found)
