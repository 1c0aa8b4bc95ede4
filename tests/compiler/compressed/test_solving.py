"""Solving with compressed tensors: blocks, Kronecker products, dense matrices of bounded size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.calculus.derivatives import hessian, jacobian
from bracketcalc.compiler.compile import Compressed, compile
from bracketcalc.compiler.compressed.placed import CompressedTerm
from bracketcalc.errors import MemoryLimitError, ShapeError, SingularMatrixError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import identity, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import exp, inv, logdet, logsumexp

T, U, V, M, x = tensors("T[n,m] U[n,k] V[m,k] M[k,k] x[n]")
R = T - U @ V.T
LOSS = dot(R, R)

CASES: dict[str, Expr] = {
    "one matrix for all rows": hessian(LOSS, U),
    "with a ridge": hessian(LOSS + dot(U, U) / 2, U),
    "diagonal": hessian(exp(U).sum(), U),
    "a number": hessian(x @ x / 2, x),
    "rank one beside the identity": hessian((x @ x) ** 2, x),
    "a matrix for each row": hessian(logsumexp(U, axis=1).sum() + dot(U, U), U),
    "a Kronecker product, permuted": hessian(logdet(M), M),
    "a Kronecker product": jacobian(inv(M), M),
    "a difference of Kronecker products": hessian(logdet(M) - dot(M, M), M),
    "a transposition": jacobian(M.T, M),
    "a matrix": M,
    "a scalar": x @ x,
    "identity": outer(identity("n"), M).transpose(0, 2, 1, 3),
}


def values(n: int, m: int, k: int) -> dict[str, Any]:
    draw = np.random.default_rng(0)
    return {
        "T": draw.random((n, m)),
        "U": draw.random((n, k)),
        "V": draw.random((m, k)),
        "M": draw.random((k, k)) + 3 * np.eye(k),
        "x": draw.random(n) + 0.1,
        "n": n,
        "m": m,
        "k": k,
    }


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("sizes", [(5, 6, 3), (1, 2, 1), (4, 3, 1), (1, 5, 4)])
def test_the_solution_is_that_of_the_dense_system(name: str, sizes: tuple[int, int, int]) -> None:
    f = compile(CASES[name], compressed=True)
    given = values(*sizes)
    found = f(**{name: given[name] for name in f.arguments})
    half = found.ndim // 2
    rhs = np.random.default_rng(1).standard_normal(found.shape[:half])
    side = rhs.size
    expected = np.linalg.solve(found.dense().reshape(side, side), rhs.reshape(side))
    solution = found.solve(rhs)
    np.testing.assert_allclose(solution, expected.reshape(found.shape[half:]), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.apply(solution), rhs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["one matrix for all rows", "diagonal", "a matrix for each row"])
@pytest.mark.parametrize("sizes", [(0, 6, 3), (4, 6, 0)])
def test_nothing_to_solve(name: str, sizes: tuple[int, int, int]) -> None:
    f = compile(CASES[name], compressed=True)
    given = values(*sizes)
    found = f(**{name: given[name] for name in f.arguments})
    assert found.solve(np.zeros(found.shape[:2])).shape == found.shape[2:]


@given(st.data(), st.integers(0, 999))
@settings(max_examples=60)
def test_random_structures(data: st.DataObject, seed: int) -> None:
    """Terms with random labels on two pairs of axes, well conditioned by a multiple of the identity."""
    sizes = (3, 2, 3, 2)
    draw = np.random.default_rng(seed)
    names = st.sampled_from([(0, 1, 0, 1), (0, 1, 0, 3), (0, 1, 2, 1), (0, 1, 2, 3)])
    terms = []
    for axes in data.draw(st.lists(names, min_size=1, max_size=3)):
        size_of = dict(zip(axes, sizes, strict=True))
        carried = data.draw(st.lists(st.sampled_from(sorted(set(axes))), unique=True, max_size=3))
        array = draw.standard_normal([size_of[label] for label in carried])
        terms.append(CompressedTerm((array,), (tuple(carried),), axes))
    shift = CompressedTerm((np.array(30.0),), ((),), (0, 1, 0, 1))
    found = Compressed(sizes, (*terms, shift))
    rhs = draw.standard_normal((3, 2))
    expected = np.linalg.solve(found.dense().reshape(6, 6), rhs.reshape(6)).reshape(3, 2)
    np.testing.assert_allclose(found.solve(rhs), expected, rtol=1e-10, atol=1e-12)


def test_a_large_system_of_small_blocks_needs_no_large_matrix() -> None:
    found = compile(hessian(LOSS, U), compressed=True)(V=np.eye(6, 3), n=100_000)
    np.testing.assert_allclose(found.solve(np.full((100_000, 3), 3.0)), 1.5)


def test_what_is_too_large_says_so() -> None:
    found = compile(hessian((x @ x) ** 2, x), compressed=True)(x=np.ones(20_000))
    with pytest.raises(MemoryLimitError, match="1 matrices of size 20000 × 20000") as error:
        found.solve(np.ones(20_000))
    assert "conjugate gradients" in error.value.hint


@pytest.mark.parametrize(
    ("expr", "arrays"),
    [
        (hessian(LOSS, U), {"V": np.zeros((4, 2)), "n": 3}),
        (hessian(exp(U).sum(), U), {"U": np.full((3, 2), -np.inf)}),
        (outer(x, x), {"x": np.ones(3)}),
    ],
    ids=["blocks", "diagonal", "rank one"],
)
def test_singular(expr: Expr, arrays: dict[str, Any]) -> None:
    found = compile(expr, compressed=True)(**arrays)
    with pytest.raises(SingularMatrixError, match="no inverse"):
        found.solve(np.ones(found.shape[: found.ndim // 2]))


def test_what_is_no_square_matrix() -> None:
    mixed = compile(hessian(LOSS, U, V), compressed=True)
    found = mixed(T=np.ones((3, 4)), U=np.ones((3, 2)), V=np.ones((4, 2)))
    with pytest.raises(ShapeError, match="no square matrix"):
        found.solve(np.ones((3, 2)))
    cubic = compile(jacobian(outer(x, x), x), compressed=True)(x=np.ones(2))
    with pytest.raises(ShapeError, match="no square matrix"):
        cubic.solve(np.ones(2))


def test_a_right_hand_side_of_another_shape() -> None:
    found = compile(hessian(LOSS, U), compressed=True)(V=np.eye(4, 2), n=3)
    with pytest.raises(ShapeError, match=r"has shape \(2, 3\), not \(3, 2\)"):
        found.solve(np.ones((2, 3)))
