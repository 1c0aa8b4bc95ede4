"""The README: two commands, a table in which every spelling can be typed, and a program that runs."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import bracketcalc as bc

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
NAMES = {
    **dict(zip(("X", "W", "s"), bc.tensors("X[4,4] W[4,4] s[4]"), strict=True)),
    **dict(zip(("A", "B"), bc.tensors("A[4,4] B[4,4]"), strict=True)),
}
CUBE = bc.tensor("A", (4, 4, 4))


def spellings() -> list[str]:
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in README.splitlines() if line.startswith("| ")]
    cells = [cell for row in rows[1:] for cell in row[1:4]]
    return [found.replace(r"\|", "|") for cell in cells for found in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("text", spellings())
def test_every_spelling_of_the_table_is_read(text: str) -> None:
    if text in ("𝟏", "ones", r"\mathbf{1}"):
        assert bc.parse(f"X {text}", **NAMES) == NAMES["X"] @ bc.ones(4)
    elif text == "I":
        assert bc.parse("X I", **NAMES) == NAMES["X"] @ bc.identity(4)
    elif text.startswith("e_"):
        assert bc.parse(f"X ⊙ {text}", **NAMES) == NAMES["X"] * bc.onehot((1, 2), (4, 4))
    elif text.startswith("A_"):
        assert bc.parse(text, A=CUBE).ndim in (1, 2, 3)
    else:
        assert isinstance(bc.parse(text, **NAMES), bc.Expr)


def test_there_are_exactly_two_commands() -> None:
    (block,) = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    commands = block.splitlines()
    assert len(commands) == 2
    assert all(command.startswith("python3 -m venv .venv && ") for command in commands)
    assert commands[0].endswith("examples/digits.py")
    assert commands[1].endswith("-m pytest")


def test_the_programs_run_and_print_what_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    program, *others = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(others) == 2
    scope: dict[str, object] = {}
    exec(program, scope)
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == re.findall(r"print\(gW\) +# (.*)", program)[0]
    assert shown[2].startswith("arguments")
    for other in others:
        exec(other, {**scope})
        claimed = [line[1:].removeprefix(" ") for line in other.splitlines() if line.startswith("#")]
        assert capsys.readouterr().out.rstrip("\n").splitlines() == claimed


def test_the_derivation_is_the_one_of_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    examples = Path(__file__).parents[1] / "examples"
    monkeypatch.syspath_prepend(str(examples))
    network = runpy.run_path(str(examples / "digits.py"))["network"]
    loss, _, parameters = network()
    assert README.partition("```\n")[2].partition("```")[0].rstrip("\n") == str(bc.derive(loss, parameters))
