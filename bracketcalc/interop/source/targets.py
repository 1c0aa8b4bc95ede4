"""The libraries for which modules are written, and what each of them writes in its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Target:
    """A library.

    Attributes:
        name: what it is called in :func:`to_source`.
        imports: the line that imports it.
        xp: the name under which it is imported.
        axis: the name of the argument for axes.
        keepdims: the name of the argument that keeps summed axes.
        like: what functions that make arrays need beside a shape; ``{}`` stands for an array.
        renamed: functions that it calls otherwise than NumPy.
    """

    name: str
    imports: str
    xp: str
    axis: str = "axis"
    keepdims: str = "keepdims"
    like: str = "dtype={0}.dtype"
    renamed: tuple[tuple[str, str], ...] = ()

    def function(self, name: str) -> str:
        """Return how a function is called that NumPy knows under a name."""
        return f"{self.xp}.{dict(self.renamed).get(name, name)}"

    def permuted(self, array: str, order: Sequence[int]) -> str:
        """Return an array with its axes in another order."""
        if tuple(order) == (1, 0):
            return f"{array}.T"
        method = "permute" if self.xp == "torch" else "transpose"
        return f"{array}.{method}({', '.join(map(str, order))})"

    def total(self, array: str, axes: Sequence[int], ndim: int) -> str:
        """Return the sum over some axes, or all."""
        if len(axes) == ndim:
            return f"{array}.sum()"
        shown = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
        return f"{array}.sum({self.axis}={shown})"


_TORCH_NAMES = (
    ("arccos", "acos"),
    ("arcsin", "asin"),
    ("arctan", "atan"),
    ("arcsinh", "asinh"),
    ("arccosh", "acosh"),
    ("arctanh", "atanh"),
    ("max", "amax"),
)

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "numpy": Target("numpy", "import numpy as np", "np"),
        "cupy": Target("cupy", "import cupy as cp", "cp"),
        "jax": Target("jax", "import jax.numpy as jnp", "jnp"),
        "torch": Target(
            "torch",
            "import torch",
            "torch",
            axis="dim",
            keepdims="keepdim",
            like="dtype={0}.dtype, device={0}.device",
            renamed=_TORCH_NAMES,
        ),
    }
)
