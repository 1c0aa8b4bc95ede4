"""Checkpoints: files that are complete or not there, and that say which model they belong to.

A checkpoint is a first line, a checksum of the rest, and an archive of arrays with a description of the
model. It is written beside the old one, which it then replaces in one step. So whenever a process is
killed, the file holds the last checkpoint that was complete.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc

Array = npt.NDArray[Any]

FIRST_LINE = b"bracketcalc checkpoint 1\n"
CHECKSUM = hashlib.sha256().digest_size
MODEL = " model"


class CheckpointError(bc.BracketCalcError):
    """A file that cannot be continued from. The file is left as it is."""


def save(path: Path, model: Mapping[str, str], arrays: Mapping[str, Array]) -> None:
    """Replace the checkpoint by one of these arrays.

    Args:
        path: the file.
        model: what a run must agree on to continue from it, by name.
        arrays: whatever the run needs to continue.
    """
    archive = io.BytesIO()
    described = np.frombuffer(json.dumps(dict(model)).encode(), np.uint8)
    np.savez(archive, allow_pickle=False, **{MODEL: described, **arrays})
    body = archive.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(FIRST_LINE + hashlib.sha256(body).digest() + body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def load(path: Path, model: Mapping[str, str]) -> dict[str, Array]:
    """Return the arrays of a checkpoint of the same model.

    Args:
        path: the file.
        model: the description of the run that wants to continue.

    Raises:
        CheckpointError: if the file is not a checkpoint, is damaged, or belongs to another model.
        FileNotFoundError: if there is no file.
    """
    content = path.read_bytes()
    # A file that was cut off within its first line is a damaged checkpoint, not a file of another kind.
    if not content.startswith(FIRST_LINE[: len(content)]):
        raise CheckpointError(f"{path} is not a checkpoint", hint="pass the path of a checkpoint")
    start = len(FIRST_LINE) + CHECKSUM
    body = content[start:]
    if hashlib.sha256(body).digest() != content[len(FIRST_LINE) : start]:
        raise CheckpointError(
            f"{path} is damaged: the checksum of its {len(content)} bytes is wrong",
            hint="restore a copy of it, or begin again without --resume",
        )
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    _compare(path, json.loads(arrays.pop(MODEL).tobytes()), model)
    return arrays


def _compare(path: Path, saved: Mapping[str, str], model: Mapping[str, str]) -> None:
    for name in [*model, *saved]:
        there, here = saved.get(name, "not given"), model.get(name, "not given")
        if there != here:
            raise CheckpointError(
                f"{path} is of another run: its {name} is {there!r:.200}, here it is {here!r:.200}",
                hint="continue with the options of the run that wrote it, or begin again without --resume",
            )
