"""The generated source: made of our own words only, and right about what it frees and overwrites."""

from __future__ import annotations

import ast
import re
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.backends.numpy import NUMPY
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.emission.emit import write_source
from bracketcalc.compiler.memory.buffers import analyse
from bracketcalc.compiler.program.steps import Constant, Kind, Program, Step
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import ones, tensors
from bracketcalc.functions.forms import tanh
from tests.compiler.test_random_programs import SIZES, Source

METHODS = {"T", "reshape", "transpose", "diagonal"}
UFUNCS = {"exp", "log", "tanh", "sqrt"}


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_source_holds_only_our_own_words(random: Random) -> None:
    source = Source(random, SIZES)
    program = compile(source.grow(random.randint(2, 8), others=True))
    operations = set(NUMPY.operations(float)) | UFUNCS
    for node in ast.walk(ast.parse(program.source())):
        if isinstance(node, ast.Attribute):
            assert node.attr in METHODS
        if isinstance(node, ast.Name):
            assert node.id in operations or re.fullmatch(r"(x|t|f|ones)\d+", node.id)
        if isinstance(node, ast.Constant):
            assert node.value is None or isinstance(node.value, int | float)
        assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Lambda | ast.ClassDef)


def program(*steps: Step, outputs: tuple[int, ...]) -> Program:
    return Program(steps, outputs, ((2, 2),))


ARGUMENT = Step(Kind.INPUT, (), (0,), (2, 2))


def lines(built: Program) -> list[str]:
    return [line.text.strip() for line in write_source(built).lines]


def test_a_value_is_written_over_only_after_its_last_use() -> None:
    built = program(
        ARGUMENT,
        Step(Kind.UFUNC, (0,), ("exp",), (2, 2)),
        Step(Kind.UFUNC, (1,), ("tanh",), (2, 2)),
        Step(Kind.MULTIPLY, (1, 2), (), (2, 2)),
        outputs=(3,),
    )
    assert analyse(built).over == {3: 1}
    assert lines(built) == [
        "def run(x0):",
        "t0 = exp(x0)",
        "t1 = tanh(t0)",
        "multiply(t0, t1, t0)",
        "del t1",
        "return (t0,)",
    ]


def test_a_value_that_another_operand_looks_into_is_not_written_over() -> None:
    built = program(
        ARGUMENT,
        Step(Kind.UFUNC, (0,), ("exp",), (2, 2)),
        Step(Kind.TRANSPOSE, (1,), (1, 0), (2, 2)),
        Step(Kind.ADD, (1, 2), (), (2, 2)),
        outputs=(3,),
    )
    assert analyse(built).over == {}
    assert lines(built)[2:] == ["t1 = add(t0, t0.T)", "del t0", "return (t1,)"]


def test_arguments_and_results_are_not_written_over() -> None:
    built = program(
        ARGUMENT,
        Step(Kind.NEGATIVE, (0,), (), (2, 2)),
        Step(Kind.UFUNC, (1,), ("exp",), (2, 2)),
        outputs=(1, 2),
    )
    assert analyse(built).over == {}
    assert lines(built)[1:] == ["t0 = negative(x0)", "t1 = exp(t0)", "return (t0, t1,)"]


def test_steps_that_nothing_needs_are_left_out() -> None:
    built = program(
        ARGUMENT,
        Step(Kind.NEGATIVE, (0,), (), (2, 2)),
        Step(Kind.UFUNC, (0,), ("exp",), (2, 2)),
        outputs=(2,),
    )
    assert lines(built)[1:] == ["t0 = exp(x0)", "return (t0,)"]


def test_numbers_have_names_that_tell_zeros_apart() -> None:
    times = [Step(Kind.MULTIPLY, (0, Constant(value)), (), (2, 2)) for value in (-0.0, 0.0, 0.5, -0.0)]
    source = write_source(program(ARGUMENT, *times, outputs=(1, 2, 3, 4)))
    assert [repr(value) for value in source.numbers.values()] == ["-0.0", "0.0", "0.5"]
    assert [line.text.strip()[-4:-1] for line in source.lines[1:-1]] == [" c0", " c1", " c2", " c0"]


def test_the_listing_shows_the_numbers() -> None:
    (x,) = tensors("x[n]")
    text = compile(tanh(x * 0.25) - 1.5 * x * x).source(x=3)
    assert "0.25" in text
    assert "1.5" in text
    assert not re.search(r"\bc\d", text)


def test_a_number_beyond_the_type_overflows_as_in_numpy() -> None:
    (x,) = tensors("x[n]")
    f = compile(1e300 * x)
    with pytest.warns(RuntimeWarning, match="overflow"):
        found = f(x=np.ones(2, np.float32))
    np.testing.assert_array_equal(found, np.full(2, np.inf, np.float32))


def test_broadcasting_puts_new_axes_in_front() -> None:
    X, b, c = tensors("X[n,d] b[d] c[n]")
    in_front, behind = compile(X + outer(ones("n"), b)), compile(X + outer(c, ones("d")))
    assert "None" not in in_front.source(X=(3, 4), b=4)
    assert "[:, None]" in behind.source(X=(3, 4), c=3)
    for n, d in [(3, 4), (1, 4), (3, 1), (0, 2), (4, 4)]:
        values = {"X": np.arange(n * d).reshape(n, d) / 7, "b": np.arange(d) / 3, "c": np.arange(n) / 5}
        np.testing.assert_array_equal(in_front(X=values["X"], b=values["b"]), values["X"] + values["b"])
        wanted = values["X"] + values["c"][:, None]
        np.testing.assert_array_equal(behind(X=values["X"], c=values["c"]), wanted)
