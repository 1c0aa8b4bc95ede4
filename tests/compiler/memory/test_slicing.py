"""Programs that are cut until they fit: equal values, the memory measured, the operations counted."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.compiler.compile import Compiled, compile
from bracketcalc.errors import MemoryLimitError
from bracketcalc.expr.core import Expr, Size
from tests.compiler.test_random_programs import Source
from tests.compiler.zoo import all_cases, measured

CASES = all_cases()
SLACK = 5000
"""The objects of Python that a call makes."""


def drawn(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    draw = np.random.default_rng(0)
    return {name: draw.standard_normal(shape) for name, shape in shapes.items()}


def assert_equal(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        largest = np.max(np.abs(other), initial=1e-300)
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11 * largest)


def check(exprs: list[Expr], values: dict[str, Any], limit: int, overhead: float = 1.1) -> Compiled:
    """Compare a program below a limit with the one without."""
    free, bound = compile(exprs), compile(exprs, max_bytes=limit)
    before = {name: np.copy(value) for name, value in values.items()}
    assert_equal(bound(**values), free(**values))
    assert all(np.array_equal(before[name], values[name]) for name in values)
    assert measured(bound, values) <= limit + SLACK
    shapes = {name: value if isinstance(value, int) else value.shape for name, value in values.items()}
    cut, whole = bound.report(**shapes), free.report(**shapes)
    assert cut.peak_bytes <= limit < whole.peak_bytes
    assert cut.flops <= overhead * whole.flops
    return bound


A, B, C, D = bc.tensors("A[a,b,c] B[c,f,d] C[d,b,e] D[e,f,a]")
Q, K, V = bc.tensors("Q[t,e] K[s,e] V[s,d]")
X, W, U, b = bc.tensors("X[n,d] W[d,h] U[h,k] b[h]")


def ring(size: int) -> dict[str, Any]:
    return drawn(dict.fromkeys("ABCD", (size,) * 3))


def test_a_ring_of_four_fits_into_the_square_of_the_square_of_its_size() -> None:
    f = check([bc.einsum("abc,cfd,dbe,efa->", A, B, C, D)], ring(24), 24**3 * 8)
    assert f.source().count("for ") == 2


@pytest.mark.long
def test_a_ring_of_four_at_64_fits_into_two_to_the_16_elements() -> None:
    check([bc.einsum("abc,cfd,dbe,efa->", A, B, C, D)], ring(64), 2**16 * 8)
    check([bc.einsum("abc,cfd,dbe,efa->", A, B, C, D)], ring(24), 24**2 * 4 * 8)


@pytest.mark.parametrize("limit", [300_000, pytest.param(60_000, marks=pytest.mark.long)])
def test_labels_that_are_kept_are_written_part_by_part(limit: int) -> None:
    check([bc.einsum("abc,cfd,dbe,efa->ad", A, B, C, D)], ring(20), limit)


@pytest.mark.parametrize("limit", [1_000_000, 300_000])
def test_the_scores_of_attention_are_never_whole(limit: int) -> None:
    output = layers.attention(Q, K, V)
    values = drawn({"Q": (503, 16), "K": (499, 16), "V": (499, 12)})
    check([output], values, limit)


def test_the_scores_of_attention_are_never_whole_in_its_gradients() -> None:
    output = layers.attention(Q, K, V)
    loss = bc.dot(output, output)
    values = drawn({"Q": (503, 16), "K": (499, 16), "V": (499, 12)})
    check([loss, *bc.gradient(loss, [Q, K, V])], values, 1_000_000)


def test_a_network_is_computed_for_some_samples_at_a_time() -> None:
    output = bc.tanh(X @ W + bc.outer(bc.ones("n"), b)) @ U
    loss = bc.dot(output, output)
    values = drawn({"X": (1999, 20), "W": (20, 50), "U": (50, 8), "b": (50,)})
    for limit in (500_000, 100_000):
        check([loss, *bc.gradient(loss, [W, U, b])], values, limit)


@pytest.mark.parametrize("limit", [400_000, 1_800_000, 4_000_000])
def test_nothing_is_computed_for_each_gradient_again(limit: int) -> None:
    one, P = bc.ones("n"), bc.tensor("P", ("n", "k"))
    output = bc.softmax(bc.tanh(X @ W + bc.outer(one, b)) @ U, axis=1)
    loss = -bc.dot(bc.log(output), P)
    values = drawn({"X": (2000, 32), "W": (32, 128), "U": (128, 10), "b": (128,), "P": (2000, 10)})
    check([loss, *bc.gradient(loss, [W, U, b])], values, limit)


def test_a_long_sum_is_added_up_in_parts() -> None:
    values = drawn({"X": (2000, 10)})
    check([bc.einsum("ni,nj,nk,nl->ijkl", X, X, X, X)], values, 400_000)


def test_complex_values_are_added_and_written() -> None:
    E = bc.tensor("E", ("i", "j"), assume="complex")
    F = bc.tensor("F", ("j", "k"), assume="complex")
    draw = np.random.default_rng(0)
    values = {
        "E": draw.standard_normal((300, 20)) + 1j * draw.standard_normal((300, 20)),
        "F": draw.standard_normal((20, 400)) + 1j * draw.standard_normal((20, 400)),
    }
    squares = bc.einsum("ij,jk->ik", E, F) ** 2
    check([squares.sum(), squares.sum(axis=1), bc.real(squares).sum(axis=0)], values, 400_000)


@pytest.mark.parametrize(("data", "weights"), [("u1", "f8"), ("f4", "f8"), ("f2", "f2"), ("i8", "c16")])
def test_arrays_of_another_type_are_cast_part_by_part(data: str, weights: str) -> None:
    facts = ["complex"] if weights == "c16" else []
    D, w = bc.tensor("D", ("n", "d"), assume=facts), bc.tensor("w", ("d", "k"), assume=facts)
    root = (bc.tanh(D @ w / 8) ** 2).sum(axis=0)
    draw = np.random.default_rng(0)
    values = {"D": draw.integers(0, 9, (3000, 20)).astype(data), "w": draw.standard_normal((20, 5))}
    values["w"] = values["w"].astype(weights)
    free, bound = compile(root), compile(root, max_bytes=60_000)
    expected, found = free(**values), bound(**values)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-2 if weights == "f2" else 1e-10)
    assert measured(bound, values) <= 60_000 + SLACK
    assert bound.report().flops <= 1.1 * free.report().flops
    assert "Cast" not in str(free.report()) + str(bound.report())


def test_one_hot_rows_are_cut_with_their_indices() -> None:
    y, T = bc.tensors("y[n] T[v,d]")
    rows = bc.exp(layers.embedding(T, y))
    values = {**drawn({"T": (30, 40)}), "y": np.random.default_rng(1).integers(0, 30, 1000)}
    check([rows.sum(axis=0)], values, 60_000)


def test_an_axis_that_a_function_needs_as_a_whole_is_not_cut() -> None:
    x, y = bc.tensors("x[n] y[n]")
    weights = bc.softmax(bc.outer(x, y), axis=1)
    values = drawn({"x": (200,), "y": (200,)})
    f = check([weights.sum(axis=0)], values, 100_000)
    assert "x1[i0:" not in f.source()
    with pytest.raises(
        MemoryLimitError, match=r"^the program needs \d+\.\d kB beside its arguments, but max"
    ):
        compile(bc.softmax(x * 2, axis=0).sum(), max_bytes=500)(x=values["x"])


def test_a_diagonal_is_not_cut() -> None:
    G = bc.tensor("G", ("i", "i"))
    total = bc.einsum("ii,jk,jk->", bc.exp(G), bc.exp(bc.outer(X, X).sum(axis=(1, 3))), X @ X.T)
    values = drawn({"G": (3, 3), "X": (120, 4)})
    check([total], values, 100_000)


def test_results_that_do_not_fit_are_refused_with_both_numbers() -> None:
    with pytest.raises(MemoryLimitError) as caught:
        compile(X @ W, max_bytes=1000)(X=np.ones((50, 5)), W=np.ones((5, 4)))
    assert str(caught.value) == (
        "the results take 1.6 kB, but max_bytes is 1.0 kB\n"
        "  hint: raise the limit, or compute fewer results"
    )


def test_numbers_that_would_look_alike_have_all_digits() -> None:
    G, H = bc.tensors("G[n,n] H[n,k]")
    needed = compile(bc.inv(G) @ H).report(G=(300, 300), H=(300, 200)).peak_bytes
    f = compile(bc.inv(G) @ H, max_bytes=needed - 1)
    with pytest.raises(MemoryLimitError, match=f"needs {needed:,} B .* max_bytes is {needed - 1:,} B"):
        f(G=np.eye(300), H=np.ones((300, 200)))


def test_a_refusal_tells_how_little_cutting_can_reach() -> None:
    expr = bc.einsum("ijk,jr,kr->ir", *bc.tensors("A[i,j,k] B[j,r] C[k,r]"))
    values = drawn({"A": (30, 35, 40), "B": (35, 10), "C": (40, 10)})
    results = 30 * 10 * 8
    with pytest.raises(MemoryLimitError) as caught:
        compile(expr, max_bytes=results)(**values)
    found = re.match(r"the program needs ([\d.]+) kB beside", str(caught.value))
    assert found is not None
    told = round(1000 * float(found[1]))
    assert results < told < compile(expr).report(**values).peak_bytes / 4
    check([expr], values, told + 100)


def test_little_room_beside_the_results() -> None:
    expr = bc.einsum("ax,bx,cx,dx->abcd", *bc.tensors("A[a,x] B[b,x] C[c,x] D[d,x]"))
    values = drawn({"A": (20, 50), "B": (21, 50), "C": (22, 50), "D": (23, 50)})
    report = compile(expr).report(**values)
    check([expr], values, report.peak_bytes - (report.peak_bytes - report.result_bytes) // 10)


def test_empty_axes() -> None:
    f = compile(bc.einsum("abc,cfd,dbe,efa->", A, B, C, D), max_bytes=100)
    values = {name: np.ones((0,) * 3) for name in "ABCD"}
    assert f(**values) == 0


@pytest.mark.long
@pytest.mark.parametrize("library", ["torch", "jax"])
def test_other_libraries_join_and_add_the_parts(library: str) -> None:
    pytest.importorskip(library)
    output = layers.attention(Q, K, V)
    loss = bc.dot(output, output)
    exprs = [output, *bc.gradient(loss, [K])]
    values = drawn({"Q": (61, 6), "K": (59, 6), "V": (59, 5)})
    values = {name: value.astype(np.float32) for name, value in values.items()}
    if library == "torch":
        import torch

        given: dict[str, Any] = {name: torch.from_numpy(value) for name, value in values.items()}
    else:
        import jax.numpy as jnp

        given = {name: jnp.asarray(value) for name, value in values.items()}
    f = compile(exprs, max_bytes=12_000)
    expected = compile(exprs)(**values)
    found = f(**given)
    assert "joined(" not in f.source()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(one), other, rtol=1e-3, atol=1e-4 * np.abs(other).max())


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_random_programs(seed: int) -> None:
    sizes: dict[int | Size, int] = {Size("a"): 13, Size("b"): 11, Size("c"): 7, 5: 5}
    source = Source(Random(seed), sizes)
    exprs = source.grow(6, seed % 2 == 1)
    free = compile(exprs)
    names = {node.name: value for node, value in sizes.items() if isinstance(node, Size)}
    values: dict[str, Any] = {name: source.arrays.get(name, names.get(name)) for name in free.arguments}
    report = free.report(**values)
    for share in (2, 4, 16):
        limit = max(report.peak_bytes // share, report.result_bytes)
        try:
            found = compile(exprs, max_bytes=limit)(**values)
        except MemoryLimitError:
            continue
        assert_equal(found, free(**values))


@pytest.mark.long
@pytest.mark.parametrize("share", [0.4])
@pytest.mark.parametrize("name", list(CASES)[::3])
def test_programs_of_every_kind(name: str, share: float) -> None:
    case = CASES[name]
    exprs = list(case.exprs)
    free = compile(exprs)
    values: dict[str, Any] = case.values()
    values |= {size: case.sizes[size] for size in free.arguments if size not in values}
    values = {name: values[name] for name in free.arguments}
    limit = int(free.report(**values).peak_bytes * share)
    f = compile(exprs, max_bytes=limit)
    try:
        found = f(**values)
    except MemoryLimitError:
        pytest.skip("does not fit")
    assert_equal(found, free(**values))
    assert measured(f, values) <= 1.2 * limit + SLACK
