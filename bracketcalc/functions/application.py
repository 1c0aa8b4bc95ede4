"""Applying a function to an expression: f(X) element by element, and f^P(X) on sub-tensors.

Arguments called ``axis`` or ``positions`` count from 0, as in NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import SupportsIndex

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import is_number
from bracketcalc.expr.core import Elementwise, Expr, Product, as_expr
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.number import Number, as_number
from bracketcalc.expr.records import ElementwiseFunction, TensorFunction
from bracketcalc.expr.shapes import axis_tuple, describe


def apply(function: ElementwiseFunction | ElementwiseForm, x: object, *parameters: object) -> Expr:
    """Return f(X), the function applied to every element (paper §4.3.1, (16)).

    Args:
        function: a record, or the Python form of one.
        x: an expression or a number.
        parameters: the numbers that select one function of a family, in the record's order.

    Returns:
        An expression with the axes of ``x``.

    Raises:
        ArgumentError: for a wrong number of parameters, or one that is not a finite number.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.exponential import TANH
        >>> (X,) = tensors("X[n,3]")
        >>> apply(TANH, X).ndim
        2
    """
    if isinstance(function, ElementwiseForm):
        return function(x, *parameters)
    if not isinstance(function, ElementwiseFunction):
        raise ArgumentError(
            f"expected an element-wise function, got {_show(function)}",
            hint="apply a function on sub-tensors with apply_to(f, X, positions)",
        )
    numbers = tuple([_parameter(function, k, value) for k, value in enumerate(parameters)])
    return Elementwise(function, numbers, x if isinstance(x, Expr) else as_expr(x))


def _parameter(function: ElementwiseFunction, index: int, value: object) -> Number:
    if isinstance(value, Product) and is_number(value):
        value = value.coefficient
    number = as_number(value)
    if not isfinite(number):
        names = (*function.parameters, *["…"] * (index + 1))
        raise ArgumentError(f"parameter {names[index]} of {function.name} must be finite, got {number}")
    return number


def apply_to(function: TensorFunction | SubtensorForm, x: Expr, positions: Iterable[int]) -> Expr:
    """Return f^P(X): the function on every sub-tensor that the axes ``positions`` select (paper (27)).

    Args:
        function: a record, or the Python form of one.
        x: an expression.
        positions: the axes P, counted from 0, whose indices select a sub-tensor; the function takes the
            other axes, in their order.

    Returns:
        An expression whose axes are the axes P, in the order given, then the axes of the function's
        result.

    Raises:
        ShapeError: if an axis does not exist, or too many or too few axes are left.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.softmax import SOFTMAX
        >>> (A,) = tensors("A[n,k]")
        >>> apply_to(SOFTMAX, A, (1,)).sizes == (A.sizes[1], A.sizes[0])
        True
    """
    record = function.record if isinstance(function, SubtensorForm) else function
    if not isinstance(record, TensorFunction):
        raise ArgumentError(
            f"positions select sub-tensors, but {_show(function)} is not a function on sub-tensors",
            hint="apply an element-wise function without positions",
        )
    x = as_expr(x)
    return mapped(record, x, axis_tuple(positions, x.ndim))


def mapped(function: TensorFunction, x: Expr, lead: Sequence[int]) -> Expr:
    """Return :func:`apply_to` for axes ``lead`` that are known to exist and to differ.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.softmax import SOFTMAX
        >>> (A,) = tensors("A[n,k]")
        >>> mapped(SOFTMAX, A, [1]) == apply_to(SOFTMAX, A, (1,))
        True
    """
    rest = [axis for axis in range(len(x.sizes)) if axis not in lead]
    return Map(function, _reordered(x, [*lead, *rest]), len(lead))


def _reordered(x: Expr, order: list[int]) -> Expr:
    """Return x with axis ``order[k]`` as its axis k; x itself where nothing moves."""
    if order == list(range(len(x.sizes))):
        return x
    return x.transpose(order)


def _show(value: object) -> str:
    return str(getattr(value, "name", type(value).__name__))


@dataclass(frozen=True)
class ElementwiseForm:
    """An element-wise function that can be called: ``f(X)`` is f applied to every element of X.

    Attributes:
        name: the name in Python and in text.
        record: what the package knows about the function.
        fixed: the values of the first parameters, which a call cannot change.
        defaults: the values of the last parameters where a call does not give them.
    """

    name: str
    record: ElementwiseFunction
    fixed: tuple[Number, ...] = ()
    defaults: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        free = self.parameters
        required = len(free) - len(self.defaults)
        given = [f"{name}={value}" for name, value in zip(free[required:], self.defaults, strict=True)]
        call = ", ".join(["x", *free[:required], *given])
        power = f" (x to the power {self.fixed[0]})" if self.fixed else ""
        _document(self, f"{self.name}({call}): {self.record.summary}{power}, for every element of x.")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that a call may give."""
        return self.record.parameters[len(self.fixed) :]

    def __call__(self, x: object, /, *parameters: object, **named: object) -> Expr:
        names = self.parameters
        if not (names or parameters or named):
            return Elementwise(self.record, self.fixed, x if isinstance(x, Expr) else as_expr(x))
        if len(parameters) > len(names):
            raise ArgumentError(
                f"{self.name} takes x and {len(names)} parameters {names}, got {len(parameters)}"
            )
        values: dict[str, object] = {}
        if self.defaults:
            values.update(zip(names[-len(self.defaults) :], self.defaults, strict=True))
        values.update(zip(names, parameters, strict=False))
        for name, value in named.items():
            if name not in names or name in names[: len(parameters)]:
                problem = "twice" if name in names else f"but its parameters are {names}"
                raise ArgumentError(f"{self.name} was given {name!r}, {problem}")
            values[name] = value
        missing = [name for name in names if name not in values]
        if missing:
            raise ArgumentError(
                f"{self.name} needs a value for {', '.join(missing)}",
                hint=f"write {self.name}(x, {', '.join(names)})",
            )
        return apply(self.record, x, *self.fixed, *[values[name] for name in names])


@dataclass(frozen=True)
class SubtensorForm:
    """A function on sub-tensors that can be called: ``f(X, axis=k)`` applies it along the axes ``axis``.

    The axes that are not named stay in their places. If f returns as many axes as it takes, they take
    the places of the named axes; otherwise they come last. Without ``axis`` the function takes the last
    axes. The paper's f^P(X), which always puts the result's axes last, is :func:`apply_to`.

    Attributes:
        name: the name in Python and in text.
        record: what the package knows about the function.
    """

    name: str
    record: TensorFunction

    def __post_init__(self) -> None:
        axes = "axis" if self.record.ndim == 1 else "axes"
        _document(
            self,
            f"{self.name}(x, axis=None): {self.record.summary}, for each sub-tensor along the "
            f"{self.record.ndim} {axes} given, the last by default.",
        )

    def __call__(self, x: object, axis: SupportsIndex | Sequence[int] | None = None) -> Expr:
        x, taken = as_expr(x), self.record.ndim
        if x.ndim < taken:
            raise ShapeError(
                f"{self.name} takes a tensor with {taken} axes, but {describe(x)} has {x.ndim}"
            )
        if axis is None:
            axis = range(x.ndim - taken, x.ndim)
        along = axis_tuple((axis,) if isinstance(axis, SupportsIndex) else axis, x.ndim)
        if len(along) != taken:
            raise ShapeError(f"{self.name} takes {taken} axes, but axis={axis!r} names {len(along)}")
        lead = [k for k in range(x.ndim) if k not in along]
        mapped = Map(self.record, _reordered(x, [*lead, *along]), len(lead))
        if mapped.ndim != x.ndim:
            return mapped
        places = [*lead, *along]
        return _reordered(mapped, [places.index(k) for k in range(x.ndim)])


Form = ElementwiseForm | SubtensorForm


def _document(form: Form, text: str) -> None:
    object.__setattr__(form, "__doc__", text)
    object.__setattr__(form, "__name__", form.name)
