"""Running code on blocks: every element once, in any memory order, and what goes wrong is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bracketcalc.backends.blocks import _pieces, block_runner, thread_limit


def product(a: Any, b: Any, result: Any, room: Any) -> None:
    np.add(a, b, room)
    np.multiply(room, a, result)


def run(body: Callable[..., None], operands: Any, result: Any, threads: int = 3, block: int = 4) -> None:
    block_runner(threads)(body, operands, (result,), block=block, scratch=1, shares=99)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.integers(1, 30))
def test_the_pieces_hold_every_element_once(shape: list[int], block: int) -> None:
    seen = np.zeros(shape, int)
    for piece in _pieces(tuple(shape), block):
        assert 0 < seen[piece].size <= block
        seen[piece] += 1
    assert np.all(seen == 1)


ORDERS: list[Callable[[Any], Any]] = [
    lambda x: x,
    np.asfortranarray,
    lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    lambda x: np.ascontiguousarray(x[::-1])[::-1],
    lambda x: np.ascontiguousarray(x.swapaxes(0, -1)).swapaxes(0, -1),
]


@pytest.mark.parametrize("shape", [(7,), (5, 3), (2, 3, 4), (1, 9), (9, 1), (1,), (0, 4), (3, 0)])
@pytest.mark.parametrize("first", range(5))
@pytest.mark.parametrize("second", range(5))
def test_any_memory_order(shape: tuple[int, ...], first: int, second: int) -> None:
    draw = np.random.default_rng(0)
    a, b = draw.standard_normal(shape), draw.standard_normal(shape)
    one, two = ORDERS[first](a), ORDERS[second](b)
    for result in (np.empty_like(one), np.empty(shape), np.empty(shape, order="F")):
        run(product, (one, two), result)
        np.testing.assert_array_equal(result, (a + b) * a)


@pytest.mark.parametrize("small", [(), (1, 1, 1), (1, 1, 4), (1, 3, 1), (2, 1, 4)])
def test_operands_that_are_repeated(small: tuple[int, ...]) -> None:
    draw = np.random.default_rng(0)
    a, b = draw.standard_normal((2, 3, 4)), draw.standard_normal(small)
    orders: tuple[Literal["C", "F"], ...] = ("C", "F")
    for order in orders:
        result = np.empty((2, 3, 4), order=order)
        run(product, (np.asarray(a, order=order), b), result)
        np.testing.assert_array_equal(result, (a + b) * a)


def test_a_result_may_lie_over_an_operand() -> None:
    a, b = np.arange(50.0), np.arange(50.0)[::-1].copy()
    expected = (a + b) * a
    run(product, (a, b), b)
    np.testing.assert_array_equal(b, expected)


def test_what_a_thread_raises_is_raised_and_no_thread_is_left() -> None:
    a = np.arange(40.0)
    before = threading.active_count()

    def body(a: Any, result: Any, _room: Any) -> None:
        if a[0] > 30:
            raise FloatingPointError("far")
        result[...] = a

    with pytest.raises(FloatingPointError, match="far"):
        run(body, (a,), np.empty(40))
    assert threading.active_count() == before


def test_an_interrupted_call_stops_the_other_threads() -> None:
    main, done = threading.current_thread(), list[float]()
    interrupted = threading.Event()

    def body(a: Any, _result: Any, _room: Any) -> None:
        if threading.current_thread() is main:
            interrupted.set()
            raise KeyboardInterrupt
        interrupted.wait(5)
        done.append(a[0])

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run(body, (np.arange(3000.0),), np.empty(3000), threads=2, block=1)
    assert threading.active_count() == before
    assert len(done) < 1500


def test_error_settings_hold_in_every_thread() -> None:
    def body(a: Any, result: Any, _room: Any) -> None:
        np.divide(1, a, result)

    zeros, result = np.zeros(40), np.empty(40)
    with np.errstate(divide="ignore"):
        run(body, (zeros,), result)
    assert np.all(np.isinf(result))
    zeros[:30] = 1
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        run(body, (zeros,), result)


def test_the_number_of_threads() -> None:
    assert thread_limit({"OMP_NUM_THREADS": "1"}) == 1
    assert thread_limit({}) >= 1
    assert (
        thread_limit({"OMP_NUM_THREADS": "many"})
        == thread_limit({"OMP_NUM_THREADS": "0"})
        == thread_limit({})
    )
