"""Rows of the table of identities, and what each is checked against.

A row says a function twice: as text for the package, and as a function of any array library. The derivative
of the text must be the expected closed form; the closed form must have the values that differences of the
second function have; and JAX, which differentiates the second function, must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

import bracketcalc as bc
from bracketcalc import reference
from tests.paper.rows import declare

Array = npt.NDArray[Any]
Model = Callable[..., Any]
Kind = Literal["gradient", "jacobian", "hessian", "differential", "second"]

SIZES: Mapping[str, int] = MappingProxyType({"n": 4, "m": 3, "k": 2, "d": 5})

COMPLEX_STEP = 1e-40

STEP = 1e-3
"""Of central differences, extrapolated once: their error is about STEP⁴ f⁽⁵⁾ / 480 + 1e-16 f / STEP."""


@dataclass(frozen=True)
class Identity:
    """One row: a function, a variable, and the derivative as a person would write it.

    Attributes:
        place: where the identity is printed, or what it is called.
        tensors: the tensors, as ``a[n] X[n,k]``.
        function: the text of the function, or what builds it from the tensors in their order.
        wrt: the variable; for a mixed Hessian two of them.
        expected: the text of the derivative. In a differential dX is the direction; the second
            differential is taken along the tensors U and V.
        model: the function again, of an array library and the arrays in the order of ``tensors``.
        kind: which derivative. A Jacobian or Hessian has the axes of the function, then the variables'.
        prints: whether the package prints the derivative exactly as ``expected`` is written.
        analytic: whether the model can be evaluated at complex arguments, for the complex step.
    """

    place: str
    tensors: str
    function: str | Callable[..., bc.Expr]
    wrt: str
    expected: str
    model: Model
    kind: Kind = "gradient"
    prints: bool = True
    analytic: bool = True

    def __str__(self) -> str:
        function = self.function if isinstance(self.function, str) else "function"
        return f"{self.place}: {self.kind} of {function} by {self.wrt}"

    @property
    def names(self) -> dict[str, Any]:
        """Return the tensors by name, with the direction dX of each variable X."""
        found = declare(self.tensors)
        directions = {f"d{name}": bc.tensor(f"d{name}", found[name].sizes) for name in self.variables}
        return {**found, **directions}

    @property
    def variables(self) -> list[str]:
        """Return the names of the variables."""
        return self.wrt.split()

    @property
    def expr(self) -> bc.Expr:
        """Return the function as an expression."""
        if isinstance(self.function, str):
            return bc.parse(self.function, **self.names)
        return self.function(*declare(self.tensors).values())

    @property
    def form(self) -> bc.Expr:
        """Return the expected derivative as an expression."""
        return bc.parse(self.expected, **self.names)

    @property
    def derivative(self) -> bc.Expr:
        """Return the derivative that the package finds."""
        return DERIVATIVES[self.kind](self.expr, [self.names[name] for name in self.variables], self.names)


DERIVATIVES: Mapping[Kind, Callable[[bc.Expr, list[Any], Mapping[str, Any]], bc.Expr]] = MappingProxyType(
    {
        "gradient": lambda expr, wrt, names: bc.gradient(expr, wrt[0]),
        "jacobian": lambda expr, wrt, names: bc.jacobian(expr, wrt[0]),
        "hessian": lambda expr, wrt, names: bc.hessian(expr, wrt[0], wrt[-1]),
        "differential": lambda expr, wrt, names: bc.differential(expr, wrt),
        "second": lambda expr, wrt, names: bc.multidirectional(
            expr, [{wrt[0]: names["U"]}, {wrt[0]: names["V"]}]
        ),
    }
)


def draw(row: Identity) -> dict[str, Array]:
    """Return an array for each tensor: entries from 0.2 to 0.8, and 1.5 more on the diagonal if square.

    So logarithms, square roots and the inverses of all common functions are defined, and square matrices
    have a positive determinant and are far from singular.
    """
    random = np.random.default_rng(1)
    arrays = {}
    for name, tensor in row.names.items():
        shape = [size if isinstance(size, int) else SIZES[size.name] for size in tensor.sizes]
        arrays[name] = np.asarray(random.uniform(0.2, 0.8, shape))
        if len(shape) == 2 and shape[0] == shape[1]:
            arrays[name] += 1.5 * np.eye(shape[0])
    return arrays


def evaluate(expr: bc.Expr, arrays: Mapping[str, Array]) -> Array:
    """Return the value by the reference evaluator."""
    return np.asarray(reference.evaluate(expr, dict(arrays), dict(SIZES)))


def call(row: Identity, xp: Any, arrays: Mapping[str, Any]) -> Any:
    """Return the value of the model."""
    return row.model(xp, *[arrays[name] for name in declare(row.tensors)])


# -- differences ----------------------------------------------------------------------------------------


def by_differences(row: Identity, arrays: dict[str, Array]) -> Array:
    """Return the derivative of the model by the complex step or central differences."""
    if row.kind in ("differential", "second"):
        names = [f"d{name}" for name in row.variables] if row.kind == "differential" else ["U"]
        moves = {name: arrays[each] for name, each in zip(row.variables, names, strict=True)}
        if row.kind == "differential":
            return slope(row, arrays, moves)
        return central(lambda at: slope(row, at, moves), arrays, {row.wrt: arrays["V"]})
    if row.kind == "hessian":
        first, second = row.variables[0], row.variables[-1]
        return all_slopes(
            lambda at, moves: central(lambda moved: gradient_of(row, moved, first), at, moves),
            arrays,
            second,
        )
    return all_slopes(lambda at, moves: slope(row, at, moves), arrays, row.wrt)


def gradient_of(row: Identity, arrays: dict[str, Array], name: str) -> Array:
    """Return the derivative of the model with respect to one tensor."""
    return all_slopes(lambda at, moves: slope(row, at, moves), arrays, name)


def all_slopes(
    along: Callable[[dict[str, Array], dict[str, Array]], Array], arrays: dict[str, Array], name: str
) -> Array:
    """Return the slopes along every entry of a tensor, on new last axes."""
    shape = arrays[name].shape
    units = np.eye(arrays[name].size).reshape((-1, *shape))
    found = np.stack([along(arrays, {name: unit}) for unit in units], axis=-1)
    return found.reshape((*found.shape[:-1], *shape))


def slope(row: Identity, arrays: dict[str, Array], moves: Mapping[str, Array]) -> Array:
    """Return the derivative of the model along directions of some tensors."""
    if not row.analytic:
        return central(lambda at: np.asarray(call(row, np, at)), arrays, moves)
    at = {**arrays, **{name: arrays[name] + 1j * COMPLEX_STEP * move for name, move in moves.items()}}
    return np.asarray(np.imag(call(row, np, at)) / COMPLEX_STEP)


def central(
    value: Callable[[dict[str, Array]], Array], arrays: dict[str, Array], moves: Mapping[str, Array]
) -> Array:
    """Return central differences, extrapolated once."""

    def difference(step: float) -> Array:
        ahead = {**arrays, **{name: arrays[name] + step * move for name, move in moves.items()}}
        behind = {**arrays, **{name: arrays[name] - step * move for name, move in moves.items()}}
        return (value(ahead) - value(behind)) / (2 * step)

    return (4 * difference(STEP / 2) - difference(STEP)) / 3


# -- JAX ------------------------------------------------------------------------------------------------


def by_jax(row: Identity, arrays: dict[str, Array], jax: Any) -> Array:
    """Return the derivative of the model by JAX in float64."""
    order = list(declare(row.tensors))
    places = [order.index(name) for name in row.variables]
    given = [jax.numpy.asarray(arrays[name]) for name in order]

    def model(*moved: Any) -> Any:
        at = dict(zip(order, given, strict=True))
        at.update(zip(row.variables, moved, strict=True))
        return call(row, jax.numpy, at)

    point = [given[place] for place in places]
    if row.kind == "hessian":
        last = len(places) - 1
        return np.asarray(jax.jacfwd(jax.jacrev(model, 0), last)(*point))
    if row.kind == "differential":
        directions = [jax.numpy.asarray(arrays[f"d{name}"]) for name in row.variables]
        return np.asarray(jax.jvp(model, point, directions)[1])
    if row.kind == "second":
        U, V = (jax.numpy.asarray(arrays[name]) for name in "UV")
        first = lambda at: jax.jvp(model, [at], [U])[1]  # noqa: E731
        return np.asarray(jax.jvp(first, point, [V])[1])
    return np.asarray(jax.jacrev(model)(*point))
