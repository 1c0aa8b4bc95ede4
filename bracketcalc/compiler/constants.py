"""Arrays that are bound when a program is made: checked and copied once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from bracketcalc.backends.choice import choose_backend, is_torch
from bracketcalc.backends.record import Backend
from bracketcalc.compiler.arguments import PYTHON_NUMBERS, as_array, check_numeric
from bracketcalc.compiler.program.fields import check_field
from bracketcalc.compiler.signature import Signature
from bracketcalc.errors import ArgumentError
from bracketcalc.reference import bind_sizes

NO_CONSTANTS: Mapping[str, Any] = MappingProxyType({})


def bound_constants(given: Mapping[str, Any], signature: Signature) -> dict[str, Any]:
    """Return the constants of a program: copies of arrays, and Python numbers as they are.

    Args:
        given: an array or number for some of the tensors.
        signature: what the program takes.

    Raises:
        ArgumentError: for a name that no tensor has, or something that is no array of numbers.
        ShapeError: for shapes that do not fit the tensors or each other.
    """
    if not isinstance(given, Mapping):
        raise ArgumentError(
            f"constants must be a dictionary of arrays by name, got {type(given).__name__}",
            hint='write constants={"X": X}',
        )
    for name in given:
        if not isinstance(name, str):
            raise ArgumentError(
                f"constants are given by name, got a {type(name).__name__} as a name",
                hint=f'write constants={{"{getattr(name, "name", "X")}": X}}',
            )
        if name not in signature.tensors:
            takes = ", ".join(signature.tensors) or "none"
            raise ArgumentError(
                f"the constant {name} is none of the tensors of the program: {takes}",
                hint=f"leave {name} out",
            )
    backend = choose_backend(given)
    arrays = {
        name: value if type(value) in PYTHON_NUMBERS else as_array(name, value, backend)
        for name, value in given.items()
    }
    _check(arrays, backend, signature)
    return {
        name: value if type(value) in PYTHON_NUMBERS else _copied(value) for name, value in arrays.items()
    }


def _check(arrays: Mapping[str, Any], backend: Backend, signature: Signature) -> None:
    """Raise what a call would raise for constants that fit neither the tensors nor each other."""
    tensors = [tensor for name, tensor in signature.tensors.items() if name in arrays]
    for tensor in tensors:
        value = arrays[tensor.name]
        # What is computed once has no part in the gradients of the second call.
        if is_torch(value) and value.requires_grad:
            raise ArgumentError(
                f"the constant {tensor.name} records gradients, but it has none: it is not given in calls",
                hint=f"pass {tensor.name}.detach(), or give {tensor.name} in each call",
            )
        kind = type(value) if type(value) in PYTHON_NUMBERS else backend.numpy_dtype(value.dtype)
        if not isinstance(kind, type):
            check_numeric(tensor.name, kind)
        check_field(tensor, kind)
    bind_sizes(tensors, {name: np.shape(value) for name, value in arrays.items()})


def _copied(array: Any) -> Any:
    """Return a copy: of what can be written to, a program would see old values beside new ones."""
    return array.clone() if hasattr(array, "clone") else array.copy()


def check_not_constant(arrays: Collection[str], constants: Collection[str]) -> None:
    """Raise an ArgumentError if a call gives an array for a constant."""
    for name in constants:
        if name in arrays:
            raise ArgumentError(
                f"{name} is a constant of this program, but the call gives a value for it",
                hint=f"leave {name}=... out, or compile without the constant {name}",
            )


def sizes_of(constants: Mapping[str, Any], signature: Signature) -> dict[str, int]:
    """Return the sizes that the shapes of the constants tell."""
    return {
        size.name: number
        for name, value in constants.items()
        for size, number in zip(signature.tensors[name].sizes, np.shape(value), strict=False)
        if not isinstance(size, int)
    }
