"""The callable that a compressed compilation returns: its values are small arrays and deltas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.compiler.cache import Cache
from bracketcalc.compiler.compiled import Compiled
from bracketcalc.compiler.compressed.compress import Term, compressed_terms
from bracketcalc.compiler.compressed.placed import CompressedTerm, Labels
from bracketcalc.compiler.compressed.tensor import Compressed
from bracketcalc.compiler.constants import NO_CONSTANTS, bound_constants, check_not_constant
from bracketcalc.compiler.options import Options
from bracketcalc.compiler.ready import Expected, Ready, expecting
from bracketcalc.compiler.reports.report import Report
from bracketcalc.compiler.signature import signature_of
from bracketcalc.expr.core import Expr
from bracketcalc.expr.records import Array
from bracketcalc.traverse import tensors_in

Taking = Callable[[tuple[Any, ...]], tuple[Any, ...]]

_Bound = tuple[tuple[tuple[int, ...], ...], dict[str, int]]
"""The shapes of the results, and the value of every size."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A term of a result, and how its factors are taken from the outputs of the program."""

    factors: Taking
    labels: tuple[Labels, ...]
    axes: Labels

    def term(self, values: tuple[Array, ...]) -> CompressedTerm:
        """Return the term with the values of the outputs."""
        return CompressedTerm(self.factors(values), self.labels, self.axes)


def _taking(places: Sequence[int]) -> Taking:
    """Return how the values at some places are taken from a tuple."""
    if len(places) == 1:
        return itemgetter(slice(places[0], places[0] + 1))
    return itemgetter(*places) if places else lambda _: ()


@dataclass(frozen=True, slots=True)
class _Look:
    """What a call looks like that needs no other check.

    Attributes:
        expected: what the arguments look like.
        needed: how the arrays that the factors depend on are taken from them.
    """

    expected: Expected
    needed: Taking


@dataclass(frozen=True, slots=True)
class _Known:
    """The last call.

    Attributes:
        look: what it looked like.
        ready: the program of the factors.
        shapes: the shapes of the results.
    """

    look: _Look
    ready: Ready
    shapes: tuple[tuple[int, ...], ...]


class CompressedProgram:
    """A program whose results are :class:`Compressed`; see :func:`bracketcalc.compile`.

    Example:
        >>> from bracketcalc.calculus.derivatives import hessian
        >>> from bracketcalc.expr.algebra import dot
        >>> from bracketcalc.expr.build import tensors
        >>> T, U, V = tensors("T[n,m] U[n,k] V[m,k]")
        >>> R = T - U @ V.T
        >>> f = CompressedProgram([hessian(dot(R, R), U)], True, Options())
        >>> f(V=np.eye(3, 2), n=1000)
        <compressed tensor of shape (1000, 2, 1000, 2) in 32 B, dense 32.0 MB: bd->abad>
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
        self._signature = signature_of(self._exprs)
        self._constants = bound_constants(constants, self._signature)
        self._takes = self._signature.without(self._constants)
        self._keys = dict.fromkeys(self._takes.required).keys()
        numbers: dict[Expr, int] = {}
        self._forms = tuple([_forms(terms, numbers) for terms in compressed_terms(self._exprs)])
        inside = {tensor.name for tensor in tensors_in(numbers)}
        known = {name: value for name, value in self._constants.items() if name in inside}
        self._parts = Compiled(tuple(numbers), False, options, known)
        self._shapes: Cache[_Bound] = Cache(options.cache_size)
        self._looks: Cache[_Look] = Cache(options.cache_size)
        self._known: _Known | None = None

    def __call__(self, /, *unnamed: Any, **arrays: Any) -> Any:
        """Return the value of every expression, compressed.

        Args:
            unnamed: nothing; arrays are passed by name.
            arrays: as for :meth:`Compiled.__call__`, also those that only the shape depends on.

        Returns:
            A tuple of :class:`Compressed`, or one of them if one expression was compiled.

        Raises:
            ArgumentError: for a missing, unknown or unusable argument.
            ShapeError: for shapes that do not fit the expressions or each other.
            MemoryLimitError: if the program would need more memory than allowed.
        """
        known, parts = self._known, self._parts
        if known is None or unnamed or known.ready is not parts.last:
            given = None
        else:
            given = known.look.expected.fitting(arrays)
        if known is None or given is None:
            shapes, needed = self._checked(arrays, len(unnamed))
            factors = parts(**needed)
            ready, look = parts.last, self._look_of(arrays)
            # Another thread may have made a call meanwhile, for other arrays.
            fits = ready is not None and ready.fitting(needed) is not None
            self._known = _Known(look, ready, shapes) if fits and ready and look else None
        else:
            shapes = known.shapes
            factors = parts.again(known.ready, known.look.needed(given))
        if self._single:
            return Compressed(shapes[0], tuple([form.term(factors) for form in self._forms[0]]))
        pairs = zip(shapes, self._forms, strict=True)
        return tuple(
            [Compressed(shape, tuple([form.term(factors) for form in forms])) for shape, forms in pairs]
        )

    def _look_of(self, arrays: Mapping[str, Any]) -> _Look | None:
        """Return what calls like one that was made look like, if a quick look can tell."""
        tensors = list(self._takes.tensors)
        given = {name: arrays[name] for name in tensors}
        if not given or any(type(value) is not np.ndarray for value in given.values()):
            return None
        sizes = {name: int(arrays[name]) for name in arrays if name not in given}

        def made() -> _Look:
            needed = [tensors.index(name) for name in self._parts.arguments if name in given]
            expected = expecting(given, False, sizes)
            assert expected is not None
            return _Look(expected, _taking(needed))

        key = tuple([(x.shape, x.dtype) for x in given.values()]), tuple(sizes.items())
        return self._looks.get(key, made)

    def _checked(
        self, arrays: Mapping[str, Any], unnamed: int
    ) -> tuple[tuple[tuple[int, ...], ...], dict[str, Any]]:
        """Return the shapes of the results, and those arguments that the factors depend on."""
        if unnamed or arrays.keys() != self._keys:
            check_not_constant(arrays, self._constants)
            self._takes.check(arrays, unnamed)
        arrays = {**self._constants, **arrays}
        tensors = self._signature.tensors
        shapes = tuple([np.shape(arrays[name]) for name in tensors])
        given = self._signature.given_sizes(arrays) if len(arrays) > len(tensors) else ()
        results, sizes = self._shapes.get((shapes, given), lambda: self._bound(shapes, given))
        return results, self._needed(arrays, sizes)

    def _bound(self, shapes: Sequence[tuple[int, ...]], given: Iterable[tuple[str, int]]) -> _Bound:
        """Return the shapes of the results and the value of every size."""
        sizes = self._signature.bind(dict(zip(self._signature.tensors, shapes, strict=True)), dict(given))
        results = [[x if isinstance(x, int) else sizes[x.name] for x in expr.sizes] for expr in self._exprs]
        return tuple(map(tuple, results)), sizes

    def _needed(self, given: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
        """Return those arguments that the factors depend on."""
        tensors = self._signature.tensors
        return {name: given[name] if name in tensors else sizes[name] for name in self._parts.arguments}

    def _needed_shapes(self, shapes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the shapes and sizes that the factors depend on."""
        check_not_constant(shapes, self._constants)
        self._takes.check(shapes)
        shapes = {**{name: np.shape(value) for name, value in self._constants.items()}, **shapes}
        tuples = [tuple(getattr(shapes[name], "shape", shapes[name])) for name in self._signature.tensors]
        return self._needed(shapes, self._bound(tuples, self._signature.given_sizes(shapes))[1])

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Return the expressions that the program computes, as they were given."""
        return self._exprs

    @property
    def parts(self) -> Compiled:
        """Return the program that computes the factors of all terms."""
        return self._parts

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the names that every call must give: tensors, then sizes."""
        return self._takes.required

    def report(self, dtype: npt.DTypeLike | None = None, /, **shapes: Any) -> Report:
        """Return what computing the factors will cost; as :meth:`Compiled.report`."""
        return self._parts.report(dtype, **(self._needed_shapes(shapes) if shapes else {}))

    def profile(self, /, **arrays: Any) -> Report:
        """Compute the factors step by step and return the report with times; as :meth:`Compiled.profile`.

        Example:
            >>> from bracketcalc import compile, dot, hessian, tensors
            >>> U, V, T = tensors("U[n,k] V[m,k] T[n,m]")
            >>> program = compile(hessian(dot(T - U @ V.T, T - U @ V.T), U), compressed=True)
            >>> program.profile(V=np.ones((5, 2)), n=1000).path[0].equation
            'ab,bc->ac'
        """
        return self._parts.profile(**self._checked(arrays, 0)[1])

    def plot(self, dtype: npt.DTypeLike | None = None, /, **shapes: Any) -> Any:
        """Draw the time and the memory of each step that computes the factors; as :meth:`Compiled.plot`."""
        return self._parts.plot(dtype, **(self._needed_shapes(shapes) if shapes else {}))

    def source(self, dtype: npt.DTypeLike | None = None, /, **shapes: Any) -> str:
        """Return the program of the factors as Python text; as :meth:`Compiled.source`."""
        return self._parts.source(dtype, **(self._needed_shapes(shapes) if shapes else {}))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._exprs, self._single, self._parts.options, self._constants)

    def __repr__(self) -> str:
        number = len(self._exprs)
        return (
            f"<compressed program of {number} expression{'' if number == 1 else 's'}, "
            f"called with {self._takes.describe()}>"
        )


def _forms(terms: Sequence[Term], numbers: dict[Expr, int]) -> tuple[_Form, ...]:
    """Return the terms with a number for each different tensor."""
    return tuple(
        [
            _Form(
                _taking([numbers.setdefault(part.expr, len(numbers)) for part in term.parts]),
                tuple([part.labels for part in term.parts]),
                term.axes,
            )
            for term in terms
        ]
    )
