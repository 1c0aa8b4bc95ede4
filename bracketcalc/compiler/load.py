"""From the source of a program to a function: the only place where text becomes code.

The text is :attr:`bracketcalc.compiler.emit.Source.text`, which holds nothing that a user wrote. It runs
with our own operations and without the built-in functions of Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bracketcalc.backends.record import Backend
from bracketcalc.compiler.domain import is_built_in
from bracketcalc.compiler.emit import Source
from bracketcalc.compiler.program import Step
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.records import Array


def make_function(source: Source, backend: Backend, dtype: Any, result_dtype: Any) -> Callable[..., Any]:
    """Return the function that runs the program on positional arrays and returns a tuple of arrays."""
    xp = backend.namespace
    scope: dict[str, Any] = {"__builtins__": {}, **backend.operations(dtype)}
    scope |= {name: getattr(xp, name) for name in source.ufuncs}
    guarded = _guarded if backend.writes else _called
    scope |= {name: guarded(step, xp, dtype) for name, step in source.calls.items()}
    scope["cast_back"] = backend.operations(result_dtype)["cast"]
    exec(compile(source.text, "<bracketcalc program>", "exec"), scope)
    run: Callable[..., Any] = scope["run"]
    return run


def _guarded(step: Step, xp: Any, dtype: Any) -> Callable[[Array], Array]:
    """Return a function record as a call whose result has the right shape and dtype and its own buffer."""
    record, *parameters = step.parameters
    value, shape = record.value, step.shape
    # What a user's function returns may be kept by it and returned again, so it must not be written to.
    trusted = is_built_in(record)

    def call(x: Array) -> Array:
        x = xp.asarray(x)
        result = xp.asarray(value(xp, x, *parameters))
        if result.shape != shape:
            raise ShapeError(
                f"the value of {record.name} has shape {result.shape}, but it must have shape {shape}",
                hint="correct the function's value",
            )
        if result.dtype != dtype:
            return result.astype(dtype)
        return result if trusted and result is not x and result.base is None else result.copy()

    return call


def _called(step: Step, xp: Any, _dtype: Any) -> Callable[[Array], Array]:
    """Return a function record as a call whose result has the right shape, for arrays never written to."""
    record, *parameters = step.parameters

    def call(x: Array) -> Array:
        try:
            result = record.value(xp, x, *parameters)
        except (AttributeError, TypeError) as error:
            raise ArgumentError(
                f"{record.name} cannot be computed on a {type(x).__name__}: {error}",
                hint="pass NumPy arrays",
            ) from error
        if tuple(result.shape) != step.shape:
            raise ShapeError(
                f"the value of {record.name} has shape {tuple(result.shape)}, "
                f"but it must have shape {step.shape}",
                hint="correct the function's value",
            )
        return result

    return call
