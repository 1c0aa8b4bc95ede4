"""The first number that is not finite is found, in the data before what is computed from it."""

from __future__ import annotations

import numpy as np
import pytest

import bracketcalc as bc

X, W, z0 = bc.tensors("X[t,d] W[d,d] z0[d]")


def values() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    draw = np.random.default_rng(0)
    return {"X": draw.random((4, 3)), "W": draw.random((3, 3)), "z0": np.zeros(3)}


def test_nothing_is_found_where_everything_is_finite() -> None:
    assert bc.first_not_finite((bc.exp(X) @ W).sum(), values()) is None


def test_the_data_come_first() -> None:
    given = values()
    given["X"][2, 1] = np.nan
    given["X"][3, 0] = np.inf
    found = bc.first_not_finite((X @ W).sum(), given)
    assert found is not None
    assert (found.name, found.index, found.count) == ("X", (2, 1), 2)
    assert str(found) == "X[2, 1] is nan, the first of 2 such elements"


def test_the_first_definition_is_named_and_not_those_after_it() -> None:
    a = bc.define("a", bc.relu(X - 2))
    b = bc.define("b", bc.log(a))
    c = bc.define("c", b @ W)
    found = bc.first_not_finite(c.sum(), values())
    assert found is not None
    assert (found.name, found.index, found.value, found.count) == ("b", (0, 0), -np.inf, 12)


def test_a_state_that_overflows_is_found_at_its_time() -> None:
    states = bc.define("Z", bc.recurrence(lambda z, x: bc.exp(z + x), z0, X))
    found = bc.first_not_finite(states.sum(), {**values(), "X": np.full((5, 3), 3.0)})
    assert found is not None
    assert found.name == "Z"
    assert found.index == (2, 0)


def test_the_expression_itself_is_the_last() -> None:
    found = bc.first_not_finite(1 / (z0 @ z0), values())
    assert found is not None
    assert found.index == ()
    assert str(found).endswith(" is inf")


def test_a_missing_array_is_an_error() -> None:
    with pytest.raises(bc.ArgumentError, match="W has no value"):
        bc.first_not_finite((X @ W).sum(), {"X": np.ones((2, 2))})
