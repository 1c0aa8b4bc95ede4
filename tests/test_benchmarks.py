"""The benchmark suite compares values before times, leaves out what is missing, writes what it found."""

from __future__ import annotations

import csv
import json
import os
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc

EXAMPLES = Path(__file__).parents[1] / "examples"

Suite = SimpleNamespace
"""The modules of the suite by their names."""

MODULES = (
    *("case", "harness", "suite", "table", "peers", "plots"),
    *("contractions", "tensor_networks", "networks", "layers", "hessians", "deriving", "growth"),
)
BY_HAND = ("contractions", "networks", "hessians")
SECTIONS = ("contractions", "tensor_networks", "networks", "layers", "hessians", "deriving")


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Return the suite without any peer that must be installed."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    found = SimpleNamespace(**{name: import_module(f"benchmarks.{name}") for name in MODULES})
    monkeypatch.setattr(
        found.peers, "find_spec", lambda name: find_spec(name) if name == "einsum_benchmark" else None
    )
    return found


def chosen(out: Path | None = None) -> Namespace:
    return Namespace(quick=True, device="cpu", seconds=0, out=out)


def records(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_compares_times_and_writes(
    name: str, suite: Suite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "tensor_networks":
        pytest.importorskip("einsum_benchmark")
    cases = getattr(suite, name).cases
    assert suite.suite.run({name: cases}, chosen(tmp_path)) == 0
    found = records(tmp_path)
    ours = [one for one in found if one["candidate"] == "bracketcalc"]
    assert len(ours) >= 2
    assert all(0 < float(one["least_us"]) <= float(one["median_us"]) for one in found)
    assert json.loads((tmp_path / "results.json").read_text())["machine"]["numpy"] == np.__version__
    by_hand = [one for one in found if one["candidate"] == "by hand"]
    assert bool(by_hand) == (name in BY_HAND)
    shown = capsys.readouterr().out
    assert all(one["case"][:44] in shown for one in ours)
    assert ("geometric mean" in shown) == (name not in ("layers", "deriving"))


def test_a_series_doubles_its_work(suite: Suite) -> None:
    made = [case for case in suite.growth.cases(suite.case.Setting(quick=True)) if "fcnn" in case.name]
    assert [(case.series, case.work) for case in made] == [("fcnn, batch", 1), ("fcnn, batch", 2)]
    assert made[1].flops == pytest.approx(2 * made[0].flops, rel=0.05)


def test_a_wrong_result_stops_the_suite(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    right = suite.hessians.network_by_hand
    monkeypatch.setattr(suite.hessians, "network_by_hand", lambda values: right(values) * (1 + 1e-8))
    assert suite.suite.run({"hessians": suite.hessians.cases}, chosen(tmp_path)) == 1
    assert "by hand differs by 1.0e-08" in capsys.readouterr().err
    assert len({one["case"] for one in records(tmp_path)}) == 3, "what was measured before is kept"


def case_of(suite: Suite, **runs: Callable[[], Any]) -> Any:
    """Return a case whose candidates return these values; ours returns two ones."""
    ours = {suite.case.OURS: lambda: np.ones(2)}
    return suite.case.Case("a case", "float64", {**ours, **runs}, 1e-9)


def measured(suite: Suite, case: Any, seconds: float = 0) -> Any:
    return suite.harness.measured("a section", case, suite.case.Setting(quick=True), seconds)


def test_results_of_another_shape_or_type_are_refused(suite: Suite) -> None:
    with pytest.raises(bc.ArgumentError, match="other shapes"):
        measured(suite, case_of(suite, other=lambda: np.ones(3)))
    with pytest.raises(bc.ArgumentError, match="differs by 1"):
        measured(suite, case_of(suite, other=lambda: np.zeros(2)))
    with pytest.raises(bc.ArgumentError, match="differs by nan"):
        measured(suite, case_of(suite, other=lambda: np.full(2, np.nan)))
    with pytest.raises(bc.ArgumentError, match="our result is float64, not float32"):
        measured(suite, replace(case_of(suite), dtype="float32"))


def test_a_peer_that_fails_is_told_and_left_out(suite: Suite) -> None:
    row = measured(suite, case_of(suite, broken=lambda: 1 / 0, works=lambda: np.ones(2)))
    assert list(row.times) == ["bracketcalc", "works"]
    assert "broken: ZeroDivisionError: division by zero" in suite.table.line(row, ["bracketcalc", "works"])


def test_a_slow_peer_is_timed_once(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite.harness, "SLOW", 0)
    row = measured(suite, case_of(suite, slow=lambda: np.ones(2)))
    assert len(row.times["slow"].samples) == 1
    assert len(row.times["bracketcalc"].samples) >= 5


def test_a_large_case_is_compared_with_a_bare_matrix_product(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite.harness, "LARGE", 10_000)
    row = measured(suite, replace(case_of(suite), flops=2 * 30**3))
    assert row.share > 0
    assert not row.peers, "it is no peer"
    assert suite.table.line(row, []).endswith("%")


def test_the_ratio_is_that_to_the_best_peer(suite: Suite) -> None:
    times = {
        name: suite.table.Times(samples)
        for name, samples in {
            "bracketcalc": (2.0, 3.0, 4.0),
            "a": (6.0, 6.0, 6.0),
            "b": (1.0, 7.0, 8.0),
            "less": (1.0,),
        }.items()
    }
    case = replace(case_of(suite), beside=frozenset(["less"]))
    row = suite.harness.Row("a section", case, times, {})
    assert (row.best, row.ratio, row.least_ratio) == ("a", 0.5, 2.0)
    other = replace(row, times={**times, "a": suite.table.Times((1.5,))})
    (text,) = suite.table.summary([row, other])
    assert "2 cases   geometric mean  1.00" in text
    assert "worst  2.00: a case (a)" in text


def test_the_ratios_to_the_libraries_alone_are_told_too(suite: Suite) -> None:
    times = {
        name: suite.table.Times((seconds,))
        for name, seconds in {"bracketcalc": 2.0, "by hand": 1.0, "torch": 4.0}.items()
    }
    row = suite.harness.Row("a section", case_of(suite), times, {})
    every, libraries = suite.table.summary([row])
    assert every.startswith("a section")
    assert "worst  2.00: a case (by hand)" in every
    assert libraries.startswith("    libraries only")
    assert "worst  0.50: a case (torch)" in libraries
    alone = replace(row, times={name: times[name] for name in ("bracketcalc", "by hand")})
    assert len(list(suite.table.summary([alone]))) == 1, "there is no library"


def test_events_of_the_device_are_the_clock(suite: Suite) -> None:
    cuda = SimpleNamespace(Event=Event, get_elapsed_time=lambda one, two: two.at - one.at)
    called: list[int] = []
    seconds = suite.harness._by_events(cuda, lambda: called.append(Event.tick()), 3)
    assert len(called) == 3
    assert seconds == pytest.approx(4e-3)


class Event:
    """An event of a device whose clock moves by a millisecond with each event and each call."""

    now = 0

    @classmethod
    def tick(cls) -> int:
        cls.now += 1
        return cls.now

    def record(self) -> None:
        self.at = self.tick()

    def synchronize(self) -> None:
        assert self.at


def test_the_rows_are_drawn(suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(suite.plots, "has", lambda _: True)
    row = measured(suite, case_of(suite, other=lambda: np.ones(2)))
    row = replace(row, case=replace(row.case, series="a series"))
    files = suite.plots.draw([row], tmp_path)
    assert [path.name for path in files] == ["a-section.png", "a-section-series.png"]
    assert all(path.stat().st_size > 5000 for path in files)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return import_module("benchmark")


def test_the_command_sets_the_threads_before_it_imports(
    command: Any, suite: Suite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    processors: list[list[int]] = []
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, given: processors.append(given), raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 1, 2}, raising=False)
    assert command.main(["--quick", "--only", "hessians", "--seconds", "0"]) == 0
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert processors == [[1]]
    assert "4 cases" in capsys.readouterr().out
    assert "np" not in vars(command), "NumPy reads the number when it is imported"


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch, about itself
@pytest.mark.parametrize("name", ["layers", "hessians"])
def test_the_peers_agree(
    name: str,
    suite: Suite,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(EXAMPLES))
    assert suite.suite.run({name: getattr(suite, name).cases}, chosen(tmp_path)) == 0
    found = records(tmp_path)
    counted = [
        sum(one["candidate"] == peer for one in found) for peer in ("bracketcalc", "torch", "JAX jit")
    ]
    assert counted[0] == counted[1] == counted[2]


@pytest.mark.gpu
def test_the_suite_runs_on_a_device(suite: Suite, tmp_path: Path) -> None:
    given = Namespace(quick=True, device="cuda", seconds=0, out=tmp_path)
    sections = {name: getattr(suite, name).cases for name in ("contractions", "networks", "hessians")}
    assert suite.suite.run(sections, given) == 0
    assert any(one["candidate"] == "CuPy" for one in records(tmp_path))
