"""Closed forms that hold for symmetric or orthogonal matrices, with the fact declared.

Each is compared with the gradient that assumes nothing, at arrays for which the fact holds.
"""

from __future__ import annotations

import numpy as np
import pytest

import bracketcalc as bc
from tests.identities.harness import Array, evaluate
from tests.paper.rows import declare

TENSORS = "x[n] a[n] b[n] s[m] A[n,m] X[n,k] B[n,n] C[n,n] S[n,n] Q[n,n]"
FACTS = {"S": "symmetric", "Q": "orthogonal"}

ROWS = [
    ("xᵀ S x", "x", "2 S x"),
    ("(x - A s)ᵀ S (x - A s)", "s", "-2 Aᵀ S (x - A s)"),
    ("(x - A s)ᵀ S (x - A s)", "x", "2 S (x - A s)"),
    ("(x - A s)ᵀ S (x - A s)", "A", "-2 S (x - A s) sᵀ"),
    ("1/2 (x - a)ᵀ S^{-1} (x - a)", "a", "-S^{-1} (x - a)"),
    ("exp(-1/2 (x - a)ᵀ S^{-1} (x - a))", "x", "-exp(-1/2 (x - a)ᵀ S^{-1} (x - a)) S^{-1} (x - a)"),
    ("logdet(S)", "S", "S^{-1}"),
    ("det(S)", "S", "det(S) S^{-1}"),
    ("tr(B S^{-1})", "S", "-S^{-1} Bᵀ S^{-1}"),
    ("aᵀ S^{-1} b", "S", "-S^{-1} a bᵀ S^{-1}"),
    ("tr(Xᵀ S X)", "X", "2 S X"),
    ("det(Xᵀ S X)", "X", "2 det(Xᵀ S X) S X (Xᵀ S X)^{-1}"),
    ("logdet(Xᵀ S X)", "X", "2 S X (Xᵀ S X)^{-1}"),
    ("‖Q x‖^2", "x", "2 x"),
    ("‖Q x - a‖^2", "x", "2 Qᵀ (Q x - a)"),
]


def draw() -> dict[str, Array]:
    """Return arrays for which the facts hold."""
    random = np.random.default_rng(0)
    sizes = {"n": 4, "m": 3, "k": 2, "d": 5}
    arrays = {
        name: random.standard_normal([sizes[str(size)] for size in tensor.sizes])
        for name, tensor in declare(TENSORS).items()
    }
    arrays["S"] = arrays["S"] @ arrays["S"].T + np.eye(4)
    arrays["Q"] = np.linalg.qr(arrays["Q"])[0]
    return arrays


@pytest.mark.parametrize(("function", "wrt", "expected"), ROWS)
def test_with_a_fact(function: str, wrt: str, expected: str) -> None:
    names = declare(TENSORS)
    known = {**names, **{name: bc.tensor(name, ("n", "n"), assume=fact) for name, fact in FACTS.items()}}
    found = bc.gradient(bc.parse(function, **known), known[wrt])
    form = bc.parse(expected, **known)
    assert bc.equal(found, form), f"{found} is not {form}"
    arrays = draw()
    free = bc.gradient(bc.parse(function, **names), names[wrt])
    right = evaluate(free, arrays)
    np.testing.assert_allclose(evaluate(form, arrays), right, rtol=1e-9, atol=1e-9 * np.abs(right).max())


@pytest.mark.parametrize(("function", "wrt", "expected"), [row for row in ROWS if row[0] != "‖Q x - a‖^2"])
def test_it_prints_as_the_closed_form(function: str, wrt: str, expected: str) -> None:
    names = declare(TENSORS)
    names |= {name: bc.tensor(name, ("n", "n"), assume=fact) for name, fact in FACTS.items()}
    assert str(bc.gradient(bc.parse(function, **names), names[wrt])) == expected
