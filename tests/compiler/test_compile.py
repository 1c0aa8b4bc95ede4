"""Calling programs: values, types, aliasing, copies, caching, threads."""

from __future__ import annotations

import copy
import pickle
import re
import threading
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import Compiled, compile, evaluate
from bracketcalc.errors import ArgumentError, MemoryLimitError, ShapeError
from bracketcalc.expr.algebra import diag, dot, einsum, outer
from bracketcalc.expr.build import define, identity, ones, scalar, tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.declare import function
from bracketcalc.functions.forms import exp, log, softmax, tanh
from bracketcalc.reference import evaluate as reference

Values = npt.NDArray[Any]

X, W, b, Y = tensors("X[n,d] W[d,k] b[k] Y[n,k]")


def random(*shape: int, seed: int = 0) -> Values:
    return np.random.default_rng(seed).standard_normal(shape)


def network(mean: bool = True) -> tuple[Expr, list[Expr]]:
    """Return the softmax cross-entropy of a two-layer network, and its parameters."""
    V, c = tensors("V[d,h] c[h]")
    U, u = tensors("U[h,k] u[k]")
    e = ones("n")
    Z = define("Z", tanh(X @ V + outer(e, c)))
    P = define("P", softmax(Z @ U + outer(e, u), axis=1))
    lam = scalar("lam")
    loss = -dot(log(P), Y) / (X.sizes[0] if mean else 1) + lam / 2 * (dot(V, V) + dot(U, U))
    return loss, [V, c, U, u]


def network_values(n: int = 7) -> dict[str, Any]:
    labels = np.random.default_rng(1).integers(0, 3, n)
    return {
        "X": random(n, 5),
        "V": random(5, 4, seed=1),
        "c": random(4, seed=2),
        "U": random(4, 3, seed=3),
        "u": random(3, seed=4),
        "Y": np.eye(3)[labels],
        "lam": 0.1,
    }


# -- values ---------------------------------------------------------------------------------------------


def test_one_expression_gives_an_array_and_a_sequence_a_tuple() -> None:
    x, w = random(4, 5), random(5, 3, seed=1)
    alone = compile(X @ W)(X=x, W=w)
    np.testing.assert_allclose(alone, x @ w, rtol=1e-13)
    results = compile([X @ W, X.T])(X=x, W=w)
    assert isinstance(results, tuple)
    np.testing.assert_allclose(results[0], x @ w, rtol=1e-13)
    np.testing.assert_array_equal(results[1], x.T)
    (single,) = compile((X @ W,))(X=x, W=w)
    np.testing.assert_array_equal(single, alone)
    assert compile([])() == ()


def test_scalars_are_arrays_without_axes() -> None:
    result = evaluate(X.sum(), X=random(4, 5))
    assert isinstance(result, np.ndarray)
    assert result.shape == ()


@pytest.mark.parametrize("n", [7, 1, 0])
def test_network_with_gradients_equals_the_reference(n: int) -> None:
    loss, parameters = network(mean=n > 0)
    exprs = [loss, *gradient(loss, parameters)]
    values = network_values(n)
    for expr, result in zip(exprs, evaluate(exprs, **values), strict=True):
        np.testing.assert_allclose(result, reference(expr, values), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    "expr",
    [
        einsum("nd,dk->", X, W),
        einsum("nd,dk,nk->dk", X, W, Y),
        einsum("nd,nd,nd->n", X, X, X),
        einsum("nd,nk->ndk", X, Y),
        einsum("nd,nk->knd", X, Y),
        einsum("nd,dk,k->dkn", X, W, b),
        einsum("nd,k->k", X, b),
        einsum("nd,dk->nkd", X, W),
        einsum("ni,nj,nk,nl->ijkl", X, X, Y, Y),
    ],
    ids=str,
)
def test_contractions_equal_the_reference(expr: Expr) -> None:
    values = {
        "X": random(4, 5),
        "W": random(5, 3, seed=1),
        "b": random(3, seed=2),
        "Y": random(4, 3, seed=3),
    }
    program = compile(expr)
    used = {name: values[name] for name in program.arguments}
    np.testing.assert_allclose(program(**used), reference(expr, values), rtol=1e-12, atol=1e-13)


def test_a_matrix_used_as_trace_diagonal_and_whole() -> None:
    (A,) = tensors("A[n,n]")
    a = random(6, 6)
    exprs = [einsum("ii->", A), einsum("ii->i", A), diag(diag(A)), A + identity("n"), A * identity("n")]
    results = evaluate(exprs, A=a)
    wanted = [np.trace(a), np.diag(a), np.diag(np.diag(a)), a + np.eye(6), a * np.eye(6)]
    for result, want in zip(results, wanted, strict=True):
        np.testing.assert_allclose(result, want, rtol=1e-14)


def test_constants_need_no_arguments() -> None:
    f = compile([identity(3), ones(2, 3) / 2, identity(2, 3), ones(2).sum()])
    delta, halves, cube, two = f()
    np.testing.assert_array_equal(delta, np.eye(3))
    np.testing.assert_array_equal(halves, np.full((2, 3), 0.5))
    np.testing.assert_array_equal(np.argwhere(cube), [[0, 0, 0], [1, 1, 1]])
    assert two == 2


def test_a_size_that_no_array_has_is_passed_as_a_number() -> None:
    f = compile([ones("m") * scalar("s"), identity("m")])
    assert f.arguments == ("s", "m")
    vector, matrix = f(s=2.0, m=3)
    np.testing.assert_array_equal(vector, [2, 2, 2])
    np.testing.assert_array_equal(matrix, np.eye(3))


def test_a_size_that_arrays_have_may_be_passed_too() -> None:
    x = random(4, 5)
    np.testing.assert_array_equal(evaluate(X / X.sizes[0], X=x, n=4), x / 4)


def test_names_may_be_any_text() -> None:
    strange = [tensor("self", (2,)), tensor("my X; import os", (2,)), tensor("dtype", (2,))]
    f = compile(sum(strange[1:], start=strange[0]))
    values = {"self": [1, 2], "my X; import os": [10, 20], "dtype": [100, 200]}
    np.testing.assert_array_equal(f(**values), [111, 222])
    mentioning = [line for line in f.source().splitlines() if "import os" in line]
    assert mentioning[0] == "# x1 = my X; import os (2,)"
    assert not any("import" in line.partition("#")[0] for line in mentioning)


# -- types ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "w", "wanted"),
    [
        (np.float32, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.int64, np.int8, np.float64),
        (bool, bool, np.float64),
        (np.float32, bool, np.float32),
        (np.float32, np.int64, np.float64),
        (np.float16, np.float16, np.float16),
        (np.longdouble, np.float64, np.longdouble),
        (">f8", ">f8", np.float64),
        (">f4", "<f4", np.float32),
    ],
)
def test_results_have_the_common_floating_type(x: Any, w: Any, wanted: Any) -> None:
    left, right = np.arange(6).reshape(2, 3).astype(x), np.ones((3, 2)).astype(w)
    result, kept = evaluate([X @ W / 2, X.T], X=left, W=right)
    assert result.dtype == wanted
    assert kept.dtype == wanted
    np.testing.assert_allclose(result, left.astype(wanted) @ right.astype(wanted) / 2, rtol=1e-3)


@pytest.mark.parametrize("number", [2, 2.0, True, 0.1])
def test_python_numbers_keep_float32(number: float) -> None:
    s, t = scalar("s"), scalar("t")
    result = evaluate(X * (s * t) + s, X=np.ones((2, 2), np.float32), s=number, t=0.5)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, np.float32(number * 1.5), rtol=1e-6)


def test_a_python_complex_number_makes_the_result_complex() -> None:
    s = tensor("s", assume="complex")
    assert evaluate(X * s, X=np.ones((2, 2), np.float32), s=1j).dtype == np.complex64


def test_a_float32_network_stays_float32_and_is_close() -> None:
    loss, parameters = network()
    exprs = [loss, *gradient(loss, parameters)]
    values = network_values()
    single = {k: np.float32(v) if k != "lam" else v for k, v in values.items()}
    for expr, result in zip(exprs, evaluate(exprs, **single), strict=True):
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, reference(expr, values), rtol=1e-4, atol=1e-5)


def test_float16_is_summed_in_float32() -> None:
    x = np.full((4096, 2), 16, np.float16)
    result = evaluate(X.sum(axis=0) / 4096, X=x)
    assert result.dtype == np.float16
    np.testing.assert_array_equal(result, [16, 16])


def test_complex_values() -> None:
    X, W = tensor("X", ("n", "d"), assume="complex"), tensor("W", ("d", "k"), assume="complex")
    x, w = random(4, 5) + 1j * random(4, 5, seed=1), random(5, 3, seed=2) + 1j
    program, values = compile([tanh(X @ W), dot(X, X), X**-1]), {"X": x, "W": w}
    for expr, result in zip(program.expressions, program(**values), strict=True):
        np.testing.assert_allclose(result, reference(expr, values), rtol=1e-12)


# -- memory layout and aliasing -------------------------------------------------------------------------


def test_any_memory_layout_is_accepted() -> None:
    w = random(3, 2, seed=1)
    base = random(8, 12)
    read_only = random(4, 3)
    read_only.setflags(write=False)
    layouts = [base[::2, 1:10:3], base[::-2, ::-4], np.asfortranarray(base[:4, :3]), base.T[:4, :3]]
    layouts += [np.broadcast_to(np.float64(2), (4, 3)), np.broadcast_to(w[:, 0], (4, 3)), read_only]
    f = compile([X @ W, X.T * 2, X.sum(axis=0), exp(X), einsum("nd,nd->nd", X, X), X])
    for x in layouts:
        before = x.copy()
        results = f(X=x, W=w)
        wanted = [before @ w, before.T * 2, before.sum(axis=0), np.exp(before), before**2, before]
        for result, want in zip(results, wanted, strict=True):
            np.testing.assert_allclose(result, want, rtol=1e-13, atol=1e-13)
        np.testing.assert_array_equal(x, before)


def test_results_share_no_memory_and_can_be_written_to() -> None:
    (A,) = tensors("A[n,n]")
    a = random(4, 4)
    exprs = [A, A, A.T, A + 0, einsum("ii->i", A), exp(A), exp(A), exp(A).T, ones("n"), ones("n") * 1]
    results = evaluate(exprs, A=a)
    before = a.copy()
    kept = [result.copy() for result in results]
    for place, result in enumerate(results):
        result[...] = 99
        np.testing.assert_array_equal(a, before)
        for other, value in zip(results[place + 1 :], kept[place + 1 :], strict=True):
            np.testing.assert_array_equal(other, value)


def test_a_later_call_does_not_change_an_earlier_result() -> None:
    f = compile(tanh(X @ W))
    first = f(X=random(4, 5), W=random(5, 3))
    kept = first.copy()
    f(X=random(4, 5, seed=5), W=random(5, 3, seed=6))
    np.testing.assert_array_equal(first, kept)


def test_arguments_are_not_kept_alive() -> None:
    f = compile([X, X.T, tanh(X)])
    x = random(3, 3)
    alive = weakref.ref(x)
    results = f(X=x)
    del x
    assert alive() is None
    assert len(results) == 3


# -- the cache ------------------------------------------------------------------------------------------


def test_a_program_is_made_once_for_each_shape_and_type() -> None:
    f = compile(X @ W)
    for _ in range(3):
        f(X=random(4, 5), W=random(5, 3))
    assert f.cache_info() == (2, 1, 32, 1)
    f(X=random(2, 5), W=random(5, 3))
    f(X=random(4, 5).astype(np.float32), W=random(5, 3))
    assert f.cache_info().misses == 3
    f.cache_clear()
    assert f.cache_info() == (0, 0, 32, 0)


def test_a_call_after_another_is_checked_as_the_first_one() -> None:
    X, w = tensors("X[n,d] w[d]")
    f = compile(X @ w)
    x, one = np.arange(6.0).reshape(2, 3), np.ones(3)
    for _ in range(3):
        np.testing.assert_array_equal(f(X=x, w=one), [3, 12])
    assert f.cache_info()[:2] == (2, 1)
    np.testing.assert_array_equal(f(X=x[::-1, ::-1], w=one), [12, 3])
    np.testing.assert_array_equal(f(X=x[:1], w=one), [3])
    np.testing.assert_array_equal(f(X=x, w=one, d=3), [3, 12])
    np.testing.assert_array_equal(f(X=x.tolist(), w=one), [3, 12])
    np.testing.assert_array_equal(f(X=x, w=one), [3, 12])
    swapped = x.astype(x.dtype.newbyteorder())
    np.testing.assert_array_equal(f(X=swapped, w=one), [3, 12])
    assert f(X=x.astype("f"), w=one.astype("f")).dtype == np.float32
    assert f(X=x, w=one).dtype == np.float64
    with pytest.raises(ArgumentError, match="no value was given for w"):
        f(X=x)
    with pytest.raises(ArgumentError, match="v"):
        f(X=x, v=one)
    with pytest.raises(ArgumentError, match="without a name"):
        f(x, X=x, w=one)
    with pytest.raises(ShapeError, match="axis 1 of X"):
        f(X=x, w=np.ones(4))
    masked: Any = np.ma.masked_array(x, x > 2)
    with pytest.raises(ArgumentError, match="a MaskedArray"):
        f(X=masked, w=one)


def test_the_cache_is_bounded_and_forgets_the_oldest() -> None:
    f = compile(X.sum(), cache_size=2)
    for n in (1, 2, 1, 3, 1, 2):
        assert f(X=np.ones((n, 2))) == 2 * n
    assert f.cache_info() == (2, 4, 2, 2)


def test_first_calls_from_many_threads_make_one_program() -> None:
    loss, parameters = network()
    f = compile([loss, *gradient(loss, parameters)])
    values = [network_values(n) for n in (5, 6, 7)]
    wanted = [[reference(expr, v) for expr in f.expressions] for v in values]
    start = threading.Barrier(8)
    errors: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            start.wait()
            for k in range(60):
                which = (seed + k) % 3
                for result, want in zip(f(**values[which]), wanted[which], strict=True):
                    np.testing.assert_allclose(result, want, rtol=1e-10, atol=1e-14)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert f.cache_info() == (8 * 60 - 3, 3, 32, 3)


# -- copies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_copies_compute_the_same_with_a_cache_of_their_own(clone: Any) -> None:
    f = compile([X @ W, X.sum()], cache_size=3)
    values = {"X": random(4, 5), "W": random(5, 3)}
    wanted = f(**values)
    other: Compiled = clone(f)
    assert other.cache_info() == (0, 0, 3, 0)
    for result, want in zip(other(**values), wanted, strict=True):
        np.testing.assert_array_equal(result, want)
    assert f.cache_info().misses == 1
    assert isinstance(compile(X), Compiled)
    assert isinstance(clone(compile(X))(X=values["X"]), np.ndarray)


def test_repr_shows_what_a_call_needs() -> None:
    lam = scalar("lam")
    assert repr(compile([X @ W, lam])) == "<program of 2 expressions, called with X[n,d], W[d,k], lam>"
    assert repr(compile(ones("m"))) == "<program of 1 expression, called with m>"
    assert repr(compile([])) == "<program of 0 expressions, called with nothing>"


def test_a_mean_over_nothing_is_refused() -> None:
    (x,) = tensors("x[n]")
    with pytest.raises(ShapeError, match=r"^the expression divides by n, which is 0\n  hint: pass arrays"):
        evaluate(x.sum() / x.sizes[0], x=np.zeros(0))


def test_more_axes_than_arrays_can_have_are_refused() -> None:
    (x,) = tensors("x[n]")
    with pytest.raises(ShapeError, match="needs an array with 70 axes, but arrays have at most 64"):
        evaluate(outer(*[x] * 70), x=np.ones(1))


def test_an_array_that_cannot_be_allocated_is_an_error_of_ours() -> None:
    (x,) = tensors("x[n]")
    with pytest.raises(MemoryLimitError, match="could not be allocated; the program needs"):
        compile(outer(*[x] * 5), max_bytes=10**30)(x=np.ones(3000))


def test_an_interrupted_call_leaves_the_program_and_the_arguments_as_they_were() -> None:
    interrupts: list[bool] = []

    def value(xp: Any, x: Values) -> Values:
        if interrupts:
            interrupts.pop()
            raise KeyboardInterrupt
        return x + 1

    f = compile(function("stopped", value)(X @ W) * 2)
    x, w = random(2, 3), random(3, 2)
    before = x.copy(), w.copy()
    for _ in range(2):
        interrupts.append(True)
        with pytest.raises(KeyboardInterrupt):
            f(X=x, W=w)
        np.testing.assert_allclose(f(X=x, W=w), 2 * (x @ w + 1))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(w, before[1])


@pytest.mark.parametrize("given", ["nope", object, "S3", 7, "datetime64[s]", "f4,f8"])
def test_what_is_no_type_of_numbers_is_refused(given: Any) -> None:
    X = tensor("X", ("n", "d"))
    f = compile(X @ X.T)
    shown = rf"^{re.escape(repr(given))} is no type of numbers"
    with pytest.raises(ArgumentError, match=shown):
        f.report(given)
    for tell in (f.report, f.source, f.plot):
        with pytest.raises(ArgumentError, match=shown):
            tell(given, X=(2, 3))
    f(X=np.ones((2, 3)))
    with pytest.raises(ArgumentError, match=shown):
        f.report(given)
    assert f.report("float32", X=(2, 3)).flops == 2 * 2 * 2 * 3
