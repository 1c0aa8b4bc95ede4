"""Compiling expressions, and evaluating them once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, overload

import numpy.typing as npt

from bracketcalc.compiler.compiled import Compiled
from bracketcalc.compiler.compressed.tensor import Compressed
from bracketcalc.compiler.compressed_program import CompressedProgram
from bracketcalc.compiler.constants import NO_CONSTANTS
from bracketcalc.compiler.options import DEFAULT_CACHE_SIZE, Options
from bracketcalc.compiler.paths.optimize import Optimize, fixed
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr

__all__ = ["Compiled", "Compressed", "CompressedProgram", "compile", "evaluate"]

Values = npt.NDArray[Any]


@overload
def compile(
    exprs: Expr | Sequence[Expr],
    *,
    constants: Mapping[str, Any] = NO_CONSTANTS,
    max_bytes: int | None = None,
    cache_size: int = DEFAULT_CACHE_SIZE,
    optimize: Optimize = "auto",
    compressed: Literal[False] = False,
) -> Compiled: ...
@overload
def compile(
    exprs: Expr | Sequence[Expr],
    *,
    constants: Mapping[str, Any] = NO_CONSTANTS,
    max_bytes: int | None = None,
    cache_size: int = DEFAULT_CACHE_SIZE,
    optimize: Optimize = "auto",
    compressed: Literal[True],
) -> CompressedProgram: ...
def compile(
    exprs: Expr | Sequence[Expr],
    *,
    constants: Mapping[str, Any] = NO_CONSTANTS,
    max_bytes: int | None = None,
    cache_size: int = DEFAULT_CACHE_SIZE,
    optimize: Optimize = "auto",
    compressed: bool = False,
) -> Compiled | CompressedProgram:
    """Return a program that computes expressions: sub-expressions that they share are computed once.

    The program is called with an array for each tensor, by name. It computes in the common type of the
    arrays by NumPy's rules, to which Python numbers adapt; integer arrays alone count as float64, and
    float16 is computed in float32. What is real by its form is computed with real numbers and comes back
    as a real array; a complex array is taken only by a tensor declared as complex. Logarithms of softmax
    and sigmoid are computed without overflow.

    A program is made on the first call with new shapes or types and kept for the next ones. Programs can
    be called from several threads, copied and pickled.

    Args:
        exprs: an expression, or a sequence of them.
        constants: an array or number for some of the tensors. What depends only on them is computed once
            for each program, and calls do not give them again. The arrays are copied.
        max_bytes: the most bytes that a call may hold beside its arguments, results included. Where it
            would hold more, axes are cut: what has them is computed for some of their indices after the
            others, and written part by part or added up. If that does not suffice, the call is refused
            before anything is computed. Without a limit, it is what is free when the program is made.
        cache_size: how many programs for different shapes are kept.
        optimize: how the order of contractions is found, the same for the same program each time:

            - ``"auto"``: all orders are compared for up to 8 factors; a good order is looked for otherwise,
              from 30 factors on by cotengra too, where it is installed;
            - the name of a search of opt_einsum, such as ``"optimal"``, ``"dp"``, ``"greedy"``,
              ``"random-greedy"``, ``"auto-hq"``, or ``"cotengra"`` where it is installed;
            - a callable as opt_einsum takes them, ``search(inputs, output, size_dict)``;
            - a path, as a sequence of pairs of positions, for one product: its factors count as they are
              written, nested products opened; numbers, scalars, ones and deltas do not count.
        compressed: return each result as a :class:`Compressed`: small arrays, and the deltas and ones
            between its axes. The Hessian 2 (VᵀV) ⊗ I is then the array 2 VᵀV and a delta.

    Returns:
        A callable: see :meth:`Compiled.__call__` and :meth:`CompressedProgram.__call__`.

    Raises:
        ArgumentError: for something that is not an expression, two tensors with one name, a path that does
            not fit, or constants that are no arrays of numbers.
        ShapeError: for constants that do not fit their tensors or each other.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, Y = tensors("X[n,d] Y[d]")
        >>> f = compile([X @ Y, (X @ Y).sum()])
        >>> f(X=[[1, 2], [3, 4]], Y=[1, 10])
        (array([21., 43.]), array(64.))
        >>> g = compile(X @ Y, constants={"X": [[1, 2], [3, 4]]})
        >>> g
        <program of 1 expression, called with Y[d]>
        >>> g(Y=[1, 10])
        array([21., 43.])
        >>> h = compile((X @ X.T) @ X @ Y, optimize=[(2, 3), (1, 2), (0, 1)])
        >>> h(X=[[1, 2], [3, 4]], Y=[1, 10])
        array([ 578., 1306.])
    """
    roots: list[Expr] = []
    for root in exprs if isinstance(exprs, Iterable) else [exprs]:
        if not isinstance(root, Expr):
            raise ArgumentError(
                f"expected expressions to compile, got {type(root).__name__}",
                hint="declare tensors with tensors(...) and combine them",
            )
        roots.append(root)
    program = CompressedProgram if compressed else Compiled
    return program(
        roots,
        isinstance(exprs, Expr),
        Options(max_bytes, cache_size, fixed(optimize)),
        constants,
    )


@overload
def evaluate(exprs: Expr, /, **arrays: Any) -> Values: ...
@overload
def evaluate(exprs: Sequence[Expr], /, **arrays: Any) -> tuple[Values, ...]: ...
def evaluate(exprs: Expr | Sequence[Expr], /, **arrays: Any) -> Values | tuple[Values, ...]:
    """Return the value of one expression, or of several: compile and run once.

    Args:
        exprs: an expression, or a sequence of them.
        arrays: as for :meth:`Compiled.__call__`.

    Returns:
        An array, or a tuple of arrays for a sequence.

    Raises:
        ArgumentError: for a missing, unknown or unusable argument.
        ShapeError: for shapes that do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (x,) = tensors("x[n]")
        >>> evaluate(x @ x, x=[3, 4])
        array(25.)
    """
    result: Values | tuple[Values, ...] = compile(exprs)(**arrays)
    return result
