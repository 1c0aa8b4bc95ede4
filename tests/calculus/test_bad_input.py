"""Where a derivative or a value does not exist: an error or the documented convention, no silent NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import gradient, hessian, jacobian, jvp, vjp
from bracketcalc.calculus.directional import hvp
from bracketcalc.calculus.implicit import implicit_gradient, implicit_jacobian
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import (
    ArgumentError,
    BracketCalcError,
    DerivativeError,
    ShapeError,
    SingularMatrixError,
)
from bracketcalc.expr.algebra import norm
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.functions import forms
from bracketcalc.reference import evaluate

Array = np.ndarray[Any, Any]

X, R, x, y = tensors("X[n,n] R[n,m] x[n] y[m,k]")
SQUARE = ("inv", "adjugate", "det", "logdet", "cholesky", "eigvalsh", "eigvecsh", "expm", "sqrtm", "logm")


def compiled(expr: Expr, arrays: dict[str, Array]) -> Array:
    program = compile(expr)
    return np.asarray(program(**{name: arrays[name] for name in program.arguments}))


RUNS = pytest.mark.parametrize("run", [evaluate, compiled], ids=["reference", "compiled"])
Run = Callable[[Expr, dict[str, Array]], Array]


@pytest.mark.parametrize("name", SQUARE)
def test_a_matrix_that_is_not_square(name: str) -> None:
    with pytest.raises(
        ShapeError, match=f"{name} takes a square matrix, but there are n rows and m columns"
    ):
        forms.FORMS[name](R)
    with pytest.raises(ShapeError, match="2 rows and 3 columns"):
        forms.FORMS[name](Tensor("Q", (2, 3)))


@RUNS
@pytest.mark.parametrize(
    "expr",
    [
        forms.inv(X),
        forms.solve(X, x),
        gradient(forms.solve(X, x).sum(), X),
        gradient(forms.logdet(X), X),
        gradient(forms.inv(X).sum(), X),
    ],
    ids=str,
)
def test_a_singular_matrix(run: Run, expr: Expr) -> None:
    for matrix in (np.zeros((2, 2)), np.ones((2, 2))):
        with pytest.raises((SingularMatrixError, ArgumentError)):
            run(expr, {"X": matrix, "x": np.ones(2)})


@RUNS
def test_no_logarithm_of_a_singular_matrix(run: Run) -> None:
    with pytest.raises(ArgumentError, match="no principal value"):
        run(forms.logm(X), {"X": np.diag([0.0, 1])})


@RUNS
def test_what_is_finite_at_a_singular_matrix_is_computed(run: Run) -> None:
    x = {"X": np.ones((3, 3))}
    assert run(forms.logdet(X), {"X": np.zeros((2, 2))}) == -np.inf
    for expr in (forms.det(X), forms.adjugate(X), jacobian(forms.adjugate(X), X)):
        assert np.isfinite(run(expr, x)).all()
    np.testing.assert_allclose(compiled(gradient(forms.det(X), X), x), np.zeros((3, 3)), atol=1e-15)
    assert np.isfinite(run(gradient(forms.expm(X).sum(), X), x)).all()


@RUNS
def test_repeated_eigenvalues(run: Run) -> None:
    """An eigenvector, and a second derivative of an eigenvalue, have none; sums of eigenvalues have one."""
    x = {"X": np.diag([2.0, 2, 5])}
    for expr in (
        gradient(forms.eigvecsh(X)[0, 0], X),
        hessian(forms.eigvalsh(X)[0], X),
        gradient(forms.symmetric_function(forms.exp, X).sum(), X),
    ):
        with pytest.raises(SingularMatrixError, match="two eigenvalues of a matrix are equal"):
            run(expr, x)
    np.testing.assert_allclose(
        run(gradient(forms.log(forms.eigvalsh(X)).sum(), X), x), np.diag([0.5, 0.5, 0.2])
    )
    largest = run(gradient(forms.norm2(X), X), {"X": np.eye(2)})
    assert np.linalg.matrix_rank(largest) == 1


@RUNS
def test_no_matrix_that_is_positive_definite(run: Run) -> None:
    with pytest.raises(SingularMatrixError, match="not positive definite"):
        run(forms.cholesky(X), {"X": -np.eye(2)})


@pytest.mark.parametrize("name", ["logdet", "cholesky", "eigvalsh", "eigvecsh"])
def test_functions_of_real_matrices(name: str) -> None:
    Z = tensor("Z", ("n", "n"), assume="complex")
    with pytest.raises(ArgumentError, match=f"{name} is a function of real numbers, but its argument Z is"):
        forms.FORMS[name](Z)
    with pytest.raises(ArgumentError, match="is a complex array, but X is declared as real"):
        compiled(forms.FORMS[name](X), {"X": np.eye(2) * (1 + 0j)})


@pytest.mark.parametrize("name", ["relu", "step", "maximum", "erf", "gelu", "softplus"])
def test_functions_of_real_numbers(name: str) -> None:
    form, z = forms.FORMS[name], tensor("z", "n", assume="complex")
    with pytest.raises(ArgumentError, match=f"{name} is a function of real numbers, but its argument z is"):
        form(z, 1) if name == "maximum" else form(z)


def test_a_variable_that_does_not_occur() -> None:
    """The derivative is a true zero, with the axes that it would have."""
    J, F = forms.logdet(X), forms.solve(X, x)
    n = X.sizes[0]
    sizes = {"n": 3, "m": 2, "k": 4}
    found = {
        "gradient": (gradient(J, y), y.sizes),
        "jacobian": (jacobian(F, y), (n, *y.sizes)),
        "hessian": (hessian(J, y), (*y.sizes, *y.sizes)),
        "mixed": (hessian(J, X, y), (n, n, *y.sizes)),
        "jvp": (jvp(F, {y: y}), (n,)),
        "vjp": (vjp(F, y, x), y.sizes),
        "hvp": (hvp(J, y, y), y.sizes),
        "implicit_gradient": (implicit_gradient(J, X @ x - F, x, y), y.sizes),
        "implicit_jacobian": (implicit_jacobian(X @ x - F, x, y), (n, *y.sizes)),
    }
    for expr, expected in found.values():
        assert expr.sizes == expected
        value = evaluate(expr, {}, sizes)
        assert value.shape == tuple([sizes[size.name] for size in expected if isinstance(size, Size)])
        assert not value.any()


@RUNS
def test_kinks_have_the_documented_slope(run: Run) -> None:
    zero = {"x": np.zeros(3)}
    assert not run(gradient(forms.abs(x).sum(), x), zero).any()
    assert not run(gradient(forms.relu(x).sum(), x), zero).any()
    with pytest.warns(RuntimeWarning):
        assert np.isnan(run(gradient(norm(x), x), zero)).all()


def test_a_function_without_a_rule() -> None:
    rule = forms.subtensor_function("sorted", 1, lambda sizes: sizes, lambda xp, x: xp.sort(x))
    with pytest.raises(DerivativeError, match="sorted has no differential"):
        gradient(rule(x).sum(), x)
    assert issubclass(SingularMatrixError, BracketCalcError)
