"""The tables: read-only, complete, and found by name."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import POWER
from bracketcalc.functions.table import ALIASES, ELEMENTWISE, POWERS, SUBTENSOR, lookup


@pytest.mark.parametrize("table", [ELEMENTWISE, SUBTENSOR, POWERS, ALIASES])
def test_tables_are_read_only(table: Mapping[str, Any]) -> None:
    with pytest.raises(TypeError):
        table["exp"] = None  # type: ignore[index]


def test_no_name_has_two_meanings() -> None:
    names = [*ELEMENTWISE, *SUBTENSOR, *POWERS, *ALIASES]
    assert len(set(names)) == len(names)


def test_lookup() -> None:
    assert lookup("exp") == (ELEMENTWISE["exp"], ())
    assert lookup("softmax") == (SUBTENSOR["softmax"], ())
    assert lookup("square") == (POWER, (2,))
    assert lookup("sqrt") == (POWER, (Fraction(1, 2),))
    assert lookup("reciprocal") == (POWER, (-1,))
    assert lookup("ln") == lookup("log")
    assert lookup("inverse") == lookup("inv")


def test_an_unknown_name_gets_a_hint() -> None:
    with pytest.raises(ArgumentError) as caught:
        lookup("sofmax")
    assert str(caught.value) == "no function is called 'sofmax'\n  hint: write softmax"
    with pytest.raises(ArgumentError, match="hint: declare it"):
        lookup("qqqqqq")
