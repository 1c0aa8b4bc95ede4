"""From the shapes and types of a call to its program."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.backends.choice import choose_backend
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.pages import LARGE, keep_freed_pages
from bracketcalc.backends.record import Backend
from bracketcalc.compiler.arguments import (
    check_numeric,
    common_dtype,
    numeric_type,
    working_dtype,
)
from bracketcalc.compiler.constants import check_not_constant, sizes_of
from bracketcalc.compiler.lowering.labels import index_tensors
from bracketcalc.compiler.memory.limits import free_bytes
from bracketcalc.compiler.options import Options
from bracketcalc.compiler.paths.given import with_given_path
from bracketcalc.compiler.plan import Plan, make_plan
from bracketcalc.compiler.program.fields import check_field, type_for
from bracketcalc.compiler.program.folding import has_values_of_numbers
from bracketcalc.compiler.ready import Ready, expecting, make_ready
from bracketcalc.compiler.reports.report import show_two
from bracketcalc.compiler.rewrites.prepare import prepared
from bracketcalc.compiler.signature import Signature
from bracketcalc.errors import ArgumentError, MemoryLimitError
from bracketcalc.expr.core import Expr
from bracketcalc.expr.fields import complex_type, real_type


class Planner:
    """Makes the programs of expressions, one for each combination of shapes and types.

    Attributes:
        exprs: the expressions as they were given.
        signature: their tensors and sizes.
        constants: the tensors whose values are known, and the values.
        takes: the signature of a call, which does not give the constants.
        names: the names of all tensors, in order.
    """

    def __init__(
        self, exprs: Sequence[Expr], signature: Signature, constants: Mapping[str, Any], options: Options
    ) -> None:
        self.exprs = tuple(exprs)
        self.signature = signature
        self.constants = constants
        self.takes = signature.without(constants)
        self.names = tuple(signature.tensors)
        self._options = options
        self._known = frozenset([k for k, name in enumerate(self.names) if name in constants])
        path = options.path
        self._prepared = tuple(
            prepared(self.exprs) if path is None else with_given_path(self.exprs, path, prepared)
        )
        self._indices = index_tensors(self._prepared)

    def ready(
        self, backend: Backend, sizes: dict[str, int], values: Sequence[Any], described: Sequence[Any]
    ) -> Ready:
        """Return the program for arguments that are described by their shapes and types."""
        numbers = tuple([place for place, kind in enumerate(described) if isinstance(kind, type)])
        shapes = [() if place in numbers else kind[0] for place, kind in enumerate(described)]
        types = [
            kind if place in numbers else backend.numpy_dtype(kind[1])
            for place, kind in enumerate(described)
        ]
        plan = self._fitting(backend, shapes, sizes, types)
        dtypes = [type_for(tensor, plan.dtype) for tensor in self.signature.tensors.values()]
        constants = {place: values[place] for place in self._known}
        ready = make_ready(plan, backend, (dtypes, numbers), constants, self.exprs)
        ready.plan.check_memory(self._options.max_bytes)
        if backend is NUMPY and ready.plan.largest_bytes >= LARGE:
            keep_freed_pages()
        if numbers:
            return ready
        by_name = zip(self.names, values, strict=True)
        arrays = {name: value for name, value in by_name if name not in self.constants}
        return replace(ready, expected=expecting(arrays, backend.located, sizes))

    def _fitting(
        self,
        backend: Backend,
        shapes: Sequence[tuple[int, ...]],
        sizes: Mapping[str, int],
        types: Sequence[Any],
    ) -> Plan:
        """Return the program; one that the memory that is free does not hold is cut, or refused."""
        limit = self._options.max_bytes
        plan = self._plan(shapes, sizes, types, limit, backend)
        plan.check_axes()
        if limit is not None or plan.is_small:
            return plan
        free = free_bytes(backend)
        if free is None or plan.needed_bytes <= free:
            return plan
        plan = self._plan(shapes, sizes, types, free, backend)
        if plan.needed_bytes > free:
            needed, left = show_two(plan.needed_bytes, free)
            raise MemoryLimitError(
                f"the program needs {needed} beside its arguments, but only {left} are free",
                hint="pass smaller arrays, or compile with a max_bytes of your own, which is trusted",
            )
        return plan

    def _plan(
        self,
        shapes: Sequence[tuple[int, ...]],
        sizes: Mapping[str, int],
        types: Sequence[Any],
        limit: int | None,
        backend: Backend = NUMPY,
    ) -> Plan:
        """Return the program for arguments of these shapes and types."""
        by_name = dict(zip(self.names, shapes, strict=True))
        tensors = list(self.signature.tensors.values())
        for tensor, kind in zip(tensors, types, strict=True):
            if not isinstance(kind, type):
                check_numeric(tensor.name, kind)
            check_field(tensor, kind)
        bound = self.signature.bind(by_name, sizes)
        numbers = [place for place, name in enumerate(self.names) if name not in self._indices]
        result = backend.held(real_type(common_dtype([types[place] for place in numbers])))
        dtype = working_dtype(result)
        if self.signature.has_complex:
            result = dtype = complex_type(dtype)
        strangers = [place for place in numbers if not isinstance(types[place], type)]
        casts = frozenset([place for place in strangers if types[place] != type_for(tensors[place], dtype)])
        real = [root.is_real for root in self.exprs]
        return make_plan(
            self._prepared,
            by_name,
            bound,
            casts,
            (dtype, result),
            paths=self._options.paths(),
            real=real,
            constants=self._known,
            limit=limit,
        )

    def plan_for(self, shapes: Mapping[str, Any], dtype: npt.DTypeLike | None) -> Plan:
        """Return the plan of what NumPy runs in each call, as :meth:`whole_plan`."""
        plan = self.whole_plan(shapes, dtype)
        if self._known or has_values_of_numbers(plan.program):
            plan = plan.folded(self._known, self.exprs)[1]
        return plan.on(NUMPY)

    def whole_plan(self, shapes: Mapping[str, Any], dtype: npt.DTypeLike | None) -> Plan:
        """Return the plan for shapes by name, or arrays.

        Args:
            shapes: a shape or an array for each tensor, and a number for each size that no tensor has.
            dtype: the type of all arrays; None for the types of those that are given, and what they have
                in common for the others.

        Raises:
            ArgumentError: for an unknown name, or a type that is none of numbers.
        """
        kind = None if dtype is None else numeric_type(dtype)
        self._check_shapes(shapes)
        given = {**{name: np.shape(value) for name, value in self.constants.items()}, **shapes}
        tuples = [_shape(name, given[name]) for name in self.names]
        sizes = dict(self.signature.given_sizes(shapes))
        known = self._types({**self.constants, **shapes}) if kind is None else {}
        common = kind or common_dtype([found for name, found in known.items() if name not in self._indices])
        tensors = self.signature.tensors.items()
        types = [known.get(name) or type_for(tensor, common) for name, tensor in tensors]
        return self._plan(tuples, sizes, types, self._options.max_bytes)

    def _check_shapes(self, shapes: Mapping[str, Any]) -> None:
        """Raise an ArgumentError unless the names are those of a call."""
        if "dtype" in shapes and "dtype" not in self.takes.required:
            raise ArgumentError(
                "dtype is given by position: a tensor may have this name",
                hint='write the type first, as in report("float32", X=(2, 3))',
            )
        if not shapes and self.takes.required:
            raise ArgumentError(
                f"no value was given for {', '.join(self.takes.required)}: a shape is needed for each",
                hint=f"write {self.takes.required[0]}=(2, 3), or call the program first",
            )
        check_not_constant(shapes, self.constants)
        self.takes.check(shapes)

    def _types(self, given: Mapping[str, Any]) -> dict[str, np.dtype[Any]]:
        """Return NumPy's types of those values that are arrays."""
        arrays = {name: value for name, value in given.items() if hasattr(value, "dtype")}
        backend = choose_backend(arrays)
        return {name: backend.numpy_dtype(array.dtype) for name, array in arrays.items()}

    def invented(self) -> dict[str, Any]:
        """Return a shape for each tensor, with a different number for each size."""
        beyond = self.signature.indices
        numbers = {
            name: 11 + k + beyond.get(name, 0) for k, name in enumerate(sorted(self.signature.sizes))
        }
        numbers |= sizes_of(self.constants, self.signature)
        shapes: dict[str, Any] = {name: numbers[name] for name in self.signature.unbound}
        for name, tensor in self.takes.tensors.items():
            shapes[name] = tuple([x if isinstance(x, int) else numbers[x.name] for x in tensor.sizes])
        return shapes


def _shape(name: str, given: Any) -> tuple[int, ...]:
    """Return the shape that was given for a tensor: a tuple, or that of an array."""
    shape = getattr(given, "shape", given)
    if isinstance(shape, int):
        shape = (shape,)
    try:
        result = tuple([index(size) for size in shape])
    except TypeError:
        result = (-1,)
    if not all(0 <= size <= sys.maxsize for size in result):
        raise ArgumentError(
            f"the shape of {name} is {given!r:.60}, not a tuple of non-negative integers",
            hint=f"write {name}=(2, 3)",
        )
    return result
