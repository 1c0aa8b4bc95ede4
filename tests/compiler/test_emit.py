"""The generated source: made of our own words only, and right about what it frees and overwrites."""

from __future__ import annotations

import ast
import re
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.backends.numpy import NUMPY
from bracketcalc.compiler.buffers import analyse
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.emit import write_source
from bracketcalc.compiler.program import Kind, Program, Step
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
            assert node.id in operations or re.fullmatch(r"[xtf]\d+", node.id)
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
