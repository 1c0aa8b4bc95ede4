"""Every function on sub-tensors: value behind batch axes, differential against differences, texts."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import linalg, special

from bracketcalc.errors import ShapeError
from bracketcalc.expr.core import Size, Tensor
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.table import SUBTENSOR
from bracketcalc.reference import evaluate

Array = np.ndarray[Any, Any]


def logdet(x: Array) -> Any:
    """Return log|det x| by an independent route: the product of the eigenvalues."""
    return np.log(np.abs(np.prod(np.linalg.eigvals(x))))


def eigenvectors(x: Array) -> Array:
    """Return the eigenvectors of the symmetric part by QR iterations, with their signs fixed one by one."""
    u: Array = linalg.eigh(0.5 * (x + x.T), driver="ev")[1]
    for k, column in enumerate(u.T.copy()):
        large = [value for value in column if abs(value) > 0.3 * abs(column).max()]
        u[:, k] *= np.sign(large[0])
    return u


def gaps(x: Array) -> Array:
    """Return 1/(x_k - x_i), one element at a time."""
    return np.array([[1 / (b - a) if i != k else 0 for k, b in enumerate(x)] for i, a in enumerate(x)])


# For each function an independent formula for one sub-tensor.
FORMULAS: dict[str, Callable[[Array], Any]] = {
    "softmax": special.softmax,
    "log_softmax": special.log_softmax,
    "logsumexp": special.logsumexp,
    "inv": lambda x: np.linalg.solve(x, np.eye(len(x))),
    "adjugate": lambda x: np.prod(np.linalg.eigvals(x)).real * np.linalg.inv(x),
    "det": lambda x: np.prod(np.linalg.eigvals(x)).real,
    "logdet": logdet,
    "cholesky": lambda x: linalg.cholesky(0.5 * (x + x.T), lower=True),
    "eigvalsh": lambda x: np.sort(np.linalg.eigvals(0.5 * (x + x.T))),
    "eigvecsh": eigenvectors,
    "expm": linalg.expm,
    "sqrtm": linalg.sqrtm,
    "logm": linalg.logm,
    "tril": lambda x: np.where(np.less.outer(np.arange(len(x)), np.arange(len(x))), 0, x),
    "inverse_gaps": gaps,
}
NAMES = pytest.mark.parametrize("name", FORMULAS)
BATCHES = pytest.mark.parametrize("batch", [(), (4,), (2, 3), (0,), (1, 1)])


def sample(name: str, batch: tuple[int, ...], size: int, seed: int = 0) -> Array:
    """Return sub-tensors of the given size: matrices with a determinant well above 0, distinct numbers."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(batch + (size,) * SUBTENSOR[name].ndim)
    if name == "inverse_gaps":
        return x + 8 * np.arange(size)
    return x + 4 * np.eye(size) if SUBTENSOR[name].ndim == 2 and name != "expm" else x


def one_by_one(name: str, x: Array, batch: tuple[int, ...]) -> Array:
    results = [FORMULAS[name](x[index]) for index in np.ndindex(*batch)]
    shape = np.shape(FORMULAS[name](sample(name, (), x.shape[-1])))
    return np.array(results).reshape(batch + shape)


def test_every_record_has_a_formula() -> None:
    assert set(FORMULAS) == set(SUBTENSOR)


@NAMES
@BATCHES
@pytest.mark.parametrize("size", [1, 5])
def test_value(name: str, batch: tuple[int, ...], size: int) -> None:
    x = sample(name, batch, size)
    before = x.copy()
    value = SUBTENSOR[name].value(np, x)
    np.testing.assert_allclose(value, one_by_one(name, x, batch), rtol=1e-12, atol=1e-13)
    assert np.array_equal(x, before)
    single = SUBTENSOR[name].value(np, x.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, value, rtol=2e-5, atol=2e-6)
    variable = Tensor("X", x.shape)
    assert Map(SUBTENSOR[name], variable, len(batch)).sizes == value.shape


@NAMES
@BATCHES
@pytest.mark.parametrize("size", [1, 4])
def test_differential(name: str, batch: tuple[int, ...], size: int) -> None:
    """The differential is the central difference along a random direction, extrapolated once."""
    record, count = SUBTENSOR[name], len(batch)
    x, direction = sample(name, batch, size, 1), sample(name, batch, size, 2)
    X, dX = Tensor("X", x.shape), Tensor("dX", x.shape)
    assert record.differential is not None
    expr = record.differential(X, Map(record, X, count), dX, count)
    found = evaluate(expr, {"X": x, "dX": direction})

    def difference(step: float) -> Array:
        high = one_by_one(name, x + step * direction, batch)
        return (high - one_by_one(name, x - step * direction, batch)) / (2 * step)

    expected = (4 * difference(5e-4) - difference(1e-3)) / 3
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


@NAMES
def test_differential_is_linear_and_keeps_float32(name: str) -> None:
    record = SUBTENSOR[name]
    x = sample(name, (3,), 4)
    X, U, V = (Tensor(letter, x.shape) for letter in "XUV")
    assert record.differential is not None
    arrays = {"X": x, "U": sample(name, (3,), 4, 5), "V": sample(name, (3,), 4, 6)}
    y = Map(record, X, 1)
    together = evaluate(record.differential(X, y, 2 * U - 3 * V, 1), arrays)
    parts = [evaluate(record.differential(X, y, direction, 1), arrays) for direction in (U, V)]
    np.testing.assert_allclose(together, 2 * parts[0] - 3 * parts[1], rtol=1e-12, atol=1e-13)
    single = {key: value.astype(np.float32) for key, value in arrays.items()}
    assert evaluate(record.differential(X, y, U, 1), single).dtype == np.float32


@NAMES
def test_symbolic_sizes(name: str) -> None:
    record, n = SUBTENSOR[name], Size("n")
    X = Tensor("X", (Size("b"), *(n,) * record.ndim))
    y = Map(record, X, 1)
    assert record.differential is not None
    assert record.differential(X, y, X, 1).sizes == y.sizes


@NAMES
def test_record_and_node_pickle(name: str) -> None:
    record = SUBTENSOR[name]
    node = Map(record, Tensor("X", (2,) * record.ndim), 0)
    again = pickle.loads(pickle.dumps((record, node)))
    assert again == (record, node)
    assert hash(again) == hash((record, node))


@NAMES
def test_texts(name: str) -> None:
    record = SUBTENSOR[name]
    assert record.name == name
    assert record.latex in (f"\\{name}", r"\operatorname{" + name.replace("_", r"\_") + "}")
    assert record.summary


EMPTY: dict[str, Any] = {
    "softmax": np.zeros((3, 0)),
    "log_softmax": np.zeros((3, 0)),
    "logsumexp": np.full(3, -np.inf),
    **dict.fromkeys(("inv", "adjugate"), np.zeros((3, 0, 0))),
    "det": np.ones(3),
    "logdet": np.zeros(3),
    **dict.fromkeys(("cholesky", "eigvecsh", "expm", "sqrtm", "logm", "tril"), np.zeros((3, 0, 0))),
    "inverse_gaps": np.zeros((3, 0, 0)),
    "eigvalsh": np.zeros((3, 0)),
}


@NAMES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sub_tensors_of_size_zero(name: str, dtype: type[np.floating[Any]]) -> None:
    value = SUBTENSOR[name].value(np, sample(name, (3,), 0).astype(dtype))
    assert value.dtype == dtype
    assert value.shape == EMPTY[name].shape
    assert np.array_equal(value, EMPTY[name])


@pytest.mark.parametrize("name", ["inv", "det", "logdet", "cholesky", "eigvalsh", "eigvecsh", "expm"])
def test_a_matrix_must_be_square(name: str) -> None:
    with pytest.raises(ShapeError, match=f"{name} takes a square matrix, but there are 3 rows and 5 col"):
        Map(SUBTENSOR[name], Tensor("X", (2, 3, 5)), 1)
    with pytest.raises(ShapeError, match=r"there are n rows and 5 columns\n  hint: give both axes one"):
        Map(SUBTENSOR[name], Tensor("X", (Size("n"), 5)), 0)
