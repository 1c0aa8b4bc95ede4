"""Products as einsum equations."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import define, identity, tensor, tensors
from bracketcalc.expr.core import Expr, Size, product
from bracketcalc.functions.forms import exp
from bracketcalc.render.einsum import to_einsum

X, G, A, v = tensors("X[n,d] G[n,k] A[n,n] v[n]")


def test_labels_are_the_names_of_sizes() -> None:
    assert to_einsum(X.T @ G) == ("nd,nk->dk", (X, G))
    assert to_einsum(X) == ("nd->nd", (X,))


def test_equal_sizes_with_different_labels_get_other_letters() -> None:
    assert to_einsum(A @ A) == ("na,ab->nb", (A, A))


def test_integer_and_long_sizes_get_the_next_letters() -> None:
    B, C = tensors("B[batch,3] C[3,a]")
    assert to_einsum(B @ C) == ("bc,ca->ba", (B, C))


def test_nested_products_are_opened_and_definitions_are_operands() -> None:
    Z = define("Z", X.T @ X)
    assert to_einsum(X @ (Z @ (X.T @ G))) == ("nd,da,ba,bk->nk", (X, Z, X, G))


def test_scalars_and_diagonals_and_constants_are_operands() -> None:
    s = tensor("s", ())
    expr = product(1, [(s, ""), (A, "ii"), (identity("n"), "ij")], "j")
    assert to_einsum(expr) == (",nn,na->a", (s, A, identity("n")))


def test_the_equation_is_what_numpy_computes() -> None:
    arrays = {"X": np.arange(6.0).reshape(2, 3), "G": np.arange(8.0).reshape(2, 4) - 3}
    equation, operands = to_einsum(outer(X.T @ G, v).transpose(2, 0, 1))
    values = [arrays.get(getattr(one, "name", ""), np.array([5.0, 7.0])) for one in operands]
    expected = np.multiply.outer(np.array([5.0, 7.0]), arrays["X"].T @ arrays["G"])
    np.testing.assert_array_equal(np.einsum(equation, *values), expected)


def test_more_than_52_labels() -> None:
    vectors = [tensor(f"v_{k}", (2,)) for k in range(60)]
    equation, operands = to_einsum(outer(*vectors))
    output = equation.split("->")[1]
    assert len(set(output)) == len(output) == 60 == len(operands)


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (2 * X, "coefficient"),
        (X / Size("n"), "power"),
        (Size("n") * X, "the size n"),
        (X + X, "the sum of X, X"),
        (exp(X).T @ G, "exp"),
        (X.T @ (2 * G), "coefficient"),
    ],
)
def test_what_is_no_product_of_tensors_is_refused_with_a_hint(expr: Expr, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        to_einsum(expr)
    assert message in caught.value.message
    assert caught.value.hint


def test_shared_products_are_not_opened_without_end() -> None:
    expr: Expr = X
    for _ in range(60):
        expr = expr * expr
    with pytest.raises(ArgumentError, match="more than 1000 factors"):
        to_einsum(expr)
