"""Measured programs: every step has a time, the values stay the same, and the picture shows both."""

from __future__ import annotations

import builtins
import re
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError

X, W, b = bc.tensors("X[n,d] W[d,k] b[k]")
LOSS = bc.dot(bc.tanh(layers.dense(X, W, b)), bc.tanh(layers.dense(X, W, b)))
DRAW = np.random.default_rng(0)
VALUES = {"X": DRAW.random((200, 30)), "W": DRAW.random((30, 40)), "b": DRAW.random(40)}


def test_every_step_has_a_time() -> None:
    f = compile([LOSS, *bc.gradient(LOSS, [W, b])])
    before = f(**VALUES)
    report = f.profile(**VALUES)
    assert report.rates is not None
    assert all(rate > 1e6 for rate in report.rates)
    assert all(step.seconds is not None for step in report.path)
    assert sum(step.seconds or 0 for step in report.path) == report.seconds
    assert all(step.seconds for step in report.path if step.kernel == "dot")
    for one, other in zip(f(**VALUES), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_report_of_the_last_call_has_its_times() -> None:
    f = compile(LOSS)
    with pytest.raises(ArgumentError, match="no value was given for X"):
        f.report()
    f(**VALUES)
    assert f.report().seconds is None
    measured = f.profile(**VALUES)
    assert f.report() is measured
    lines = str(measured).splitlines()
    assert re.fullmatch(r"measured +[\d.]+ (µs|ms|s) for all steps", lines[5])
    assert re.search(r"  ab,bc->ac  dot .* [\d.]+ (µs|ms)  +\d+% (matmul|memory)  X W", lines[8])
    f(X=VALUES["X"][:50], W=VALUES["W"], b=VALUES["b"])
    assert f.report().seconds is None
    assert f.report().shapes[0] == ("X", (50, 30))


def test_the_steps_of_loops_and_parts_have_a_time_together() -> None:
    Z0, S, U = bc.tensors("Z0[n,h] S[t,n,h] U[h,h]")
    states = bc.recurrence(lambda z, s: bc.tanh(z @ U + s), Z0, S)
    f = compile(states)
    values = {"Z0": np.zeros((5, 6)), "S": np.ones((300, 5, 6)), "U": np.eye(6)}
    report = f.profile(**values)
    loop = next(step for step in report.path if step.kernel == "loop")
    assert loop.seconds == max(step.seconds or 0 for step in report.path)
    cut = compile(bc.einsum("ni,nj,nk,nl->ijkl", X, X, X, X), max_bytes=400_000)
    report = cut.profile(X=DRAW.random((2001, 10)))
    parts = next(step for step in report.path if step.kernel == "parts")
    assert parts.seconds is not None
    assert parts.seconds > 1e-5


def test_constants_are_not_measured() -> None:
    f = compile(bc.tanh(X @ W), constants={"W": VALUES["W"]})
    assert f.profile(X=VALUES["X"]).seconds


def test_a_share_is_that_of_the_larger_rate() -> None:
    report = compile(X @ W).report(X=(100, 100), W=(100, 100))
    (step,) = report.path
    timed = type(step)("dot", step.operands, step.result, 2_000_000, 240_000, "", seconds=1e-3)
    assert timed.share_of_peak((4e9, 1e12)) == (0.5, "matmul")
    assert timed.share_of_peak((1e15, 4.8e8)) == (0.5, "memory")


def test_the_picture_shows_time_and_memory() -> None:
    pytest.importorskip("matplotlib")
    f = compile([LOSS, *bc.gradient(LOSS, [W, b])])
    shapes = {name: value.shape for name, value in VALUES.items()}
    work, memory = f.plot(**shapes).axes
    steps = f.report(**shapes).path
    assert work.get_ylabel() == "operations"
    assert [bar.get_height() for bar in work.patches] == [step.flops for step in steps]
    assert [bar.get_height() for bar in memory.patches] == [step.held_bytes / 1e6 for step in steps]
    f.profile(**VALUES)
    figure = f.plot()
    assert figure.axes[0].get_ylabel() == "time in µs"
    assert len(figure.axes[0].patches) == len(f.report().path)


def test_a_figure_is_shown_where_pyplot_was_never_imported() -> None:
    pytest.importorskip("matplotlib")
    figure = compile(LOSS).plot(X=(2, 3), W=(3, 4), b=4)
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *rest)

    original = builtins.__import__
    monkeypatch.setattr("bracketcalc.compiler.reports.figure.import_module", missing)
    with pytest.raises(ImportError, match="plot needs matplotlib: install it with pip install matplotlib"):
        compile(LOSS).plot(X=(2, 3), W=(3, 4), b=4)
