"""What is free where a program runs, and the refusal of programs that would exceed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc.backends.numpy import NUMPY
from bracketcalc.backends.record import Backend
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.memory.limits import free_bytes
from bracketcalc.errors import MemoryLimitError

X, W = bc.tensors("X[n,d] W[d,k]")
MEMINFO = "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    8000000 kB\n"


@pytest.fixture
def group(tmp_path: Path) -> Path:
    (tmp_path / "meminfo").write_text(MEMINFO)
    (tmp_path / "memory.max").write_text("5000000000\n")
    (tmp_path / "memory.current").write_text("3000000000\n")
    (tmp_path / "memory.stat").write_text("anon 17\ninactive_file 500000000\nactive_file 3\n")
    return tmp_path


def test_what_is_available_is_read(group: Path, tmp_path: Path) -> None:
    meminfo = group / "meminfo"
    assert free_bytes(NUMPY, meminfo, tmp_path / "nothing") == 8_000_000 * 1024
    assert free_bytes(NUMPY, meminfo, group) == 2_500_000_000
    (group / "memory.max").write_text("max\n")
    assert free_bytes(NUMPY, meminfo, group) == 8_000_000 * 1024
    found = free_bytes(NUMPY, group / "nothing", group / "nothing")
    assert found is None or found > 1_000_000


def test_other_libraries_are_asked_themselves() -> None:
    pool = SimpleNamespace(free_bytes=lambda: 5)
    runtime = SimpleNamespace(memGetInfo=lambda: (100, 1000))
    cupy: Any = SimpleNamespace(cuda=SimpleNamespace(runtime=runtime), get_default_memory_pool=lambda: pool)
    operations: Callable[[Any], Any] = NUMPY.operations
    assert free_bytes(Backend("cupy on cuda:0", cupy, operations)) == 105
    torch: Any = SimpleNamespace(cuda=SimpleNamespace(mem_get_info=lambda: (70, 90)))
    assert free_bytes(Backend("torch on cuda:0", torch, operations)) == 70
    assert free_bytes(replace(NUMPY, name="jax")) is None


def test_a_program_that_the_machine_does_not_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bracketcalc.compiler.planner.free_bytes", lambda _backend: 20_000_000)
    large = np.broadcast_to(0.0, (10**6, 5))
    with pytest.raises(MemoryLimitError) as caught:
        compile(X @ W)(X=large, W=np.ones((5, 4)))
    assert str(caught.value) == (
        "the program needs 32.0 MB beside its arguments, but only 20.0 MB are free\n"
        "  hint: pass smaller arrays, or compile with a max_bytes of your own, which is trusted"
    )
    f = compile((X @ W).sum(axis=0), max_bytes=10**9)
    assert f(X=large, W=np.ones((5, 4))).shape == (4,)


def test_what_is_free_is_a_limit_below_which_axes_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = np.random.default_rng(0).random((10**6, 5)), np.ones((5, 4))
    expr = bc.tanh(X @ W).sum(axis=0)
    expected = compile(expr)(X=x, W=w)
    monkeypatch.setattr("bracketcalc.compiler.planner.free_bytes", lambda _backend: 20_000_000)
    f = compile(expr)
    np.testing.assert_allclose(f(X=x, W=w), expected, rtol=1e-12)
    assert "range(" in f.source()


def test_small_programs_do_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_backend: Backend) -> int:
        raise AssertionError

    monkeypatch.setattr("bracketcalc.compiler.planner.free_bytes", asked)
    assert compile(X @ W)(X=np.ones((1000, 5)), W=np.ones((5, 4))).shape == (1000, 4)


def test_where_nothing_is_known_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bracketcalc.compiler.planner.free_bytes", lambda _backend: None)
    assert compile(X @ W)(X=np.broadcast_to(0.0, (10**6, 5)), W=np.ones((5, 4))).shape == (10**6, 4)
