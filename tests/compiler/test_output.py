"""Results written into given arrays: also where those are arguments, and nothing where one does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.expr.build import tensor, tensors

X, W = tensors("X[n,n] W[n,n]")


def random(*shape: int) -> npt.NDArray[Any]:
    return np.random.default_rng(0).standard_normal(shape)


def test_several_results_in_views() -> None:
    whole = np.zeros((3, 8))
    f = compile([X @ W, X.T])
    given = whole[:, :3], whole[:, 7:4:-1]
    assert f.into(given, X=random(3, 3), W=np.eye(3)) is given
    np.testing.assert_allclose(whole[:, :3], random(3, 3))
    np.testing.assert_allclose(whole[:, 7:4:-1], random(3, 3).T)
    assert not whole[:, 3:5].any()


def test_arrays_that_overlap_arguments_and_each_other_in_part() -> None:
    both = random(6, 3)
    x, w = both[:3].copy(), both[2:5].copy()
    compile(X @ W).into(both[1:4], X=both[:3], W=both[2:5])
    np.testing.assert_allclose(both[1:4], x @ w, rtol=1e-12)


def test_results_that_would_replace_each_other_are_refused() -> None:
    T = tensor("T", ("n", "d"))
    f, x = compile([T, 2 * T]), random(2, 4)
    both = np.zeros((3, 4))
    for outputs in ([both[:2], both[:2]], [both[:2], both[1:]], [both.T[:, :2].T, both[1:, ::-1]]):
        with pytest.raises(ArgumentError, match=r"^arrays 0 and 1 share memory"):
            f.into(outputs, T=x)
    assert not both.any()
    wide = np.zeros((2, 8))
    f.into([wide[:, ::2], wide[:, 1::2]], T=x)
    np.testing.assert_array_equal(wide[:, 1::2], 2 * x)
    for folded in (
        np.lib.stride_tricks.as_strided(np.zeros(4), (2, 4), (0, 8)),
        np.lib.stride_tricks.as_strided(np.zeros(8), (2, 4), (8, 8)),
    ):
        with pytest.raises(ArgumentError, match="several elements of array 0 lie in one place"):
            f.into([folded, np.zeros((2, 4))], T=x)


def test_arrays_of_jax_cannot_be_written_to() -> None:
    jnp = pytest.importorskip("jax.numpy")
    array = jnp.ones((2, 2))
    with pytest.raises(ArgumentError, match="array 0 cannot be written to"):
        compile(2 * X).into(array, X=array)


def test_scalars_and_empty_arrays() -> None:
    zero = np.empty(())
    compile(X.sum()).into(zero, X=np.ones((2, 2)))
    assert zero == 4
    compile(X @ W).into(np.empty((0, 0)), X=np.empty((0, 0)), W=np.empty((0, 0)))


def test_what_does_not_fit_is_refused_before_anything_is_written() -> None:
    f = compile([X @ W, X.sum()])
    values = {"X": np.ones((2, 2)), "W": np.ones((2, 2))}
    first = np.zeros((2, 2))
    with pytest.raises(ShapeError, match=r"^array 1 has shape \(1,\), but the result has shape \(\)"):
        f.into([first, np.zeros(1)], **values)
    with pytest.raises(ArgumentError, match=r"^array 1 has type float32, but the result has type float64"):
        f.into([first, np.zeros((), np.float32)], **values)
    with pytest.raises(ArgumentError, match=r"^array 1 is a list, but the result is a ndarray"):
        f.into([first, [0.0]], **values)
    with pytest.raises(ArgumentError, match=r"^1 arrays were given for 2 results"):
        f.into([first], **values)
    with pytest.raises(ArgumentError, match=r"^out must be a sequence of 2 arrays, got ndarray"):
        f.into(first, **values)
    locked = np.zeros(())
    locked.flags.writeable = False
    with pytest.raises(ArgumentError, match=r"^array 1 is read-only"):
        f.into([first, locked], **values)
    assert not first.any()


def test_arrays_of_torch_that_share_memory_or_are_elsewhere_are_refused() -> None:
    torch = pytest.importorskip("torch")
    f, x = compile([X, 2 * X]), torch.ones(3, 3, dtype=torch.float64)
    whole = torch.zeros(4, 6, dtype=torch.float64)
    for outputs in ([whole[:3, :3], whole[1:, 2:5]], [whole[:3, :3], whole[:3, :3].T]):
        with pytest.raises(ArgumentError, match=r"^arrays 0 and 1 share memory"):
            f.into(outputs, X=x)
    folded = torch.zeros(3, dtype=torch.float64).expand(3, 3)
    with pytest.raises(ArgumentError, match="several elements of array 1 lie in one place"):
        f.into([whole[:3, :3], folded], X=x)
    with pytest.raises(ArgumentError, match=r"^array 1 is on meta, but the result is on cpu"):
        f.into([whole[:3, :3], torch.zeros(3, 3, dtype=torch.float64, device="meta")], X=x)
    assert not whole.any()
    f.into([whole[:3, ::2], whole[:3, 1::2]], X=x)
    assert whole[:3].tolist() == [[1.0, 2.0] * 3] * 3
