"""Functions of square matrices and their derivatives of every order, as linear operators.

The k-th derivative of an analytic function f at A, along E₁, …, E_k, is a block of f at a larger matrix:
for k = 1 the upper right block of f([[A, E], [0, A]]). So a function that can be computed can be
differentiated. The adjoint of its differential is the differential at the transpose, (df)_A^* = (df)_{Aᵀ}
(N. J. Higham, *Functions of Matrices*, SIAM 2008, theorem 3.6 and section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, Extent, product
from bracketcalc.expr.nodes import Operator
from bracketcalc.expr.records import (
    HOLOMORPHIC,
    Array,
    ArrayNamespace,
    LinearOperator,
    TensorFunction,
    operator_name,
)
from bracketcalc.functions.application import SubtensorForm
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.functions.solving import transposed
from bracketcalc.functions.square_matrix import check_square

DirectionalValue = Callable[..., Array]
"""``(xp, a, e1, .., ek) -> array``: the k-th derivative at every matrix of stacks with equal shapes."""


@dataclass(frozen=True, slots=True)
class MatrixDerivatives:
    """All derivatives of a function of square matrices; called, the differential of a record (29).

    Attributes:
        name: the name of the function; that of its k-th derivative has k primes.
        latex: its LaTeX name.
        value: the derivative along any number of directions.
    """

    name: str
    latex: str
    value: DirectionalValue

    def __call__(self, x: Expr, y: Expr, dx: Expr, batch: int) -> Expr:
        """d f(X) = f'(X)[dX]"""
        return Operator(self.operator(1), x, (dx,), batch)

    def operator(self, order: int) -> LinearOperator:
        """Return the k-th derivative as an operator on k directions."""
        primes = "'" * order
        return LinearOperator(
            name=self.name + primes,
            ndim=2,
            operands=(2,) * order,
            result=_SquareResult(self.name + primes),
            value=_Spread(self.value),
            adjoint=_adjoint,
            differential=_Next(self),
            latex=self.latex + primes,
            summary=f"derivative {order} of {self.name} along {order} directions",
            on_complex=HOLOMORPHIC,
        )


@dataclass(frozen=True, slots=True)
class _SquareResult:
    name: str

    def __call__(self, matrix: tuple[Extent, ...], *directions: tuple[Extent, ...]) -> tuple[Extent, ...]:
        check_square(self.name, matrix)
        for direction in directions:
            if direction != matrix:
                check_square(self.name, direction)
                raise ShapeError(f"{self.name} takes directions with the sizes of the matrix")
        return matrix


@dataclass(frozen=True, slots=True)
class _Spread:
    """The derivative along all combinations of directions that stand along further axes."""

    value: DirectionalValue

    def __call__(self, xp: ArrayNamespace, a: Array, *directions: Array) -> Array:
        batch, count = a.shape[:-2], len(directions)
        numbers = tuple([e.shape[-1] for e in directions])
        lead, square = (*batch, *numbers), a.shape[-2:]
        stacks = [xp.broadcast_to(a.reshape((*batch, *(1,) * count, *square)), (*lead, *square))]
        for place, direction in enumerate(directions):
            beside = [number if k == place else 1 for k, number in enumerate(numbers)]
            moved = xp.moveaxis(direction, -1, -3).reshape((*batch, *beside, *square))
            stacks.append(xp.broadcast_to(moved, (*lead, *square)))
        result = self.value(xp, *stacks)
        return xp.moveaxis(result, (-2, -1), (len(batch), len(batch) + 1))


@dataclass(frozen=True, slots=True)
class _Next:
    derivatives: MatrixDerivatives

    def __call__(self, node: Operator, da: Expr) -> Expr:
        """d f⁽ᵏ⁾(A)[E₁, ..] = f⁽ᵏ⁺¹⁾(A)[E₁, .., dA]"""
        operator = self.derivatives.operator(len(node.operands) + 1)
        return Operator(operator, node.parameter, (*node.operands, da), node.batch)


def _adjoint(node: Operator, place: int, cotangent: Expr) -> Expr:
    """G · f⁽ᵏ⁾(A)[.., dE, ..] = f⁽ᵏ⁾(Aᵀ)[.., G, ..] · dE, the other directions transposed"""
    batch = node.batch
    given = [transposed(operand, batch) for operand in node.operands]
    given[place] = cotangent
    result = Operator(node.operator, transposed(node.parameter, batch), given, batch)
    own: list[Any] = list(range(batch + 2))
    names = [[(part, axis) for axis in range(len(sizes))] for part, sizes in enumerate(node.beside)]
    every = [name for group in names for name in group]
    labels = [name for part, group in enumerate(names) for name in (every if part == place else group)]
    if labels == names[place]:
        return result
    return product(1, [(result, [*own, *labels])], [*own, *names[place]])


@dataclass(frozen=True, slots=True)
class BlockForm:
    """The derivatives of an analytic function of matrices, from its values at block matrices.

    Every direction doubles the rows and columns: that of X = [[A, E], [0, A]] along [[D, 0], [0, D]] gives
    the second derivative. A direction is scaled by a power of two to the size of A, on which it depends
    linearly, so that rounding errors are relative to both.

    Attributes:
        value: ``(xp, x)``: f of every matrix of a stack.
    """

    value: Callable[[ArrayNamespace, Array], Array]

    def __call__(self, xp: ArrayNamespace, a: Array, *directions: Array) -> Array:
        size, count = a.shape[-1], 2 ** len(directions)
        if a.size == 0:
            return a.copy()
        scales = [exponent_of(xp, a) - exponent_of(xp, e) for e in directions]
        scaled = [two_to(xp, scale, a) * e for scale, e in zip(scales, directions, strict=True)]
        zero = xp.zeros_like(a)
        rows = []
        for row in range(count):
            # Direction k stands where bit k of the column is set and that of the row is not.
            inside = dict.fromkeys(range(count), zero) | {row: a}
            inside |= {row | 1 << k: e for k, e in enumerate(scaled) if not row >> k & 1}
            rows.append(xp.concatenate([inside[column] for column in range(count)], axis=-1))
        blocks = xp.concatenate(rows, axis=-2)
        result = self.value(xp, blocks)[..., :size, -size:]
        for scale in scales:
            result = two_to(xp, -scale, a) * result
        return result


def two_to(xp: ArrayNamespace, exponent: Array, like: Array) -> Array:
    """Return 2 to the power of integers, in the real type of another array."""
    return xp.ldexp(xp.ones_like(exponent, dtype=like.real.dtype), exponent)


def exponent_of(xp: ArrayNamespace, x: Array) -> Array:
    """Return the exponent of the largest element of every matrix, 0 where it is 0 or not finite."""
    largest = xp.amax(xp.abs(x), axis=(-2, -1), keepdims=True)
    usable = xp.isfinite(largest) & (largest > 0)
    return xp.where(usable, xp.frexp(xp.where(usable, largest, xp.ones_like(largest)))[1], 0)


@dataclass(frozen=True, slots=True)
class _EachMatrix:
    """A function of one matrix, applied to every matrix of a stack."""

    name: str
    function: Callable[[Array], Array]

    def __call__(self, xp: ArrayNamespace, x: Array) -> Array:
        result = x.copy()
        for index in _indices(x.shape[:-2]) if x.size else ():
            result[index] = self._checked(xp, x[index])
        return result

    def _checked(self, xp: ArrayNamespace, matrix: Array) -> Array:
        value = xp.asarray(self.function(matrix.copy()))
        if value.shape != matrix.shape:
            raise ShapeError(
                f"the value of {self.name} has shape {value.shape}, but it must have shape {matrix.shape}",
                hint="return a matrix with the sizes of the argument",
            )
        if value.dtype.kind == "c" and matrix.dtype.kind != "c":
            if bool((value.imag != 0).any()):
                raise ArgumentError(
                    f"{self.name} of a real matrix is complex here", hint="pass complex arrays"
                )
            return value.real
        return value


def _indices(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = [()]
    for size in shape:
        found = [(*index, k) for index in found for k in range(size)]
    return found


def matrix_record(
    name: str,
    value: Callable[[ArrayNamespace, Array], Array],
    latex: str,
    summary: str,
    derivative: DirectionalValue | None = None,
) -> TensorFunction:
    """Return the record of an analytic function of square matrices, from its value on stacks."""
    return TensorFunction(
        name=name,
        ndim=2,
        result=_SquareResult(name),
        value=value,
        differential=MatrixDerivatives(name, latex, derivative or BlockForm(value)),
        latex=latex,
        summary=summary,
        on_complex=HOLOMORPHIC,
    )


def matrix_function(
    name: str,
    value: Callable[[Array], Array],
    *,
    latex: str = "",
    summary: str = "a function of a square matrix",
) -> SubtensorForm:
    """Return an analytic function of square matrices that can be called with an expression.

    Derivatives of every order follow from the values: f'(A)[E] is the upper right block of
    f([[A, E], [0, A]]). In text it is ``f'(A, E)``.

    Args:
        name: its name in text, of letters.
        value: f of one square matrix, with its shape and type, such as ``scipy.linalg.sqrtm``. It must be
            analytic: f(S X S⁻¹) = S f(X) S⁻¹, and for a block triangular matrix it must be block
            triangular. Rounding apart, no more is asked of it.
        latex: LaTeX for the name.
        summary: what the function is, in one line.

    Returns:
        A callable; it can also be given to the parser by name.

    Raises:
        ArgumentError: for a name that is not made of letters, or a value that cannot be called.

    Example:
        >>> import numpy as np
        >>> from bracketcalc.calculus.derivatives import differential
        >>> from bracketcalc.expr.build import tensors
        >>> cube = matrix_function("cube", lambda x: x @ x @ x)
        >>> (X,) = tensors("X[n,n]")
        >>> differential(cube(X), X) == frechet(cube, X, tensors("dX[n,n]")[0])
        True
    """
    if not str(name).isalpha():
        raise ArgumentError(f"a name of a function of a matrix is made of letters, got {name!r}")
    if not callable(value):
        raise ArgumentError(
            f"the value of {name} must be a function, got {type(value).__name__}",
            hint="write the value as lambda x: ...",
        )
    each = _EachMatrix(name, value)
    return SubtensorForm(name, matrix_record(name, each, latex or operator_name(name), summary))


def frechet(function: SubtensorForm, matrix: Expr, *directions: Expr) -> Expr:
    """Return the k-th derivative f⁽ᵏ⁾(A)[E₁, …, E_k] of an analytic function of a matrix.

    Args:
        function: such as ``expm``, or one made with :func:`matrix_function`.
        matrix: A, a square matrix, or a stack of them.
        directions: k matrices or stacks; axes behind them are those of several directions.

    Returns:
        An expression with the axes of A, then the further axes of each direction.

    Raises:
        ArgumentError: for another function, or without a direction.
        ShapeError: if the axes do not fit.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.forms import expm
        >>> A, E = tensors("A[n,n] E[n,n]")
        >>> frechet(expm, A, E, E).sizes == A.sizes
        True
    """
    form = derivative_form(function, len(directions))
    if form is None:
        raise ArgumentError(
            "frechet takes an analytic function of matrices, a matrix, and at least one direction",
            hint="declare the function with matrix_function(name, value)",
        )
    return form(matrix, *directions)


def derivative_form(function: object, order: int) -> OperatorForm | None:
    """Return the k-th derivative of an analytic function of matrices, None for anything else."""
    if not isinstance(function, SubtensorForm) or order < 1:
        return None
    derivatives = function.record.differential
    if not isinstance(derivatives, MatrixDerivatives):
        return None
    record = derivatives.operator(order)
    return OperatorForm(record.name, record)
