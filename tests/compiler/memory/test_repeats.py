"""Where repeated rows and columns are read where they lie, and what such programs compute and take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.memory.repeats import LEAST, with_repeats
from bracketcalc.compiler.program.steps import Kind, Program, Step
from bracketcalc.expr.algebra import diag, outer
from bracketcalc.expr.build import ones, tensors
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
    found: tuple[Any, ...] = with_repeats(Program(tuple(steps), (2,), (one, other)), 8).steps[2].parameters
    return found


@pytest.mark.parametrize("kind", [Kind.ADD, Kind.SUBTRACT, Kind.MULTIPLY, Kind.DIVIDE])
def test_a_row_is_written_out_to_fill_a_buffer(kind: Kind) -> None:
    assert copies(kind, (700, 100), (1, 100), (700, 100)) == (82,)
    assert copies(kind, (1, 1, 64), (30, 40, 64), (30, 40, 64)) == (128,)
    assert copies(kind, (50, 40, 50), (1, 40, 50), (50, 40, 50)) == (5,)


def test_a_column_of_long_rows_is_read_where_it_lies() -> None:
    assert copies(Kind.ADD, (700, 1), (700, 256), (700, 256)) == (0,)
    assert copies(Kind.DIVIDE, (7, 20, 30, 40), (7, 20, 1, 1), (7, 20, 30, 40)) == (0,)


@pytest.mark.parametrize(
    ("one", "other", "shape"),
    [
        ((600, 100), (1, 100), (600, 100)),
        ((700, 100), (700, 100), (700, 100)),
        ((700, 100), (700, 1), (700, 100)),
        ((700, 255), (700, 1), (700, 255)),
        ((700, 1), (1, 300), (700, 300)),
        ((50, 40, 50), (50, 1, 50), (50, 40, 50)),
        ((50, 40, 50), (1, 40, 1), (50, 40, 50)),
        ((10, 8192), (1, 8192), (10, 8192)),
        ((700, 300), (1, 1), (700, 300)),
        ((700, 100), (), (700, 100)),
    ],
    ids=["few", "same", "column", "nearly", "both", "middle", "middle only", "long", "number", "no axes"],
)
def test_where_it_saves_nothing_it_is_not(one: Shape, other: Shape, shape: Shape) -> None:
    assert copies(Kind.ADD, one, other, shape) == ()
    assert copies(Kind.ADD, other, one, shape) == ()


def in_source(source: str) -> set[str]:
    return {name for name in ("in_rows", "in_columns") if name in source}


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
        assert in_source(f.source()) == ({"in_rows"} if m * 97 >= LEAST else set())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", ["diag(v) A", "A - v 𝟏ᵀ", "v 𝟏ᵀ - A", "A ⊘ (v 𝟏ᵀ) + v 𝟏ᵀ"])
def test_columns(text: str, dtype: Any) -> None:
    A, v = tensors("A[m,n] v[m]")
    expr = parse(text, A=A, v=v)
    f = compile(expr)
    draw = np.random.default_rng(0)
    for n in (1301, 0, 1):
        values = {"A": draw.uniform(1, 2, (71, n)).astype(dtype), "v": draw.uniform(1, 2, 71).astype(dtype)}
        tolerance = 2e-6 if dtype == "float32" else 1e-15
        np.testing.assert_allclose(f(**values), evaluate(expr, values), rtol=tolerance)
        assert in_source(f.source()) == ({"in_columns"} if n == 1301 else set())


def test_arguments_in_any_memory_order() -> None:
    A, v, w = tensors("A[m,n] v[n] w[m]")
    rows, columns = compile(A + outer(ones("m"), v)), compile(A + outer(w, ones("n")))
    whole, row, column = (
        np.random.default_rng(0).standard_normal((900, 800)),
        np.arange(900.0),
        np.ones(800),
    )
    for array in (whole.T, whole[:, ::-1].T, np.repeat(whole.T, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(rows(A=array, v=row), array + row)
        np.testing.assert_array_equal(rows(A=array, v=row[::-1]), array + row[::-1])
        np.testing.assert_array_equal(columns(A=array, w=column), array + column[:, None])


def test_the_size_of_the_buffers_is_put_back() -> None:
    A, v = tensors("A[m,n] v[m]")
    f = compile(diag(v) @ A)
    before = np.getbufsize()
    f(A=np.ones((71, 1301)), v=np.ones(71))
    with pytest.warns(RuntimeWarning, match="overflow"):
        f(A=np.full((71, 1301), 1e300), v=np.full(71, 1e300))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        f(A=np.full((71, 1301), 1e300), v=np.full(71, 1e300))
    assert np.getbufsize() == before


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", ["A + 𝟏 vᵀ", "diag(w) A", "A - w 𝟏ᵀ"])
def test_the_predicted_peak_is_what_is_measured(text: str, dtype: Any) -> None:
    A, v, w = tensors("A[m,n] v[n] w[m]")
    f = compile(parse(text, A=A, v=v, w=w))
    m, n = (700, 100) if "v" in text else (60, 1200)
    arrays = {"A": np.ones((m, n), dtype), "v": np.ones(n, dtype), "w": np.ones(m, dtype)}
    values = {name: arrays[name] for name in f.arguments}
    peak = measured(f, values)
    assert f.report(dtype, **values).peak_bytes == pytest.approx(peak, rel=0.15)
