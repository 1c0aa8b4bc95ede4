"""Every function of matrices against torch in float64: value, gradient and Hessian, also of stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian
from bracketcalc.compiler.compile import compile
from bracketcalc.expr.algebra import norm, trace
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.functions import forms
from bracketcalc.reference import evaluate

torch = pytest.importorskip("torch")
linalg: Any = torch.linalg

Pair = tuple[Callable[[Expr], Expr], Callable[[Any], Any]]


def symmetric(x: Any) -> Any:
    return (x + x.mT) / 2


def vectors(x: Any) -> Any:
    """Return a function of the eigenvectors that does not depend on their signs."""
    u = linalg.eigh(symmetric(x))[1]
    return u * u


PAIRS: dict[str, Pair] = {
    "inv": (forms.inv, linalg.inv),
    "det": (forms.det, linalg.det),
    "adjugate": (forms.adjugate, lambda x: linalg.det(x)[..., None, None] * linalg.inv(x)),
    "logdet": (forms.logdet, lambda x: linalg.slogdet(x)[1]),
    "solve": (lambda X: forms.solve(X, X * X), lambda x: linalg.solve(x, x * x)),
    "cholesky": (forms.cholesky, lambda x: linalg.cholesky(symmetric(x))),
    "eigvalsh": (forms.eigvalsh, lambda x: linalg.eigvalsh(symmetric(x))),
    "eigvecsh": (lambda X: forms.eigvecsh(X) ** 2, vectors),
    "expm": (forms.expm, linalg.matrix_exp),
    "matrix_power": (lambda X: forms.matrix_power(X, 3), lambda x: linalg.matrix_power(x, 3)),
    "norm2": (forms.norm2, lambda x: linalg.matrix_norm(x, 2)),
    "symmetric_function": (
        lambda X: forms.symmetric_function(forms.log, X),
        lambda x: (
            linalg.eigh(symmetric(x))[1]
            @ torch.diag_embed(linalg.eigvalsh(symmetric(x)).log())
            @ linalg.eigh(symmetric(x))[1].mT
        ),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("shape", [(3, 3), pytest.param((2, 3, 3), marks=pytest.mark.long)])
def test_to_second_order(name: str, shape: tuple[int, ...]) -> None:
    ours, theirs = PAIRS[name]
    rng = np.random.default_rng(1)
    x = rng.standard_normal(shape) + np.diag([3.0, 5, 8])
    X = Tensor("X", shape)
    value = ours(X)
    weights = rng.standard_normal(evaluate(value, {"X": x}).shape)
    W = Tensor("W", weights.shape)
    J = (W * value**2).sum()
    arrays = {"X": x, "W": weights}

    def loss(x: Any) -> Any:
        return (torch.tensor(weights) * theirs(x) ** 2).sum()

    point = torch.tensor(x)
    for expr, expected in (
        (J, loss(point)),
        (gradient(J, X), torch.autograd.functional.jacobian(loss, point)),
        (hessian(J, X), torch.autograd.functional.hessian(loss, point)),
    ):
        known = expected.numpy()
        scale = np.abs(known).max()
        for found in (evaluate(expr, arrays), compile(expr)(**arrays)):
            np.testing.assert_allclose(found, known, rtol=1e-8, atol=1e-10 * scale)


def test_the_frobenius_norm_and_the_trace() -> None:
    x = np.random.default_rng(0).standard_normal((3, 4))
    X = Tensor("X", (3, 4))
    expected = torch.autograd.functional.hessian(linalg.norm, torch.tensor(x)).numpy()
    np.testing.assert_allclose(compile(hessian(norm(X), X))(X=x), expected, rtol=1e-11, atol=1e-13)
    S = Tensor("S", (3, 3))
    assert gradient(trace(S), S).sizes == (3, 3)
    np.testing.assert_array_equal(compile(gradient(trace(S), S))(), np.eye(3))


def test_sums_of_equal_eigenvalues_have_a_gradient() -> None:
    """The eigenvectors that are found give the right gradient of what does not depend on their order."""
    X = Tensor("X", (3, 3))
    for x in (np.eye(3), np.diag([2.0, 2, 5]), np.zeros((3, 3))):
        np.testing.assert_allclose(
            evaluate(gradient(forms.eigvalsh(X).sum(), X), {"X": x}), np.eye(3), atol=1e-14
        )
        square = gradient((forms.eigvalsh(X) ** 2).sum(), X)
        np.testing.assert_allclose(evaluate(square, {"X": x}), 2 * x, atol=1e-14)


@pytest.mark.parametrize("name", ["inv", "det", "logdet", "solve", "expm", "sqrtm", "logm", "adjugate"])
def test_on_tensors_of_torch(name: str) -> None:
    """Values and gradients run on the arrays of another library."""
    X = Tensor("X", (3, 3))
    x = np.random.default_rng(2).standard_normal((3, 3)) + 4 * np.eye(3)
    value = forms.solve(X, X * X) if name == "solve" else forms.FORMS[name](X)
    for expr in (value, gradient((value**2).sum(), X)):
        program = compile(expr)
        found = program(X=torch.tensor(x))
        assert isinstance(found, torch.Tensor)
        np.testing.assert_allclose(found.numpy(), program(X=x), rtol=1e-11, atol=1e-12)
