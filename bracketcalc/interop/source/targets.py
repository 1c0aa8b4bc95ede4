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
        like: what functions that make arrays need beside a shape; ``{0}`` stands for an array.
        device: what functions that make integers need; the same.
        cast: the method that changes the type of an array.
        einsum: what einsum needs so that it multiplies matrices where it can.
        bounds: the functions that give the larger and the smaller of an array and a number.
        held: an array ``{0}`` that counts as a constant.
        extra: modules, each with a function that is imported from it where it is used.
        mixes: whether matrix products take a real and a complex array.
        takes_numbers: whether functions take numbers of Python.
        renamed: functions that it calls otherwise than NumPy.
    """

    name: str
    imports: str
    xp: str
    axis: str = "axis"
    keepdims: str = "keepdims"
    like: str = "dtype={0}.dtype"
    device: str = ""
    cast: str = "astype"
    einsum: str = ""
    bounds: tuple[str, str] = ("maximum({0}, {1})", "minimum({0}, {1})")
    held: str = "{0}"
    extra: tuple[tuple[str, str], ...] = ()
    mixes: bool = True
    takes_numbers: bool = True
    renamed: tuple[tuple[str, str], ...] = ()

    def function(self, name: str) -> str:
        """Return how a function is called that NumPy knows under a name."""
        return f"{self.xp}.{dict(self.renamed).get(name, name)}"

    def larger(self, array: str, number: str) -> str:
        """Return the larger of each element of an array and a number."""
        return f"{self.xp}.{self.bounds[0].format(array, number)}"

    def smaller(self, array: str, number: str) -> str:
        """Return the smaller of each element of an array and a number."""
        return f"{self.xp}.{self.bounds[1].format(array, number)}"

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
    ("sign", "sgn"),
)

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "numpy": Target(
            "numpy",
            "import numpy as np",
            "np",
            einsum=", optimize=True",
            extra=(("scipy.special", "erf"), ("scipy.special", "erfc")),
        ),
        "cupy": Target(
            "cupy",
            "import cupy as cp",
            "cp",
            extra=(("cupyx.scipy.special", "erf"), ("cupyx.scipy.special", "erfc")),
        ),
        "jax": Target(
            "jax",
            "import jax.numpy as jnp",
            "jnp",
            held="stop_gradient({0})",
            extra=(
                ("jax.lax", "stop_gradient"),
                ("jax.scipy.special", "erf"),
                ("jax.scipy.special", "erfc"),
            ),
        ),
        "torch": Target(
            "torch",
            "import torch",
            "torch",
            axis="dim",
            keepdims="keepdim",
            like="dtype={0}.dtype, device={0}.device",
            device="device={0}.device",
            cast="to",
            bounds=("clamp({0}, min={1})", "clamp({0}, max={1})"),
            held="{0}.detach()",
            mixes=False,
            takes_numbers=False,
            extra=(("torch.special", "erf"), ("torch.special", "erfc")),
            renamed=_TORCH_NAMES,
        ),
    }
)
