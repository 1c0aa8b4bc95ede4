"""Written modules with complex numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.reference import evaluate
from tests.interop.source.test_module import called, converted, loaded

Z = bc.tensor("Z", ("n", "k"), assume="complex")
w = bc.tensor("w", "k", assume="complex")
A, X, x = bc.tensors("A[k,k] X[n,k] x[k]")
LOSS = bc.norm(Z @ w - X @ x) ** 2

CASES: dict[str, list[bc.Expr]] = {
    "parts": [bc.conj(Z), bc.real(Z), bc.imag(Z), bc.abs(Z), bc.sign(Z), Z.H],
    "numbers": [1j * X, (2 + 3j) * Z, Z + 1j, bc.exp(1j * X), 1j * bc.identity("k"), Z * X],
    "products": [Z @ A, A @ w, bc.einsum("nk,kl,l->n", Z, A, w), bc.outer(x, w), X @ Z.H, Z.sum(axis=0)],
    "functions": [bc.exp(Z), bc.tanh(Z) ** 2, 1 / (Z * Z + 5), bc.sqrt(Z), bc.inv(Z.H @ Z + A) @ w],
    "solve": [bc.solve(A, w), bc.solve(Z.H @ Z, x)],
    "loss": [LOSS, *bc.gradient(LOSS, [Z, w, X, x])],
    "deviation": list(bc.gradient(bc.abs(bc.tanh(Z @ w)).sum(), [Z, w])),
}


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("name", CASES)
def test_a_module_gives_the_values_of_the_reference(name: str, target: str, tmp_path: Path) -> None:
    pytest.importorskip(target)
    exprs = CASES[name]
    draw = np.random.default_rng(0)
    values = {"A": draw.standard_normal((4, 4)), "X": draw.standard_normal((6, 4)), "x": draw.random(4)}
    values["Z"] = draw.standard_normal((6, 4)) + 1j * draw.standard_normal((6, 4))
    values["w"] = draw.standard_normal(4) + 1j * draw.standard_normal(4)
    function = loaded(bc.to_source(exprs, target), tmp_path)
    given = [converted(target, values[argument]) for argument in bc.compile(exprs).arguments]
    for found, expr in zip(called(function, target, given), exprs, strict=True):
        expected = evaluate(expr, values, {"k": 4})
        assert ("complex" in str(found.dtype)) == (not expr.is_real)
        plain = found.resolve_conj() if target == "torch" else found
        np.testing.assert_allclose(np.asarray(plain), expected, rtol=1e-10, atol=1e-12)


def test_new_arrays_are_real_where_all_arguments_are_complex() -> None:
    text = bc.to_source([bc.outer(w, bc.ones("k")), bc.abs(w) + bc.ones("k") @ bc.identity("k")])
    assert "dtype=w.real.dtype" in text
