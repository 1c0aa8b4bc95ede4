"""The differential as a linear map: adjoints, composition, Kronecker form."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, jacobian, jvp
from bracketcalc.calculus.kronecker import KroneckerForm
from bracketcalc.calculus.operators import LinearMap, linear_map
from bracketcalc.errors import DerivativeError, ShapeError
from bracketcalc.expr.algebra import diag, dot, outer, trace
from bracketcalc.expr.build import define, identity, tensors
from bracketcalc.expr.core import Expr, Tensor, product
from bracketcalc.functions.forms import exp, inv, softmax, tanh
from bracketcalc.reference import evaluate
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.products import is_zero
from tests.calculus.numeric import Array, draw

SIZES = {"n": 3, "m": 4, "k": 2}
X, A, B, V, S, Q = tensors("X[n,n] A[m,n] B[n,k] V[n,n] S[n,n] Q[m,m]")
a, p, q, x, y = tensors("a[n] p[m] q[k] x[n] y[n]")

MAPS: dict[str, tuple[Expr, Tensor]] = {
    "affine": (A @ X @ B + A @ B, X),
    "cube": (X @ X @ X, X),
    "inverse": (inv(X), X),
    "transpose": (A @ X.T @ B, X),
    "element-wise": (A @ tanh(X), X),
    "scalar": (trace(X @ X), X),
    "vector": (softmax(X @ a), X),
    "outer": (outer(x, x), x),
    "named": (define("Z", tanh(X @ S)) @ define("Z", tanh(X @ S)), X),
}


@pytest.mark.parametrize("name", MAPS)
def test_apply_and_dense_are_those_of_the_calculus(name: str) -> None:
    expr, variable = MAPS[name]
    T = linear_map(expr, variable)
    direction = Tensor("D", variable.sizes)
    arrays = draw([expr, direction], SIZES)
    assert T.domain == variable.sizes
    assert T.codomain == expr.sizes
    found = evaluate(T.apply(direction), arrays, SIZES)
    np.testing.assert_allclose(found, evaluate(jvp(expr, {variable: direction}), arrays, SIZES), rtol=1e-10)
    dense = evaluate(T.dense, arrays, SIZES)
    np.testing.assert_allclose(
        dense, evaluate(jacobian(expr, variable), arrays, SIZES), rtol=1e-9, atol=1e-12
    )


def weighted(one: Array, weight: Array | None, two: Array) -> float:
    """Return tr(Aᵀ H B), H being I for None."""
    return float(np.sum(one * (two if weight is None else np.tensordot(weight, two, 1))))


@pytest.mark.parametrize("name", [name for name in MAPS if name != "scalar"])
@pytest.mark.parametrize("weights", [(False, False), (True, False), (False, True), (True, True)])
def test_adjoint_moves_the_map_across_the_inner_product(name: str, weights: tuple[bool, bool]) -> None:
    """⟨T V, G⟩ = ⟨V, T* G⟩, each in its own inner product"""
    expr, variable = MAPS[name]
    T = linear_map(expr, variable)
    D, G = Tensor("D", variable.sizes), Tensor("G", expr.sizes)
    H, K = Tensor("H", (variable.sizes[0],) * 2), Tensor("K", (expr.sizes[0],) * 2)
    arrays = draw([expr, D, G, H, K], SIZES)
    for weight in "HK":
        arrays[weight] = arrays[weight] @ arrays[weight].T + np.eye(len(arrays[weight]))
    adjoint = T.adjoint(G, domain=H if weights[0] else None, codomain=K if weights[1] else None)
    left = weighted(evaluate(T.apply(D), arrays, SIZES), arrays["K"] if weights[1] else None, arrays["G"])
    right = weighted(arrays["D"], arrays["H"] if weights[0] else None, evaluate(adjoint, arrays, SIZES))
    assert adjoint.sizes == variable.sizes
    assert left == pytest.approx(right, rel=1e-8, abs=1e-8)


def test_the_adjoint_of_a_scalar_is_its_gradient() -> None:
    (g,) = tensors("g")
    assert equal(linear_map(trace(X @ X), X).adjoint(g), g * gradient(trace(X @ X), X))


def test_adjoints_of_left_and_right_multiplication() -> None:
    """R_X* = R_{Xᵀ} in both inner products, L_X* = L_{Xᵀ} or L_{H⁻¹ Xᵀ H}"""
    G, H = tensors("G[n,n] H[n,n]")
    right, left = linear_map(V @ X, V), linear_map(X @ V, V)
    assert equal(right.adjoint(G), G @ X.T)
    assert equal(left.adjoint(G), X.T @ G)
    assert equal(left.adjoint(G, H, H), inv(H) @ X.T @ H @ G)
    assert equal(right.adjoint(G, H, H), G @ X.T)


def test_adjoint_of_a_matrix_power_is_the_differential_at_the_transpose() -> None:
    (G,) = tensors("G[n,n]")
    cube = linear_map(X @ X @ X, X)
    assert equal(cube.adjoint(G), G @ X.T @ X.T + X.T @ G @ X.T + X.T @ X.T @ G)


def test_the_adjoint_reverses_a_composition() -> None:
    (Y, G) = tensors("Y[n,k] G[m,k]")
    S1, T1 = linear_map(X @ X @ B, X), linear_map(A @ tanh(Y), Y)
    both = T1.compose(S1)
    assert both.domain == X.sizes
    assert both.codomain == (A @ Y).sizes
    arrays = draw([X, A, B, Y, G], SIZES)
    found, reversed_ = both.adjoint(G), S1.adjoint(T1.adjoint(G))
    np.testing.assert_allclose(
        evaluate(found, arrays, SIZES), evaluate(reversed_, arrays, SIZES), rtol=1e-10
    )
    product_of = np.tensordot(evaluate(T1.dense, arrays, SIZES), evaluate(S1.dense, arrays, SIZES), 2)
    np.testing.assert_allclose(evaluate(both.dense, arrays, SIZES), product_of, rtol=1e-9, atol=1e-12)


def test_composition_at_one_variable_is_the_chain_rule() -> None:
    """d(X²)² : d(Y²) at Y = X², after d(X²)"""
    outer_map = LinearMap(
        X @ X @ Tensor("dX", X.sizes) + Tensor("dX", X.sizes) @ X @ X, Tensor("dX", X.sizes)
    )
    both = outer_map.compose(linear_map(X @ X, X))
    assert equal(both.linear, linear_map(X @ X @ X @ X, X).linear)


def test_composition_refuses_to_catch_a_constant() -> None:
    d, Y = tensors("dX[n,n] Y[n,n]")
    with pytest.raises(DerivativeError, match="dX is a constant of one map"):
        linear_map(d @ Y, Y).compose(linear_map(X @ X, X))
    with pytest.raises(ShapeError, match="argument of the linear map"):
        linear_map(A @ X, X).compose(linear_map(A @ X, X))


def test_a_map_that_does_not_depend_on_its_variable_is_zero() -> None:
    T = linear_map(A @ B, X)
    (G,) = tensors("G[m,k]")
    assert is_zero(T.apply(V))
    assert is_zero(T.dense)
    assert is_zero(T.adjoint(G))
    assert T.adjoint(G).sizes == X.sizes
    assert is_zero(T.kronecker().tensor)


def test_the_identity_map() -> None:
    (G,) = tensors("G[n,n]")
    T = linear_map(X, X)
    assert T.apply(V) == V
    assert T.adjoint(G) == G
    assert T.kronecker().terms == ((identity("n"), identity("n")),)


def test_wrong_arguments_of_a_map() -> None:
    T = linear_map(A @ X, X)
    with pytest.raises(ShapeError, match="argument of the linear map"):
        T.apply(A)
    with pytest.raises(ShapeError, match="cotangent"):
        T.adjoint(X)
    with pytest.raises(ShapeError, match="weight of the inner product"):
        T.adjoint(A, domain=A)
    with pytest.raises(ShapeError, match="weight of scalars"):
        linear_map(trace(X), X).adjoint(Tensor("g", ()), codomain=X)


# -- Kronecker form -------------------------------------------------------------------------------------

KRONECKER = {
    "A X B": A @ X @ B,
    "square": X @ X,
    "cube": X @ X @ X,
    "inverse": inv(X),
    "sum": A @ (X + S) @ B + 3 * A @ X @ X @ B,
    "sandwich": (Q @ A) @ X @ S @ X @ B / 2,
    "scaled": trace(S) * X @ B,
    "diagonal": diag(a) @ X @ diag(y),
    "rows": outer(p, a) @ X @ outer(y, q),
    "repeated rows": outer(p, (S @ X).sum(axis=0)),
    "named": define("C", S @ S) @ X @ define("C", S @ S),
    "quotient": X @ B / dot(a, a),
}


def kronecker_matrix(form: KroneckerForm, arrays: dict[str, Array]) -> Array:
    """Return the sum of np.kron over the terms."""
    return np.asarray(
        sum(
            np.kron(evaluate(left, arrays, SIZES), evaluate(right, arrays, SIZES))
            for left, right in form.terms
        )
    )


@pytest.mark.parametrize("name", KRONECKER)
def test_kronecker_form_acts_on_stacked_columns(name: str) -> None:
    """vec(dF) = K vec(dX) with vec in column order"""
    expr = KRONECKER[name]
    T = linear_map(expr, X)
    arrays = draw([expr, X, V], SIZES)
    form = T.kronecker()
    K = kronecker_matrix(form, arrays)
    image = evaluate(T.apply(V), arrays, SIZES)
    found = (K @ arrays["V"].reshape(-1, order="F")).reshape(image.shape, order="F")
    np.testing.assert_allclose(found, image, rtol=1e-9, atol=1e-10)
    tensor = evaluate(form.tensor, arrays, SIZES)
    np.testing.assert_allclose(tensor.reshape(K.shape), K, rtol=1e-12, atol=1e-12)


def test_the_cube_has_the_printed_form() -> None:
    """d(X³) is I ⊗ X² + Xᵀ ⊗ X + (X²)ᵀ ⊗ I"""
    terms = linear_map(X @ X @ X, X).kronecker().terms
    expected = [(identity("n"), X @ X), (X.T, X), ((X @ X).T, identity("n"))]
    assert len(terms) == 3
    for (left, right), (first, second) in zip(terms, expected, strict=True):
        assert equal(left, first)
        assert equal(right, second)


def test_the_form_of_the_inverse() -> None:
    ((left, right),) = linear_map(inv(X), X).kronecker().terms
    assert equal(left, -inv(X).T)
    assert equal(right, inv(X))


@pytest.mark.parametrize("expr", [X.T, A @ X.T @ B, X @ X.T, X + X.T, X @ S @ X.T])
def test_a_transposed_differential_needs_the_commutation_matrix(expr: Expr) -> None:
    with pytest.raises(DerivativeError, match="commutation matrix"):
        linear_map(expr, X).kronecker()


@pytest.mark.parametrize("expr", [X * X, exp(X), trace(X) * X, diag(diag(X)), trace(X) * S, softmax(X)])
def test_other_terms_are_refused(expr: Expr) -> None:
    with pytest.raises(DerivativeError, match="not of the form A dX B"):
        linear_map(expr, X).kronecker()


def test_only_maps_between_matrices_have_a_kronecker_form() -> None:
    T3 = product(1, [(X, "ij"), (a, "k")], "ijk")
    for expr, variable in ((X @ a, X), (trace(X), X), (outer(x, x), x), (T3, X)):
        with pytest.raises(ShapeError, match="Kronecker form is for matrices"):
            linear_map(expr, variable).kronecker()


def test_a_great_many_terms_are_refused() -> None:
    (dX,) = tensors("dX[n,n]")
    total: Expr = dX
    for _ in range(12):
        total = X @ total + total @ X
    with pytest.raises(DerivativeError, match="more than 1000 terms"):
        LinearMap(total, dX).kronecker()


def test_an_expression_that_is_not_linear_is_refused() -> None:
    (dX,) = tensors("dX[n,n]")
    for wrong in (dX @ dX, exp(dX), X + dX):
        with pytest.raises(DerivativeError, match="one differential each"):
            LinearMap(wrong, dX).kronecker()


@pytest.mark.parametrize(("rows", "columns"), [(0, 2), (2, 0), (1, 1), (1, 3)])
def test_sizes_0_and_1(rows: int, columns: int) -> None:
    M, L, R = tensors(f"M[{rows},{columns}] L[2,{rows}] R[{columns},3]")
    T = linear_map(L @ M @ R, M)
    arrays = draw([M, L, R], {})
    K = kronecker_matrix(T.kronecker(), arrays)
    assert K.shape == (6, rows * columns)
    np.testing.assert_allclose(K, np.kron(arrays["R"].T, arrays["L"]), rtol=1e-14)
