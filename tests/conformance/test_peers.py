"""Gradients, Jacobians and Hessians of whole models against JAX and torch, in float64."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian, jvp, vjp
from bracketcalc.compiler.compile import compile
from bracketcalc.expr.algebra import diag, dot, einsum, norm, outer, trace
from bracketcalc.expr.build import define, ones, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.functions.forms import (
    det,
    exp,
    gelu,
    inv,
    log,
    log_softmax,
    logdet,
    logsumexp,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    sqrt,
    tanh,
)
from bracketcalc.reference import evaluate
from bracketcalc.traverse import tensors_in

Array = np.ndarray[Any, Any]
Model = Callable[..., Any]
SIZES = {"n": 4, "d": 3, "h": 2, "k": 3, "m": 3, "t": 2}


# -- the models: once as an expression, once as a function of any array library ---------------------------


@dataclass(frozen=True)
class Case:
    """A model: its tensors, its expression, and the same in terms of an array library ``xp``.

    The first ``wrt`` tensors are the variables.
    """

    declared: str
    build: Callable[..., Expr]
    model: Model
    wrt: int


def layer(X: Expr, W: Expr, b: Expr) -> Expr:
    return X @ W + outer(ones("n"), b)


def perceptron(*given: Expr) -> Expr:
    W, b, V, c, X, Y = given
    h = define("h", tanh(layer(X, W, b)))
    error = define("e", layer(h, V, c) - Y)
    return dot(error, error) / 2 + (dot(W, W) + dot(V, V)) / 20


def perceptron_model(xp: Any, *given: Any) -> Any:
    W, b, V, c, X, Y = given
    error = xp.tanh(X @ W + b) @ V + c - Y
    return (error**2).sum() / 2 + ((W**2).sum() + (V**2).sum()) / 20


def classifier(W: Expr, b: Expr, X: Expr, Y: Expr) -> Expr:
    n = Y.sizes[0]
    assert isinstance(n, Expr)
    return -dot(Y, log_softmax(layer(X, W, b), axis=1)) / n


def classifier_model(xp: Any, W: Any, b: Any, X: Any, Y: Any) -> Any:
    scores = X @ W + b
    return -(Y * (scores - xp.log(xp.exp(scores).sum(axis=1))[:, None])).sum() / len(Y)


def recurrent(W: Expr, U: Expr, b: Expr, z: Expr, X: Expr) -> Expr:
    for step in range(4):
        z = define(f"z_{step}", tanh(z @ W + X @ U + b))
    return softmax(z) @ z


def recurrent_model(xp: Any, *given: Any) -> Any:
    W, U, b, z, X = given
    for _ in range(4):
        z = xp.tanh(z @ W + X @ U + b)
    return (xp.exp(z) / xp.exp(z).sum()) @ z


def attention(Q: Expr, K: Expr, V: Expr, X: Expr) -> Expr:
    scores = (X @ Q) @ (X @ K).T / 2
    mixed = define("P", softmax(scores, axis=1)) @ (X @ V)
    return dot(mixed, tanh(mixed))


def attention_model(xp: Any, Q: Any, K: Any, V: Any, X: Any) -> Any:
    weights = xp.exp((X @ Q) @ (X @ K).T / 2)
    mixed = (weights / weights.sum(axis=1)[:, None]) @ (X @ V)
    return (mixed * xp.tanh(mixed)).sum()


def normal_likelihood(L: Expr, mu: Expr, X: Expr) -> Expr:
    S = define("S", L @ L.T + diag(ones("d")))
    E = X - outer(ones("n"), mu)
    return logdet(S) + trace(E @ inv(S) @ E.T)


def normal_likelihood_model(xp: Any, L: Any, mu: Any, X: Any) -> Any:
    S = L @ L.T + xp.eye(3)
    E = X - mu
    return xp.linalg.slogdet(S)[1] + xp.einsum("nd,de,ne->", E, xp.linalg.inv(S), E)


def factorization(U: Expr, V: Expr, mask: Expr, Y: Expr) -> Expr:
    E = mask * (U @ V - Y)
    return norm(E) + exp(-dot(U, U))


def factorization_model(xp: Any, U: Any, V: Any, mask: Any, Y: Any) -> Any:
    return xp.sqrt(((mask * (U @ V - Y)) ** 2).sum()) + xp.exp(-(U**2).sum())


def normalized(g: Expr, b: Expr, X: Expr) -> Expr:
    d = g.sizes[0]
    assert isinstance(d, Expr)
    rows, columns = ones("n"), ones("d")
    E = define("E", X - outer(X.sum(axis=1) / d, columns))
    variance = define("v", einsum("nd,nd->n", E, E) / d)
    Z = E * outer((variance + Fraction(1, 100)) ** Fraction(-1, 2), columns)
    return gelu(Z * outer(rows, g) + outer(rows, b)).sum()


def normalized_model(xp: Any, g: Any, b: Any, X: Any) -> Any:
    E = X - X.sum(axis=1)[:, None] / 3
    Z = E / xp.sqrt((E**2).sum(axis=1) / 3 + 0.01)[:, None] * g + b
    return (Z * (1 + xp.erf(Z / 2**0.5)) / 2).sum()


def kernel(x: Expr, y: Expr, w: Expr) -> Expr:
    squares = outer(einsum("nd,nd->n", x, x), ones("m")) + outer(ones("n"), einsum("md,md->m", y, y))
    K = exp(-(squares - 2 * x @ y.T) / 2)
    return log(1 + (K @ w) ** 2).sum()


def kernel_model(xp: Any, x: Any, y: Any, w: Any) -> Any:
    squares = ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=2)
    return xp.log(1 + (xp.exp(-squares / 2) @ w) ** 2).sum()


def determinants(A: Expr, B: Expr) -> Expr:
    return det(A @ A.T + B) * trace(inv(A + B))


def determinants_model(xp: Any, A: Any, B: Any) -> Any:
    return xp.linalg.det(A @ A.T + B) * xp.einsum("ii->", xp.linalg.inv(A + B))


def tensor_network(T: Expr, A: Expr, x: Expr) -> Expr:
    """A diagonal, a repeated factor, a sum of one axis alone, and an outer product."""
    first = einsum("ijk,ijl,j->kl", T, T, x)
    return dot(sigmoid(first), A) + einsum("iik,k->", T, x) * T.sum() + einsum("kk->", A)


def tensor_network_model(xp: Any, T: Any, A: Any, x: Any) -> Any:
    first = xp.einsum("ijk,ijl,j->kl", T, T, x)
    weights = 1 / (1 + xp.exp(-first))
    return (weights * A).sum() + xp.einsum("iik,k->", T, x) * T.sum() + xp.einsum("kk->", A)


def activations(x: Expr, A: Expr) -> Expr:
    z = A @ x
    return silu(z).sum() + softplus(z * z).sum() + logsumexp(z) + relu(z).sum() + sqrt(1 + z @ z)


def activations_model(xp: Any, x: Any, A: Any) -> Any:
    z = A @ x
    smooth = z / (1 + xp.exp(-z)) + xp.log(1 + xp.exp(z * z)) + z * (z > 0)
    return smooth.sum() + xp.log(xp.exp(z).sum()) + xp.sqrt(1 + z @ z)


CASES = {
    "perceptron": Case("W[d,h] b[h] V[h,k] c[k] X[n,d] Y[n,k]", perceptron, perceptron_model, 4),
    "classifier": Case("W[d,k] b[k] X[n,d] Y[n,k]", classifier, classifier_model, 3),
    "recurrent": Case("W[h,h] U[d,h] b[h] z[h] X[d]", recurrent, recurrent_model, 5),
    "attention": Case("Q[d,h] K[d,h] V[d,k] X[n,d]", attention, attention_model, 4),
    "normal likelihood": Case("L[d,d] mu[d] X[n,d]", normal_likelihood, normal_likelihood_model, 3),
    "factorization": Case("U[n,h] V[h,d] mask[n,d] Y[n,d]", factorization, factorization_model, 2),
    "normalized": Case("g[d] b[d] X[n,d]", normalized, normalized_model, 3),
    "kernel": Case("x[n,d] y[m,d] w[m]", kernel, kernel_model, 3),
    "determinants": Case("A[d,d] B[d,d]", determinants, determinants_model, 2),
    "tensor network": Case("T[d,d,d] A[d,d] x[d]", tensor_network, tensor_network_model, 3),
    "activations": Case("x[d] A[n,d]", activations, activations_model, 2),
}

VECTOR_CASES = {
    "softmax of a layer": Case(
        "W[d,k] X[n,d]",
        lambda W, X: softmax(X @ W, axis=1),
        lambda xp, W, X: xp.exp(X @ W) / xp.exp(X @ W).sum(axis=1)[:, None],
        2,
    ),
    "inverse": Case("A[d,d]", inv, lambda xp, A: xp.linalg.inv(A), 1),
    "outer": Case("x[d] y[h]", outer, lambda xp, x, y: x[:, None] * y[None, :], 2),
    "columns": Case(
        "A[n,d]",
        lambda A: log_softmax(A, axis=0).T,
        lambda xp, A: (A - xp.log(xp.exp(A).sum(axis=0))).T,
        1,
    ),
    "gram": Case("A[n,d]", lambda A: A.T @ A / dot(A, A), lambda xp, A: A.T @ A / (A**2).sum(), 1),
}


# -- the peers --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Peer:
    """An automatic differentiation library: its arrays, and the derivatives of a function of arrays."""

    xp: Any
    array: Callable[[Array], Any]
    jacobian: Callable[[Callable[..., Any], int, Sequence[Any]], Any]
    hessian: Callable[[Callable[..., Any], int, Sequence[Any]], Any]


def jax_peer() -> Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        jax = pytest.importorskip("jax")
        jnp = pytest.importorskip("jax.numpy")
        erf = pytest.importorskip("jax.scipy.special").erf
    jax.config.update("jax_enable_x64", True)
    names = ("tanh", "exp", "log", "sqrt", "einsum", "linalg", "eye")
    return Peer(
        SimpleNamespace(erf=erf, **{name: getattr(jnp, name) for name in names}),
        jnp.asarray,
        lambda f, place, arrays: jax.jacrev(f, place)(*arrays),
        lambda f, place, arrays: jax.hessian(f, place)(*arrays),
    )


def torch_peer() -> Peer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch = pytest.importorskip("torch")
    names = ("tanh", "exp", "log", "sqrt", "einsum", "linalg")

    def of_one(f: Callable[..., Any], place: int, arrays: Sequence[Any]) -> Callable[[Any], Any]:
        return lambda one: f(*arrays[:place], one, *arrays[place + 1 :])

    return Peer(
        SimpleNamespace(
            erf=torch.special.erf,
            eye=lambda n: torch.eye(n, dtype=torch.float64),
            **{name: getattr(torch, name) for name in names},
        ),
        torch.tensor,
        lambda f, place, arrays: torch.autograd.functional.jacobian(
            of_one(f, place, arrays), arrays[place]
        ),
        lambda f, place, arrays: torch.autograd.functional.hessian(of_one(f, place, arrays), arrays[place]),
    )


@pytest.fixture(
    scope="module",
    # JAX compiles every operation the first time, which takes a second or two for each model.
    params=[pytest.param(jax_peer, marks=pytest.mark.long, id="jax"), pytest.param(torch_peer, id="torch")],
)
def peer(request: pytest.FixtureRequest) -> Peer:
    made: Peer = request.param()
    return made


@dataclass(frozen=True)
class Instance:
    """A case with arrays: the expression here, and the function and arrays of the peer."""

    expr: Expr
    variables: tuple[Tensor, ...]
    arrays: dict[str, Array]
    function: Callable[..., Any]
    given: list[Any]

    def value(self, expr: Expr) -> Array:
        return evaluate(expr, self.arrays, SIZES)


def instance(case: Case, peer: Peer) -> Instance:
    declared = tensors(case.declared)
    expr = case.build(*declared)
    assert {t.name for t in tensors_in([expr])} == {t.name for t in declared}
    rng = np.random.default_rng(7)
    arrays = {}
    for tensor in declared:
        shape = tuple([SIZES[size.name] for size in tensor.sizes if not isinstance(size, int)])
        arrays[tensor.name] = rng.uniform(-0.8, 0.9, shape)
        if len(shape) == 2 and tensor.sizes[0] == tensor.sizes[1]:
            arrays[tensor.name] += 2 * np.eye(shape[0])
    given = [peer.array(array) for array in arrays.values()]
    return Instance(expr, declared[: case.wrt], arrays, lambda *a: case.model(peer.xp, *a), given)


def agree(found: Array, expected: Any) -> None:
    there = np.asarray(expected)
    assert there.dtype == np.float64
    assert found.shape == there.shape
    scale = float(np.max(np.abs(there), initial=0.0))
    np.testing.assert_allclose(found, there, rtol=1e-9, atol=1e-12 * (1 + scale))


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradients(name: str, peer: Peer) -> None:
    here = instance(CASES[name], peer)
    found = gradient(here.expr, here.variables)
    expected = [peer.jacobian(here.function, place, here.given) for place in range(len(found))]
    compiled = compile([here.expr, *found])(**here.arrays)
    for results in ([here.value(e) for e in (here.expr, *found)], compiled):
        for one, two in zip(results, [here.function(*here.given), *expected], strict=True):
            agree(one, two)


@pytest.mark.parametrize("name", CASES)
def test_hessians(name: str, peer: Peer) -> None:
    """Of the first variable; the curvature along the others is in the mixed derivatives below."""
    here = instance(CASES[name], peer)
    found = hessian(here.expr, here.variables[0])
    agree(here.value(found), peer.hessian(here.function, 0, here.given))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.wrt > 1])
def test_mixed_second_derivatives(name: str, peer: Peer) -> None:
    """The axes of the first variable, then of the second."""
    here = instance(CASES[name], peer)
    one, two = here.variables[:2]

    def slope(*arrays: Any) -> Any:
        return peer.jacobian(here.function, 0, arrays)

    found = here.value(hessian(here.expr, one, two))
    # A central difference of the peer's own gradient: nesting its modes is not what is tested here.
    step, expected = 1e-4, np.zeros_like(found)
    for index in np.ndindex(*here.arrays[two.name].shape):
        shift = np.zeros_like(here.arrays[two.name])
        shift[index] = step
        moved = [
            np.asarray(
                slope(here.given[0], peer.array(here.arrays[two.name] + sign * shift), *here.given[2:])
            )
            for sign in (1, -1)
        ]
        expected[(..., *index)] = (moved[0] - moved[1]) / (2 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * (1 + np.abs(expected).max()))


@pytest.mark.parametrize("name", VECTOR_CASES)
def test_jacobians(name: str, peer: Peer) -> None:
    here = instance(VECTOR_CASES[name], peer)
    agree(here.value(here.expr), here.function(*here.given))
    for place, variable in enumerate(here.variables):
        agree(here.value(jacobian(here.expr, variable)), peer.jacobian(here.function, place, here.given))


@pytest.mark.parametrize("name", VECTOR_CASES)
def test_products_with_the_jacobian(name: str, peer: Peer) -> None:
    here = instance(VECTOR_CASES[name], peer)
    variable = here.variables[0]
    G, V = Tensor("G_", here.expr.sizes), Tensor("V_", variable.sizes)
    slopes = np.asarray(peer.jacobian(here.function, 0, here.given))
    rng = np.random.default_rng(3)
    seed = rng.standard_normal(slopes.shape[: here.expr.ndim])
    direction = rng.standard_normal(slopes.shape[here.expr.ndim :])
    arrays = {**here.arrays, "G_": seed, "V_": direction}
    agree(evaluate(vjp(here.expr, variable, G), arrays, SIZES), np.tensordot(seed, slopes, here.expr.ndim))
    agree(
        evaluate(jvp(here.expr, {variable: V}), arrays, SIZES),
        np.tensordot(slopes, direction, variable.ndim),
    )
