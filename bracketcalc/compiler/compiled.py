"""The callable that a compilation returns: it makes a program for the shapes and types of each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bracketcalc.backends.choice import choose_backend
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.record import Backend
from bracketcalc.compiler.arguments import (
    PYTHON_NUMBERS,
    as_array,
    check_numeric,
    common_dtype,
    working_dtype,
)
from bracketcalc.compiler.cache import Cache, CacheInfo
from bracketcalc.compiler.constants import NO_CONSTANTS, bound_constants, check_not_constant, sizes_of
from bracketcalc.compiler.fields import check_field, type_for
from bracketcalc.compiler.labels import index_tensors
from bracketcalc.compiler.options import Options
from bracketcalc.compiler.plan import Plan, make_plan
from bracketcalc.compiler.prepare import prepared
from bracketcalc.compiler.ready import Ready, make_ready
from bracketcalc.compiler.report import Report, show_bytes
from bracketcalc.compiler.signature import signature_of
from bracketcalc.errors import ArgumentError, MemoryLimitError
from bracketcalc.expr.core import Expr
from bracketcalc.expr.fields import complex_type, real_type
from bracketcalc.traverse import postorder


class Compiled:
    """A program that computes one or several expressions; see :func:`bracketcalc.compile`.

    Example:
        >>> from bracketcalc.compiler.compile import compile
        >>> from bracketcalc.expr.build import tensors
        >>> X, w = tensors("X[n,d] w[d]")
        >>> f = compile(X @ w)
        >>> f
        <program of 1 expression, called with X[n,d], w[d]>
        >>> f(X=[[1, 2], [3, 4]], w=[1, 10])
        array([21., 43.])
    """

    def __init__(
        self,
        exprs: Sequence[Expr],
        single: bool,
        options: Options,
        constants: Mapping[str, Any] = NO_CONSTANTS,
    ) -> None:
        self._exprs = tuple(exprs)
        self._single = single
        self._options = options
        self._signature = signature_of(self._exprs)
        self._names = tuple(self._signature.tensors)
        self._constants = bound_constants(constants, self._signature)
        self._takes = self._signature.without(self._constants)
        self._keys = dict.fromkeys(self._takes.required).keys()
        self._prepared = tuple(prepared(self._exprs))
        self._indices = index_tensors(self._prepared)
        self._has_complex = not all(node.is_real for node in postorder(self._exprs))
        self._cache: Cache[Ready] = Cache(options.cache_size)
        self._last: Ready | None = None

    # -- calling --------------------------------------------------------------------------------------

    def __call__(self, /, *unnamed: Any, **arrays: Any) -> Any:
        """Return the value of every expression as a new array.

        Args:
            unnamed: nothing; arrays are passed by name.
            arrays: an array, list or number for each tensor, and an integer for each size that no tensor
                has as an axis. Other sizes may be given too and must then fit the arrays.

        Returns:
            A tuple of arrays, or one array if one expression was compiled. No result shares memory with
            an argument or with another result. The memory order of the axes is not fixed.

        Raises:
            ArgumentError: for a missing, unknown or unusable argument.
            ShapeError: for shapes that do not fit the expressions or each other.
            MemoryLimitError: if the program would need more memory than allowed.
        """
        loaded = self._last
        values = None if unnamed or loaded is None else loaded.fitting(arrays)
        if loaded is None or values is None:
            loaded, values = self._found(arrays, len(unnamed))
        else:
            self._cache.hit()
        try:
            results = loaded.run(*values)
        except MemoryError as error:
            needed = show_bytes(loaded.plan.needed_bytes)
            raise MemoryLimitError(
                f"an array could not be allocated; the program needs {needed}",
                hint="use smaller arrays; report tells what a program needs",
            ) from error
        return results[0] if self._single else results

    def _found(self, arrays: Mapping[str, Any], unnamed: int) -> tuple[Ready, list[Any]]:
        """Return the program for the arguments, and them in order, numbers as arrays."""
        if unnamed or arrays.keys() != self._keys:
            check_not_constant(arrays, self._constants)
            self._takes.check(arrays, unnamed)
        given = {**self._constants, **arrays}
        sizes = self._signature.given_sizes(arrays) if len(given) > len(self._names) else ()
        values = [given[name] for name in self._names]
        backend = NUMPY
        for value in values:
            kind = type(value)
            if kind is not np.ndarray and kind not in PYTHON_NUMBERS:
                backend = choose_backend(given)
                values = self._arrays(values, backend)
                break
        described = [
            type(value) if type(value) in PYTHON_NUMBERS else (value.shape, value.dtype) for value in values
        ]
        key = backend.name, sizes, *described
        loaded = self._cache.get(key, lambda: self._load(backend, dict(sizes), values, described))
        self._last = loaded
        return loaded, loaded.arguments(values)

    def _arrays(self, values: Sequence[Any], backend: Backend) -> list[Any]:
        return [
            value if type(value) in PYTHON_NUMBERS else as_array(name, value, backend)
            for name, value in zip(self._names, values, strict=True)
        ]

    def _load(
        self, backend: Backend, sizes: dict[str, int], values: Sequence[Any], described: Sequence[Any]
    ) -> Ready:
        numbers = tuple([place for place, kind in enumerate(described) if isinstance(kind, type)])
        shapes = [() if place in numbers else kind[0] for place, kind in enumerate(described)]
        types = [
            kind if place in numbers else backend.numpy_dtype(kind[1])
            for place, kind in enumerate(described)
        ]
        plan = self._plan(shapes, sizes, types)
        plan.check_axes()
        dtypes = [type_for(tensor, plan.dtype) for tensor in self._signature.tensors.values()]
        constants = {k: values[k] for k, name in enumerate(self._names) if name in self._constants}
        ready = make_ready(plan, backend, (dtypes, numbers), constants, self._exprs)
        ready.plan.check_memory(self._options.max_bytes)
        if backend is not NUMPY or numbers or sizes:
            return ready
        expected = [(name, *kind) for name, kind in zip(self._names, described, strict=True)]
        return replace(ready, expected=tuple([row for row in expected if row[0] not in self._constants]))

    def _plan(
        self, shapes: Sequence[tuple[int, ...]], sizes: Mapping[str, int], types: Sequence[Any]
    ) -> Plan:
        """Return the program for arguments of these shapes and types."""
        by_name = dict(zip(self._names, shapes, strict=True))
        tensors = list(self._signature.tensors.values())
        for tensor, kind in zip(tensors, types, strict=True):
            if not isinstance(kind, type):
                check_numeric(tensor.name, kind)
            check_field(tensor, kind)
        bound = self._signature.bind(by_name, sizes)
        numbers = [place for place, name in enumerate(self._names) if name not in self._indices]
        result = real_type(common_dtype([types[place] for place in numbers]))
        dtype = working_dtype(result)
        if self._has_complex:
            result = dtype = complex_type(dtype)
        strangers = [place for place in numbers if not isinstance(types[place], type)]
        casts = frozenset([place for place in strangers if types[place] != type_for(tensors[place], dtype)])
        real = [root.is_real for root in self._exprs]
        return make_plan(self._prepared, by_name, bound, casts, (dtype, result), real=real)

    # -- looking inside -------------------------------------------------------------------------------

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Return the expressions that the program computes, as they were given."""
        return self._exprs

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the names that every call must give: tensors, then sizes."""
        return self._takes.required

    @property
    def options(self) -> Options:
        """Return what was asked of the program beside its results."""
        return self._options

    def report(self, dtype: npt.DTypeLike = np.float64, /, **shapes: Any) -> Report:
        """Return what a call with arguments of these shapes will cost; nothing is computed.

        Args:
            dtype: the type of all arrays; complex tensors have the complex type of its precision.
            shapes: for each tensor a shape or an array, and an integer for each size that no tensor has.

        Raises:
            ArgumentError: for a missing or unknown name.
            ShapeError: for shapes that do not fit the expressions or each other.

        Example:
            >>> from bracketcalc.compiler.compile import compile
            >>> from bracketcalc.expr.build import tensors
            >>> X, W = tensors("X[n,d] W[d,k]")
            >>> compile(X @ W).report(X=(500, 64), W=(64, 10)).flops
            640000
        """
        return self._plan_for(shapes, dtype).report(self._exprs)

    def source(self, dtype: npt.DTypeLike = np.float64, /, **shapes: Any) -> str:
        """Return the program as Python text, with comments that say what each line computes.

        Args:
            dtype: the type of all arrays.
            shapes: as for :meth:`report`. Without shapes it is the program of the last call, or, before
                the first call, that for sizes chosen here: 11, 12, 13 and so on, one for each name.

        Example:
            >>> from bracketcalc.compiler.compile import compile
            >>> from bracketcalc.expr.build import tensors
            >>> X, W = tensors("X[n,d] W[d,k]")
            >>> print(compile(X @ W).source(X=(500, 64), W=(64, 10)))  # doctest: +ELLIPSIS
            # x0 = X (500, 64)
            # x1 = W (64, 10)
            def run(x0, x1):
                t0 = dot(x0, x1)  # ...
                return (t0,)
        """
        last = self._cache.latest()
        if not shapes and last is not None:
            plan = last.plan
        else:
            plan = self._plan_for(shapes or self._invented(), dtype)
        return plan.listing(self._exprs)

    def _plan_for(self, shapes: Mapping[str, Any], dtype: npt.DTypeLike) -> Plan:
        check_not_constant(shapes, self._constants)
        self._takes.check(shapes)
        given = {**{name: np.shape(value) for name, value in self._constants.items()}, **shapes}
        tuples = [_shape(name, given[name]) for name in self._names]
        sizes = dict(self._signature.given_sizes(shapes))
        types = [type_for(tensor, np.dtype(dtype)) for tensor in self._signature.tensors.values()]
        plan = self._plan(tuples, sizes, types)
        places = [place for place, name in enumerate(self._names) if name in self._constants]
        return plan.folded(places, self._exprs)[1] if places else plan

    def _invented(self) -> dict[str, Any]:
        """Return a shape for each tensor, with a different number for each size."""
        beyond = self._signature.indices
        numbers = {
            name: 11 + k + beyond.get(name, 0) for k, name in enumerate(sorted(self._signature.sizes))
        }
        numbers |= sizes_of(self._constants, self._signature)
        shapes: dict[str, Any] = {name: numbers[name] for name in self._signature.unbound}
        for name, tensor in self._takes.tensors.items():
            shapes[name] = tuple([x if isinstance(x, int) else numbers[x.name] for x in tensor.sizes])
        return shapes

    def cache_info(self) -> CacheInfo:
        """Return how often a call found its program, and how many programs are kept."""
        return self._cache.info()

    def cache_clear(self) -> None:
        """Forget the programs made so far."""
        self._last = None
        self._cache.clear()

    # -- copying --------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self._exprs, self._single, self._options, self._constants)

    def __copy__(self) -> Self:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._cache, copy._last = Cache(self._options.cache_size), None
        return copy

    def __repr__(self) -> str:
        count = len(self._exprs)
        return (
            f"<program of {count} expression{'' if count == 1 else 's'}, "
            f"called with {self._takes.describe()}>"
        )


def _rebuild(
    exprs: tuple[Expr, ...], single: bool, options: Options, constants: Mapping[str, Any]
) -> Compiled:
    return Compiled(exprs, single, options, constants)


def _shape(name: str, given: Any) -> tuple[int, ...]:
    """Return the shape that was given for a tensor: a tuple, or that of an array."""
    shape = getattr(given, "shape", given)
    if isinstance(shape, int):
        shape = (shape,)
    try:
        result = tuple([int(size) for size in shape])
    except (TypeError, ValueError):
        result = (-1,)
    if any(size < 0 for size in result):
        raise ArgumentError(
            f"the shape of {name} is {given!r:.60}, not a tuple of non-negative integers",
            hint=f"write {name}=(2, 3)",
        )
    return result
