"""The expression nodes: an immutable, shared, hashable graph with positional axes.

A node holds data; what can be done with it are functions elsewhere. The one exception are the Python
operators, which build nodes of this module. The axes of an expression are positions ``0 .. ndim-1``;
``sizes[k]`` is the size of axis k, an integer or a symbolic :class:`Size`. Axis labels exist only inside
one :class:`Product`, where they are numbered by first appearance, so that equal products are equal
whatever their axes were called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Union, final

import numpy as np

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.display import Display
from bracketcalc.expr.facts import AnyFact, Fact, check_facts
from bracketcalc.expr.indexing import fixed_axes
from bracketcalc.expr.node import Node, made
from bracketcalc.expr.number import Number, finite_number, reciprocal_number, times_if_fits
from bracketcalc.expr.parts import CONJ
from bracketcalc.expr.power import power_domain, power_value
from bracketcalc.expr.records import HOLOMORPHIC, ElementwiseFunction, LinearOperator, TensorFunction
from bracketcalc.expr.shapes import (
    axis_tuple,
    check_equal_sizes,
    describe,
    label_sizes,
    mismatch,
    numbered,
    show_sizes,
)

Extent = Union[int, "Size"]
"""The size of an axis: known, or a name whose value comes with the arrays."""


class Expr(Node):
    """A tensor-valued expression.

    Every node is the triple of its class, its ``data`` (hashable values) and its ``children``
    (expressions); :meth:`build` puts the triple together again.

    Attributes:
        sizes: the size of each axis, in order.
        children: the sub-expressions, in order.
        data: what the node holds beside its children.
    """

    __slots__ = ()
    # NumPy must leave ``array * expression`` to the reflected operator below, which refuses it clearly.
    __array_ufunc__: ClassVar[None] = None
    # With __getitem__ alone, Python would count indices up to the end of an axis whose size is not known.
    __iter__: ClassVar[None] = None
    __contains__: ClassVar[None] = None
    display: ClassVar[Display | None] = None

    def __array_function__(self, function: Any, *_rest: object) -> Any:
        raise ArgumentError(
            f"NumPy's function {function.__name__} does not take expressions",
            hint="use the functions and operators of this package, or evaluate the expression first",
        )

    def __array__(self, *_rest: object, **_options: object) -> Any:
        raise ArgumentError(
            f"{describe(self)} is an expression, not an array", hint="evaluate it with the arrays it needs"
        )

    children: tuple[Expr, ...]
    data: tuple[Any, ...]
    sizes: tuple[Extent, ...]

    # -- shape ----------------------------------------------------------------------------------------

    @property
    def T(self) -> Expr:  # noqa: N802
        """Return the expression with its axes in reverse order, as NumPy does."""
        axes = tuple(range(len(self.sizes)))
        data = (1, (axes,), axes[::-1])
        return made(Product, data, (self,), self.sizes[::-1]) if len(axes) > 1 else self

    @property
    def H(self) -> Expr:  # noqa: N802
        """Return the Hermitian transposition: the complex conjugate with its axes in reverse order."""
        return conjugate(self).T

    def transpose(self, *axes: int | Sequence[int]) -> Expr:
        """Return the expression with axis ``axes[k]`` as its axis k; all reversed without arguments.

        Example:
            >>> T = Tensor("T", (2, 3, 4))
            >>> T.transpose(2, 0, 1).sizes
            (4, 2, 3)
        """
        named = axes[0] if len(axes) == 1 else axes
        order = axis_tuple(named, self.ndim) if axes else tuple(reversed(range(self.ndim)))
        if len(order) != self.ndim:
            raise ShapeError(
                f"transpose needs {self.ndim} axes for {describe(self)}, got {len(order)}",
                hint="name every axis once",
            )
        data = (1, (tuple(range(self.ndim)),), order)
        return made(Product, data, (self,), tuple([self.sizes[axis] for axis in order]))

    def sum(self, axis: int | Sequence[int] | None = None) -> Expr:
        """Return the sum over one axis, several axes, or all (without argument).

        Example:
            >>> Tensor("T", (2, 3, 4)).sum(axis=1).sizes
            (2, 4)
        """
        summed = axis_tuple(range(self.ndim) if axis is None else axis, self.ndim)
        axes = tuple(range(self.ndim))
        kept = [k for k in axes if k not in summed]
        return made(Product, (1, (axes,), tuple(kept)), (self,), tuple([self.sizes[k] for k in kept]))

    def __getitem__(self, key: object) -> Expr:
        """Return the sub-tensor at fixed indices of some axes, counted from 0 (paper §4.3.2).

        An integer fixes an axis, ``:`` keeps it, ``...`` keeps all axes that are not named.

        Example:
            >>> T = Tensor("T", (2, 3, 4))
            >>> T[1].sizes, T[:, 2].sizes, T[..., 0].sizes, T[1, 2, 3].sizes
            ((3, 4), (2, 4), (2, 3), ())
        """
        fixed = fixed_axes(self, key)
        if not fixed:
            return self
        units = [(OneHot(index, self.sizes[axis]), (axis,)) for axis, index in fixed.items()]
        axes = range(self.ndim)
        return product(1, [(self, axes), *units], [axis for axis in axes if axis not in fixed])

    # -- operators ------------------------------------------------------------------------------------

    def __add__(self, other: object) -> Expr:
        return _add(self, other, 1)

    def __radd__(self, other: object) -> Expr:
        return _add(as_expr(other), self, 1)

    def __sub__(self, other: object) -> Expr:
        return _add(self, other, -1)

    def __rsub__(self, other: object) -> Expr:
        return _add(as_expr(other), self, -1)

    def __neg__(self) -> Expr:
        return scale(-1, self)

    def __pos__(self) -> Expr:
        return self

    def __mul__(self, other: object) -> Expr:
        return _multiply(self, other if isinstance(other, Expr) else as_expr(other))

    def __rmul__(self, other: object) -> Expr:
        return _multiply(as_expr(other), self)

    def __truediv__(self, other: object) -> Expr:
        return _divide(self, as_expr(other))

    def __rtruediv__(self, other: object) -> Expr:
        return _divide(as_expr(other), self)

    def __pow__(self, exponent: object) -> Expr:
        return made(Elementwise, (POWER, (_exponent(exponent),)), (self,), self.sizes)

    def __rpow__(self, base: object) -> Expr:
        return as_expr(base) ** self

    def __matmul__(self, other: object) -> Expr:
        return _matmul(self, other if isinstance(other, Expr) else as_expr(other))

    def __rmatmul__(self, other: object) -> Expr:
        return _matmul(as_expr(other), self)

    # -- display --------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return repr(self)

    def __repr__(self) -> str:
        display = type(self).display
        return (
            f"<{describe(self)}, sizes {show_sizes(self.sizes)}>" if display is None else display.text(self)
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        display = type(self).display
        return {"text/plain": repr(self)} if display is None else display.mimebundle(self)


@final
class Size(Expr):
    """A symbolic size, which is also a scalar expression: the number of elements along an axis.

    Two sizes are equal if they have the same name. In a program, a size is found from the arrays.

    Example:
        >>> n = Size("n")
        >>> (1 / n).sizes
        ()
    """

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__((name,), (), ())

    @property
    def name(self) -> str:
        """Return the name."""
        return str(self.data[0])


@final
class Tensor(Expr):
    """A named variable: the value comes as an array when a program is called."""

    __slots__ = ()

    def __init__(self, name: str, sizes: Iterable[Extent], facts: frozenset[AnyFact] = frozenset()) -> None:
        sizes = check_extents(sizes)
        check_facts(name, facts, sizes)
        super().__init__((name, sizes, facts), (), sizes, Fact.COMPLEX not in facts)

    @property
    def facts(self) -> frozenset[AnyFact]:
        """Return what is known of the value beside its sizes."""
        return frozenset(self.data[2])

    @property
    def name(self) -> str:
        """Return the name."""
        return str(self.data[0])


@final
class ImaginaryUnit(Expr):
    """The number i with i² = -1: a scalar, so that every coefficient stays an exact real number.

    Example:
        >>> (1j * Tensor("x", (3,))).is_real
        False
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__((), (), (), is_real=False)


@final
class Ones(Expr):
    """The tensor of all ones with the given sizes: structure, never an array unless asked for."""

    __slots__ = ()

    def __init__(self, sizes: Iterable[Extent]) -> None:
        sizes = check_extents(sizes)
        super().__init__((sizes,), (), sizes)


@final
class Delta(Expr):
    """The identity of any order: 1 where all indices are equal, 0 elsewhere.

    ``Delta(n, 2)`` is the identity matrix I.
    """

    __slots__ = ()

    def __init__(self, size: Extent, order: int) -> None:
        if order < 2:
            raise ShapeError(f"a delta needs at least 2 axes, got {order}")
        sizes = check_extents((size,))
        super().__init__((sizes[0], order), (), sizes * order)


@final
class OneHot(Expr):
    """The vector e with 1 at one index and 0 elsewhere; contracted with an axis, it is an index (25).

    The index counts from 0. Beyond a symbolic size, it is an error as soon as the size is known.
    """

    __slots__ = ()

    def __init__(self, index: int, size: Extent) -> None:
        sizes = check_extents((size,))
        if type(index) is not int or index < 0 or (isinstance(sizes[0], int) and index >= sizes[0]):
            raise ShapeError(f"the index {index!r} is out of range: e has size {show_sizes(sizes)[1:-2]}")
        super().__init__((index, sizes[0]), (), sizes)

    @property
    def index(self) -> int:
        """Return the index of the element that is 1."""
        return int(self.data[0])


@final
class Product(Expr):
    """A coefficient times the product of factors with labelled axes: the bracket term (paper §2.1).

    The element at the output labels is the product of the factors' elements, summed over every label
    that is not in the output. Axes that share a label are multiplied element-wise; a label twice in one
    factor is a diagonal. Build it with :func:`product`, which numbers the labels.

    Attributes:
        coefficient: an exact or floating number.
        factors: the expressions.
        labels: for each factor, one label for each axis.
        output: the labels of the result's axes, all different, each in some factor.
    """

    __slots__ = ()

    def __init__(
        self,
        coefficient: Number,
        factors: tuple[Expr, ...],
        labels: tuple[tuple[int, ...], ...],
        output: tuple[int, ...],
    ) -> None:
        sizes = label_sizes(factors, labels)
        if len(set(output)) != len(output):
            raise ShapeError(f"the output labels {output} of a product are not all different")
        try:
            result = tuple([sizes[label] for label in output])
        except KeyError as error:
            raise ShapeError(f"the output label {error} of a product is in no factor") from None
        super().__init__((coefficient, labels, output), factors, result)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Product:
        return cls(data[0], children, data[1], data[2])

    @property
    def coefficient(self) -> Number:
        """Return the numeric coefficient."""
        return self.data[0]  # type: ignore[no-any-return]

    @property
    def factors(self) -> tuple[Expr, ...]:
        """Return the factors."""
        return self.children

    @property
    def labels(self) -> tuple[tuple[int, ...], ...]:
        """Return the labels of each factor's axes."""
        return self.data[1]  # type: ignore[no-any-return]

    @property
    def output(self) -> tuple[int, ...]:
        """Return the labels of the result's axes."""
        return self.data[2]  # type: ignore[no-any-return]


@final
class Sum(Expr):
    """The sum of at least one term; all terms have equal sizes, axis by axis."""

    __slots__ = ()

    def __init__(self, terms: Iterable[Expr]) -> None:
        terms = tuple(terms)
        if not terms:
            raise ShapeError("a sum needs at least one term")
        for term in terms[1:]:
            check_equal_sizes(terms[0], term, "added to")
        super().__init__((), terms, terms[0].sizes)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Sum:
        return cls(children)

    @property
    def terms(self) -> tuple[Expr, ...]:
        """Return the terms."""
        return self.children


@final
class Elementwise(Expr):
    """A function of one number applied to every element (paper §4.3.1, expression (16))."""

    __slots__ = ()

    def __init__(
        self, function: ElementwiseFunction, parameters: tuple[Number, ...], argument: Expr
    ) -> None:
        if len(parameters) != len(function.parameters):
            raise ArgumentError(
                f"{function.name} takes {len(function.parameters)} parameters "
                f"{function.parameters}, got {len(parameters)}"
            )
        is_real = argument.is_real or is_real_value(function, argument)
        super().__init__((function, parameters), (argument,), argument.sizes, is_real)

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Expr, ...]) -> Elementwise:
        return cls(data[0], data[1], children[0])

    @property
    def function(self) -> ElementwiseFunction:
        """Return the function's record."""
        return self.data[0]  # type: ignore[no-any-return]

    @property
    def parameters(self) -> tuple[Number, ...]:
        """Return the numbers that select one function of a family."""
        return self.data[1]  # type: ignore[no-any-return]

    @property
    def argument(self) -> Expr:
        """Return the argument."""
        return self.children[0]


# -- numbers and coercion -------------------------------------------------------------------------------


def as_expr(value: object) -> Expr:
    """Return ``value`` if it is an expression, a scalar constant if it is a number.

    The whole parts of a complex number are exact: 2+3j is 2 + 3 i.
    """
    if isinstance(value, Expr):
        return value
    if isinstance(value, complex | np.complexfloating):
        return _complex_constant(complex(value))
    return constant(finite_number(value))


def _complex_constant(value: complex) -> Expr:
    whole = [x.is_integer() and abs(x) < 2**53 for x in (value.real, value.imag)]
    real, imag = (
        int(x) if w else finite_number(x) for x, w in zip((value.real, value.imag), whole, strict=True)
    )
    if imag == 0:
        return constant(real)
    imaginary = Product(imag, (ImaginaryUnit(),), ((),), ())
    return imaginary if real == 0 else Sum((constant(real), imaginary))


def constant(value: Number) -> Product:
    """Return the scalar with the given value: a product of no factors."""
    return made(Product, (value, (), ()), (), ())


def scale(coefficient: Number, expr: Expr) -> Expr:
    """Return ``coefficient * expr`` as one product over the same factors where ``expr`` is a product."""
    if isinstance(expr, Product):
        merged = times_if_fits(coefficient, expr.coefficient)
        if merged is not None:
            return made(Product, (merged, *expr.data[1:]), expr.children, expr.sizes)
    axes = tuple(range(len(expr.sizes)))
    return made(Product, (coefficient, (axes,), axes), (expr,), expr.sizes)


def conjugate(expr: Expr) -> Expr:
    """Return the complex conjugate: the expression itself where it is real by its form."""
    return expr if expr.is_real else Elementwise(CONJ, (), expr)


def is_real_value(function: ElementwiseFunction | TensorFunction | LinearOperator, argument: Expr) -> bool:
    """Return whether f of an argument that may be complex is real by its form.

    Raises:
        ArgumentError: for a function of real numbers.
    """
    if function.on_complex is None:
        raise ArgumentError(
            f"{function.name} is a function of real numbers, but its argument {describe(argument)} "
            "is complex",
            hint="take real(x), imag(x) or abs(x) first",
        )
    return function.on_complex.real_valued


# -- products -------------------------------------------------------------------------------------------


def product(
    coefficient: Number, operands: Iterable[tuple[Expr, Iterable[Any]]], output: Iterable[Any]
) -> Product:
    """Return the product of labelled operands, with labels numbered by first appearance.

    Args:
        coefficient: a number.
        operands: pairs of an expression and one hashable label for each of its axes.
        output: the labels of the result's axes.

    Example:
        >>> A, B = Tensor("A", (2, 3)), Tensor("B", (3, 4))
        >>> product(1, [(A, "ij"), (B, "jk")], "ik").sizes
        (2, 4)
    """
    factors, labels, result = numbered(operands, output)
    return Product(coefficient, factors, labels, result)


def check_extents(sizes: Iterable[Any]) -> tuple[Extent, ...]:
    """Return the sizes as a tuple after checking that each is a non-negative integer or a Size."""
    result = tuple(sizes)
    if {Size}.issuperset(map(type, result)):
        return result
    result = tuple([int(size) if isinstance(size, np.integer) else size for size in result])
    for size in result:
        if not isinstance(size, Size) and (type(size) is not int or size < 0):
            raise ShapeError(f"a size is a non-negative integer or a Size, got {size!r}")
    return result


# -- the arithmetic behind the operators ----------------------------------------------------------------


def spread(scalar: Expr, sizes: tuple[Extent, ...]) -> Expr:
    """Return a scalar expression repeated over the given sizes."""
    if not sizes:
        return scalar
    axes = range(len(sizes))
    ones = Ones(sizes)
    if isinstance(scalar, Product):
        inner = [(f, [("s", k) for k in n]) for f, n in zip(scalar.factors, scalar.labels, strict=True)]
        return product(scalar.coefficient, [*inner, (ones, axes)], axes)
    return product(1, [(scalar, ()), (ones, axes)], axes)


def _add(left: Expr, right: object, sign: int) -> Expr:
    other = right if isinstance(right, Expr) else as_expr(right)
    if other.sizes and not left.sizes:
        left = spread(left, other.sizes)
    elif left.sizes and not other.sizes:
        other = spread(other, left.sizes)
    check_equal_sizes(left, other, "added to")
    return made(Sum, (), (left, other if sign == 1 else scale(-1, other)), left.sizes)


def _multiply(left: Expr, right: Expr) -> Expr:
    if isinstance(left, Product) and not left.children:
        return scale(left.coefficient, right)
    if isinstance(right, Product) and not right.children:
        return scale(right.coefficient, left)
    sizes, others = left.sizes, right.sizes
    if sizes and others:
        check_equal_sizes(left, right, "multiplied element-wise with")
    labels = (tuple(range(len(sizes))), tuple(range(len(others))))
    return made(Product, (1, labels, labels[0] or labels[1]), (left, right), sizes or others)


def _divide(left: Expr, right: Expr) -> Expr:
    if isinstance(right, Product) and not right.children:
        if right.coefficient == 0:
            raise ArgumentError(f"{describe(left)} is divided by the number 0")
        return scale(reciprocal_number(right.coefficient), left)
    return _multiply(left, made(Elementwise, (POWER, (-1,)), (right,), right.sizes))


def _exponent(value: object) -> Number:
    """Return the number that a power takes, also where it comes as a constant expression."""
    if isinstance(value, Product) and not value.factors:
        return value.coefficient
    if isinstance(value, Expr):
        raise ArgumentError(
            f"the exponent of a power must be a number, got {describe(value)}",
            hint="write exp(y * log(x)) for x to the power y",
        )
    return finite_number(value)


def _matmul(left: Expr, right: Expr) -> Expr:
    ours, theirs = left.sizes, right.sizes
    if not ours or not theirs:
        scalar = right if ours else left
        raise ShapeError(f"@ contracts an axis, but {describe(scalar)} is a scalar", hint="multiply with *")
    last, first, count = ours[-1], theirs[0], len(ours)
    if last is not first and last != first:
        raise mismatch(left, count - 1, right, 0)
    every, shared = tuple(range(count + len(theirs) - 1)), count - 1
    data = (1, (every[:count], every[shared:]), every[:shared] + every[count:])
    return made(Product, data, (left, right), ours[:-1] + theirs[1:])


def _power_derivative(x: Expr, exponent: Number) -> Expr:
    """(x^p)' = p x^(p-1)"""
    if exponent == 0:
        return scale(0, spread(constant(1), x.sizes))
    lower = finite_number(exponent - 1)
    if lower == 0:
        return spread(constant(1), x.sizes)
    return scale(exponent, x if lower == 1 else Elementwise(POWER, (lower,), x))


POWER = ElementwiseFunction(
    name="power",
    value=power_value,
    derivative=_power_derivative,
    parameters=("exponent",),
    domain=power_domain,
    latex="",
    on_complex=HOLOMORPHIC,
)
"""x to a constant power, element-wise; the one function that the operators themselves need."""
