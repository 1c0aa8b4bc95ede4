"""The callable that a compilation returns: it makes a program for the shapes and types of each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bracketcalc.backends.choice import choose_backend
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.record import Backend
from bracketcalc.compiler.arguments import PYTHON_NUMBERS, as_array
from bracketcalc.compiler.cache import Cache, CacheInfo
from bracketcalc.compiler.constants import NO_CONSTANTS, bound_constants, check_not_constant
from bracketcalc.compiler.options import Options
from bracketcalc.compiler.output import write_into
from bracketcalc.compiler.plan import Plan
from bracketcalc.compiler.planner import Planner
from bracketcalc.compiler.profile import profiled
from bracketcalc.compiler.ready import Ready
from bracketcalc.compiler.reports.figure import draw
from bracketcalc.compiler.reports.report import Report
from bracketcalc.compiler.signature import signature_of
from bracketcalc.expr.core import Expr


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
        signature = signature_of(self._exprs)
        self._planner = Planner(self._exprs, signature, bound_constants(constants, signature), options)
        self._takes = self._planner.takes
        self._keys = dict.fromkeys(self._takes.required).keys()
        self._cache: Cache[Ready] = Cache(options.cache_size)
        self._last: Ready | None = None
        self._measured: tuple[Plan, Report] | None = None

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
        results = loaded.results(values)
        return results[0] if self._single else results

    def into(self, out: Any, /, **arrays: Any) -> Any:
        """Write the values into arrays instead of new ones, and return those.

        Everything is computed before anything is written, so ``out`` may share memory with the arguments.

        Args:
            out: an array for the result, or a sequence of them, of the shapes and types of the results.
            arrays: as for a call.

        Raises:
            ArgumentError, ShapeError: as for a call, and for an array that does not fit its result.

        Example:
            >>> from bracketcalc.compiler.compile import compile
            >>> from bracketcalc.expr.build import tensors
            >>> (X,) = tensors("X[n,n]")
            >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
            >>> compile(X @ X).into(x, X=x) is x, x.tolist()
            (True, [[7.0, 10.0], [15.0, 22.0]])
        """
        results = self(**arrays)
        write_into([out] if self._single else out, [results] if self._single else results)
        return out

    @property
    def last(self) -> Ready | None:
        """Return the program of the last call."""
        return self._last

    def again(self, last: Ready, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the results of the program of the last call, for arrays that are known to fit it."""
        self._cache.hit()
        return last.results(values)

    def _found(self, arrays: Mapping[str, Any], unnamed: int) -> tuple[Ready, list[Any]]:
        """Return the program for the arguments, and them in order, numbers as arrays."""
        planner = self._planner
        if unnamed or arrays.keys() != self._keys:
            check_not_constant(arrays, planner.constants)
            self._takes.check(arrays, unnamed)
        given = {**planner.constants, **arrays}
        sizes = planner.signature.given_sizes(arrays) if len(given) > len(planner.names) else ()
        values = [given[name] for name in planner.names]
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
        loaded = self._cache.get(key, lambda: self._planner.ready(backend, dict(sizes), values, described))
        self._last = loaded
        return loaded, loaded.arguments(values)

    def _arrays(self, values: Sequence[Any], backend: Backend) -> list[Any]:
        return [
            value if type(value) in PYTHON_NUMBERS else as_array(name, value, backend)
            for name, value in zip(self._planner.names, values, strict=True)
        ]

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

    def report(self, dtype: npt.DTypeLike | None = None, /, **shapes: Any) -> Report:
        """Return what a call with arguments of these shapes will cost; nothing is computed.

        Args:
            dtype: the type of all arrays; complex tensors have the complex type of its precision. Without
                it, arrays that are given keep theirs, and the others are float64, or as the given ones.
            shapes: for each tensor a shape or an array, and an integer for each size that no tensor has.
                Without them it is the program of the last call, with the times of :meth:`profile`.

        Raises:
            ArgumentError: for a missing or unknown name, or what is no type of numbers.
            ShapeError: for shapes that do not fit the expressions or each other.

        Example:
            >>> from bracketcalc.compiler.compile import compile
            >>> from bracketcalc.expr.build import tensors
            >>> X, W = tensors("X[n,d] W[d,k]")
            >>> compile(X @ W).report(X=(500, 64), W=(64, 10)).flops
            640000
        """
        last = self._cache.latest()
        if shapes or last is None or dtype is not None:
            return self._planner.plan_for(shapes, dtype).report(self._exprs)
        measured = self._measured
        return measured[1] if measured and measured[0] is last.plan else last.plan.report(self._exprs)

    def profile(self, /, **arrays: Any) -> Report:
        """Run the program step by step, several times, and return its report with the time of each step.

        Steps are measured one after the other, so what they cost together is a little more than a call.
        The share of peak of a step is its rate of operations over that of one large matrix product, or its
        rate of memory traffic over that of a large copy, whichever is larger.

        Args:
            arrays: as for a call.

        Raises:
            ArgumentError, ShapeError, MemoryLimitError: as for a call.

        Example:
            >>> from bracketcalc.compiler.compile import compile
            >>> from bracketcalc.expr.build import tensors
            >>> X, W = tensors("X[n,d] W[d,k]")
            >>> report = compile(X @ W).profile(X=np.ones((50, 6)), W=np.ones((6, 4)))
            >>> report.path[0].kernel, report.seconds > 0
            ('dot', True)
        """
        loaded, values = self._found(arrays, 0)
        found = profiled(loaded, choose_backend({**self._planner.constants, **arrays}), values)
        report = loaded.plan.report(self._exprs, found.seconds, (found.flop_rate, found.byte_rate))
        self._measured = loaded.plan, report
        return report

    def plot(self, dtype: npt.DTypeLike | None = None, /, **shapes: Any) -> Any:
        """Draw the time and the memory of each step with matplotlib, and return the figure.

        Without a measured time, the bars are operations: call :meth:`profile` first.

        Args:
            dtype: as for :meth:`report`.
            shapes: as for :meth:`report`.

        Raises:
            ImportError: if matplotlib is not installed.
        """
        return draw(self.report(dtype, **shapes))

    def source(self, dtype: npt.DTypeLike | None = None, /, **shapes: Any) -> str:
        """Return the program as Python text, with comments that say what each line computes.

        Args:
            dtype: as for :meth:`report`.
            shapes: as for :meth:`report`. Without both it is the program of the last call, or, before the
                first call, that for sizes chosen here: 11, 12, 13 and so on, one for each name.

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
        if not shapes and dtype is None and last is not None:
            plan = last.plan
        else:
            plan = self._planner.plan_for(shapes or self._planner.invented(), dtype)
        return plan.listing(self._exprs)

    def cache_info(self) -> CacheInfo:
        """Return how often a call found its program, and how many programs are kept."""
        return self._cache.info()

    def cache_clear(self) -> None:
        """Forget the programs made so far."""
        self._last = self._measured = None
        self._cache.clear()

    # -- copying --------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self._exprs, self._single, self._options, self._planner.constants)

    def __copy__(self) -> Self:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._cache, copy._last = Cache(self._options.cache_size), None
        copy._measured = None
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
