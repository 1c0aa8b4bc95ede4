"""Taking expressions apart: which arrays a compressed program keeps, and which it never makes."""

from __future__ import annotations

import pytest

from bracketcalc.calculus.derivatives import hessian, jacobian
from bracketcalc.compiler.compressed.compress import compressed_terms
from bracketcalc.expr.algebra import diag, dot, outer
from bracketcalc.expr.build import identity, ones, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.functions.forms import exp, inv, logdet, logsumexp, softmax

T, U, V, M, x, y = tensors("T[n,m] U[n,k] V[m,k] M[n,n] x[n] y[n]")
R = T - U @ V.T
LOSS = dot(R, R)

Labels = tuple[int, ...]
Form = tuple[tuple[Labels, ...], Labels]
"""The labels of the parts of a term, and its axes."""

CASES: list[tuple[str, Expr, list[Form]]] = [
    ("2 (VᵀV) ⊗ I", hessian(LOSS, U), [(((1, 3),), (0, 1, 0, 3))]),
    ("with λI inside", hessian(LOSS + dot(U, U), U), [(((1, 3),), (0, 1, 0, 3))]),
    ("mixed", hessian(LOSS, U, V), [(((0, 3), (1, 2)), (0, 1, 2, 3)), (((0, 2),), (0, 1, 2, 1))]),
    ("(36)", jacobian(outer(x, x), x), [(((1,),), (0, 1, 0)), (((0,),), (0, 1, 1))]),
    ("a number", hessian(x @ x, x), [(((),), (0, 0))]),
    ("order 3", jacobian(diag(exp(x)), x), [(((0,),), (0, 0, 0))]),
    ("softmax", jacobian(softmax(x, axis=0), x), [(((0,),), (0, 0)), (((0,), (1,)), (0, 1))]),
    ("logsumexp", hessian(logsumexp(x, axis=0), x), [(((0,),), (0, 0)), (((0,), (1,)), (0, 1))]),
    ("logdet", hessian(logdet(M), M), [(((1, 2), (0, 3)), (0, 1, 2, 3))]),
    ("inverse", jacobian(inv(M), M), [(((0, 2), (1, 3)), (0, 1, 2, 3))]),
    ("a dense tensor", M, [(((0, 1),), (0, 1))]),
    ("ones", outer(x, ones("k")), [(((0,),), (0, 1))]),
    ("identities", outer(identity("n"), identity("k")), [(((),), (0, 0, 2, 2))]),
    ("a factor on both", outer(x, y) * M, [(((0, 1),), (0, 1))]),
    ("zero", 0 * outer(x, y), [(((),), (0, 1))]),
    ("a shared axis", jacobian(exp(U @ V.T), U), [(((0, 1), (1, 3)), (0, 1, 0, 3))]),
]


@pytest.mark.parametrize(("name", "expr", "expected"), CASES, ids=[case[0] for case in CASES])
def test_the_terms(name: str, expr: Expr, expected: list[Form]) -> None:
    (terms,) = compressed_terms([expr])
    found = [(tuple(sorted(part.labels for part in term.parts)), term.axes) for term in terms]
    wanted = [(tuple(sorted(labels)), axes) for labels, axes in expected]
    assert sorted(found) == sorted(wanted)


def test_products_of_sums_are_not_multiplied_out_without_end() -> None:
    expr: Expr = identity("n") + outer(x, y)
    factor = expr
    for _ in range(12):
        expr = expr @ factor
    (terms,) = compressed_terms([expr])
    assert len(terms) <= 64


def test_shared_products_are_not_opened_without_end() -> None:
    expr: Expr = outer(x, y)
    for _ in range(40):
        expr = expr * expr
    (terms,) = compressed_terms([expr + identity("n")])
    assert len(terms) == 2
