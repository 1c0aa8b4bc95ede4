"""Function records: everything the package knows about one function, in one place.

A record is plain data. The table of functions, the parser, the printers, the calculus, the compiler and
the tests all read the same record, so adding a function is adding one record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bracketcalc.expr.core import Expr, Extent
    from bracketcalc.expr.nodes import Operator

Array = Any
"""An array of any library that follows the array API standard closely enough for the operations used."""

ArrayNamespace = Any
"""The module whose functions act on an array: ``numpy`` or ``cupy``."""


ElementwiseValue = Callable[..., Array]
"""``(xp, x, *parameters) -> array``: f on an array; does not write to it; keeps the floating dtype."""

ElementwiseDerivative = Callable[..., "Expr"]
"""``(x, *parameters) -> expression``: f'(x), with the axes of ``x``."""

TensorDifferential = Callable[["Expr", "Expr", "Expr", int], "Expr"]
"""``(x, y, dx, batch) -> expression``: df(x; dx), linear in ``dx``, behind ``batch`` leading axes.

``x`` and ``dx`` have the batch axes, then the axes of the sub-tensor; ``y`` is f(x).
"""


@dataclass(frozen=True, slots=True)
class Always:
    """The function that returns ``value`` for any arguments; unlike a lambda it has equality and pickles.

    Example:
        >>> Always((0.0, 1.0))("anything")
        (0.0, 1.0)
    """

    value: Any

    def __call__(self, *_arguments: Any) -> Any:
        return self.value


def operator_name(name: str) -> str:
    r"""Return LaTeX that prints any name as an upright operator.

    Example:
        >>> print(operator_name("leaky_relu"))
        \operatorname{leaky\_relu}
    """
    return r"\operatorname{" + "".join(_LATEX_ESCAPES.get(letter, letter) for letter in name) + "}"


_LATEX_ESCAPES = MappingProxyType(
    {letter: "\\" + letter for letter in "_%&#${}"}
    | {"\\": r"\backslash{}", "^": r"\hat{}", "~": r"\tilde{}"}
)


@dataclass(frozen=True, slots=True)
class OnComplex:
    """What a function does with complex numbers; a record without it is a function of real numbers.

    Its differential is real-linear: df = ∂f/∂z dz + ∂f/∂z̄ conj(dz), element by element.

    Attributes:
        slopes: ``(x, *parameters) -> (∂f/∂z, ∂f/∂z̄)``, numbers or expressions with the axes of ``x``.
            None for a holomorphic function, whose slopes are its derivative and 0. Such a function is
            real for real numbers, so f(conj z) = conj(f(z)).
        real_valued: whether f(z) is a real number; then the two slopes are conjugates of each other.
    """

    slopes: Callable[..., tuple[Any, Any]] | None = None
    real_valued: bool = False


HOLOMORPHIC = OnComplex()
"""The statement that a function has a complex derivative: df(z) = f'(z) dz."""


def no_kinks(*_parameters: Any) -> tuple[float, ...]:
    """Return no points: the function is differentiable inside its whole domain."""
    return ()


def whole_line(*_parameters: Any) -> tuple[float, float]:
    """Return the interval of all real numbers."""
    return (float("-inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class ElementwiseFunction:
    """A function of one real number, applied to every element of a tensor (paper §4.3.1).

    Attributes:
        name: the name in text and in Python.
        value: the array computation.
        derivative: f' as an expression of the argument (17), or None: then differentiating raises.
        parameters: names of the numbers that select one function of a family, in order.
        domain: the open interval on which f and f' are defined, from the parameters.
        kinks: the points where f is defined but not differentiable, from the parameters; the derivative
            there is the documented one-sided or middle choice.
        latex: the LaTeX name.
        summary: what the function is, in one line.
        on_complex: what it does with complex numbers, or None for a function of real numbers.

    Two records are equal if all of their fields are.
    """

    name: str
    value: ElementwiseValue
    derivative: ElementwiseDerivative | None = None
    parameters: tuple[str, ...] = ()
    domain: Callable[..., tuple[float, float]] = whole_line
    kinks: Callable[..., tuple[float, ...]] = no_kinks
    latex: str = ""
    summary: str = ""
    on_complex: OnComplex | None = None

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class TensorFunction:
    """A function from tensors to tensors, applied to every sub-tensor (paper §4.3.4, expression (27)).

    Attributes:
        name: the name in text and in Python.
        ndim: the number of axes of the sub-tensor that the function takes.
        result: from the extents of the sub-tensor to the extents of the result; raises ShapeError.
        value: the array computation, on the trailing ``ndim`` axes of an array with batch axes in front.
        differential: df(x; dx) as an expression (29), or None: then differentiating raises.
        latex: the LaTeX name.
        summary: what the function is, in one line.
        on_complex: what it does with complex tensors, or None for a function of real ones. Its
            differential holds for them too; it may contain conj(dx).
    """

    name: str
    ndim: int
    result: Callable[[tuple[Extent, ...]], tuple[Extent, ...]]
    value: Callable[[ArrayNamespace, Array], Array]
    differential: TensorDifferential | None = None
    latex: str = ""
    summary: str = ""
    on_complex: OnComplex | None = None

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class LinearOperator:
    """A map f(A)[E₁, …, E_k] that is linear in each operand E and depends on a parameter A.

    Solving A X = B is one, with the parameter A and the operand B; so is the derivative of a function of
    a matrix. An operand may have more axes than the operator acts on: the operator then acts on each of
    the tensors that stand along them.

    Attributes:
        name: the name in text and in Python.
        ndim: the number of axes of the parameter.
        operands: for each operand the number of axes on which the operator acts.
        result: from the extents of the parameter and of what it acts on, a tuple each, to the extents of
            the result; raises ShapeError.
        value: ``(xp, a, *operands) -> array``. All have the same batch axes in front; each operand has one
            axis more than the operator acts on, behind these, and the result has those axes at its end.
        adjoint: ``(node, place, cotangent) -> expression`` with the axes of the operand at ``place``.
        differential: ``(node, da) -> expression``: the differential in the parameter, linear in ``da``,
            with the axes of the node; None: then differentiating raises.
        latex: the LaTeX name.
        summary: what the operator is, in one line.
        on_complex: ``HOLOMORPHIC`` where the operator is complex-linear in each operand, depends on its
            parameter holomorphically, and the value is computed for complex arrays; None for real ones.
            The adjoint is that without conjugates, of Σ a b.
    """

    name: str
    ndim: int
    operands: tuple[int, ...]
    result: Callable[..., tuple[Extent, ...]]
    value: Callable[..., Array]
    adjoint: Callable[[Operator, int, Expr], Expr]
    differential: Callable[[Operator, Expr], Expr] | None = None
    latex: str = ""
    summary: str = ""
    on_complex: OnComplex | None = None

    def __hash__(self) -> int:
        return hash(self.name)
