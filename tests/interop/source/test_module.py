"""Written modules: they run in their library, and give the values of the reference."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError
from bracketcalc.reference import evaluate
from tests.layers.peer import quickly

X, W, U, b, Z0, Y, V = bc.tensors("X[t,n,d] W[h,h] U[d,h] b[h] Z0[n,h] Y[t,n,k] V[h,k]")
SHAPES = {"X": (3, 2, 4), "W": (5, 5), "U": (4, 5), "b": (5,), "Z0": (2, 5), "Y": (3, 2, 6), "V": (5, 6)}


def _network() -> list[bc.Expr]:
    Z = bc.define("Z", layers.rnn(X, Z0, W, U, b))
    loss = bc.define("J", layers.softmax_cross_entropy(Z @ V, Y) + layers.l2_penalty([W, U], 0.1))
    return [loss, *bc.gradient(loss, [W, U, b, V, Z0, X])]


def _backward_states() -> list[bc.Expr]:
    states, others = bc.recurrence(
        lambda z, c, x: (bc.tanh(z @ W + c + x @ U), z * c), (Z0, Z0 + 1), X, backward=True
    )
    loss = (states**2).sum() + bc.final_state(others).sum() + bc.previous_state(others).sum()
    return [loss, *bc.gradient(loss, [W, U, Z0])]


CASES: dict[str, list[bc.Expr]] = {
    "network": _network(),
    "backward": _backward_states(),
    "functions": [bc.sigmoid(W), bc.relu(W), bc.softplus(W), bc.exp(W) / 3, W**3, 1 / (1 + W * W)],
    "rows": [bc.softmax(W, axis=1), bc.log_softmax(W, axis=0), bc.logsumexp(W, axis=1), bc.norm(b)],
    "structure": [
        bc.jacobian(W @ W, W),
        bc.outer(b, bc.ones("h")),
        W + bc.identity("h"),
        bc.diag(b) * 2,
        W[0],
        W[:, 2],
        bc.trace(W),
        bc.identity("h", 3),
        bc.ones("h") * 2,
        bc.gradient((W @ U.T).sum(), W),
    ],
    "products": [
        bc.einsum("ij,jk,kl,li->", W, W, W, W),
        bc.einsum("ii,ij->ji", W, W),
        bc.einsum("tnd,dh,h->nt", X, U, b),
        bc.einsum("ij,ij,ik->kj", W, W, W),
        (X.sum(axis=0) @ U) * Z0 - Z0 / 2,
        bc.inv(bc.exp(W / 9)) @ b,
    ],
    "solve": [
        bc.solve(W + 9 * bc.identity("h"), b),
        bc.solve(W + 9 * bc.identity("h"), Z0.T),
        *bc.gradient((bc.solve(W + 9 * bc.identity("h"), Z0.T) ** 2).sum(), [W, Z0]),
    ],
}


def loaded(text: str, folder: Path) -> Any:
    """Return the function of a written module."""
    path = folder / "written.py"
    path.write_text(text, encoding="utf-8")
    scope: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), scope)
    return scope["program"]


def arrays() -> dict[str, Any]:
    draw = np.random.default_rng(0)
    return {name: draw.standard_normal(shape) for name, shape in SHAPES.items()}


def converted(target: str, value: Any) -> Any:
    """Return an array as one of another library, in double precision."""
    if target == "torch":
        return pytest.importorskip("torch").tensor(value)
    if target == "jax":
        jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        return jax.numpy.asarray(value)
    return value


def called(function: Any, target: str, given: list[Any]) -> Any:
    """Return what the function of a module returns; in JAX it runs as one program."""
    return quickly(pytest.importorskip("jax"), function, *given) if target == "jax" else function(*given)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("name", CASES)
def test_a_module_gives_the_values_of_the_reference(name: str, target: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    exprs, values = CASES[name], arrays()
    function = loaded(bc.to_source(exprs, target), tmp_path)
    arguments = bc.compile(exprs).arguments
    given = [converted(target, values[argument]) for argument in arguments]
    for found, expr in zip(called(function, target, given), exprs, strict=True):
        expected = evaluate(expr, values, {"h": 5})
        assert tuple(found.shape) == expected.shape
        scale = 1 + abs(expected).max(initial=0)
        np.testing.assert_allclose(np.asarray(found), expected, atol=1e-11 * scale)


def test_a_module_works_for_other_shapes_too(tmp_path: Path) -> None:
    exprs = CASES["network"]
    function = loaded(bc.to_source(exprs), tmp_path)
    for t, n in ((1, 1), (7, 3)):
        values = {**arrays(), "X": np.ones((t, n, 4)), "Z0": np.zeros((n, 5)), "Y": np.ones((t, n, 6))}
        found = function(*[values[argument] for argument in bc.compile(exprs).arguments])
        for array, expr in zip(found, exprs, strict=True):
            np.testing.assert_allclose(array, evaluate(expr, values), rtol=1e-10, atol=1e-12)


def test_the_module_reads_as_a_person_writes() -> None:
    inputs, weights, bias, target = bc.tensors("X[n,d] W[d,k] b[k] Y[n,k]")
    A = bc.define("A", layers.dense(inputs, weights, bias))
    loss = bc.define("J", layers.squared_error(bc.tanh(A), target))
    text = bc.to_source([loss, bc.gradient(loss, weights)], name="step")
    assert text == (
        "import numpy as np\n"
        "\n"
        "\n"
        "def step(X, W, b, Y):\n"
        "    A = X @ W + b\n"
        "    t = np.tanh(A)\n"
        "    t1 = t - Y\n"
        "    J = 0.5 * (t1 * t1).sum()\n"
        "    return (J, X.T @ (t1 * (1.0 - t**2)))\n"
    )


def test_a_size_without_an_array_is_an_argument(tmp_path: Path) -> None:
    function = loaded(bc.to_source(bc.outer(bc.ones("m"), b)), tmp_path)
    np.testing.assert_array_equal(function(np.arange(3.0), 2), [[0, 1, 2], [0, 1, 2]])


@pytest.mark.parametrize(
    "name", ["import os", "x): pass\nprint(1)", "class", "np", "program", "__builtins__", "Ω", "'); f('"]
)
def test_no_name_of_a_user_becomes_code(name: str, tmp_path: Path) -> None:
    try:
        hostile = bc.tensor(name, ("n", "n"))
    except bc.BracketCalcError:
        return
    defined = bc.define(name + "2", hostile @ hostile)
    text = bc.to_source([defined, defined + 1])
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert all(found.isascii() for found in names)
    assert "os" not in names
    value = np.arange(4.0).reshape(2, 2)
    np.testing.assert_allclose(loaded(text, tmp_path)(value)[0], value @ value)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ArgumentError, match="there is no source for 'fortran'"):
        bc.to_source(W, "fortran")
    with pytest.raises(ArgumentError, match="logdet cannot be written as source for numpy"):
        bc.to_source(bc.logdet(W))
    with pytest.raises(ArgumentError, match="is not a name of a function"):
        bc.to_source(W, name="a b")


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_numbers_that_hold_no_array_and_sizes_of_one(target: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    y = bc.tensor("y", "n")
    exprs = [
        bc.exp(1 / bc.Size("n")) * b,
        bc.sqrt(bc.Size("n")) * b + bc.softplus(bc.ones("h")),
        bc.one_hot(y, "h") @ W,
        bc.one_hot(y, "h") * Z0,
        bc.one_hot(y, "h")[0],
        Z0[0, 3] * W[:, 2],
        bc.parse("max^{1}(X)", X=Z0),
    ]
    for n in (1, 3):
        values = {**arrays(), "Z0": np.arange(5.0 * n).reshape(n, 5), "y": np.arange(n) + 1}
        function = loaded(bc.to_source(exprs, target), tmp_path)
        given = [converted(target, values[name]) for name in bc.compile(exprs).arguments]
        for found, expr in zip(called(function, target, given), exprs, strict=True):
            expected = evaluate(expr, values, {"n": n, "h": 5})
            np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)


def test_what_is_not_a_number_stays_so(tmp_path: Path) -> None:
    exprs = [
        bc.relu(b),
        bc.step(b),
        bc.elu(b, 2),
        bc.leaky_relu(b),
        bc.softplus(b),
        bc.maximum(b, 1),
        bc.silu(b),
    ]
    for target in ("numpy", "torch", "jax"):
        pytest.importorskip(target)
        function = loaded(bc.to_source(exprs, target), tmp_path)
        given = np.array([np.nan, -2.0, 0, 3])
        for found, expr in zip(function(converted(target, given)), exprs, strict=True):
            np.testing.assert_allclose(np.asarray(found), evaluate(expr, {"b": given}), rtol=1e-12)


def test_greek_names_are_written_out() -> None:
    gamma, beta = bc.tensor("γ_1", "d"), bc.tensor("Δβ", "d")
    assert "def program(gamma_1, Deltabeta):\n    return gamma_1 * Deltabeta\n" in bc.to_source(
        gamma * beta
    )


def test_a_name_that_the_module_needs_is_refused() -> None:
    for name, expr in (("softmax", bc.softmax(W, axis=1)), ("erfc", bc.gelu(W)), ("np", W), ("lambda", W)):
        with pytest.raises(ArgumentError, match=r"itself|is not a name of a function"):
            bc.to_source(expr, name=name)
    assert "def softmax(W):" in bc.to_source(bc.tanh(W), name="softmax")
