"""The training loop: one program does a whole step; a run can be interrupted at any time and continued.

What a step sees depends on the number of the step and on nothing that happened before, so a run that was
interrupted goes on exactly as it would have gone on.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

import bracketcalc as bc
from bracketcalc.traverse import definitions_in
from support import checkpoint
from support.device import to_host
from support.optimizers import Update

Array = npt.NDArray[Any]
Arrays = dict[str, Any]

LOSSES = "the losses"


class InterruptedRunError(bc.BracketCalcError):
    """A run that was asked to stop, and has saved where it is."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is trained, and how.

    Attributes:
        loss: the loss, a scalar.
        update: the step of the optimizer.
        batch: the data of the step of a number, always the same for the same number.
        rate: the learning rate of the step of a number.
        steps: how many steps there are.
        path: the file of the checkpoint.
        model: what a run must agree on to continue from a checkpoint.
        every: a checkpoint is written after so many steps.
        find_nan: whether to look for the cause when the loss is not finite.
    """

    loss: bc.Expr
    update: Update
    batch: Callable[[int], Arrays]
    rate: Callable[[int], float]
    steps: int
    path: Path
    model: Mapping[str, str]
    every: int = 100
    find_nan: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a run is: the losses of the steps so far, and the arrays that the next step starts from."""

    losses: list[float]
    arrays: Arrays


def train(run: Run, first: Mapping[str, Array], xp: Any = np, *, resume: bool = False) -> State:
    """Return the state after all steps.

    Args:
        run: what to do.
        first: the first value of each parameter.
        xp: NumPy or CuPy.
        resume: whether to go on from the checkpoint, if there is one.

    Raises:
        CheckpointError: if the checkpoint is damaged or of another model.
        InterruptedRunError: after Ctrl-C, when the state is saved.
        bc.ArgumentError: if the loss is not finite.
    """
    names = [tensor.name for tensor in run.update.values]
    program = bc.compile([run.loss, *run.update.following])
    state = _continued(run, first, xp) if resume and run.path.exists() else _fresh(run, first, xp)
    losses, arrays = state.losses, state.arrays
    with _interruptible() as interrupted, tqdm(total=run.steps, initial=len(losses), unit="step") as bar:
        while len(losses) < run.steps:
            step = len(losses)
            given = {name: xp.asarray(array) for name, array in run.batch(step).items()}
            # A plain number of Python takes the precision of the arrays.
            numbers = {"rate": run.rate(step), "step": step + 1.0}
            used = {name: number for name, number in numbers.items() if name in program.arguments}
            loss, *after = program(**given, **arrays, **used)
            value = float(loss)
            if not np.isfinite(value):
                raise _not_finite(run, step, {**given, **arrays})
            # The order of the axes in memory is fixed here, because a checkpoint does not keep it.
            arrays = dict(zip(names, map(xp.ascontiguousarray, after), strict=True))
            losses.append(value)
            bar.update()
            if step % 10 == 0:
                bar.set_postfix(loss=f"{value:.4f}")
            if len(losses) % run.every == 0 or len(losses) == run.steps or interrupted():
                _save(run, losses, arrays)
            if interrupted() and len(losses) < run.steps:
                raise InterruptedRunError(
                    f"interrupted after step {len(losses)} of {run.steps}, which is saved in {run.path}",
                    hint="go on with --resume",
                )
    return State(losses, arrays)


def _fresh(run: Run, first: Mapping[str, Array], xp: Any) -> State:
    """Return the state before the first step, in which an optimizer remembers zeros."""
    tensors = run.update.values
    parameters = [xp.asarray(first[tensor.name]) for tensor in tensors[: run.update.parameters]]
    arrays = {}
    for place, tensor in enumerate(tensors):
        like = parameters[place % len(parameters)]
        arrays[tensor.name] = like if place < len(parameters) else xp.zeros_like(like)
    return State([], arrays)


def _model(run: Run) -> dict[str, str]:
    """Return the description of the model: its formulas, and what else the run says about it."""
    formulas = [f"{stage.name} = {bc.to_text(stage.body)}" for stage in definitions_in([run.loss])]
    return {**run.model, "steps": str(run.steps), "formulas": "; ".join([*formulas, bc.to_text(run.loss)])}


def _save(run: Run, losses: list[float], arrays: Arrays) -> None:
    host = {name: to_host(array) for name, array in arrays.items()}
    for name, array in host.items():
        if not np.isfinite(array).all():
            raise bc.ArgumentError(
                f"{name} is not finite after step {len(losses)}", hint="try a smaller learning rate"
            )
    checkpoint.save(run.path, _model(run), {**host, LOSSES: np.array(losses)})


def _continued(run: Run, first: Mapping[str, Array], xp: Any) -> State:
    saved = checkpoint.load(run.path, _model(run))
    losses = [float(loss) for loss in saved.pop(LOSSES)]
    fresh = _fresh(run, first, np).arrays
    for name, array in fresh.items():
        if name not in saved or saved[name].shape != array.shape:
            found = saved[name].shape if name in saved else "missing"
            raise checkpoint.CheckpointError(
                f"{run.path} is of another model: {name} has the shape {array.shape}, there it is {found}",
                hint="continue with the options of the run that wrote it, or begin again without --resume",
            )
    print(f"going on from {run.path}, after step {len(losses)} of {run.steps}")
    return State(losses, {name: xp.asarray(saved[name]) for name in fresh})


def _not_finite(run: Run, step: int, values: Arrays) -> bc.ArgumentError:
    message = f"the loss of step {step + 1} is not finite"
    if not run.find_nan:
        return bc.ArgumentError(message, hint="run again with --find-nan to see where it comes from")
    host = {name: to_host(array) for name, array in values.items()}
    return bc.ArgumentError(f"{message}: {bc.first_not_finite(run.loss, host)}")


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C end the run after the step it is in, and a second Ctrl-C at once."""
    asked: list[int] = []

    def ask(number: int, frame: Any) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)
