"""The public interface: the names, what they return, and how the package is imported."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import bracketcalc as bc

DOCUMENTED = [
    *(
        "tensors",
        "tensor",
        "scalar",
        "identity",
        "ones",
        "parse",
        "outer",
        "define",
        "dot",
        "odot",
        "einsum",
    ),
    *(
        "log",
        "softmax",
        "differential",
        "gradient",
        "jacobian",
        "hessian",
        "jvp",
        "vjp",
        "derive",
        "simplify",
    ),
    *("equal", "check_gradient", "compile", "evaluate", "to_text", "to_latex", "to_einsum"),
    *("BracketCalcError", "ParseError", "ShapeError", "DerivativeError", "MemoryLimitError"),
]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_names_exist(name: str) -> None:
    assert name in bc.__all__
    assert getattr(bc, name).__doc__


def test_all_names_exist_once() -> None:
    assert len(set(bc.__all__)) == len(bc.__all__)
    assert all(hasattr(bc, name) for name in bc.__all__)
    assert set(bc.__all__) <= set(dir(bc))


@pytest.mark.parametrize("name", ["layers", "rewrite", "testing"])
def test_modules_need_no_import_of_their_own(name: str) -> None:
    code = f"import bracketcalc as bc; assert {name!r} in dir(bc); print(bc.{name}.__name__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == f"bracketcalc.{name}\n"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'bracketcalc' has no attribute 'gradients'"):
        bc.gradients  # noqa: B018


def test_the_interface_as_documented() -> None:
    X, W, b, Y = bc.tensors("X[n,d] W[d,k] b[k] Y[n,k]")
    T, lam = bc.tensor("T", (3, "n", 4)), bc.scalar("lam")
    eye, e = bc.identity("n"), bc.ones("n")
    assert (T.ndim, lam.ndim, eye.ndim, e.ndim) == (3, 0, 2, 1)
    A = X @ W + bc.outer(e, b)
    assert bc.parse("X W + 𝟏 bᵀ", X=X, W=W, b=b) == A
    Z = bc.define("Z", bc.softmax(A, axis=1))
    J = -(bc.log(Z) * Y).sum() / X.sizes[0]
    assert bc.differential(J, [W, b]).ndim == 0
    gradients = bc.gradient(J, [W, b])
    assert [g.sizes for g in gradients] == [W.sizes, b.sizes]
    assert bc.gradient(J, W) == gradients[0]
    F = bc.tanh(X @ W)
    assert bc.jacobian(F, X).sizes == F.sizes + X.sizes
    assert bc.hessian(J, W).sizes == W.sizes * 2
    assert bc.hessian(J, W, b).sizes == W.sizes + b.sizes
    assert bc.jvp(F, {X: X}).sizes == F.sizes
    assert bc.vjp(F, X, Y).sizes == X.sizes
    assert bc.equal(bc.einsum("ni,n,nj->ij", X, e, X), X.T @ X)
    assert bc.to_einsum(X @ W) == ("nd,dk->nk", (X, W))

    random = np.random.default_rng(0)
    shapes = {"X": (5, 3), "W": (3, 4), "b": (4,), "Y": (5, 4)}
    arrays = {name: random.random(shape) for name, shape in shapes.items()}
    logits = arrays["X"] @ arrays["W"] + arrays["b"]
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    f = bc.compile([J, *gradients])
    loss, gW, gb = f(**arrays)
    np.testing.assert_allclose(loss, -(log_p * arrays["Y"]).sum() / 5, rtol=1e-12)
    residual = (np.exp(log_p) * arrays["Y"].sum(axis=1, keepdims=True) - arrays["Y"]) / 5
    np.testing.assert_allclose(gW, arrays["X"].T @ residual, rtol=1e-10)
    np.testing.assert_allclose(gb, residual.sum(axis=0), rtol=1e-10, atol=1e-14)
    assert bc.evaluate(J, **arrays) == loss
    assert f.report(**shapes).flops > 0
    assert "def run" in f.source()
    assert all(check.relative < 1e-6 for check in bc.check_gradient(J, [W, b], arrays))


def test_importing_loads_neither_the_compiler_nor_optional_libraries() -> None:
    code = (
        "import sys, bracketcalc; names = ('bracketcalc.compiler', 'IPython', 'cupy', 'torch', 'jax'); "
        "print([name for name in names if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
