"""The error of finite differences as the step shrinks: truncation first, then cancellation.

It is the experiment of chapter 6 of the course notes *Matrix Calculus (for Machine Learning and Beyond)* by
Edelman and Johnson, for any expression and direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.calculus.derivatives import jvp, variable_list
from bracketcalc.calculus.directional import direction_symbol
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.testing.chart import Curve, chart
from bracketcalc.testing.point import Values, check_is_tensor, one_direction, point_of
from bracketcalc.testing.slopes import (
    FORMULAS,
    METHODS,
    Method,
    Value,
    has_complex_step,
    no_complex_step,
)

DECADES = 16
"""The default steps go from 1 to 1e-16, two in each decade."""


@dataclass(frozen=True, slots=True, eq=False)
class StepStudy:
    """The relative errors of several kinds of differences for several steps.

    A notebook shows them as a picture with two logarithmic scales.

    Attributes:
        name: the variable.
        steps: the steps, in descending order.
        errors: for each kind of difference, one relative error for each step; NaN where the steps leave
            the domain of the expression.
    """

    name: str
    steps: Values
    errors: Mapping[Method, Values]

    def best(self, method: Method) -> tuple[float, float]:
        """Return the step with the smallest error, and that error.

        Raises:
            ArgumentError: if the method was not studied, or has no error at any step.
        """
        if method not in self.errors or np.isnan(self.errors[method]).all():
            raise ArgumentError(
                f"{method!r} was not studied", hint=f"choose one of {', '.join(map(repr, self.errors))}"
            )
        place = int(np.nanargmin(self.errors[method]))
        return float(self.steps[place]), float(self.errors[method][place])

    def plot(self, axes: Any = None) -> Any:
        """Draw the errors with matplotlib, and return the axes that they were drawn in.

        Args:
            axes: where to draw; by default the axes of a new figure.

        Raises:
            ImportError: if matplotlib is not installed. The notebook's own picture does not need it.
        """
        if axes is None:
            try:
                pyplot = import_module("matplotlib.pyplot")
            except ImportError as error:
                raise ImportError(
                    "plot needs matplotlib: install it with pip install matplotlib, "
                    "or use the .svg of the study, which needs nothing"
                ) from error
            axes = pyplot.subplots()[1]
        for method, errors in self.errors.items():
            axes.loglog(self.steps, np.where(errors > 0, errors, np.nan), ".-", label=method)
        axes.set_xlabel("step")
        axes.set_ylabel(f"relative error along {self.name}")
        axes.legend()
        return axes

    @property
    def svg(self) -> str:
        """Return the picture as an SVG document that needs nothing else."""
        curves = [
            Curve(method, list(zip(self.steps.tolist(), errors.tolist(), strict=True)))
            for method, errors in self.errors.items()
        ]
        return chart(curves, "step", f"relative error along {self.name}")

    def __str__(self) -> str:
        lines = [f"relative error of differences along {self.name}"]
        for method in self.errors:
            if np.isnan(self.errors[method]).all():
                lines.append(f"{method:>10}: undefined at every step")
            else:
                step, error = self.best(method)
                lines.append(f"{method:>10}: at best {error:.1e}, with the step {step:.1e}")
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "image/svg+xml": self.svg}


def step_study(
    expr: Expr,
    wrt: Expr,
    values: Mapping[str, npt.ArrayLike],
    *,
    direction: npt.ArrayLike | None = None,
    methods: Sequence[Method] | None = None,
    steps: Sequence[float] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> StepStudy:
    """Return the relative errors of finite differences along one direction, for many steps.

    The error is ‖difference - exact‖ / ‖exact‖, where the exact slope is the Jacobian-vector product of
    the expression, in float64; where that is zero, it is the absolute error.

    Args:
        expr: an expression with any axes.
        wrt: a tensor.
        values: the array of every tensor, by name; others are ignored.
        direction: an array with the axes of ``wrt``; by default a fixed one with normal entries.
        methods: which of ``"forward"``, ``"central"``, ``"richardson"`` (two central differences,
            extrapolated) and ``"complex"``. By default all, the last only where it applies.
        steps: positive numbers; by default from 1 to 1e-16.
        sizes: values of symbolic sizes that no array tells.

    Returns:
        The steps and the errors, which a notebook shows as a picture.

    Raises:
        DerivativeError: if ``wrt`` is not a tensor, or for a function without a derivative.
        ArgumentError: for an unknown method, a step that is not positive, an array that is missing or not
            of real numbers, or a complex step that was asked for where there is none.
        ShapeError: for an array that does not fit the declared sizes.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> (A,) = tensors("A[n,n]")
        >>> study = step_study(A @ A, A, {"A": [[1.0, 2.0], [3.0, 4.0]]})
        >>> step, error = study.best("forward")
        >>> 1e-9 < step < 1e-6, 1e-10 < error < 1e-6, study.best("complex")[1] < 1e-15
        (True, True, True)
    """
    expr, (variable,) = as_expr(expr), variable_list([wrt])
    check_is_tensor(variable)
    lengths = _steps(steps)
    point = point_of([expr, variable], values, sizes)
    here = point.arrays[variable.name]
    move = one_direction(here) if direction is None else np.asarray(direction, dtype=here.dtype)
    if move.shape != here.shape:
        raise ShapeError(f"the direction has shape {move.shape}, but {variable.name} has {here.shape}")
    symbol = direction_symbol("", variable)
    with np.errstate(all="ignore"):
        exact = point.given({symbol.name: move}).value(jvp(expr, {variable: symbol}))

        def at(shifted: npt.NDArray[Any]) -> Any:
            return point.value(expr, {variable.name: shifted})

        size = float(np.linalg.norm(exact)) or 1.0
        errors = {}
        for method in _methods(methods, at, here):
            found = [FORMULAS[method](at, here, move, step) for step in lengths.tolist()]
            distances = np.array([np.linalg.norm(each - exact) for each in found]) / size
            errors[method] = np.where(np.isfinite(distances), distances, np.nan)
    return StepStudy(variable.name, lengths, errors)


def _steps(steps: Sequence[float] | None) -> Values:
    """Return the steps in descending order."""
    lengths = np.logspace(0, -DECADES, 2 * DECADES + 1) if steps is None else np.asarray(steps, dtype=float)
    if lengths.ndim != 1 or not len(lengths) or not (lengths > 0).all():
        raise ArgumentError(
            "the steps must be positive numbers, at least one", hint="write steps=[1e-3, 1e-6]"
        )
    return np.sort(lengths)[::-1]


def _methods(methods: Sequence[Method] | None, at: Value, here: Values) -> list[Method]:
    """Return the methods to study."""

    def total(shifted: npt.NDArray[Any]) -> Any:
        return np.sum(at(shifted))

    for method in methods or ():
        if method not in METHODS:
            raise ArgumentError(f"method must be one of {', '.join(map(repr, METHODS))}, got {method!r}")
    chosen = list(METHODS if methods is None else methods)
    real = not np.iscomplexobj(here) and not np.iscomplexobj(at(here))
    if "complex" in chosen and not (real and has_complex_step(total, here)):
        if methods is not None:
            raise no_complex_step()
        chosen.remove("complex")
    return chosen
