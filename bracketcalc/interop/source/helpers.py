"""Functions that a written module defines for itself, because its library has none like them.

Each text is a template: ``{xp}`` is the library, ``{axis}`` and ``{keepdims}`` are names of arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

HELPERS: Mapping[str, str] = MappingProxyType(
    {
        "sigmoid": '''def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    small = {xp}.exp(-{xp}.abs(x))
    return {xp}.where(x >= 0, 1 / (1 + small), small / (1 + small))
''',
        "softplus": '''def softplus(x):
    """log(1 + exp(x)), without overflow."""
    return {xp}.where(x > 0, x, 0 * x) + {xp}.log1p({xp}.exp(-{xp}.abs(x)))
''',
        "relu": '''def relu(x):
    """The larger of x and 0."""
    return {xp}.where(x > 0, x, 0 * x)
''',
        "step": '''def step(x):
    """1 where x is positive, 0 elsewhere."""
    return {xp}.where(x > 0, 1 + 0 * x, 0 * x)
''',
        "softmax": '''def softmax(x):
    """exp(x) divided by its sum along the last axis, without overflow."""
    weights = {xp}.exp(x - {max}(x, {axis}=-1, {keepdims}=True))
    return weights / weights.sum({axis}=-1, {keepdims}=True)
''',
        "log_softmax": '''def log_softmax(x):
    """The logarithm of softmax, without overflow."""
    centred = x - {max}(x, {axis}=-1, {keepdims}=True)
    return centred - {xp}.log({xp}.exp(centred).sum({axis}=-1, {keepdims}=True))
''',
        "logsumexp": '''def logsumexp(x):
    """The logarithm of the sum of exp(x) along the last axis, without overflow."""
    largest = {max}(x, {axis}=-1, {keepdims}=True)
    return (largest + {xp}.log({xp}.exp(x - largest).sum({axis}=-1, {keepdims}=True)))[..., 0]
''',
    }
)

LINALG: Mapping[str, str] = MappingProxyType({"inv": "inv", "det": "det", "cholesky": "cholesky"})
"""Functions of matrices by their names in the submodule ``linalg`` of every library."""
