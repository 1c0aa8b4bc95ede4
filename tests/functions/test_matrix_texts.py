"""What is printed for functions of matrices and their derivatives, and that it reads back."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import differential, gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import tensor
from bracketcalc.expr.core import Expr
from bracketcalc.functions.application import SubtensorForm
from bracketcalc.functions.forms import FORMS, cholesky, eigvalsh, eigvecsh, expm, logm, norm2, sqrtm, tril
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.render.text import to_text

X, W = tensor("X", ("n", "n")), tensor("W", ("n", "n"))
S = tensor("S", ("b", "n", "n"))
ARRAYS = {
    "X": np.random.default_rng(0).standard_normal((3, 3)) + 4 * np.eye(3),
    "W": np.random.default_rng(1).standard_normal((3, 3)),
    "S": np.random.default_rng(2).standard_normal((2, 3, 3)) + 4 * np.eye(3),
}


def test_differentials_as_they_are_printed() -> None:
    assert to_text(differential(cholesky(X), X)) == (
        "0.5 cholesky(X) ((tril(𝟏_{n} 𝟏_{n}ᵀ) - 0.5 I) ⊙ (cholesky(X)^{-1} (dX + dXᵀ) cholesky(X)^{-T}))"
    )
    assert to_text(differential(eigvecsh(X), X)) == (
        "0.5 eigvecsh(X) (inverse_gaps(eigvalsh(X)) ⊙ (eigvecsh(X)ᵀ (dX + dXᵀ) eigvecsh(X)))"
    )
    assert to_text(differential(tril(X), X)) == "tril(𝟏_{n} 𝟏_{n}ᵀ) ⊙ dX"


@pytest.mark.parametrize(
    "form", [cholesky, eigvalsh, eigvecsh, expm, sqrtm, logm, tril], ids=lambda form: form.name
)
def test_texts_read_back_and_run(form: SubtensorForm) -> None:
    """The value, and the gradient of a weighted sum, of a matrix and of a stack."""
    assert parse(f"{form.name}(X)", X=X) == form(X)
    assert FORMS[form.name] is form
    for matrix in (X, S):
        F = form(matrix)
        J = dot(F * F, F)
        for expr in (F, gradient(J, matrix)):
            expected = evaluate(expr, ARRAYS)
            again = evaluate(parse(to_text(expr), X=X, S=S, W=W), ARRAYS)
            np.testing.assert_allclose(again, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())
            program = compile(expr)
            found = program(**{name: ARRAYS[name] for name in program.arguments})
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("expr", [norm2(W), gradient(norm2(W), W)])
def test_the_2_norm_reads_back(expr: Expr) -> None:
    again = evaluate(parse(to_text(expr), W=W), ARRAYS)
    np.testing.assert_allclose(again, evaluate(expr, ARRAYS), rtol=1e-12, atol=1e-13)
