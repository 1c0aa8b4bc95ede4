"""The parts of the function records."""

from __future__ import annotations

import pickle

import pytest

from bracketcalc.expr.core import POWER
from bracketcalc.expr.records import Always, no_kinks, operator_name, whole_line
from bracketcalc.functions.table import ELEMENTWISE, SUBTENSOR


def test_always() -> None:
    assert Always(3)() == Always(3)(1, "two") == 3
    assert Always((0.0, 1.0)) == pickle.loads(pickle.dumps(Always((0.0, 1.0)))) != Always((0.0, 2.0))


def test_defaults() -> None:
    assert no_kinks(1, 2) == ()
    assert whole_line(1) == (float("-inf"), float("inf"))


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("f", r"\operatorname{f}"),
        ("a_b", r"\operatorname{a\_b}"),
        ("x^y~z", r"\operatorname{x\hat{}y\tilde{}z}"),
        ("50%\\{}", r"\operatorname{50\%\backslash{}\{\}}"),
    ],
)
def test_operator_name(name: str, latex: str) -> None:
    assert operator_name(name) == latex


def test_records_pickle_by_value() -> None:
    for record in (*ELEMENTWISE.values(), *SUBTENSOR.values(), POWER):
        assert pickle.loads(pickle.dumps(record)) == record
        assert hash(pickle.loads(pickle.dumps(record))) == hash(record)


@pytest.mark.parametrize(
    ("exponent", "low"),
    [(2, float("-inf")), (3.0, float("-inf")), (0, float("-inf")), (-1, 0.0), (0.5, 0.0)],
)
def test_the_domain_of_powers(exponent: float, low: float) -> None:
    assert POWER.domain(exponent) == (low, float("inf"))
