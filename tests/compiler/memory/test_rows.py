"""Where rows are written out, and what programs compute and take that do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.memory.rows import LEAST, with_rows
from bracketcalc.compiler.program.steps import Kind, Program, Step
from bracketcalc.expr.build import tensors
from bracketcalc.notation.parse import parse
from bracketcalc.reference import evaluate
from tests.compiler.zoo import measured

Shape = tuple[int, ...]


def copies(kind: Kind, one: Shape, other: Shape, shape: Shape) -> tuple[Any, ...]:
    steps = [
        Step(Kind.INPUT, (), (0,), one),
        Step(Kind.INPUT, (), (1,), other),
        Step(kind, (0, 1), (), shape),
    ]
    found: tuple[Any, ...] = with_rows(Program(tuple(steps), (2,), (one, other))).steps[2].parameters
    return found


@pytest.mark.parametrize("kind", [Kind.ADD, Kind.SUBTRACT, Kind.MULTIPLY, Kind.DIVIDE])
def test_a_row_is_written_out_to_fill_a_buffer(kind: Kind) -> None:
    assert copies(kind, (700, 100), (1, 100), (700, 100)) == (82,)
    assert copies(kind, (1, 1, 64), (30, 40, 64), (30, 40, 64)) == (128,)
    assert copies(kind, (50, 40, 50), (1, 40, 50), (50, 40, 50)) == (5,)


@pytest.mark.parametrize(
    ("one", "other", "shape"),
    [
        ((600, 100), (1, 100), (600, 100)),
        ((700, 100), (700, 100), (700, 100)),
        ((700, 100), (700, 1), (700, 100)),
        ((700, 1), (1, 100), (700, 100)),
        ((50, 40, 50), (50, 1, 50), (50, 40, 50)),
        ((50, 40, 50), (1, 40, 1), (50, 40, 50)),
        ((10, 8192), (1, 8192), (10, 8192)),
        ((700, 100), (1, 1), (700, 100)),
        ((700, 100), (), (700, 100)),
    ],
    ids=["few", "same", "column", "both", "middle", "middle only", "long", "number", "no axes"],
)
def test_where_it_saves_nothing_it_is_not(one: Shape, other: Shape, shape: Shape) -> None:
    assert copies(Kind.ADD, one, other, shape) == ()
    assert copies(Kind.ADD, other, one, shape) == ()


TEXTS = ["A + 𝟏 vᵀ", "𝟏 vᵀ - A", "(1 - A) ⊙ (𝟏 vᵀ)", "(𝟏 vᵀ) ⊘ A", "(A + 𝟏 vᵀ) ⊙ (A - 2 𝟏 vᵀ)"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", TEXTS)
def test_programs_compute_what_the_expression_means(text: str, dtype: Any) -> None:
    A, v = tensors("A[m,n] v[n]")
    expr = parse(text, A=A, v=v)
    f = compile(expr)
    draw = np.random.default_rng(0)
    for m in (701, 0, 1):
        values = {"A": draw.uniform(1, 2, (m, 97)).astype(dtype), "v": draw.uniform(1, 2, 97).astype(dtype)}
        np.testing.assert_allclose(
            f(**values), evaluate(expr, values), rtol=2e-6 if dtype == "float32" else 1e-15
        )
        assert ("in_rows" in f.source()) == (m * 97 >= LEAST)


def test_arguments_in_any_memory_order() -> None:
    A, v = tensors("A[m,n] v[n]")
    expr = parse("A + 𝟏 vᵀ", A=A, v=v)
    f = compile(expr)
    whole, row = np.random.default_rng(0).standard_normal((90, 800)), np.linspace(0, 1, 90)
    for array in (whole.T, whole[:, ::-1].T, np.repeat(whole.T, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(f(A=array, v=row), array + row)
        np.testing.assert_array_equal(f(A=array, v=row[::-1]), array + row[::-1])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_predicted_peak_is_what_is_measured(dtype: Any) -> None:
    A, v = tensors("A[m,n] v[n]")
    f = compile(parse("A + 𝟏 vᵀ", A=A, v=v))
    values = {"A": np.ones((700, 100), dtype), "v": np.ones(100, dtype)}
    peak = measured(f, values)
    assert f.report(dtype, **values).peak_bytes == pytest.approx(peak, rel=0.02)
