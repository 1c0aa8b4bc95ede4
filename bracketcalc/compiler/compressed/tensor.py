"""A tensor held as small arrays, and deltas and ones between its axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from bracketcalc.backends.choice import choose_backend
from bracketcalc.backends.record import Backend
from bracketcalc.compiler.compressed.placed import CompressedTerm, add_placed
from bracketcalc.compiler.compressed.solving import solved
from bracketcalc.compiler.program.steps import count
from bracketcalc.compiler.reports.report import show_bytes
from bracketcalc.errors import ArgumentError, MemoryLimitError, ShapeError
from bracketcalc.expr.records import Array, ArrayNamespace
from bracketcalc.expr.shapes import show_sizes


@dataclass(frozen=True, slots=True, eq=False)
class Compressed:
    """A tensor as the sum of terms, each of them small arrays and the deltas between axes.

    Such as a Hessian 2 (VᵀV) ⊗ I, of which only VᵀV is stored.

    Attributes:
        shape: the shape of the tensor.
        terms: at least one term.

    Example:
        >>> term = CompressedTerm((np.array([[2.0, 1.0], [1.0, 3.0]]),), ((1, 3),), (0, 1, 0, 3))
        >>> H = Compressed((1000, 2, 1000, 2), (term,))
        >>> H
        <compressed tensor of shape (1000, 2, 1000, 2) in 32 B, dense 32.0 MB: bd->abad>
        >>> H.apply(np.ones((1000, 2)))[0], H.solve(np.ones((1000, 2)))[0]
        (array([3., 4.]), array([0.4, 0.2]))
    """

    shape: tuple[int, ...]
    terms: tuple[CompressedTerm, ...]

    @property
    def ndim(self) -> int:
        """Return the number of axes."""
        return len(self.shape)

    @property
    def factors(self) -> tuple[tuple[Array, ...], ...]:
        """Return the arrays of each term."""
        return tuple([term.factors for term in self.terms])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of the elements."""
        return self._backend.numpy_dtype(self.terms[0].factors[0].dtype)

    @property
    def nbytes(self) -> int:
        """Return the memory of all arrays."""
        return sum(int(array.nbytes) for term in self.terms for array in term.factors)

    @property
    def namespace(self) -> ArrayNamespace:
        """Return the module whose functions act on the arrays.

        Raises:
            ArgumentError: for arrays of a library that does not write to them.
        """
        backend = self._backend
        if not backend.writes:
            raise ArgumentError(
                f"the factors are arrays of {backend.name}, which a compressed tensor cannot compute on",
                hint="use its factors, or pass arrays of NumPy or CuPy to the program",
            )
        return backend.namespace

    @property
    def _backend(self) -> Backend:
        return choose_backend({"factor": self.terms[0].factors[0]})

    def dense(self) -> Array:
        """Return the whole array.

        Raises:
            ArgumentError: for arrays of torch or JAX, as :meth:`apply` and :meth:`solve` do.
            MemoryLimitError: if it cannot be allocated.

        Example:
            >>> diagonal = CompressedTerm((np.array([1.0, 2.0]),), ((0,),), (0, 0))
            >>> Compressed((2, 2), (diagonal,)).dense()
            array([[1., 0.],
                   [0., 2.]])
        """
        xp = self.namespace
        try:
            result = xp.zeros(self.shape, self.dtype)
        # ValueError: more elements than an array can have.
        except (MemoryError, ValueError) as error:
            raise MemoryLimitError(
                f"the dense array needs {show_bytes(count(self.shape) * self.dtype.itemsize)}",
                hint="use apply or solve, which do not build it",
            ) from error
        for term in self.terms:
            add_placed(xp, result, term.axes, term.items)
        return result

    def apply(self, direction: Array) -> Array:
        """Return the tensor contracted with a direction over its last axes; it is not made dense.

        Args:
            direction: an array with the shape of the last axes, of some or of all of them.

        Returns:
            An array with the axes before those of the direction.

        Raises:
            ShapeError: for another shape.

        Example:
            >>> identity = CompressedTerm((np.array(2.0),), ((),), (0, 1, 0, 1))
            >>> Compressed((2, 1, 2, 1), (identity,)).apply(np.array([[1.0], [3.0]]))
            array([[2.],
                   [6.]])
        """
        xp = self.namespace
        direction = xp.asarray(direction)
        kept = self.ndim - direction.ndim
        if kept < 0 or self.shape[kept:] != direction.shape:
            raise ShapeError(
                f"a direction of shape {show_sizes(direction.shape)} does not fit the last axes of a "
                f"tensor of shape {show_sizes(self.shape)}",
                hint="pass an array with the shape of the variable",
            )
        result = xp.zeros(self.shape[:kept], xp.result_type(self.dtype, direction.dtype))
        for term in self.terms:
            add_placed(xp, result, term.axes[:kept], [*term.items, (direction, term.axes[kept:])])
        return result

    def solve(self, rhs: Array) -> Array:
        """Return X with the tensor contracted with X over its last axes equal to ``rhs``.

        A delta between an axis of the first half and one of the second makes the tensor block diagonal: one
        small system for each index of it, or one system for all of them. A single term whose arrays have
        no axes in common is solved one array after the other. What is left is solved as a matrix.

        Args:
            rhs: an array with the shape of the first axes, half of them.

        Returns:
            An array with the shape of the last axes.

        Raises:
            ShapeError: if the shape is not that of a square matrix in this sense, or ``rhs`` does not fit.
            SingularMatrixError: if a matrix has no inverse.
            MemoryLimitError: if the structure leaves matrices that are too large.

        Example:
            >>> diagonal = CompressedTerm((np.array([2.0, 4.0]),), ((0,),), (0, 0))
            >>> Compressed((2, 2), (diagonal,)).solve(np.array([2.0, 2.0]))
            array([1. , 0.5])
        """
        return solved(self.namespace, self.shape, self.terms, rhs)

    def __array__(self, *_rest: object, **_options: object) -> NoReturn:
        raise ArgumentError(
            f"a compressed tensor of shape {show_sizes(self.shape)} does not become dense by itself",
            hint="call dense()",
        )

    def __repr__(self) -> str:
        full = count(self.shape) * self.dtype.itemsize
        terms = " + ".join(term.equation for term in self.terms)
        return (
            f"<compressed tensor of shape {show_sizes(self.shape)} in {show_bytes(self.nbytes)}, "
            f"dense {show_bytes(full)}: {terms}>"
        )
