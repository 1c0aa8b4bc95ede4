"""From the source of a program to a function: the only place where text becomes code.

The text is :attr:`bracketcalc.compiler.emission.sheet.Source.text`, which holds nothing that a user wrote.
It runs with our own operations and without the built-in functions of Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bracketcalc.backends.record import Backend
from bracketcalc.compiler.emission.sheet import Source
from bracketcalc.compiler.program.domain import is_built_in
from bracketcalc.compiler.program.elements import element_text
from bracketcalc.compiler.program.steps import Kind, Step
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.fields import complex_type, real_type
from bracketcalc.expr.records import Array
from bracketcalc.functions.one_hot import checked_indices
from bracketcalc.functions.operators import operator_value

WIDEST = 8
"""The most bytes of a real number in the linear algebra of NumPy."""


def make_function(
    source: Source,
    backend: Backend,
    dtype: Any,
    result_dtype: Any,
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> Callable[..., Any]:
    """Return the function that runs the program on positional arrays and returns a tuple of arrays.

    Args:
        source: the program.
        backend: the library that it runs on.
        dtype: the type in which it computes.
        result_dtype: the type of its results.
        extra: further functions that the source calls.
    """
    xp = backend.namespace
    scope: dict[str, Any] = {"__builtins__": {}, **backend.operations(dtype)}
    scope |= {name: getattr(xp, name) for name in source.ufuncs}
    scope |= {name: backend.number(value, dtype) for name, value in source.numbers.items()}
    guarded = _guarded if backend.writes else _called
    scope |= {name: scope["full"]((length,), 1.0) for name, length in source.ones.items()}
    for name, step in source.calls.items():
        scope[name] = _indices(step, xp) if step.kind is Kind.INDICES else guarded(step, xp, dtype)
    for name, fused in source.kernels.items():
        assert backend.kernel is not None
        counts = len(fused.program.shapes), len(fused.program.outputs)
        scope[name] = backend.kernel(element_text(fused.program, dtype), *counts)
    scope |= extra
    scope["cast_back"] = backend.operations(result_dtype)["cast"]
    exec(compile(source.text, "<bracketcalc program>", "exec"), scope)
    run: Callable[..., Any] = scope["run"]
    return run


def make_check(arrays: Sequence[Any], located: bool, sizes: Sequence[int] = ()) -> Callable[..., bool]:
    """Return whether positional values have the kind, shape and type of these arrays, as a function.

    Written out, the comparisons take half as long as in a loop, at every call of a program.

    Args:
        arrays: the arrays.
        located: whether they must also be on the same device.
        sizes: the integers that the values behind them must be.
    """
    checks = [
        f"type(x{k}) is a{k} and x{k}.dtype is d{k} and x{k}.shape == {tuple(map(int, array.shape))}"
        + (f" and x{k}.device == device" if located else "")
        for k, array in enumerate(arrays)
    ]
    checks += [f"type(x{k}) is int and x{k} == {size:d}" for k, size in enumerate(sizes, len(arrays))]
    names = ", ".join([f"x{k}" for k in range(len(checks))])
    scope: dict[str, Any] = {"__builtins__": {}, "type": type, "int": int}
    scope |= {f"a{k}": type(array) for k, array in enumerate(arrays)}
    scope |= {f"d{k}": array.dtype for k, array in enumerate(arrays)}
    if located:
        scope["device"] = arrays[0].device
    text = f"def fits({names}):\n    return {' and '.join(checks) or 'True'}\n"
    exec(compile(text, "<bracketcalc check>", "exec"), scope)
    fits: Callable[..., bool] = scope["fits"]
    return fits


def _value(step: Step, xp: Any, arrays: Sequence[Array]) -> Array:
    """Return the value of a function record or of an operator."""
    record, *parameters = step.parameters
    if step.kind is Kind.OPERATOR:
        return operator_value(record, xp, arrays, *parameters)
    return record.value(xp, *arrays, *parameters)


def _wide_value(step: Step, xp: Any, arrays: Sequence[Array]) -> Array:
    """Return the value of a function or operator in longer numbers than the linear algebra of NumPy has."""
    try:
        return _value(step, xp, arrays)
    except TypeError as error:
        raise ArgumentError(
            f"{step.parameters[0].name} cannot be computed in {arrays[0].dtype}: {error}",
            hint="pass arrays of float64",
        ) from error


def _guarded(step: Step, xp: Any, dtype: Any) -> Callable[..., Array]:
    """Return a function record as a call whose result has the right shape and dtype and its own buffer."""
    (record, *parameters), shape = step.parameters, step.shape
    # What a user's function returns may be kept by it and returned again, so it must not be written to.
    trusted = step.kind is not Kind.OPERATOR and is_built_in(record)
    real, complex_ = real_type(dtype), complex_type(dtype)
    makes_real = record.on_complex is not None and record.on_complex.real_valued

    def own(result: Array, arrays: Sequence[Array]) -> Array:
        """Return a value in the dtype it should have, in a buffer that nothing else uses."""
        # In a chain, a function sees only a block.
        if result.shape != shape and not trusted:
            raise ShapeError(
                f"the value of {record.name} has shape {result.shape}, but it must have shape {shape}",
                hint="correct the function's value",
            )
        wanted = complex_ if any(map(xp.iscomplexobj, arrays)) and not makes_real else real
        if result.dtype != wanted:
            return result.astype(wanted)
        return result if trusted and result is not arrays[0] and result.base is None else result.copy()

    value = _value if real.itemsize <= WIDEST else _wide_value

    def checked(*given: Array) -> Array:
        arrays = [xp.asarray(x) for x in given]
        return own(xp.asarray(value(step, xp, arrays)), arrays)

    def called(x: Array) -> Array:
        if type(x) is not xp.ndarray:
            return checked(x)
        result = record.value(xp, x, *parameters)
        # What the built-in functions return of an array has the right shape.
        if result is not x and result.base is None and result.dtype == real:
            return result
        return own(xp.asarray(result), [x])

    return called if trusted and dtype == real and real.itemsize <= WIDEST else checked


def _indices(step: Step, xp: Any) -> Callable[[Array], Array]:
    """Return the call that checks indices, and makes them integers."""
    allowed = step.parameters[0]

    def call(x: Array) -> Array:
        return checked_indices(xp, x, allowed.size, allowed.of)

    return call


def _called(step: Step, xp: Any, _dtype: Any) -> Callable[..., Array]:
    """Return a function record as a call whose result has the right shape, for arrays never written to."""
    record = step.parameters[0]

    def call(*given: Array) -> Array:
        try:
            result = _value(step, xp, given)
        except (AttributeError, TypeError) as error:
            raise ArgumentError(
                f"{record.name} cannot be computed on a {type(given[0]).__name__}: {error}",
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
