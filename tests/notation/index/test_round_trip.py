"""What the printers write in the index style is read as the same expression, in every spelling."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from bracketcalc.expr.build import onehot, tensors
from bracketcalc.expr.core import Expr, Product, Sum, product
from bracketcalc.notation.parse import parse
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from tests.render.random_expressions import NAMES, TENSORS, random_expression, random_product, value

BLOCK = 100
UNITS = (onehot(1, "n"), onehot(0, "n"), onehot(2, "d"), onehot(3, "k"))


def spellings(expr: Expr) -> list[str]:
    """Return the index form in Unicode, ASCII and LaTeX."""
    return [to_text(expr, "index"), to_text(expr, "index", ascii=True), to_latex(expr, "index")]


def assert_same(found: Expr, expected: Expr, text: str) -> None:
    """Fail unless two expressions have one canonical form, or at least one value."""
    assert found.sizes == expected.sizes, text
    table = CanonicalTable()
    if table.form(found) == table.form(expected):
        return
    if table.form(simplify(found)) == table.form(simplify(expected)):
        return
    # A function of an expression keeps the order of its operations in the form.
    wanted = value(expected)
    if np.all(np.isfinite(wanted)):
        np.testing.assert_allclose(value(found), wanted, rtol=1e-9, atol=1e-12, err_msg=text)


@pytest.mark.parametrize("block", range(4))
def test_random_products_read_back_as_themselves(block: int) -> None:
    """Products of tensors, ones, deltas and one-hots: the canonical form is the same."""
    shown = 0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        draw = random.Random(seed)
        leaves = (*TENSORS, *UNITS, *UNITS)
        expr = random_product(draw, [draw.choice(leaves) for _ in range(draw.randint(1, 5))])
        for text in spellings(expr):
            shown += "(" in text
            found = parse(text, **NAMES)
            assert found.sizes == expr.sizes, text
            table = CanonicalTable()
            assert table.form(found) == table.form(expr), text
    assert shown > 2 * BLOCK


@pytest.mark.parametrize("block", range(2))
def test_random_expressions_read_back_with_the_same_value(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        expr = random_expression(random.Random(7000 + seed), 2)
        for text in spellings(expr):
            assert_same(parse(text, **NAMES), expr, text)


def test_a_text_is_written_again_as_it_was() -> None:
    A, B, v = tensors("A[n,m] B[m,k] v[n]")
    names: dict[str, Any] = {"A": A, "B": B, "v": v}
    for text in (
        "(A_{ij} B_{jk} | ik)",
        "2 (A_{ij} v_{i} | j)",
        "(A_{2i} B_{i3} |)",
        "-(A_{ij} | ji)",
        "(A_{12,i} | i)",
        "(tanh(A)_{ij} B_{jk} | ki)",
        "(v_{i} (e_{3})_{i} | i)",
        "(A_{ij} B_{jk} | ik) + ((e_{3})_{i} (e_{2})_{j} | ij)",
    ):
        assert to_text(parse(text, **names), "index") == text


def test_more_letters_than_the_alphabet_has() -> None:
    (x,) = tensors("x[2]")
    expr = product(1, [(x, [k]) for k in range(60)], list(range(60)))
    for text in spellings(expr):
        assert "_{1}" in text
        found = parse(text, x=x)
        assert isinstance(found, Product)
        assert found.output == expr.output
        assert found.labels == expr.labels


def test_sums_and_zero_products() -> None:
    A, v = tensors("A[n,n] v[n]")
    one, two = onehot(0, "n"), onehot(1, "n")
    zero = product(1, [(A, "ij"), (one, "i"), (two, "i")], "j")
    for expr in (zero, Sum([zero, v]), one * two + v, A[0] + A[:, 1] - v):
        for text in spellings(expr):
            assert CanonicalTable().form(parse(text, A=A, v=v))[0] == CanonicalTable().form(expr)[0]


def test_names_that_go_on_like_indices() -> None:
    x, x_i, A = tensors("x[n] x_i[n] A[n,n]")
    names: dict[str, Any] = {"x": x, "x_i": x_i, "A": A}
    expr = product(1, [(x, "j"), (x_i, "k"), (A, "jk"), (A, "kj"), (A, "jj")], "jk")
    for text in spellings(expr):
        assert CanonicalTable().form(parse(text, **names)) == CanonicalTable().form(expr), text
