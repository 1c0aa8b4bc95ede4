"""A stand-in for CuPy, for where there is no device: NumPy behind arrays that NumPy does not know.

It is as strict as CuPy: NumPy arrays are refused, nothing becomes one by itself, and what NumPy returns as
a number is an array without axes. What it cannot tell is how fast a device is, and how it rounds.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.backends.compiled_kernels import compiled_kernel

ABSENT = frozenset({"errstate", "vecdot", "matvec", "vecmat"})
"""What NumPy has and CuPy has not."""


def inside(value: Any) -> Any:
    """Return the NumPy array in an array, also in lists; NumPy's own arrays are refused."""
    if isinstance(value, DeviceArray):
        return value.inside
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    return type(value)(map(inside, value)) if type(value) in (list, tuple) else value


def outside(value: Any) -> Any:
    """Return NumPy's arrays and numbers as arrays, also those of a tuple."""
    if isinstance(value, np.ndarray | np.generic):
        return DeviceArray(np.asarray(value))
    if isinstance(value, tuple) and any(isinstance(one, np.ndarray) for one in value):
        return (
            type(value)(*map(outside, value)) if hasattr(value, "_fields") else tuple(map(outside, value))
        )
    return value


class Function:
    """A function of NumPy on arrays of the stand-in."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, *given: Any, **options: Any) -> Any:
        if getattr(self.function, "signature", None) and len(given) > self.function.nin:
            raise TypeError("a generalized ufunc takes the array for its result as out=…")
        result = self.function(*map(inside, given), **{key: inside(one) for key, one in options.items()})
        arrays = [one for one in (*given, *options.values()) if isinstance(one, DeviceArray)]
        written = [one for one in arrays if one.inside is result]
        return written[0] if written else outside(result)

    def at(self, *given: Any) -> None:
        """Do what the ``at`` of a ufunc does."""
        self.function.at(*map(inside, given))


class Namespace:
    """A module whose functions take arrays of the stand-in."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name in ABSENT or name.startswith("__"):
            raise AttributeError(f"module 'cupy' has no attribute {name!r}")
        value = getattr(self._module, name)
        if isinstance(value, type) or not (callable(value) or isinstance(value, type(np))):
            return value
        return Namespace(value) if isinstance(value, type(np)) else Function(value)


class DeviceArray:
    """An array that NumPy does not know."""

    __module__ = "cupy"
    __array_ufunc__ = None
    __cuda_array_interface__ = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, array: Any, device: int = 0) -> None:
        self.inside = array
        self.device = SimpleNamespace(id=device)

    def __array__(self, *_given: object, **_options: object) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    @property
    def data(self) -> SimpleNamespace:
        """Return where the array lies."""
        return SimpleNamespace(ptr=self.inside.ctypes.data)

    def get(self) -> Any:
        """Return a NumPy array of the values."""
        return self.inside.copy()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self.inside, name)
        return Function(value) if callable(value) else outside(value)

    def __getitem__(self, index: Any) -> Any:
        return outside(self.inside[inside(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self.inside[inside(index)] = inside(value)

    def __len__(self) -> int:
        return len(self.inside)

    def __bool__(self) -> bool:
        return bool(self.inside)

    def __float__(self) -> float:
        return float(self.inside)

    def __int__(self) -> int:
        return int(self.inside)


def _operator(name: str) -> Any:
    def operator(self: DeviceArray, *others: Any) -> Any:
        return Function(getattr(self.inside, name))(*others)

    def in_place(self: DeviceArray, other: Any) -> DeviceArray:
        getattr(self.inside, name)(inside(other))
        return self

    return in_place if name.startswith("__i") and name != "__invert__" else operator


for _name in ("add", "sub", "mul", "truediv", "pow", "mod", "floordiv", "matmul"):
    for _kind in ("", "r", "i"):
        setattr(DeviceArray, f"__{_kind}{_name}__", _operator(f"__{_kind}{_name}__"))
for _name in ("neg", "pos", "abs", "invert", "lt", "le", "gt", "ge", "eq", "ne", "and", "or"):
    setattr(DeviceArray, f"__{_name}__", _operator(f"__{_name}__"))


class ElementwiseKernel:
    """A kernel for which the C++ compiler takes the place of the device's."""

    def __init__(self, operands: str, results: str, text: str, _name: str) -> None:
        self.counts = operands.count(",") + 1, results.count(",") + 1
        self.run = compiled_kernel(text, *self.counts)

    def __call__(self, *arrays: DeviceArray) -> None:
        assert all(type(array) is DeviceArray for array in arrays)
        assert len(arrays) == sum(self.counts)
        shapes = [array.inside.shape for array in arrays]
        assert np.broadcast_shapes(*shapes[: self.counts[0]]) == shapes[-1]
        self.run(*[array.inside for array in arrays])


class StandIn(Namespace):
    """The module ``cupy``."""

    ndarray = DeviceArray
    ElementwiseKernel = ElementwiseKernel
    cuda = SimpleNamespace(
        runtime=SimpleNamespace(memGetInfo=lambda: (1 << 40, 1 << 40)),
        get_current_stream=lambda: SimpleNamespace(synchronize=lambda: None),
    )

    def __init__(self) -> None:
        super().__init__(np)

    @staticmethod
    def get_default_memory_pool() -> SimpleNamespace:
        """Return a pool that holds nothing."""
        return SimpleNamespace(free_bytes=lambda: 0)

    @staticmethod
    def asarray(value: Any, dtype: Any = None) -> DeviceArray:
        """Return an array; this is how values come to the device."""
        if isinstance(value, DeviceArray) and dtype in (None, value.inside.dtype):
            return value
        return DeviceArray(np.asarray(value.inside if isinstance(value, DeviceArray) else value, dtype))

    array = staticmethod(lambda value, dtype=None: DeviceArray(np.array(inside(value), dtype)))
