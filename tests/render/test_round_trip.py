"""What is printed means the expression: the text is parsed again, or read with einsum, and evaluated."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from bracketcalc.expr.build import define, diag, identity, tensor, tensors
from bracketcalc.expr.core import Expr, Product
from bracketcalc.functions.application import ElementwiseForm
from bracketcalc.functions.forms import FORMS, det, inv, log_softmax, logdet, logsumexp
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from bracketcalc.render.text import to_latex, to_text
from tests.render.random_expressions import (
    ARRAYS,
    NAMES,
    TENSORS,
    random_expression,
    random_product,
    value,
)

BLOCK = 60


def _spellings(expr: Expr) -> list[str]:
    return [to_text(expr), to_text(expr, ascii=True), to_latex(expr)]


@pytest.mark.parametrize(("depth", "block"), [(1, k) for k in range(6)] + [(2, k) for k in range(8)])
def test_random_expressions_mean_what_they_say(depth: int, block: int) -> None:
    in_matrix_form = 0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        expr = random_expression(random.Random(1000 * depth + seed), depth)
        expected = value(expr)
        texts = _spellings(expr)
        in_matrix_form += "|" not in texts[1]
        if "|" in texts[1] or not np.all(np.isfinite(expected)):
            continue
        for text in texts:
            found = value(parse(text, **NAMES))
            assert found.shape == expected.shape, f"seed {seed}: {text}"
            # The text has another order of operations: 1e-12 is what cancels, 1e-9 many roundings.
            np.testing.assert_allclose(
                found, expected, rtol=1e-9, atol=1e-12, err_msg=f"seed {seed}: {text}"
            )
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
        for text in _spellings(expr):
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
        for text in _spellings(expr):
            back = parse(text, A=A, B=B, T=T)
            found, expected = evaluate(back, arrays), evaluate(expr, arrays)
            np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=text)


NAMES_TO_READ = ["alpha", "α", "λ", "W_1", "W_12", "loss", "x'", "x_0'", "dX", "W_{12}", "Ω", "ell", "x1"]


@pytest.mark.parametrize("name", NAMES_TO_READ)
def test_names_read_back_in_every_spelling(name: str) -> None:
    x = tensor(name, ("n", "n"))
    arrays = {name: np.array([[1.0, 2.0], [3.0, 5.0]])}
    for expr in (x, x.T, x @ x, x.sum(axis=0)):
        for text in _spellings(expr):
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
    for text in _spellings(Z.T @ Z):
        assert parse(text, Z_1=Z) == Z.T @ Z
