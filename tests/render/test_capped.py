"""Long and heavily shared expressions: shown in part, fast, and without recursion."""

from __future__ import annotations

import time

import pytest

from bracketcalc.errors import ArgumentError, MemoryLimitError
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Expr, Sum
from bracketcalc.functions.forms import tanh
from bracketcalc.render.display import LONGEST, ExprDisplay
from bracketcalc.render.text import to_latex, to_text

x, A = tensors("x[n] A[n,n]")
DEEP = 5000


def _deep_chain() -> Expr:
    expr: Expr = A
    for _ in range(DEEP):
        expr = expr @ A
    return expr


def _deep_functions() -> Expr:
    expr: Expr = x
    for _ in range(DEEP):
        expr = tanh(expr)
    return expr


def _deep_sum() -> Expr:
    expr: Expr = x
    for k in range(DEEP):
        expr = expr + (k + 2) * x
    return expr


def _shared_product() -> Expr:
    expr: Expr = x
    for _ in range(60):
        expr = expr * expr
    return expr


def _shared_sum() -> Expr:
    expr: Expr = x
    for _ in range(60):
        expr = expr + tanh(expr)
    return expr


@pytest.mark.parametrize("make", [_deep_chain, _deep_functions, _deep_sum, _shared_product, _shared_sum])
def test_large_expressions_are_shown_in_part(make: object) -> None:
    assert callable(make)
    expr = make()
    start = time.perf_counter()
    text = ExprDisplay().text(expr)
    # Seconds would be minutes if anything grew quadratically; the machine may be slow.
    assert time.perf_counter() - start < 10
    assert 100 < len(text) < LONGEST + 100
    assert text.count("(") == text.count(")")


def test_a_chain_that_fits_is_shown_whole() -> None:
    assert ExprDisplay().text(_deep_chain()) == " ".join(["A"] * (DEEP + 1))


@pytest.mark.long
def test_the_middle_of_a_long_sum_is_counted() -> None:
    expr = Sum([tensor(f"x_{k}", ("n",)) for k in range(10_000)])
    text = ExprDisplay().text(expr)
    assert text.startswith("x_0 + x_1 + x_2 + ")
    assert text.endswith(" more terms + x_9999")
    shown = text.count(" + ")
    left_out = int(text.split("… ")[1].split(" ")[0])
    assert shown - 1 + 1 + left_out == 10_000
    assert to_text(expr, ascii=True, limit=100).isascii()
    latex = to_latex(expr, limit=100)
    assert r"\cdots\ \mathrm{99" in latex
    assert len(latex) < 150


def test_a_text_without_a_limit_is_refused_before_it_is_written() -> None:
    with pytest.raises(MemoryLimitError, match="the most is 10000000"):
        to_text(_shared_sum())


def test_shortened_latex_has_its_braces_closed() -> None:
    latex = ExprDisplay().mimebundle(_shared_sum() @ A / (1 + x @ x))["text/latex"]
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left(") == latex.count(r"\right)")
    assert len(latex) < LONGEST + 2000


def test_a_very_long_name_is_left_out_not_cut() -> None:
    assert ExprDisplay().text(tensor("a" * 100_000, ("n",))) == "…"


def test_printing_is_deterministic() -> None:
    expr = tanh(A @ (x * x)) - x / (1 + x @ A @ x)
    assert len({to_text(expr) for _ in range(5)}) == 1


def test_an_unknown_style_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ArgumentError, match="'matrix', 'index'"):
        to_text(x, style="box")
    with pytest.raises(ArgumentError, match="'fancy'"):
        to_latex(x, style="fancy")


def test_numbers_can_be_printed() -> None:
    assert to_text(3) == "3"
    assert to_latex(0.5) == "0.5"
