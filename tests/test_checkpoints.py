"""A training run that is interrupted or killed goes on exactly as it would have gone on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import bracketcalc as bc

ROOT = Path(__file__).parents[1]
STEPS = 40

PROGRAM = """
import os, signal, sys
from pathlib import Path
import numpy as np
import bracketcalc as bc
from support.optimizers import adam
from support.training import Run, train

path, kill_at_write, resume = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "resume"
X, z0, W, Y = bc.tensors("X[t,n,h] z0[n,h] W[h,h] Y[n,h]")
Z = bc.recurrence(lambda z, x: bc.tanh(z @ W + x), z0, X)
J = bc.define("J", ((bc.final_state(Z) - Y) ** 2).sum())


def batch(step):
    draw = np.random.default_rng(step)
    return {"X": draw.standard_normal((5, 4, 7)), "z0": np.zeros((4, 7)), "Y": draw.random((4, 7))}


run = Run(J, adam([W], [bc.gradient(J, W)]), batch, lambda step: 0.01,
          int(sys.argv[4]), path, {"model": "small"}, every=10)
synchronize, writes = os.fsync, []


def dying(descriptor):  # half of the new checkpoint is written when the process is killed
    writes.append(descriptor)
    if len(writes) == kill_at_write:
        os.truncate(descriptor, os.fstat(descriptor).st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    synchronize(descriptor)


os.fsync = dying
state = train(run, {"W": np.random.default_rng(1).standard_normal((7, 7)) / 3}, resume=resume)
print(",".join(loss.hex() for loss in state.losses), state.arrays["W"].tobytes().hex())
"""


def started(
    path: Path, *, kill_at_write: int = 0, resume: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, which kills itself in the middle of a write if asked."""
    paths = os.pathsep.join([str(ROOT / "examples"), str(ROOT)])
    given = [str(path), str(kill_at_write), "resume" if resume else "begin", str(STEPS)]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *given],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def last_line(finished: subprocess.CompletedProcess[str]) -> str:
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()[-1]


def test_a_run_that_is_killed_while_it_writes_goes_on_exactly(tmp_path: Path) -> None:
    pytest.importorskip("tqdm")
    whole = last_line(started(tmp_path / "whole"))
    path = tmp_path / "killed"
    killed = started(path, kill_at_write=3)
    assert killed.returncode == -signal.SIGKILL
    assert path.with_name("killed.part").exists()
    continued = started(path, resume=True)
    assert "after step 20 of 40" in continued.stdout
    assert last_line(continued) == whole
    assert not path.with_name("killed.part").exists()


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    pytest.importorskip("tqdm")
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    return import_module("support.training")


@pytest.fixture
def checkpoint(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    return import_module("support.checkpoint")


def small_run(training: ModuleType, path: Path, **changes: Any) -> Any:
    """Return a run that fits a matrix to random ones; it takes no time."""
    from support.optimizers import momentum

    X, W = bc.tensors("X[n,d] W[n,d]")
    loss = bc.define("J", bc.dot(W - X, W - X))
    chosen: dict[str, Any] = {
        "loss": loss,
        "update": momentum([W], [bc.gradient(loss, W)]),
        "batch": lambda step: {"X": np.random.default_rng(step).random((3, 2))},
        "rate": lambda _: 0.1,
        "steps": 12,
        "path": path,
        "model": {"model": "small"},
        "every": 5,
    }
    return training.Run(**{**chosen, **changes})


FIRST = {"W": np.ones((3, 2))}


def test_a_run_that_is_interrupted_goes_on_exactly(training: ModuleType, tmp_path: Path) -> None:
    # What is started in the background ignores the signal.
    handler = signal.getsignal(signal.SIGINT)
    whole = training.train(small_run(training, tmp_path / "whole"), FIRST)

    def interrupting(step: int) -> dict[str, Any]:
        if step == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return {"X": np.random.default_rng(step).random((3, 2))}

    path = tmp_path / "interrupted"
    with pytest.raises(training.InterruptedRunError, match="after step 8 of 12"):
        training.train(small_run(training, path, batch=interrupting), FIRST)
    continued = training.train(small_run(training, path), FIRST, resume=True)
    assert continued.losses == whole.losses
    np.testing.assert_array_equal(continued.arrays["W"], whole.arrays["W"])
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_run_without_a_checkpoint_begins(training: ModuleType, tmp_path: Path) -> None:
    assert len(training.train(small_run(training, tmp_path / "new"), FIRST, resume=True).losses) == 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {"model": "large"}}, "its model is 'small', here it is 'large'"),
        ({"model": {}}, "its model is 'small', here it is 'not given'"),
        ({"steps": 13}, "its steps is '12', here it is '13'"),
        ({"loss": bc.tensor("W", ("n", "d")).sum()}, "its formulas is"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_kept(
    training: ModuleType, checkpoint: ModuleType, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = tmp_path / "checkpoint"
    training.train(small_run(training, path), FIRST)
    kept = path.read_bytes()
    with pytest.raises(checkpoint.CheckpointError, match=message):
        training.train(small_run(training, path, **changes), FIRST, resume=True)
    assert path.read_bytes() == kept


def test_a_checkpoint_of_other_shapes_is_refused(
    training: ModuleType, checkpoint: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint"
    training.train(small_run(training, path), FIRST)
    with pytest.raises(checkpoint.CheckpointError, match=r"W has the shape \(4, 2\), there it is \(3, 2\)"):
        training.train(small_run(training, path), {"W": np.ones((4, 2))}, resume=True)


@pytest.mark.parametrize("size", [1, 10, 30, 60, -1, -500])
def test_a_truncated_file_is_refused_and_kept(checkpoint: ModuleType, tmp_path: Path, size: int) -> None:
    path = tmp_path / "checkpoint"
    checkpoint.save(path, {"model": "small"}, {"W": np.ones(100)})
    cut = path.read_bytes()[:size]
    path.write_bytes(cut)
    with pytest.raises(checkpoint.CheckpointError, match="is damaged"):
        checkpoint.load(path, {"model": "small"})
    assert path.read_bytes() == cut


def test_a_changed_byte_is_noticed_anywhere(checkpoint: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    checkpoint.save(path, {"model": "small"}, {"W": np.ones(3)})
    whole = path.read_bytes()
    for place in range(0, len(whole), 5):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(checkpoint.CheckpointError):
            checkpoint.load(path, {"model": "small"})


def test_another_file_is_not_a_checkpoint(checkpoint: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(b"\x89PNG, and so on")
    with pytest.raises(checkpoint.CheckpointError, match="not a checkpoint"):
        checkpoint.load(path, {})


def test_numbers_that_are_not_finite_do_not_replace_a_checkpoint(
    training: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint"
    training.train(small_run(training, path, steps=5), FIRST)
    kept = path.read_bytes()
    with pytest.raises(bc.ArgumentError, match="W is not finite after step 5"):
        training.train(small_run(training, path, rate=lambda step: np.inf if step == 4 else 0.1), FIRST)
    with pytest.raises(bc.ArgumentError, match=r"loss of step 4 .*\n.*--find-nan"):
        training.train(
            small_run(
                training, path, batch=lambda step: {"X": np.full((3, 2), np.nan if step == 3 else 1)}
            ),
            FIRST,
        )
    assert path.read_bytes() == kept


def test_batches_see_every_sample_once_in_each_epoch(training: ModuleType) -> None:
    from support.batches import rows_of_step

    epoch = [rows_of_step(step, 23, 5, seed=1) for step in range(4, 8)]
    assert len(np.unique(np.concatenate(epoch))) == 20
    assert len(rows_of_step(3, 4, 64, seed=0)) == 4
    for samples, batch in ((0, 5), (5, 0)):
        with pytest.raises(bc.ArgumentError, match="is empty"):
            rows_of_step(0, samples, batch, seed=0)


def test_a_device_that_is_not_there_is_an_error(
    training: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.device import namespace

    monkeypatch.setitem(sys.modules, "cupy", None)
    assert namespace("cpu") is np
    with pytest.raises(bc.ArgumentError, match="needs CuPy"):
        namespace("cuda")
