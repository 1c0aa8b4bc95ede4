"""One-hot rows of indices: values, contractions and derivatives against the dense matrix; bad indices."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.errors import ArgumentError, BracketCalcError, DerivativeError, ShapeError
from bracketcalc.functions.one_hot import ONE_HOT, checked_indices, one_hot
from bracketcalc.functions.table import lookup
from bracketcalc.reference import evaluate

y, i, A, E, W, V, B = bc.tensors("y[n] i[b,t] A[n,k] E[k,d] W[d,h] V[b,t,h] B[n,k,d]")
Y, H = one_hot(y, "k"), one_hot(i, "k")
SIZES = [
    {"n": 7, "k": 5, "b": 2, "t": 3, "d": 4, "h": 6},
    {"n": 1, "k": 1, "b": 1, "t": 1, "d": 1, "h": 1},
    {"n": 0, "k": 3, "b": 2, "t": 0, "d": 2, "h": 1},
]


def arrays(sizes: dict[str, int], exprs: list[bc.Expr]) -> dict[str, Any]:
    draw = np.random.default_rng(0)
    values: dict[str, Any] = dict(sizes)
    for tensor in (y, i, A, E, W, V, B):
        shape = [sizes[size.name] for size in tensor.sizes if isinstance(size, bc.Size)]
        whole = tensor in (y, i)
        values[tensor.name] = draw.integers(0, sizes["k"], shape) if whole else draw.standard_normal(shape)
    names = {name for expr in exprs for name in bc.compile(expr).arguments}
    return {name: values[name] for name in names}


LOOKED_UP = H @ E
TANH = bc.dot(bc.tanh(LOOKED_UP @ W), V)
EXPRESSIONS: dict[str, bc.Expr] = {
    "rows": Y,
    "sum": Y.sum(),
    "counts": Y.sum(axis=0),
    "row sums": Y.sum(axis=1),
    "chosen": bc.dot(A, Y),
    "kept": A * Y,
    "columns": bc.einsum("nk,nk->k", A, Y),
    "lookup": LOOKED_UP,
    "batch and rest": bc.einsum("nk,nkd->nd", Y, B),
    "difference": bc.softmax(A, axis=1) - Y,
    "differences": Y - 2 * A - Y,
    "transposed difference": A.T - Y.T,
    "scaled": 3 * Y,
    "equal labels": Y @ Y.T,
    "two rows": bc.einsum("nk,btk->bt", Y, H),
    "nested": bc.einsum("nk,kd,btk->btn", A, E, H),
    "broadcast": bc.einsum("nk,k->nk", bc.outer(bc.ones("n"), bc.ones("k")), bc.ones("k")) + Y,
    "scatter of nothing": bc.outer(H.sum(axis=0).sum(axis=0), bc.ones("d")),
    "gradient of the table": bc.gradient(TANH, E),
    "gradient of the rest": bc.gradient(TANH, W),
    "gradient of a square": bc.gradient(bc.dot(LOOKED_UP, LOOKED_UP), E),
    "hessian": bc.hessian(bc.dot(LOOKED_UP, LOOKED_UP), E),
    "one label": one_hot(bc.einsum("n->", y), "k"),
    "index": Y[0],
    "number": one_hot(0, "k"),
}


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_programs_have_the_values_of_the_reference(name: str, sizes: dict[str, int]) -> None:
    expr = EXPRESSIONS[name]
    if name == "one label" or (name == "index" and not sizes["n"]):
        sizes = {**sizes, "n": 1}
    given = arrays(sizes, [expr])
    tensors = {key: value for key, value in given.items() if key not in sizes}
    expected = evaluate(expr, tensors, sizes)
    np.testing.assert_allclose(bc.compile(expr)(**given), expected, atol=1e-13)
    np.testing.assert_allclose(evaluate(bc.simplify(expr), tensors, sizes), expected, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.int64, np.float64, bool])
def test_labels_of_any_type_leave_the_type_of_the_program(dtype: type) -> None:
    given = arrays(SIZES[0], [EXPRESSIONS["chosen"]])
    given["A"] = given["A"].astype(np.float32)
    labels = np.arange(7) % 2
    result = bc.compile(EXPRESSIONS["chosen"])(A=given["A"], y=labels.astype(dtype))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, given["A"][np.arange(7), labels].sum(), rtol=1e-6)


def test_no_one_hot_matrix_is_made() -> None:
    loss = -bc.dot(bc.log_softmax(A, axis=1), Y) / A.sizes[0]
    f = bc.compile([loss, bc.gradient(loss, A), TANH, *bc.gradient(TANH, [E, W])])
    shapes = {"A": (7, 5), "y": (7,), "i": (2, 3), "E": (5, 4), "W": (4, 6), "V": (2, 3, 6)}
    assert "one_hot" not in {operation.kernel for operation in f.report(**shapes).path}


def test_a_tensor_that_is_also_a_number_counts_as_one() -> None:
    f = bc.compile(bc.dot(Y.sum(axis=1) * y, y))
    np.testing.assert_allclose(f(y=np.array([2, 1]), k=3), 5.0)


def test_labels_inside_a_recurrence() -> None:
    tokens, table, U, z0 = bc.tensors("tokens[t,n] table[k,h] U[h,h] z0[n,h]")
    states = bc.recurrence(lambda z, x: bc.tanh(z @ U + one_hot(x, "k") @ table), z0, tokens)
    loss = (states**2).sum()
    draw = np.random.default_rng(1)
    values = {
        "tokens": draw.integers(0, 5, (4, 3)),
        "table": draw.standard_normal((5, 2)),
        "U": draw.standard_normal((2, 2)),
        "z0": draw.standard_normal((3, 2)),
    }
    for expr in (loss, *bc.gradient(loss, [table, U])):
        given = {name: values[name] for name in bc.compile(expr).arguments}
        np.testing.assert_allclose(bc.compile(expr)(**given), evaluate(expr, values), rtol=1e-12)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (
            [[0, 1, 2], [4, 5, 6]],
            ShapeError,
            r"the index 5 at \[1, 1\] of i is out of range: the size is 5",
        ),
        (
            [[0, -1, 2], [9, 0, 0]],
            ShapeError,
            r"the index -1 at \[0, 1\] of i is out of range: the size is 5",
        ),
        ([[0, 1, 2], [0.5, 0, 7]], ArgumentError, r"the index 0.5 at \[1, 0\] of i is not a whole number"),
        ([[0, 1, 2], [np.inf, 0, 7]], ShapeError, r"the index inf at \[1, 0\] of i is out of range"),
        ([[0, 1e300, 2], [0, 0, 0]], ShapeError, r"the index 1e\+300 at \[0, 1\] of i is out of range"),
        (
            np.array([[0, 2**64 - 1, 0], [0, 0, 0]], np.uint64),
            ShapeError,
            r"the index 1\.?844674407\S+ at \[0, 1\] of i is out of range",
        ),
        ([[0, np.nan, 2], [0, 0, 0]], ArgumentError, r"the index nan at \[0, 1\] of i is not a whole"),
    ],
)
def test_bad_indices_are_named(labels: Any, error: type[BracketCalcError], message: str) -> None:
    given = arrays(SIZES[0], [LOOKED_UP])
    with pytest.raises(error, match=message):
        bc.compile(LOOKED_UP)(**{**given, "i": np.array(labels)})
    with pytest.raises(error, match=message.replace("of i", "of one_hot")):
        evaluate(LOOKED_UP, {**given, "i": np.array(labels)})


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.float64, np.dtype(">i8")])
def test_indices_of_any_type_and_memory_order(dtype: Any) -> None:
    base = np.arange(24).reshape(4, 6).astype(dtype)
    for x in (base, base.T, base[::-2, ::3], base[0, 0], base[:0], np.asfortranarray(base)):
        np.testing.assert_array_equal(checked_indices(np, x, 24, "i"), x)
        assert checked_indices(np, x, 24, "i").dtype == np.int64
        if x.size > 1:
            with pytest.raises(ShapeError, match="out of range: the size is 7"):
                checked_indices(np, x, 7, "i")


def test_the_only_index_of_a_scalar_is_named() -> None:
    with pytest.raises(ShapeError, match="the index 3 at the only place of y is out of range"):
        checked_indices(np, np.array(3), 3, "y")


def test_indices_have_no_derivative() -> None:
    with pytest.raises(DerivativeError, match="one_hot has no differential"):
        bc.gradient(bc.dot(A, Y), y)


def test_texts() -> None:
    assert str(Y) == "one_hot^{1}(y 𝟏_{k}ᵀ)"
    assert bc.parse("one_hot^{1}(y 𝟏ᵀ) ⊙ A", y=y, A=A) == Y * A
    assert lookup("one_hot") == (ONE_HOT, ())
    assert pickle.loads(pickle.dumps(Y)) == Y


def test_the_sum_of_each_row_is_one() -> None:
    assert bc.simplify(bc.dot(Y, A, axes=(1, 1)).sum() * 0 + Y.sum()) == bc.simplify(bc.ones("n").sum())
    assert bc.simplify(Y.sum(axis=0)) == Y.sum(axis=0)


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_programs_on_other_arrays(library: str) -> None:
    module = pytest.importorskip(library)
    if library == "jax":
        module.config.update("jax_enable_x64", True)
    convert = module.numpy.asarray if library == "jax" else module.tensor
    loss = -bc.dot(bc.log_softmax(A, axis=1), Y)
    exprs = [loss, bc.gradient(loss, A), LOOKED_UP, *bc.gradient(TANH, [E, W]), Y, bc.dot(A * Y, A)]
    f = bc.compile(exprs)
    given = {name: arrays(SIZES[0], exprs)[name] for name in f.arguments}
    found = f(**{name: convert(value) for name, value in given.items()})
    for one, other in zip(found, f(**given), strict=True):
        np.testing.assert_allclose(np.asarray(one), other, atol=1e-13)
    with pytest.raises(ShapeError, match=r"the index 9 at \[0\] of y is out of range"):
        f(**{name: convert(value + (name == "y") * 5) for name, value in given.items()})


def test_a_traced_program_takes_labels() -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    f = bc.compile(bc.dot(A, Y))
    given = arrays(SIZES[0], [bc.dot(A, Y)])
    for labels in (given["y"], given["y"].astype(float)):
        found = jax.jit(lambda a, y: f(A=a, y=y))(given["A"], labels)
        np.testing.assert_allclose(found, f(**given), rtol=1e-13)
