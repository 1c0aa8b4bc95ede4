"""What is printed means the expression: the text is parsed again, or read with einsum, and evaluated."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import differential, gradient, hessian
from bracketcalc.expr.algebra import diag, outer
from bracketcalc.expr.build import define, identity, ones, tensor, tensors
from bracketcalc.expr.core import Expr, Product
from bracketcalc.functions.application import ElementwiseForm
from bracketcalc.functions.forms import FORMS, det, inv, log_softmax, logdet, logsumexp, tanh
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal
from bracketcalc.traverse import tensors_in
from tests.render.random_expressions import (
    ARRAYS,
    NAMES,
    TENSORS,
    random_expression,
    random_product,
    value,
)
from tests.strategies import assert_checked

STYLES = ("matrix", "index", "bracket")
SPELLINGS: Mapping[str, Callable[[Expr, str], str]] = MappingProxyType(
    {
        "Unicode": to_text,
        "ASCII": lambda expr, style: to_text(expr, style, ascii=True),
        "LaTeX": to_latex,
    }
)
BLOCK = 60


def _texts(expr: Expr) -> list[str]:
    return [write(expr, style) for style in STYLES for write in SPELLINGS.values()]


def _drawn(seed: int) -> Expr:
    return random_expression(random.Random(seed), 1 + seed % 2)


def _is_proven(back: Expr, expr: Expr) -> bool:
    """Return whether two expressions have one canonical form."""
    table = CanonicalTable()
    return table.form(simplify(back)) == table.form(simplify(expr))


def _assert_same_value(back: Expr, expr: Expr, text: str) -> None:
    found, expected = value(back), value(expr)
    if np.all(np.isfinite(expected)):
        # The text has another order of operations: 1e-12 is what cancels, 1e-9 many roundings.
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=text)


def _check_round_trips(style: str, spelling: str, seeds: range) -> None:
    """Read what is printed; an inverse is read as a quotient, so not every equality has a proof."""
    proven = 0
    for seed in seeds:
        expr = _drawn(seed)
        text = SPELLINGS[spelling](expr, style)
        back = parse(text, **NAMES)
        assert_checked(back)
        assert back.sizes == expr.sizes, f"seed {seed}: {text}"
        if _is_proven(back, expr):
            proven += 1
        else:
            _assert_same_value(back, expr, f"seed {seed}: {text}")
    assert proven > 0.97 * len(seeds)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("style", STYLES)
def test_what_is_printed_is_read_as_it_was_meant(style: str, spelling: str) -> None:
    _check_round_trips(style, spelling, range(300))


@pytest.mark.long
@pytest.mark.parametrize("block", range(10))
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("style", STYLES)
def test_ten_thousand_expressions_are_read_as_they_were_meant(
    style: str, spelling: str, block: int
) -> None:
    _check_round_trips(style, spelling, range(1000 * block, 1000 * (block + 1)))


@pytest.mark.long
@pytest.mark.parametrize("style", STYLES)
def test_nested_expressions_are_read_as_they_were_meant(style: str) -> None:
    for seed in range(1000):
        expr = random_expression(random.Random(seed), 3)
        for write in SPELLINGS.values():
            text = write(expr, style)
            back = parse(text, **NAMES)
            assert back.sizes == expr.sizes, f"seed {seed}: {text}"
            if not _is_proven(back, expr):
                _assert_same_value(back, expr, f"seed {seed}: {text}")


@pytest.mark.long
def test_printing_ten_thousand_expressions_in_all_styles_takes_less_than_a_minute() -> None:
    exprs = [_drawn(seed) for seed in range(10_000)]
    start = time.perf_counter()
    for expr in exprs:
        _texts(expr)
    assert time.perf_counter() - start < 60


@pytest.mark.parametrize("block", range(3))
def test_the_values_are_those_of_the_expressions(block: int) -> None:
    # The canonical form is code of our own, so a part of the texts is evaluated too.
    in_matrix_form = 0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        expr = _drawn(seed)
        for style in STYLES:
            text = to_text(expr, style)
            _assert_same_value(parse(text, **NAMES), expr, f"seed {seed}: {text}")
        in_matrix_form += "|" not in to_text(expr, ascii=True)
    assert in_matrix_form > 0.9 * BLOCK


@pytest.mark.parametrize("block", range(4))
def test_random_index_forms_are_the_einsum_that_they_show(block: int) -> None:
    shown = 0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        draw = random.Random(seed)
        factors: list[Expr] = [draw.choice(TENSORS) for _ in range(draw.randint(1, 4))]
        expr = random_product(draw, factors)
        assert isinstance(expr, Product)
        text = to_text(expr, style="index")
        match = re.fullmatch(r"(-?)(\S+ )?((?:[a-z]+ )*)\((.*) \|(.*)\)", text)
        if match is None:
            assert "|" not in text
            continue
        shown += 1
        sign, _number, _scalars, inside, output = match.groups()
        pieces = re.findall(r"(\w+?)_\{(\w+)\}", inside)
        arrays = [np.ones(2) if name == "𝟏" else ARRAYS[name] for name, _ in pieces]
        equation = ",".join([letters for _, letters in pieces]) + "->" + output.strip()
        scale = float(expr.coefficient)
        for factor in factors:
            if factor.ndim == 0:
                scale *= float(value(factor))
        assert (sign == "-") == (expr.coefficient < 0)
        found = scale * np.einsum(equation, *arrays)
        np.testing.assert_allclose(found, value(expr), rtol=1e-12, err_msg=text)
    assert shown > 0.5 * BLOCK


def test_every_elementwise_function_reads_back_as_itself() -> None:
    (x,) = tensors("x[n]")
    arrays = {"x": np.array([2.0, 3.0])}
    for name, form in FORMS.items():
        if not isinstance(form, ElementwiseForm):
            continue
        required = len(form.parameters) - len(form.defaults)
        expr = form(x, *[2] * required)
        for text in _texts(expr):
            back = parse(text, x=x)
            if name in ("square", "reciprocal", "power"):
                np.testing.assert_array_equal(evaluate(back, arrays), evaluate(expr, arrays))
            else:
                assert back == expr, text


def test_functions_on_subtensors_read_back_as_themselves() -> None:
    A, B, T = tensors("A[n,n] B[m,n,n] T[n,d,k]")
    arrays = {
        "A": np.array([[2.0, 1.0], [0.5, 3.0]]),
        "B": np.arange(12).reshape(3, 2, 2) + 3 * np.eye(2),
        "T": np.arange(24).reshape(2, 3, 4) / 7,
    }
    cases = [inv(A), inv(A.T), inv(A).T, det(A), logdet(B), inv(B)]
    cases += [log_softmax(T, axis=1), logsumexp(T, axis=0)]
    for expr in cases:
        for text in _texts(expr):
            back = parse(text, A=A, B=B, T=T)
            found, expected = evaluate(back, arrays), evaluate(expr, arrays)
            np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=text)


NAMES_TO_READ = ["alpha", "α", "λ", "W_1", "W_12", "loss", "x'", "x_0'", "dX", "W_{12}", "Ω", "ell", "x1"]


@pytest.mark.parametrize("name", NAMES_TO_READ)
def test_names_read_back_in_every_spelling(name: str) -> None:
    x = tensor(name, ("n", "n"))
    arrays = {name: np.array([[1.0, 2.0], [3.0, 5.0]])}
    for expr in (x, x.T, x @ x, x.sum(axis=0)):
        for text in _texts(expr):
            back = parse(text, **{name: x})
            np.testing.assert_array_equal(evaluate(back, arrays), evaluate(expr, arrays), text)


def test_a_tensor_called_I_is_not_the_identity() -> None:
    image, x = tensor("I", ("n", "n")), tensor("x", ("n",))
    expr = image + identity("n")
    assert to_text(expr) == "I + diag(𝟏)"
    arrays = {"I": np.array([[1.0, 2.0], [3.0, 5.0]]), "x": np.array([7.0, 11.0])}
    for one in (expr, image @ identity("n") @ x, image + diag(x)):
        back = parse(to_text(one), I=image, x=x)
        np.testing.assert_array_equal(evaluate(back, arrays), evaluate(one, arrays))


def test_definitions_read_back_by_name() -> None:
    X, W = tensors("X[n,d] W[d,k]")
    Z = define("Z_1", X @ W)
    for text in _texts(Z.T @ Z):
        assert _is_proven(parse(text, Z_1=Z), Z.T @ Z), text


def test_gradients_of_a_network_read_back() -> None:
    X, W, b, V, Y = tensors("X[n,d] W[d,k] b[k] V[k,m] Y[n,m]")
    scores = tanh(X @ W + outer(ones("n"), b)) @ V
    loss = -(log_softmax(scores, axis=1) * Y).sum() / X.sizes[0] + (W * W).sum() / 2
    results = [*gradient(loss, [W, b, V]), differential(loss, [W, b]), hessian(loss, b)]
    names = {one.name: one for one in tensors_in(results)}
    for expr in results:
        for text in _texts(expr):
            assert equal(parse(text, **names), expr), text
