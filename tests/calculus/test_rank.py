"""Bounds of ranks from structure: exercises on gradients, random products against computed ranks, texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.calculus.derivatives import gradient, hessian
from bracketcalc.calculus.operators import linear_map
from bracketcalc.calculus.rank import RankBound, rank_bound
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.algebra import diag, dot, outer
from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Size, Tensor, product
from bracketcalc.functions.forms import softmax, solve, tanh
from bracketcalc.reference import evaluate
from bracketcalc.traverse import postorder, tensors_in
from tests.strategies import products

Array = np.ndarray[Any, Any]


def arrays_of(expr: Expr, sizes: dict[str, int], seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    shapes = {
        tensor.name: tuple([sizes[s.name] if isinstance(s, Size) else s for s in tensor.sizes])
        for tensor in tensors_in([expr])
    }
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def check(bound: RankBound, expr: Expr, sizes: dict[str, int], rows: int = 1) -> None:
    """Check that the value has at most this rank, and that the factors prove it."""
    arrays = arrays_of(expr, sizes)
    value = evaluate(expr, arrays, sizes)
    matrix = value.reshape(int(np.prod(value.shape[:rows])), -1)
    assert np.linalg.matrix_rank(matrix, tol=1e-9) <= bound.value(**sizes)
    total = np.zeros_like(value)
    for (left, right), shared in zip(bound.factors, bound.shared, strict=True):
        one, two = (evaluate(side, arrays, sizes) for side in (left, right))
        total = total + np.tensordot(one, two, shared)
    np.testing.assert_allclose(total, value, rtol=1e-10, atol=1e-11)


A, X, b, c = tensors("A[m,n] X[n,s] b[m] c[m]")
x = tensor("x", (Size("n"),))
SIZES = {"m": 5, "n": 6, "s": 3, "k": 2, "d": 4}


def test_the_gradient_of_a_layer_at_one_sample_is_a_product_of_two_vectors() -> None:
    """∇_A ℓ(σ(A x + b)) = u vᵀ, for any loss: the exercise of the seed on rank, also with a softmax."""
    for loss in (tanh(A @ x + b).sum(), dot(c, softmax(A @ x + b)) ** 2, dot(tanh(A @ x), tanh(A @ x))):
        slope = gradient(loss, A)
        bound = rank_bound(slope)
        assert bound.value(**SIZES) == 1
        assert str(bound) == "1"
        ((left, right),) = bound.factors
        assert left.ndim == right.ndim == 1
        check(bound, slope, SIZES)


def test_a_batch_has_at_most_as_many_terms_as_samples() -> None:
    slope = gradient((tanh(A @ X + outer(b, ones("s"))) ** 2).sum(), A)
    bound = rank_bound(slope)
    assert str(bound) == "min(m, n, s)"
    assert bound.value(**SIZES) == 3
    check(bound, slope, SIZES)


def test_a_deep_network_and_a_definition() -> None:
    W = tensor("W", ("k", "m"))
    Z = define("Z", tanh(A @ x + b))
    slope = gradient(dot(W @ Z, W @ Z), A)
    assert rank_bound(slope).value(**SIZES) == 1
    check(rank_bound(slope), slope, SIZES)


def test_sums_products_and_structure() -> None:
    U, V = tensors("U[m,k] V[n,k]")
    n = "n"
    cases: list[tuple[Expr, str, int]] = [
        (U @ V.T, "min(k, m, n)", 2),
        (outer(b, x) + U @ V.T, "min(k + 1, m, n)", 3),
        (outer(b, x) + outer(c, x**2), "min(2, m, n)", 2),
        (outer(b, x) + A, "min(m, n)", 5),
        (diag(x), "n", 6),
        (identity(n), "n", 6),
        (outer(ones("m"), ones(n)), "1", 1),
        (A - A, "0", 0),
        (outer(solve(tensor("S", (n, n)), x), b), "1", 1),
        (A @ X @ X.T, "min(m, n, s)", 3),
        (tensor("P", (7, 3)) @ tensor("Q", (3, 5)), "3", 3),
        (tensor("P", (7, 3)) @ tensor("Q", (3, "n")), "min(3, n)", 3),
    ]
    for expr, text, number in cases:
        bound = rank_bound(expr)
        assert str(bound) == text
        assert bound.value(**SIZES) == number
        check(bound, expr, SIZES)


def test_other_axes() -> None:
    T = outer(A, b)
    assert str(rank_bound(T, rows=2)) == "1"
    assert str(rank_bound(T, rows=(0, 1), cols=2)) == "1"
    assert str(rank_bound(T, rows=0)) == "min(m, n)"
    H = hessian(dot(b, tanh(A @ x)), x)
    assert str(rank_bound(H)) == "min(m, n)"
    check(rank_bound(H), H, SIZES)


def test_a_linear_map_has_a_rank() -> None:
    U, V, Y = tensors("U[m,k] V[n,k] Y[n,d]")
    bound = linear_map(U @ V.T @ Y, Y).rank_bound()
    assert bound.value(**SIZES) == 2 * 4
    assert str(linear_map(dot(V.T @ Y, V.T @ Y), Y).rank_bound()) == "1"


def test_a_long_chain_is_walked_along() -> None:
    chain: Expr = tensor("M_0", ("m", "n"))
    for k in range(1, 40):
        sizes = ("n", "k") if k == 20 else ("k", "n") if k == 21 else ("n", "n")
        factor = Tensor(f"M_{k}", tensor("M", sizes).sizes)
        operands = [*zip(chain.children, chain.data[1], strict=True)] if k > 1 else [(chain, (0, 1))]
        chain = product(1, [*operands, (factor, (k, k + 1))], (0, k + 1))
    assert rank_bound(chain).value(**SIZES) == 2


@given(expr=products((2, 3)), seed=st.integers(0, 9))
@settings(max_examples=30)
def test_random_products(expr: Expr, seed: int) -> None:
    named = {size.name for node in postorder([expr]) for size in node.sizes if isinstance(size, Size)}
    named |= {node.name for node in postorder([expr]) if isinstance(node, Size)}
    sizes = {name: 2 + (seed + place) % 3 for place, name in enumerate(sorted(named))}
    check(rank_bound(expr), expr, sizes)


def test_bad_arguments() -> None:
    with pytest.raises(ShapeError, match="axis 3 does not exist"):
        rank_bound(A, rows=3)
    with pytest.raises(ShapeError, match=r"the rows \(0,\) and the columns \(0,\) are not the 2 axes of A"):
        rank_bound(A, rows=0, cols=0)
    with pytest.raises(ArgumentError, match="the size n is not known"):
        rank_bound(A).value(m=3)
