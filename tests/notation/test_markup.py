r"""LaTeX around parts of a formula: the parts of \frac, and names in a style with their subscripts."""

from __future__ import annotations

import time

import pytest

from bracketcalc.errors import ParseError
from bracketcalc.expr.build import scalar, tensors
from bracketcalc.notation.bracket.bracket import bracket
from bracketcalc.notation.parse import parse

X, u, v = tensors("X[n,k] u[n] v[k]")
NAMES = {"X": X, "u": u, "v": v, "x": scalar("x"), "y": scalar("y"), "λ": scalar("λ")}


@pytest.mark.parametrize(
    ("text", "braced"),
    [
        (r"\frac{1}2", r"\frac{1}{2}"),
        (r"\frac{1}2 u", r"\frac{1}{2} u"),
        (r"\frac{1}2u", r"\frac{1}{2} u"),
        (r"\frac{u} 2", r"\frac{u}{2}"),
        (r"\frac{u \cdot u}n", r"\frac{u \cdot u}{n}"),
        (r"\frac{1}xu", r"\frac{1}{x} u"),
        (r"\frac{1}{2}u", r"\frac{1}{2} u"),
        (r"\frac1{x y}u", r"\frac{1}{x y} u"),
        (r"\frac{1}λ", r"\frac{1}{\lambda}"),
        (r"\frac{1}\lambda u", r"\frac{1}{\lambda} u"),
        (r"\frac1\lambda", r"\frac{1}{\lambda}"),
        (r"\frac{\frac{1}x}y", r"\frac{\frac{1}{x}}{y}"),
        (r"\frac{\frac{u_{1}}{2}}n", r"\frac{\frac{u_{1}}{2}}{n}"),
        (r"\dfrac{1}2 \tfrac{1}3", r"\dfrac{1}{2} \tfrac{1}{3}"),
        (r"e^{\frac{x}2}", r"e^{\frac{x}{2}}"),
        (r"\frac{1}x^2", r"(\frac{1}{x})^2"),
    ],
)
def test_a_part_of_a_fraction_without_braces_is_one_character(text: str, braced: str) -> None:
    assert parse(text, **NAMES) == parse(braced, **NAMES)


def test_a_fraction_before_a_term_inside_angles() -> None:
    assert bracket(r"\frac{1}2 u v", **NAMES) == bracket(r"\frac{1}{2} u v", **NAMES)
    assert parse(r"⟨\frac{3}4 u⟩", **NAMES) == parse("⟨3/4 u⟩", **NAMES)


@pytest.mark.parametrize("second", ["", "(2)", "2.5", "x'", "x2"])
def test_what_is_no_single_character_needs_braces(second: str) -> None:
    with pytest.raises(ParseError, match="a fraction needs two parts in braces") as caught:
        parse(r"\frac{1}" + second, **NAMES)
    assert (caught.value.position, caught.value.hint) == (0, r"write \frac{a}{b}")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"\sqrt{x}", "sqrt(x)"),
        (r"\sqrt x y", "sqrt(x) y"),
        (r"\sqrt xy", "sqrt(x) y"),
        (r"\sqrt2 u", "sqrt(2) u"),
        (r"\sqrt\lambda u", "sqrt(λ) u"),
        (r"\sqrt{\sqrt{x} + y}", "sqrt(sqrt(x) + y)"),
        (r"\sqrt\left(x\right)", "sqrt(x)"),
        (r"\sqrt{x}^2 y", "sqrt(x)^2 y"),
        (r"\sqrt{X}_{21}", "sqrt(X)_{21}"),
        (r"(\sqrt{X_{ij}} | ji)", "sqrt(X)^T"),
        (r"u / \sqrt{x}", "u / sqrt(x)"),
        (r"\frac{u}{\sqrt{x}}", "u / sqrt(x)"),
        (r"\frac{\sqrt x}2", "sqrt(x) / 2"),
        (r"\sqrt{\frac{x}2}", "sqrt(x / 2)"),
        (r"e^{-\sqrt{x}}", "exp(-sqrt(x))"),
        (r"\sqrt{\|X\|}", "sqrt(norm(X))"),
        (r"\langle [{\sqrt{X}} X] \rangle", "sqrt(X) .* X"),
        (r"\sqrt[3]{x}", "power(x, 1/3)"),
        (r"\sqrt[3]{\sqrt[5]{x} + 1} u", "power(power(x, 1/5) + 1, 1/3) u"),
        (r"\sqrt[4]X", "power(X, 1/4)"),
    ],
)
def test_roots(text: str, plain: str) -> None:
    assert parse(text, **NAMES) == parse(plain, **NAMES)


def test_a_tensor_called_sqrt_is_no_root() -> None:
    assert parse(r"\sqrt{x}", sqrt=X, x=NAMES["x"]) == parse("sqrt(x)", **NAMES)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (r"\sqrt", "no argument in braces", 0),
        (r"2 \sqrt + x", "no argument in braces", 2),
        (r"\sqrt\sqrt{x}", "no argument in braces", 0),
        (r"\sqrt[n]{x}", "no argument in braces", 0),
        (r"\sqrt[3](x)", "no argument in braces", 0),
        (r"\sqrt[0]{x}", "divided by 0", 6),
        (r"\sqrt{}", "is empty", 5),
        (r"\sqrt{x", "'{' is never closed", 5),
        (r"(\sqrt{x)}", "expected '}', got ')'", 6),
        (r"\sqrt{(x}", "expected ')', got '}'", 6),
        (r"⟨\sqrt{X}⟩", "stands in braces inside", 1),
    ],
)
def test_what_is_no_root(text: str, message: str, place: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text, **NAMES)
    assert message in caught.value.message
    assert caught.value.position == place


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"x^{\frac{1}{2}}", "sqrt(x)"),
        (r"x^{\frac12}", "sqrt(x)"),
        (r"x^\frac{3}{2} u", "x^{3/2} u"),
        (r"x^{-\tfrac{ 1 }2}", "x^{-1/2}"),
        (r"\tanh^{\frac{3}{2}}(u)", "power(tanh(u), 3/2)"),
    ],
)
def test_a_fraction_as_a_power(text: str, plain: str) -> None:
    assert parse(text, **NAMES) == parse(plain, **NAMES)


def test_many_fractions_take_linear_time() -> None:
    start = time.perf_counter()
    parse(r"\frac{" * 2000 + "x" + "}2" * 2000, x=NAMES["x"])
    parse(r"\sqrt{" * 2000 + "x" + "}" * 2000, x=NAMES["x"])
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("style", ["boldsymbol", "mathbf", "mathrm", "bm"])
def test_a_subscript_in_the_argument_of_a_style(style: str) -> None:
    names = {"X": X, "W_12": tensors("W_12[n,k]")[0]}
    assert parse(rf"\{style}{{X_{{21}}}}", **names) == parse("X_{21}", **names)
    assert parse(rf"\{style}{{W_{{12}}}}", **names) == names["W_12"]
    assert parse(rf"\{style}{{ W_{{12}} }}_{{21}}", **names) == names["W_12"].T
    assert bracket(rf"\{style}{{X_{{1}}}} \{style}{{X_{{2}}}}", X=X) == X


def test_a_letter_with_a_subscript_in_the_argument_of_a_style() -> None:
    beta = scalar("β_1")
    assert parse(r"\boldsymbol{\beta_{1}}", β_1=beta) == parse(r"\bm{\beta_1}", β_1=beta) == beta


def test_an_unknown_name_with_a_subscript_in_a_style() -> None:
    with pytest.raises(ParseError, match="unknown name") as caught:
        parse(r"X + \boldsymbol{Q_{12}}", X=X)
    assert caught.value.caret == "        " + "^" * len(r"\boldsymbol{Q_{12}}")
    for text in (r"\boldsymbol{\odot_{1}}", r"\hat{X_{1}}", r"\boldsymbol{X_{}}"):
        with pytest.raises(ParseError, match="needs a name"):
            parse(text, X=X)
