"""The derivatives that the paper works out, as closed forms and against differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import differential, gradient, jacobian
from bracketcalc.expr.algebra import diag, dot, norm, odot, outer, trace
from bracketcalc.expr.build import define, identity, ones, tensors
from bracketcalc.expr.core import Elementwise, Expr, Tensor, product
from bracketcalc.functions.forms import (
    apply_to,
    det,
    inv,
    log,
    log_softmax,
    logdet,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from bracketcalc.reference import evaluate
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.products import is_zero
from tests.calculus.numeric import assert_is_jacobian, draw, size_of

SIZES = {"n": 3, "m": 4, "k": 2, "d": 5, "o": 2, "h": 4}


def assert_same_form(found: Expr, expected: Expr) -> None:
    """Compare canonical forms, of the simplified expressions too: a proof, without any numbers."""
    table = CanonicalTable()
    assert found.sizes == expected.sizes
    if table.form(found) != table.form(expected):
        assert table.form(simplify(found)) == table.form(simplify(expected))


def check(
    expr: Expr, variable: Tensor, found: Expr, expected: Expr, *, nodes: int, scale: float = 1.0
) -> None:
    """Check a result: equal to the closed form, at most as long as it, and right in numbers."""
    assert equal(found, expected)
    assert size_of(found) <= nodes
    arrays = {name: scale * array for name, array in draw([expr, variable], SIZES).items()}
    assert_is_jacobian(found, expr, variable, arrays, SIZES)


# -- §5 -------------------------------------------------------------------------------------------------

x, y, a, X, A, B, b = tensors("x[n] y[n] a[n] X[n,n] A[n,n] B[n,n] b[k]")
R = Tensor("R", (a.sizes[0], b.sizes[0]))
XinvT = inv(X).T


@pytest.mark.parametrize(
    ("expr", "variable", "expected", "nodes"),
    [
        pytest.param(a @ x, x, a, 1, id="linear (33)"),
        pytest.param(x @ A @ x, x, (A + A.T) @ x, 5, id="quadratic"),
        pytest.param(a @ R @ b, R, outer(a, b), 3, id="bilinear"),
        pytest.param(a @ R @ R.T @ a, R, 2 * (outer(a, a) @ R), 3, id="gram"),
        pytest.param(
            trace(A @ inv(X) @ B), X, -(XinvT @ A.T @ B.T @ XinvT), 5, id="trace of an inverse (34)"
        ),
    ],
)
def test_gradients_of_section_5(expr: Expr, variable: Tensor, expected: Expr, nodes: int) -> None:
    found = gradient(expr, variable)
    assert_same_form(found, expected)
    check(expr, variable, found, expected, nodes=nodes)


def test_outer_product_of_a_vector_with_itself() -> None:
    """(35), ((I ⊗ x)_{132} + x ⊗ I) ·₁ dx, and the entries of (36)"""
    eye = identity("n")
    expected = outer(eye, x).transpose(0, 2, 1) + outer(x, eye)
    found = jacobian(outer(x, x), x)
    assert_same_form(found, expected)
    check(outer(x, x), x, found, expected, nodes=5)
    assert equal(differential(outer(x, x), x), expected @ Tensor("dx", x.sizes))
    value = evaluate(found, {"x": np.array([2.0, 3.0, 5.0])})
    assert [value[1, 1, 1], value[0, 1, 0], value[0, 1, 1], value[0, 1, 2]] == [6, 3, 2, 0]


# -- §4 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "expected", "nodes"),
    [
        pytest.param(trace(X), identity("n"), 1, id="trace"),
        pytest.param(det(X), det(X) * XinvT, 4, id="determinant"),
        pytest.param(logdet(X), XinvT, 3, id="logarithm of the determinant"),
        pytest.param(norm(X), X / norm(X), 4, id="norm"),
        pytest.param(dot(X, X), 2 * X, 2, id="squared norm"),
        pytest.param(trace(inv(X)), -(XinvT @ XinvT), 3, id="trace of the inverse"),
        pytest.param(trace(X @ X @ X), 3 * (X @ X).T, 2, id="trace of a cube"),
    ],
)
def test_matrix_results_of_section_4_4(expr: Expr, expected: Expr, nodes: int) -> None:
    arrays = {"X": np.random.default_rng(0).standard_normal((3, 3)) + 4 * np.eye(3)}
    found = gradient(expr, X)
    assert_same_form(found, expected)
    assert size_of(found) <= nodes
    assert_is_jacobian(found, expr, X, arrays, SIZES)


def test_differentials_of_section_4_4() -> None:
    dX = Tensor("dX", X.sizes)
    assert_same_form(differential(trace(X), X), trace(dX))
    assert_same_form(differential(inv(X), X), -(inv(X) @ dX @ inv(X)))
    assert_same_form(differential(det(X), X), dot(det(X) * XinvT, dX))
    assert_same_form(differential(det(X), X), det(X) * trace(inv(X) @ dX))


def test_jacobian_of_the_inverse() -> None:
    """d(X⁻¹)_ij / dX_kl = -X⁻¹_ik X⁻¹_lj"""
    expected = -outer(inv(X), inv(X)).transpose(0, 3, 1, 2)
    arrays = {"X": np.random.default_rng(0).standard_normal((3, 3)) + 4 * np.eye(3)}
    found = jacobian(inv(X), X)
    assert_same_form(found, expected)
    assert size_of(found) <= 3
    assert_is_jacobian(found, inv(X), X, arrays, SIZES)


def test_rearranging_and_linearity_of_section_4_1() -> None:
    (Y,) = tensors("Y[n,k,m]")
    dY, dx = Tensor("dY", Y.sizes), Tensor("dx", x.sizes)
    assert differential(Y.transpose(2, 0, 1), Y) == dY.transpose(2, 0, 1)
    assert_same_form(differential(3 * tanh(x) + x, x), 3 * ((1 - tanh(x) ** 2) * dx) + dx)


def test_differential_of_a_bracket_term() -> None:
    """The example of §4.2: the differential takes the place of each X in turn, whole or split."""
    A, X, C, D = tensors("A[a,k] X[k,k,n] C[m,k,k] D[d]")

    def term(first: Expr, second: Expr, third: Expr) -> Expr:
        """Return A_1 X [X_2 A_2] X_3 [X_1 C_2] C_1 D X_23 [X̄_1 C_3] with three different X."""
        operands = [(A, "ap"), (first, "bcd"), (second, "qpe"), (C, "fqr"), (D, "g"), (third, "rst")]
        return product(1, operands, "abcdpeqfgst")

    dX = Tensor("dX", X.sizes)
    found = differential(term(X, X, X), X)
    assert_same_form(found, term(dX, X, X) + term(X, dX, X) + term(X, X, dX))


@pytest.mark.parametrize("function", [tanh, sigmoid])
def test_elementwise_differential(function: Callable[[Expr], Elementwise]) -> None:
    """(17), df(X) = f'(X) ⊙ dX"""
    (W,) = tensors("W[n,k,m]")
    slope = {"tanh": 1 - tanh(W) ** 2, "sigmoid": sigmoid(W) * (1 - sigmoid(W))}
    expected = slope[function(W).function.name] * Tensor("dW", W.sizes)
    assert_same_form(differential(function(W), W), expected)


def test_softmax_of_the_rows() -> None:
    """§4.3.5, ∇s = diag(s) - s sᵀ, and (32), dZ = ∇s¹(A)^{12} ⊙^{1 2̄} dA"""
    (W,) = tensors("W[n,m]")
    (w,) = tensors("w[m]")
    s = softmax(w)
    assert equal(jacobian(s, w), diag(s) - outer(s, s))
    rows = apply_to(softmax, W, (0,))
    diagonals = product(1, [(rows, "im"), (identity("m"), "mk")], "imk")
    slopes = diagonals - product(1, [(rows, "im"), (rows, "ik")], "imk")
    expected = odot(slopes, Tensor("dW", W.sizes), axes=((0, 2), (0, 1)), sum=(2,))
    found = differential(rows, W)
    assert equal(found, expected)
    assert size_of(found) <= 7
    assert_is_jacobian(jacobian(rows, W), rows, W, draw([W], SIZES), SIZES)


def test_function_on_other_positions() -> None:
    """(27) and (32) where the selecting positions are not the first: f² acts on the columns."""
    (W,) = tensors("W[n,m]")
    for found in (apply_to(softmax, W, (1,)), softmax(W, axis=0), log_softmax(W, axis=0)):
        assert_is_jacobian(jacobian(found, W), found, W, draw([W], SIZES), SIZES)


# -- §6 -------------------------------------------------------------------------------------------------

SLOPES: dict[str, Callable[[Expr, Expr], Expr]] = {
    # From A and Z = f(A) to f'(A), as a person would write it.
    "tanh": lambda A, Z: 1 - Z**2,
    "sigmoid": lambda A, Z: Z * (1 - Z),
}
ACTIVATIONS = {"tanh": tanh, "sigmoid": sigmoid}


@pytest.mark.parametrize("name", SLOPES)
def test_single_layer(name: str) -> None:
    """§6.1: ∇_W J = Xᵀ(Z ⊙ C) and ∇_b J = (Z ⊙ C)ᵀ 𝟏 with Z = h - Y, C = f'(XW + 𝟏bᵀ)"""
    X, W, b, Y = tensors("X[n,d] W[d,k] b[k] Y[n,k]")
    A = define("A", X @ W + outer(ones("n"), b))
    h = define("h", ACTIVATIONS[name](A))
    J = dot(h - Y, h - Y) / 2
    G = (h - Y) * SLOPES[name](A, h)
    found = gradient(J, [W, b])
    for variable, result, expected in zip((W, b), found, (X.T @ G, G.T @ ones("n")), strict=True):
        assert_same_form(result, expected)
        check(J, variable, result, expected, nodes=12)


def layers(count: int) -> tuple[list[Expr], list[Expr], list[Tensor], list[Tensor]]:
    """Return Z_0 … Z_L, A_1 … A_L, W_1 … W_L and b_1 … b_L of §6.2, with tanh."""
    widths = ["d", *["h"] * (count - 1), "k"]
    (X,) = tensors("X[n,d]")
    Z: list[Expr] = [X]
    A: list[Expr] = []
    W: list[Tensor] = []
    b: list[Tensor] = []
    for j in range(1, count + 1):
        W += tensors(f"W_{j}[{widths[j - 1]},{widths[j]}]")
        b += tensors(f"b_{j}[{widths[j]}]")
        A.append(define(f"A_{j}", Z[-1] @ W[-1] + outer(ones("n"), b[-1])))
        Z.append(define(f"Z_{j}", tanh(A[-1])))
    return Z, A, W, b


def test_several_layers_with_regularization() -> None:
    """The final equations of §6.2, for three layers."""
    count = 3
    Z, _, W, b = layers(count)
    Y, lam = tensors("Y[n,k] lam")
    N = Y.sizes[0]
    assert isinstance(N, Expr)
    error = Z[-1] - Y
    J = dot(error, error) / (2 * N) + lam * (dot(W[0], W[0]) + dot(W[1], W[1]) + dot(W[2], W[2])) / 2
    found = gradient(J, [*W, *b])
    G = error / N
    for j in reversed(range(count)):
        S = G * (1 - Z[j + 1] ** 2)
        for result, expected, variable in (
            (found[j], Z[j].T @ S + lam * W[j], W[j]),
            (found[count + j], S.T @ ones("n"), b[j]),
        ):
            assert equal(result, expected)
            # Each layer further down adds the same few nodes.
            check(J, variable, result, expected, nodes=17 + 7 * (count - 1 - j), scale=0.5)
        G = S @ W[j].T
    assert size_of(*found) <= 12 * count + 4


def test_cotangents_of_the_layers() -> None:
    """§6.2: ∇_{Z_L} J = (Z_L - Y) / N and ∇_{Z_{j-1}} J = (∇_{Z_j} J ⊙ f'(A_j)) W_jᵀ"""
    Z, A, W, _ = layers(3)
    (Y,) = tensors("Y[n,k]")
    N = Y.sizes[0]
    assert isinstance(N, Expr)
    J = dot(Z[-1] - Y, Z[-1] - Y) / (2 * N)
    found = gradient(J, [Z[3], Z[2], Z[1], A[2]])
    top = (Z[3] - Y) / N
    middle = (top * (1 - Z[3] ** 2)) @ W[2].T
    assert_same_form(found[0], top)
    assert equal(found[1], middle)
    assert equal(found[2], (middle * (1 - Z[2] ** 2)) @ W[1].T)
    assert equal(found[3], top * (1 - Z[3] ** 2))
    assert size_of(found[0]) <= 7


def one_hot(rows: int, columns: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.eye(columns)[np.arange(rows) % columns]


def test_cross_entropy_of_softmax() -> None:
    """§6.3.1, (43): dJ = -1/N (Y - Z) · dA where the rows of Y sum to 1"""
    X, W, b, Y = tensors("X[n,d] W[d,k] b[k] Y[n,k]")
    N = Y.sizes[0]
    assert isinstance(N, Expr)
    A = define("A", X @ W + outer(ones("n"), b))
    Z = define("Z", softmax(A, axis=1))
    J = -(log(Z) * Y).sum() / N
    # Without the assumption on Y, each row of Z is multiplied by the sum of that row of Y.
    G = (product(1, [(Z, "nk"), (Y, "nj")], "nk") - Y) / N
    found = gradient(J, [A, W, b])
    for result, expected in zip(found, (G, X.T @ G, G.T @ ones("n")), strict=True):
        assert_same_form(result, expected)
        assert size_of(result) <= 9
    arrays = {**draw([J], SIZES), "Y": one_hot(3, 2)}
    np.testing.assert_allclose(
        evaluate(found[0], arrays), evaluate((Z - Y) / N, arrays), rtol=1e-13, atol=1e-15
    )
    for variable, result in zip((W, b), found[1:], strict=True):
        assert_is_jacobian(result, J, variable, arrays, SIZES)


def test_cross_entropy_of_log_softmax_is_the_same() -> None:
    X, W, Y = tensors("X[n,d] W[d,k] Y[n,k]")
    one = gradient(-(log(softmax(X @ W, axis=1)) * Y).sum(), W)
    two = gradient(-(log_softmax(X @ W, axis=1) * Y).sum(), W)
    assert_same_form(one, two)
    assert size_of(two) <= 9


def test_recurrent_network() -> None:
    """The final equations of §6.4, for three steps with shared parameters."""
    steps = 3
    W, U, b, V, c, Z0 = tensors("W[h,h] U[d,h] b[h] V[h,o] c[o] Z_0[n,h]")
    X = [Tensor(f"X_{t}", (Z0.sizes[0], U.sizes[0])) for t in range(1, steps + 1)]
    Y = [Tensor(f"Y_{t}", (Z0.sizes[0], V.sizes[1])) for t in range(1, steps + 1)]
    N = Z0.sizes[0]
    assert isinstance(N, Expr)
    e = ones("n")
    Z: list[Expr] = [Z0]
    P: list[Expr] = []
    J: Expr = 0 * N
    for t in range(steps):
        A = define(f"A_{t + 1}", Z[-1] @ W + X[t] @ U + outer(e, b))
        Z.append(define(f"Z_{t + 1}", tanh(A)))
        P.append(define(f"P_{t + 1}", softmax(Z[-1] @ V + outer(e, c), axis=1)))
        J = J - (log(P[-1]) * Y[t]).sum() / N
    GA: list[Expr] = []
    GO = [(product(1, [(P[t], "nk"), (Y[t], "nj")], "nk") - Y[t]) / N for t in range(steps)]
    for t in reversed(range(steps)):
        inner = GO[t] @ V.T + (GA[-1] @ W.T if GA else 0)
        GA.append((1 - Z[t + 1] ** 2) * inner)
    GA.reverse()
    expected = {
        W: sum((Z[t].T @ GA[t] for t in range(1, steps)), Z[0].T @ GA[0]),
        U: sum((X[t].T @ GA[t] for t in range(1, steps)), X[0].T @ GA[0]),
        b: sum((GA[t].T @ e for t in range(1, steps)), GA[0].T @ e),
        V: sum((Z[t + 1].T @ GO[t] for t in range(1, steps)), Z[1].T @ GO[0]),
        c: sum((GO[t].T @ e for t in range(1, steps)), GO[0].T @ e),
    }
    found = gradient(J, list(expected))
    sizes = {**SIZES, "d": 3, "h": 3}
    arrays = {name: 0.7 * array for name, array in draw([J], sizes).items()}
    for (variable, closed), result in zip(expected.items(), found, strict=True):
        assert isinstance(closed, Expr)
        assert equal(result, closed)
        assert_is_jacobian(result, J, variable, arrays, sizes)
    assert size_of(*found) <= 22 * steps


def test_relu_layer_has_a_step() -> None:
    X, W = tensors("X[n,d] W[d,k]")
    (C,) = tensors("C[n,k]")
    found = gradient(dot(C, relu(X @ W)), W)
    assert size_of(found) <= 6
    assert_is_jacobian(found, dot(C, relu(X @ W)), W, draw([C, X, W], SIZES), SIZES)
    assert not is_zero(found)
