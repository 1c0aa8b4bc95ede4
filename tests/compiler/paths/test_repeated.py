"""Parts of a product that occur twice are contracted once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.paths.repeated import Factor, repeated_part
from bracketcalc.expr.algebra import einsum
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Size, product
from bracketcalc.reference import evaluate as reference
from tests.strategies import SIZES, arrays_for, extents, named

A, B, C, D, x = tensors("A[i,j] B[j,k] C[k,l] D[i,i] x[l]")
SHAPES: dict[str, Any] = {"A": (5, 6), "B": (6, 7), "C": (7, 8), "x": (8,)}


def dots(expr: Any, **shapes: Any) -> int:
    program = compile(expr)
    return sum(step.kernel in ("dot", "matmul") for step in program.report(**shapes).path)


def test_a_gram_product_of_a_chain() -> None:
    gram = einsum("ij,jk,kl,ml,nm,on->io", A, B, C, C, B, A)
    expected = A @ B @ C @ C.T @ B.T @ A.T
    shapes = {name: SHAPES[name] for name in "ABC"}
    assert dots(gram, **shapes) == 3
    arrays = {name: np.random.default_rng(0).random(shape) for name, shape in shapes.items()}
    np.testing.assert_allclose(compile(gram)(**arrays), reference(expected, arrays), rtol=1e-13)


def test_a_chain_that_both_ends_scale() -> None:
    """B_nk = Σ_c S_nk W_kc T_nc, in Σ_c B_nkc p_c B_nmc: n is on all factors and stays."""
    S, W, P = tensors("S[n,k] W[k,c] P[n,c]")
    expr = einsum("nk,kc,nc,nm,mc->nkm", S, W, P, S, W)
    draw = np.random.default_rng(0)
    arrays = {"S": draw.random((4, 3)), "W": draw.random((3, 5)), "P": draw.random((4, 5))}
    np.testing.assert_allclose(compile(expr)(**arrays), reference(expr, arrays), rtol=1e-13)


@pytest.mark.parametrize(
    ("factors", "output"),
    [
        ([(1, (0, 1)), (2, (1, 2)), (3, (2, 3)), (4, (3, 4))], (0, 4)),
        ([(1, (0, 1)), (1, (0, 1)), (2, (1, 2)), (2, (1, 2))], (0, 2)),
        ([(1, (0,)), (1, (1,)), (2, (2,)), (2, (3,))], (0, 1, 2, 3)),
        ([(1, (0, 1)), (2, (1, 2)), (1, (2, 3))], (0, 3)),
    ],
    ids=["different", "the same labels", "not connected", "few"],
)
def test_near_misses(factors: list[Factor], output: tuple[int, ...]) -> None:
    assert repeated_part(factors, output, dict.fromkeys(range(5), 7), PathTable()) is None


def test_what_would_cost_more_is_not_contracted_first() -> None:
    """In A B C A B x, the vector meets one matrix after the other; A B would be a product of matrices."""
    chain: list[Factor] = [(1, (0, 1)), (2, (1, 2)), (3, (2, 3)), (1, (3, 4)), (2, (4, 5)), (4, (5,))]
    sizes = dict.fromkeys(range(6), 50)
    assert repeated_part(chain, (0,), sizes, PathTable()) is None
    matrices = repeated_part(chain[:5], (0, 5), sizes, PathTable())
    assert matrices is not None
    assert sorted(matrices.first) == [0, 1]


@given(st.data(), st.integers(0, 99))
@settings(max_examples=60)
def test_products_with_a_part_twice(data: st.DataObject, seed: int) -> None:
    """A chain and the same chain with other labels, some of them equal, beside other tensors."""
    draw = data.draw
    wide, long = draw(extents((4, Size("n")))), draw(extents((4, Size("n"))))
    chain = [("A", (0, 1)), ("B", (1, 2)), ("C", (2,))][: draw(st.integers(2, 3))]
    size_of = {0: wide, 1: long, 2: wide, 3: long, 4: wide}
    size_of |= {label + 5: size for label, size in size_of.items()}
    equal = draw(st.sets(st.sampled_from([0, 2])))
    other = {label: label if label in equal else label + 5 for label in range(5)}
    items = [*chain, *[(letter, tuple([other[label] for label in names])) for letter, names in chain]]
    items += draw(st.lists(st.sampled_from([("D", (0, 5)), ("D", (2, 7)), ("C", (0,)), ("C", (7,))])))
    found = [(named(x, tuple([size_of[name] for name in names])), names) for x, names in items]
    used = sorted({name for _, names in items for name in names})
    expr = product(
        1, draw(st.permutations(found)), draw(st.lists(st.sampled_from(used), unique=True, max_size=3))
    )
    arrays = arrays_for([expr], seed)
    program = compile(expr)
    given_ = {name: arrays[name] if name in arrays else SIZES[name] for name in program.arguments}
    expected = reference(expr, arrays, SIZES)
    np.testing.assert_allclose(program(**given_), expected, rtol=1e-12, atol=1e-9)
