"""The adjugate and the derivatives of the determinant, at regular and at singular matrices."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian
from bracketcalc.calculus.directional import multidirectional
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import SingularMatrixError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.functions.adjugate import ADJUGATE
from bracketcalc.functions.analytic import frechet
from bracketcalc.functions.forms import adjugate, det, inv
from bracketcalc.reference import evaluate
from bracketcalc.render.text import to_text

Array = np.ndarray[Any, Any]


def normal(shape: tuple[int, ...], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def of_rank(size: int, rank: int) -> Array:
    product: Array = normal((size, rank)) @ normal((rank, size), 1)
    return product


def cofactors(x: Array) -> Array:
    """Return the adjugate by the determinants of all minors."""
    size = len(x)
    found = np.empty_like(x)
    for i in range(size):
        for j in range(size):
            minor = np.delete(np.delete(x, i, 0), j, 1)
            found[j, i] = (-1) ** (i + j) * np.linalg.det(minor)
    return found


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_value_at_every_rank(size: int, rank: int) -> None:
    x = of_rank(size, rank)
    found = ADJUGATE.value(np, x)
    np.testing.assert_allclose(found, cofactors(x), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(x @ found, np.linalg.det(x) * np.eye(size), atol=1e-12)
    stack = np.stack([x, normal((size, size), 3), x])
    np.testing.assert_allclose(ADJUGATE.value(np, stack)[1], cofactors(stack[1]), rtol=1e-11, atol=1e-13)


def test_tiny_and_complex_matrices() -> None:
    np.testing.assert_allclose(ADJUGATE.value(np, 1e-200 * np.eye(2)), 1e-200 * np.eye(2), rtol=1e-15)
    z = normal((3, 1)) @ normal((1, 3), 1) + 1j * normal((3, 1), 2) @ normal((1, 3), 3)
    np.testing.assert_allclose(ADJUGATE.value(np, z), cofactors(z), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_all_derivatives_of_a_determinant_are_polynomials(rank: int, order: int) -> None:
    """det is linear in every row: along k directions, k different rows are replaced in all ways."""
    x, directions = of_rank(3, rank), normal((order, 3, 3), 7)
    names = [Tensor(f"V_{k}", (3, 3)) for k in range(order)]
    X = Tensor("X", (3, 3))
    expected = 0.0
    for rows in permutations(range(3), order):
        replaced = x.copy()
        for direction, row in zip(directions, rows, strict=True):
            replaced[row] = direction[row]
        expected += np.linalg.det(replaced)
    arrays = {"X": x, **{name.name: value for name, value in zip(names, directions, strict=True)}}
    # det'(X)[V] = adj(X) · Vᵀ, and all further derivatives are those of the adjugate.
    first = dot(adjugate(X), names[0].T)
    found = evaluate(multidirectional(first, [{X: name} for name in names[1:]]), arrays)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


def test_gradient_at_singular_matrices() -> None:
    """A program computes |X| X⁻ᵀ as the adjugate, also behind other powers and in stacks."""
    X, S, w = tensors("X[n,n] S[m,n,n] w")
    slope = gradient(det(X), X)
    assert to_text(slope) == "det(X) X^{-T}"
    for x in (np.zeros((2, 2)), np.ones((2, 2)), np.array([[0.0, 1], [0, 0]])):
        expected = np.array([[x[1, 1], -x[1, 0]], [-x[0, 1], x[0, 0]]])
        np.testing.assert_allclose(compile(slope)(X=x), expected, atol=1e-15)
        np.testing.assert_allclose(compile(gradient(w * det(X) ** 3, X))(X=x, w=2.0), 0 * x, atol=1e-15)
        stack = np.stack([x, np.eye(2)])
        found = compile(gradient((3 * det(S)).sum(), S))(S=stack)
        np.testing.assert_allclose(found, 3 * np.stack([expected, np.eye(2)]), atol=1e-15)
    source = compile(slope).source(X=(3, 3))
    assert "is adjugate" in source
    assert "is inv" not in source


def test_an_inverse_that_is_computed_anyway_is_used() -> None:
    X = tensor("X", ("n", "n"))
    source = compile([gradient(det(X), X), inv(X)]).source(X=(3, 3))
    assert "is adjugate" not in source
    with pytest.raises(SingularMatrixError):
        compile(hessian(det(X), X))(X=np.ones((2, 2)))


def test_second_derivatives_at_singular_matrices() -> None:
    """The Hessian of det as a bilinear form: at rank n - 2 the gradient is 0 and the Hessian is not."""
    X = tensor("X", ("n", "n"))
    curve = jacobian(adjugate(X).T, X)
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 1, 1] = expected[1, 1, 0, 0] = 1
    expected[0, 1, 1, 0] = expected[1, 0, 0, 1] = -1
    np.testing.assert_allclose(compile(curve)(X=np.ones((2, 2))), expected, atol=1e-15)
    regular = normal((3, 3))
    np.testing.assert_allclose(
        compile(curve)(X=regular), compile(hessian(det(X), X))(X=regular), rtol=1e-10, atol=1e-12
    )
    assert np.abs(ADJUGATE.value(np, of_rank(4, 2))).max() < 1e-13
    assert np.abs(evaluate(curve, {"X": of_rank(4, 2)})).max() > 0.1
    assert np.abs(evaluate(curve, {"X": of_rank(4, 1)})).max() < 1e-13


@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_against_differences(order: int) -> None:
    X, V = tensors("X[n,n] V[n,n]")
    for rank in (2, 4):
        x, v = of_rank(4, rank), normal((4, 4), 5)
        found = evaluate(frechet(adjugate, X, *[V] * order), {"X": x, "V": v})
        step = 1e-3
        values = [evaluate(adjugate(X), {"X": x + k * step * v}) for k in (-2, -1, 0, 1, 2)]
        if order == 1:
            expected = (values[0] - 8 * values[1] + 8 * values[3] - values[4]) / (12 * step)
        else:
            expected = (values[3] - 2 * values[2] + values[1]) / step**2
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("shape", [(2, 3, 3), (0, 2, 2), (3, 1, 1), (2, 0, 0)])
def test_stacks_compiled(shape: tuple[int, ...]) -> None:
    S = Tensor("S", shape)
    s = normal(shape)
    exprs: list[Expr] = [(det(S) ** 2).sum(), gradient((det(S) ** 2).sum(), S), adjugate(S)]
    for expr in exprs:
        np.testing.assert_allclose(compile(expr)(S=s), evaluate(expr, {"S": s}), rtol=1e-12, atol=1e-13)
