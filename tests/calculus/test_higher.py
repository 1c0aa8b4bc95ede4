"""Derivatives of higher order: their axes, values and printed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian
from bracketcalc.calculus.directional import multidirectional
from bracketcalc.calculus.higher import derivative
from bracketcalc.compiler.compile import evaluate
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.functions.forms import exp, log, logdet, logsumexp, sigmoid, softmax, softplus, tanh
from bracketcalc.reference import evaluate as reference
from bracketcalc.render.text import to_text
from bracketcalc.simplify.equality import equal

Array = npt.NDArray[Any]

T, U, V, X, w, x, y, M = tensors("T[n,m] U[n,k] V[m,k] X[n,d] w[d] x[n] y[n] M[k,k]")
R = define("R", T - U @ V.T)
LOSS = dot(R, R)
SHAPES = {"T": (4, 3), "U": (4, 2), "V": (3, 2), "X": (4, 5), "w": (5,), "x": (4,), "y": (4,)}
ARRAYS: dict[str, Array] = {
    name: np.random.default_rng(place).standard_normal(shape)
    for place, (name, shape) in enumerate(SHAPES.items())
}
ARRAYS["M"] = np.array([[3.0, 1.0], [0.5, 2.0]])
SIZES = {"n": 4, "m": 3, "k": 2, "d": 5}


def value(expr: Expr) -> Array:
    """Return the value of an expression at the arrays above."""
    return reference(expr, ARRAYS, SIZES)


def test_the_first_and_second_are_those_of_the_other_functions() -> None:
    assert derivative(LOSS, U) == gradient(LOSS, U)
    assert derivative(LOSS, U, V) == hessian(LOSS, U, V)
    assert derivative(outer(x, x), x) == jacobian(outer(x, x), x)
    assert derivative(LOSS, U, order=2) == hessian(LOSS, U)
    assert derivative(x + 0 * x, x, order=0) == x


def test_what_does_not_occur_is_zero_with_the_right_axes() -> None:
    third = derivative(x @ x, x, order=3)
    assert third.sizes == x.sizes * 3
    assert equal(third, 0 * third)


CASES: dict[str, tuple[Expr, list[Tensor]]] = {
    "matrix factorization": (LOSS, [U, V, U]),
    "matrix factorization, fourth": (LOSS, [U, U, V, V]),
    "power of a norm": ((x @ x) ** 2, [x, x, x]),
    "exponential": (exp(x).sum(), [x, x, x, x]),
    "logsumexp": (logsumexp(x, axis=0), [x, x, x]),
    "softmax": (softmax(x, axis=0), [x, x]),
    "logistic regression": ((softplus(X @ w) - y * (X @ w)).sum(), [w, w, w]),
    "logistic regression, mixed": ((softplus(X @ w) - y * (X @ w)).sum(), [w, X]),
    "logdet": (logdet(M), [M, M, M]),
    "a layer": (dot(tanh(U @ V.T), T), [V, U, V]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_value_is_the_derivative_along_directions(name: str) -> None:
    """Contracted with one direction for each variable, against central differences of the order before."""
    expr, variables = CASES[name]
    *before, last = variables
    lower, higher = derivative(expr, *before), derivative(expr, *variables)
    assert higher.sizes == lower.sizes + last.sizes
    direction = np.random.default_rng(9).standard_normal(ARRAYS[last.name].shape)
    given = {tensor: ARRAYS[tensor] for tensor in ARRAYS}

    def at(step: float) -> Array:
        moved = {**given, last.name: given[last.name] + step * direction}
        return reference(lower, moved, SIZES)

    step = 1e-3
    slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
    found = np.tensordot(value(higher), direction, direction.ndim)
    np.testing.assert_allclose(found, slope, rtol=1e-7, atol=1e-8 * (1 + np.max(np.abs(slope))))


def test_directions_contracted_one_by_one() -> None:
    A, B, C = tensors("A[n,k] B[n,k] C[m,k]")
    third = derivative(LOSS, U, U, V)
    scalar = multidirectional(LOSS, [{U: A}, {U: B}, {V: C}])
    contracted = dot(third, outer(A, B, C))
    assert equal(contracted, scalar)


@pytest.mark.parametrize(
    ("expr", "variables", "text"),
    [
        (LOSS, [U, U], "2 (I_{n} ⊗ (Vᵀ V))_{1324}"),
        (LOSS, [U, V], "2 ((U ⊗ Vᵀ)_{1342} - (R ⊗ I)_{1324})"),
        (LOSS, [U, V, U], "2 ((I_{n} ⊗ Vᵀ ⊗ I)_{134526} + (I ⊗ I ⊗ V)_{135426})"),
        (outer(x, x), [x], "(I ⊗ x)_{132} + x ⊗ I"),
        ((x @ x) ** 2, [x, x], "8 x xᵀ + 4 (x · x) I"),
        ((x @ x) ** 2, [x, x, x], "8 (x ⊗ I + (I ⊗ x)_{132} + I ⊗ x)"),
        (softmax(x, axis=0), [x], "diag(softmax(x)) - softmax(x) softmax(x)ᵀ"),
        (logsumexp(x, axis=0), [x, x], "diag(softmax(x)) - softmax(x) softmax(x)ᵀ"),
        (softplus(X @ w).sum(), [w, w], "Xᵀ diag(sigmoid(X w) ⊙ (1 - sigmoid(X w))) X"),
        (exp(x).sum(), [x, x, x, x], "(exp(x)_{i} I_{ijkl} | ijkl)"),
        (dot(X @ w - y, X @ w - y) / 2, [w, w], "Xᵀ X"),
        (logdet(M), [M, M], "-(M^{-T} ⊗ M^{-1})_{1342}"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_the_printed_form(expr: Expr, variables: list[Tensor], text: str) -> None:
    assert to_text(derivative(expr, *variables)) == text


def test_bad_calls() -> None:
    with pytest.raises(ArgumentError, match="needs a variable"):
        derivative(x @ x)
    with pytest.raises(ArgumentError, match="non-negative integer, got -1"):
        derivative(x @ x, x, order=-1)
    with pytest.raises(ArgumentError, match="which of the 2 variables"):
        derivative(x @ y, x, y, order=2)
    with pytest.raises(DerivativeError, match="cannot differentiate"):
        derivative(x @ x, x @ x)


def test_the_weight_of_the_hessian_is_named_where_it_is_defined() -> None:
    p = define("p", sigmoid(X @ w))
    loss = -(y * log(p) + (1 - y) * log(1 - p)).sum()
    found = evaluate(hessian(loss, w), **{name: ARRAYS[name] for name in ("X", "w")})
    s = 1 / (1 + np.exp(-ARRAYS["X"] @ ARRAYS["w"]))
    np.testing.assert_allclose(found, ARRAYS["X"].T @ np.diag(s * (1 - s)) @ ARRAYS["X"], rtol=1e-10)
