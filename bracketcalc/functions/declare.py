"""A user's own functions, as good as the built-in ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, Extent, as_expr, spread
from bracketcalc.expr.number import Number
from bracketcalc.expr.records import (
    Always,
    Array,
    ArrayNamespace,
    ElementwiseFunction,
    ElementwiseValue,
    OnComplex,
    TensorDifferential,
    TensorFunction,
    no_kinks,
    operator_name,
    whole_line,
)
from bracketcalc.expr.shapes import show_sizes
from bracketcalc.functions.application import ElementwiseForm, SubtensorForm


def function(
    name: str,
    value: ElementwiseValue,
    derivative: Callable[..., Expr | Number] | None = None,
    *,
    parameters: Sequence[str] = (),
    domain: Callable[..., tuple[float, float]] | tuple[float, float] = whole_line,
    kinks: Callable[..., tuple[float, ...]] | tuple[float, ...] = no_kinks,
    latex: str = "",
    summary: str = "a function of one number",
    on_complex: OnComplex | None = None,
) -> ElementwiseForm:
    """Return a function of one number that can be called with an expression.

    Args:
        name: its name in text.
        value: ``(xp, x, *parameters)``: the array f(x), with the shape and the floating type of ``x``;
            ``xp`` is the module of the array, such as ``numpy``. It must not write to ``x``.
        derivative: ``(x, *parameters)``: f'(x) as an expression or a number. Without it, a derivative
            through this function raises DerivativeError.
        parameters: names of the numbers that every call must give.
        domain: the open interval on which f and f' are defined, or a function of the parameters.
        kinks: the points where f has no derivative, or a function of the parameters.
        latex: LaTeX for the name.
        summary: what the function is, in one line.
        on_complex: ``HOLOMORPHIC`` if df(z) = f'(z) dz for complex numbers too, or the slopes of its
            real-linear differential. Without it, a complex argument raises ArgumentError.

    Returns:
        A callable; it can also be given to the parser by name.

    Raises:
        ArgumentError: for a name that is not a printable text, or a value that cannot be called.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,3]")
        >>> cube = function("cube", lambda xp, x: x**3, lambda x: 3 * x**2)
        >>> cube(X).ndim
        2
    """
    _check(name, value, derivative)
    record = ElementwiseFunction(
        name=name,
        value=value,
        derivative=None if derivative is None else UserDerivative(name, derivative),
        parameters=tuple(parameters),
        domain=domain if callable(domain) else Always(tuple(domain)),
        kinks=kinks if callable(kinks) else Always(tuple(kinks)),
        latex=latex or operator_name(name),
        summary=summary,
        on_complex=on_complex,
    )
    return ElementwiseForm(name, record)


def subtensor_function(
    name: str,
    ndim: int,
    result: Callable[[tuple[Extent, ...]], tuple[Extent, ...]] | tuple[Extent, ...],
    value: Callable[[ArrayNamespace, Array], Array],
    differential: TensorDifferential | None = None,
    *,
    latex: str = "",
    summary: str = "a function of a tensor",
    on_complex: OnComplex | None = None,
) -> SubtensorForm:
    """Return a function from tensors to tensors that can be called with an expression.

    Args:
        name: its name in text.
        ndim: the number of axes that it takes.
        result: the sizes of the result, or a function from the sizes of the argument to them.
        value: ``(xp, x)``: the array f(x); it acts on the last ``ndim`` axes, and keeps any axes in
            front of them.
        differential: ``(x, y, dx, batch)``: df(x; dx) as an expression linear in ``dx``, with y = f(x);
            all of them have ``batch`` axes in front. Without it, a derivative through this function
            raises DerivativeError.
        latex: LaTeX for the name.
        summary: what the function is, in one line.
        on_complex: ``HOLOMORPHIC`` if the value and the differential hold for complex tensors; then the
            differential may contain conj(dx). Without it, a complex argument raises ArgumentError.

    Returns:
        A callable; it can also be given to the parser by name.

    Raises:
        ArgumentError: for a name that is not a printable text, or a value that cannot be called.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (X,) = tensors("X[n,3]")
        >>> mean = subtensor_function("mean", 1, (), lambda xp, x: x.mean(axis=-1))
        >>> mean(X, axis=0).sizes
        (3,)
    """
    _check(name, value, differential)
    if ndim < 0:
        raise ArgumentError(f"{name} must take a non-negative number of axes, got {ndim}")
    record = TensorFunction(
        name=name,
        ndim=ndim,
        result=result if callable(result) else Always(tuple(result)),
        value=value,
        differential=differential,
        latex=latex or operator_name(name),
        summary=summary,
        on_complex=on_complex,
    )
    return SubtensorForm(name, record)


def _check(name: Any, value: Any, rule: Any) -> None:
    if not isinstance(name, str) or not name or not name.isprintable():
        raise ArgumentError(f"a name is a non-empty printable text, got {name!r}")
    for role, given in (("value", value), ("derivative", rule)):
        if not callable(given) and not (role == "derivative" and given is None):
            raise ArgumentError(
                f"the {role} of {name} must be a function, got {type(given).__name__}",
                hint="write the value as lambda xp, x: ... and the derivative as lambda x: ...",
            )


@dataclass(frozen=True, slots=True)
class UserDerivative:
    """A user's derivative, checked: a number is spread over the axes, other axes are an error."""

    name: str
    rule: Callable[..., Any]

    def __call__(self, x: Expr, *parameters: Number) -> Expr:
        slope = as_expr(self.rule(x, *parameters))
        if slope.ndim == 0:
            return spread(slope, x.sizes)
        if slope.sizes != x.sizes:
            raise ShapeError(
                f"the derivative of {self.name} has sizes {show_sizes(slope.sizes)}, "
                f"but its argument has sizes {show_sizes(x.sizes)}",
                hint="return the derivative for each element, with the axes of the argument",
            )
        return slope
