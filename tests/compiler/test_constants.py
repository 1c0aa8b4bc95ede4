"""Programs with constants: the same values, what depends only on constants computed once, clear errors."""

from __future__ import annotations

import copy
import pickle
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.calculus.derivatives import gradient, hessian
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.program.folding import MOST_OF_NUMBERS
from bracketcalc.errors import ArgumentError, MemoryLimitError, ShapeError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import identity, ones, scalar, tensor, tensors
from bracketcalc.expr.core import Size
from bracketcalc.functions.declare import function
from bracketcalc.functions.forms import exp, logsumexp, tanh, tril
from bracketcalc.functions.one_hot import one_hot
from bracketcalc.functions.recurrent import recurrence
from bracketcalc.reference import evaluate as reference
from tests.compiler.test_random_programs import SIZES, Source

Values = npt.NDArray[Any]

X, W, b, Y = tensors("X[n,d] W[d,k] b[k] Y[n,k]")


def random(*shape: int, seed: int = 0) -> Values:
    return np.random.default_rng(seed).standard_normal(shape)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_random_programs_with_random_constants(draw: Random) -> None:
    source = Source(draw, SIZES)
    roots = source.grow(draw.randint(2, 8), others=True)
    plain = compile(roots)
    values = {name: source.arrays[name] for name in plain.arguments if name in source.arrays}
    sizes = {size.name: SIZES[size] for size in SIZES if isinstance(size, Size)}
    sizes = {name: number for name, number in sizes.items() if name in plain.arguments}
    chosen = [name for name in values if draw.random() < 0.5]
    bound = compile(roots, constants={name: values[name] for name in chosen})
    assert bound.arguments == tuple([name for name in plain.arguments if name not in chosen])
    others = {name: value for name, value in values.items() if name not in chosen}
    wanted = plain(**values, **sizes)
    for _ in range(2):
        for one, two in zip(bound(**others, **sizes), wanted, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)
            one[...] = np.nan


def test_what_depends_on_constants_runs_once() -> None:
    calls: list[int] = []

    def value(xp: Any, x: Values) -> Values:
        calls.append(1)
        return x * x

    noted = function("noted", value, derivative=lambda x: 2 * x)
    x = tensor("x", ("k",))
    f = compile((X @ noted(W)) @ x, constants={"W": random(3, 4)})
    first = f(X=random(2, 3), x=random(4))
    for _ in range(3):
        np.testing.assert_array_equal(f(X=random(2, 3), x=random(4)), first)
    assert len(calls) == 1
    assert f(X=random(5, 3), x=random(4)).shape == (5,)
    assert len(calls) == 2


def test_everything_is_a_constant() -> None:
    f = compile([W @ b, W, 3 * ones("d")], constants={"W": random(3, 4), "b": random(4)})
    assert f.arguments == ()
    first, second = f(), f()
    np.testing.assert_allclose(first[0], random(3, 4) @ random(4), rtol=1e-12)
    np.testing.assert_array_equal(first[2], [3, 3, 3])
    for one, two in zip(first, second, strict=True):
        assert not np.shares_memory(one, two)
        one[...] = 0
    np.testing.assert_allclose(f()[0], second[0])
    np.testing.assert_array_equal(f()[1], random(3, 4))


def test_constants_are_copied() -> None:
    w = random(3, 4)
    f = compile(X @ W, constants={"W": w})
    before = f(X=np.eye(3))
    w[...] = 0
    np.testing.assert_array_equal(f(X=np.eye(3)), before)


def test_tensors_of_torch_are_copied() -> None:
    torch = pytest.importorskip("torch")
    w = torch.ones(3, 3, dtype=torch.float64)
    f = compile([tanh(W), X @ W], constants={"W": w})
    before = f(X=torch.eye(3, dtype=torch.float64))
    w.mul_(0)
    after = f(X=torch.eye(3, dtype=torch.float64))
    assert all(torch.equal(one, other) for one, other in zip(after, before, strict=True))


def test_numbers_and_types() -> None:
    s = scalar("s")
    f = compile(s * X, constants={"s": 0.5})
    assert f(X=np.ones((2, 2), np.float32)).dtype == np.float32
    g = compile(s * X, constants={"s": np.float64(0.5)})
    assert g(X=np.ones((2, 2), np.float32)).dtype == np.float64
    assert g(X=np.ones((2, 2), np.float16)).dtype == np.float64
    h = compile(X @ W, constants={"W": np.ones((2, 2), np.float16)})
    found = h(X=np.full((1, 2), 3, np.float16))
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, [[6, 6]])
    np.testing.assert_array_equal(compile(X @ W, constants={"W": [[1], [2]]})(X=[[3, 4]]), [[11]])
    with pytest.raises(ArgumentError, match="too large"):
        compile(s * X, constants={"s": 10**400})(X=np.ones((2, 2)))


def test_labels_and_gradients() -> None:
    t = tensor("t", ("n",))
    loss = dot(tanh(X @ W) - one_hot(t, "k"), X @ W)
    roots = [loss, gradient(loss, W)]
    values = {"X": random(5, 3), "W": random(3, 4, seed=1), "t": np.array([0, 3, 1, 2, 3])}
    plain = compile(roots)(**values)
    for constants in (["t"], ["X", "t"], ["W"]):
        f = compile(roots, constants={name: values[name] for name in constants})
        rest = {name: value for name, value in values.items() if name not in constants}
        for one, two in zip(f(**rest), plain, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-12)
    with pytest.raises(ShapeError, match=r"the index 9 at \[1\] of t is out of range"):
        compile(roots, constants={"t": np.array([0, 9, 1, 2, 3])})(X=values["X"], W=values["W"])


def test_loops_that_depend_on_constants_in_part_or_whole() -> None:
    V, U, z = tensors("V[h,h] U[t,h] z[h]")
    states = recurrence(lambda h, u: tanh(h @ V + exp(u)), z, U)
    values = {"V": random(3, 3), "U": random(5, 3, seed=1), "z": random(3, seed=2)}
    roots = [states, gradient(dot(states, states), V)]
    plain = compile(roots)(**values)
    for constants in (["U"], ["V", "z"], ["U", "V", "z"]):
        f = compile(roots, constants={name: values[name] for name in constants})
        rest = {name: value for name, value in values.items() if name not in constants}
        for _ in range(2):
            for one, two in zip(f(**rest), plain, strict=True):
                np.testing.assert_allclose(one, two, rtol=1e-12)
                one[...] = 0


def test_sums_are_shown_in_reports_and_sources() -> None:
    A, B, x = tensors("A[m,m] B[m,m] x[m]")
    f = compile((A + B) @ x, constants={"A": random(4, 4), "B": random(4, 4)})
    assert repr(f) == "<program of 1 expression, called with x[m]>"
    assert f.report(x=4).flops == 2 * 4 * 4
    assert f.source().splitlines()[0] == "# x0 = A + B (4, 4)"
    f(x=random(4))
    assert f.source().count("dot(x0, x1)") == 1
    with pytest.raises(ShapeError, match="m"):
        f(x=random(5))


def test_copies_keep_the_constants() -> None:
    f = compile(X @ W, constants={"W": random(3, 4)})
    for other in (copy.copy(f), copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        np.testing.assert_array_equal(other(X=np.eye(3)), random(3, 4))
        assert other.arguments == ("X",)


def test_compressed_programs_take_constants() -> None:
    T, U, V = tensors("T[n,m] U[n,k] V[m,k]")
    R = T - U @ V.T
    H = hessian(dot(R, R), U)
    f = compile(H, compressed=True, constants={"V": random(3, 2)})
    assert f.arguments == ("n",)
    plain = compile(H)(V=random(3, 2), n=4)
    np.testing.assert_allclose(f(n=4).dense(), plain, rtol=1e-12)
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_allclose(again(n=4).dense(), plain, rtol=1e-12)


def test_errors() -> None:
    with pytest.raises(ArgumentError, match=r"^the constant V is none of the tensors of the program: X, W"):
        compile(X @ W, constants={"V": 1})
    by_tensor: Any = {W: random(3, 4)}
    with pytest.raises(ArgumentError, match=r"by name, got a Tensor as a name"):
        compile(X @ W, constants=by_tensor)
    wrong: Any = [random(3, 4)]
    with pytest.raises(ArgumentError, match=r"^constants must be a dictionary of arrays by name, got list"):
        compile(X @ W, constants=wrong)
    f = compile(X @ W, constants={"W": random(3, 4)})
    with pytest.raises(ArgumentError, match=r"^W is a constant of this program, but"):
        f(X=random(2, 3), W=random(3, 4))
    with pytest.raises(ArgumentError, match="no value was given for X: the program takes X"):
        f()
    with pytest.raises(ShapeError, match="axis 1 of X has size 2"):
        f(X=random(3, 2))
    with pytest.raises(ArgumentError, match="W is a constant"):
        f.report(X=(2, 3), W=(3, 4))
    with pytest.raises(MemoryLimitError):
        compile(X @ W, constants={"W": random(3, 4)}, max_bytes=8)(X=random(2, 3))


def test_constants_that_fit_no_call_are_refused_when_the_program_is_made() -> None:
    with pytest.raises(ShapeError, match="X has 2 axes, but its array has 1"):
        compile(X @ W, constants={"X": random(3)})
    with pytest.raises(ShapeError, match="axis 1 of X has size 3, but axis 0 of W has size 4: both are d"):
        compile(X @ W, constants={"X": random(2, 3), "W": random(4, 5)})
    with pytest.raises(ArgumentError, match="the value of X is not an array of numbers: its type is <U1"):
        compile(X @ W, constants={"X": [["a"]]})
    with pytest.raises(ArgumentError, match="X is a complex array, but X is declared as real"):
        compile(X @ W, constants={"X": 1j * random(2, 3)})
    with pytest.raises(ShapeError, match="X has 2 axes, but its array has 1"):
        compile(hessian(dot(X @ W, X @ W), W), compressed=True, constants={"X": random(3)})


@pytest.mark.parametrize("n", [0, 1])
def test_sizes_zero_and_one(n: int) -> None:
    expr = exp(X @ W) + outer(ones("n"), b)
    values = {"W": random(n, n), "b": random(n)}
    found = compile(expr, constants=values)(X=random(2, n))
    np.testing.assert_allclose(found, reference(expr, {"X": random(2, n), **values}), rtol=1e-12)


def test_constants_are_contracted_with_each_other_where_that_saves_work_in_a_call() -> None:
    A, B, C, x = tensors("A[m,m] B[m,m] C[m,m] x[m]")
    known = {name: random(6, 6, seed=place) for place, name in enumerate("ABC")}
    f = compile(A @ B @ C @ x, constants=known)
    assert f.report(x=6).flops == 2 * 6 * 6
    np.testing.assert_allclose(f(x=random(6)), known["A"] @ known["B"] @ known["C"] @ random(6))
    partly = compile(A @ B @ C @ x, constants={name: known[name] for name in "AC"})
    assert partly.report(B=(6, 6), x=6).flops == 3 * 2 * 6 * 6
    values = {"B": known["B"], "x": random(6)}
    np.testing.assert_allclose(partly(**values), f(x=random(6)))


def test_a_product_of_constants_that_is_larger_than_they_are_is_not_made() -> None:
    U, V, x = tensors("U[n,k] V[n,k] x[n]")
    known = {"U": random(40, 2), "V": random(40, 2, seed=1)}
    f = compile(U @ V.T @ x, constants=known)
    assert f.report(x=40).flops == 2 * 2 * 40 * 2
    np.testing.assert_allclose(f(x=random(40)), known["U"] @ (known["V"].T @ random(40)))
    A = tensor("A", ("n", "n"))
    g = compile(A @ U @ V.T @ x, constants={**known, "A": random(40, 40)})
    assert g.report(x=40).flops == 2 * 2 * 40 * 2
    np.testing.assert_allclose(g(x=random(40)), random(40, 40) @ f(x=random(40)))


def test_a_path_that_was_given_is_taken_with_constants_too() -> None:
    A, B, x = tensors("A[m,m] B[m,m] x[m]")
    known = {"A": random(6, 6), "B": random(6, 6, seed=1)}
    f = compile(A @ B @ x, constants=known, optimize=[(1, 2), (0, 1)])
    assert f.report(x=6).flops == 2 * 2 * 6 * 6
    np.testing.assert_allclose(f(x=random(6)), known["A"] @ (known["B"] @ random(6)))


def test_what_is_made_of_numbers_alone_runs_once() -> None:
    calls: list[int] = []

    def value(xp: Any, x: Values) -> Values:
        calls.append(1)
        result: Values = xp.exp(x)
        return result

    noted = function("noted", value, derivative=noted_derivative)
    mask = tril(noted(outer(ones("n"), ones("n"))))
    A = tensor("A", ("n", "n"))
    f = compile([A @ mask, mask, noted(mask)])
    a = random(3, 3)
    first = f(A=a)
    expected = np.tril(np.full((3, 3), np.e))
    np.testing.assert_allclose(first[0], a @ expected)
    np.testing.assert_allclose(first[1], expected)
    np.testing.assert_allclose(first[2], np.exp(expected))
    made = len(calls)
    for result in first:
        result[...] = np.nan
    again = f(A=a)
    assert len(calls) == made
    np.testing.assert_allclose(again[1], expected)
    assert not any(np.shares_memory(one, two) for one in first for two in again)
    assert f(A=random(1, 1))[1].shape == (1, 1)
    assert f(A=random(0, 0))[0].shape == (0, 0)


def noted_derivative(x: Any) -> Any:
    return exp(x)


def test_large_values_made_of_numbers_are_not_kept() -> None:
    side = int(MOST_OF_NUMBERS**0.5)
    A = tensor("A", ("n", 1))
    mask = tril(exp(outer(ones("n"), ones("n"))))
    for n, kept in ((side, True), (side + 1, False)):
        f = compile(mask @ A)
        np.testing.assert_allclose(f(A=np.ones((n, 1)))[:, 0], np.e * np.arange(1, n + 1), rtol=1e-12)
        assert ("is tril" not in f.source()) == kept
        assert (f.report().argument_bytes > 8 * n * n) == kept


def test_a_loop_over_numbers_alone() -> None:
    (z,) = tensors("z[n]")
    states = recurrence(lambda h: tanh(h + 1), ones("n"), length=5)
    f = compile([states @ z, tanh(ones("n")) * z])
    value, expected = np.ones(2), []
    for _ in range(5):
        value = np.tanh(value + 1)
        expected.append(value.sum())
    for _ in range(2):
        found = f(z=np.ones(2))
        np.testing.assert_allclose(found[0], expected, rtol=1e-12)
        np.testing.assert_allclose(found[1], np.tanh(np.ones(2)), rtol=1e-12)


@pytest.mark.parametrize("side", [3, 1 + int(MOST_OF_NUMBERS**0.5)])
def test_small_values_made_of_large_ones_of_numbers(side: int) -> None:
    x = tensor("x", ("n",))
    ones_and_zeros = identity("n")
    roots = [
        x * tanh(exp(ones_and_zeros).sum(axis=0)),
        x + logsumexp(ones_and_zeros, axis=1),
        exp(ones_and_zeros).sum(),
    ]
    given = random(side)
    large = np.exp(np.eye(side))
    wanted = [given * np.tanh(large.sum(axis=0)), given + np.log(large.sum(axis=1)), large.sum()]
    for constants in ({}, {"x": given}):
        f = compile(roots, constants=constants)
        arguments = {"x": given} if not constants else {}
        for one, two in zip(f(**arguments), wanted, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-12)
