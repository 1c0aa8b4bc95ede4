"""The examples train to their accuracy, and a wrong gradient makes them fail."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bracketcalc as bc

EXAMPLES = Path(__file__).parents[1] / "examples"
REQUIRED = {"digits": 97.5, "digits_rows": 95}


def loaded(name: str) -> ModuleType:
    """Return an example as a module."""
    specification = importlib.util.spec_from_file_location("example", EXAMPLES / name)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def load(name: str, monkeypatch: pytest.MonkeyPatch, *options: str) -> ModuleType:
    """Return an example as a module that was given these options."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    specification = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *options])
    return module


def trained(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str) -> ModuleType:
    """Return a training example whose files go to a folder."""
    for needed in ("sklearn", "matplotlib", "tqdm"):
        pytest.importorskip(needed)
    files = ["--output", str(folder / f"{name}.png"), "--checkpoint", str(folder / f"{name}.checkpoint")]
    return load(name, monkeypatch, *files, *options)


def accuracy(shown: str) -> float:
    return float(shown.partition("held-out accuracy ")[2].partition("%")[0])


def test_digits_trains_and_draws(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained("digits", monkeypatch, tmp_path, "--quick").main()
    shown = capsys.readouterr().out
    assert "∇_{A2}J = 1/n (P ⊙ (Y 𝟏 𝟏ᵀ) - Y)" in shown
    assert accuracy(shown) >= 94
    assert (tmp_path / "digits.png").stat().st_size > 10_000


def test_a_recurrent_network_reads_the_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained("digits_rows", monkeypatch, tmp_path, "--quick").main()
    assert accuracy(capsys.readouterr().out) >= 80
    assert (tmp_path / "digits_rows.png").stat().st_size > 10_000


@pytest.mark.long
@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("seed", range(3))
def test_the_full_training_reaches_its_accuracy(
    name: str,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trained(name, monkeypatch, tmp_path, "--seed", str(seed)).main()
    assert accuracy(capsys.readouterr().out) >= REQUIRED[name]


@pytest.mark.parametrize(
    ("name", "parameters"), [("digits", ("W1", "b1", "W2", "b2")), ("digits_rows", tuple("WUbVc"))]
)
def test_a_wrong_gradient_stops_the_training(
    name: str, parameters: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = trained(name, monkeypatch, tmp_path, "--steps", "1")
    for place, parameter in enumerate(parameters):

        def wrong(J: bc.Expr, wrt: Any, place: int = place) -> bc.Derivation:
            right = bc.derive(J, wrt)
            changed = [g if k != place else g * 1.001 for k, g in enumerate(right.gradients)]
            return dataclasses.replace(right, gradients=tuple(changed))

        facade = ModuleType("bracketcalc")
        facade.__dict__.update({**vars(bc), "derive": wrong})
        monkeypatch.setattr(module, "bc", facade)
        with pytest.raises(bc.DerivativeError, match=f"respect to {parameter} is wrong"):
            module.main()
    assert not list(tmp_path.iterdir())


def test_a_nan_in_the_data_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = trained("digits_rows", monkeypatch, tmp_path, "--quick", "--find-nan")
    monkeypatch.setattr(module, "check_gradients", lambda *_: None)
    right = module.digits

    def damaged(seed: int) -> Any:
        found = right(seed)
        found.images[:, 3, 5] = float("nan")
        return found

    monkeypatch.setattr(module, "digits", damaged)
    monkeypatch.setattr(module, "moved", lambda images, _: images)
    with pytest.raises(bc.ArgumentError, match=r"loss of step 1 is not finite: X\[3, 0, 5\] is nan"):
        module.main()
    assert not (tmp_path / "digits_rows.checkpoint").exists()


def bits(shown: str) -> float:
    return float(shown.partition("held-out text: ")[2].partition(" bits")[0])


def test_a_network_learns_characters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = trained("characters", monkeypatch, tmp_path, "--quick", "--steps", "100")
    for name, size in {"HIDDEN": 12, "BATCH": 8, "LENGTH": 16, "WRITTEN": 20, "RATE": 0.03}.items():
        monkeypatch.setattr(module, name, size)
    module.main()
    shown = capsys.readouterr().out
    assert bits(shown) < 5.5, "less than the 6.55 bits of a guess among 94 characters"
    assert (tmp_path / "characters.png").stat().st_size > 10_000


@pytest.mark.long
def test_a_transformer_learns_characters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = trained("transformer", monkeypatch, tmp_path, "--quick", "--steps", "60")
    sizes = {"WIDTH": 12, "HEADS": 3, "BLOCKS": 1, "BATCH": 8, "LENGTH": 24, "WRITTEN": 20, "RATE": 0.03}
    for name, size in sizes.items():
        monkeypatch.setattr(module, name, size)
    module.main()
    shown = capsys.readouterr().out
    assert bits(shown) < 5.5
    assert (tmp_path / "transformer.png").stat().st_size > 10_000


# Of the words that are drawn letter by letter, 2 % are words of the text.
WRITING = {"characters": ("2000", 0.5), "transformer": ("700", 0.2)}


@pytest.mark.long
@pytest.mark.parametrize("name", WRITING)
def test_a_network_writes_text(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps, share = WRITING[name]
    trained(name, monkeypatch, tmp_path, "--steps", steps).main()
    shown = capsys.readouterr().out
    assert bits(shown) < 3
    sample = shown.partition("c: slope")[2].partition("\n\n")[2].partition("held-out text")[0]
    known = module_words(monkeypatch)
    words = re.findall(r"[a-z]{3,}", sample)
    assert len(words) > 30
    assert sum(word in known for word in words) > share * len(words)


def module_words(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from support.text import documentation

    return set(re.findall(r"[a-z]{3,}", documentation()))


def test_the_text_holds_no_paragraph_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from support.text import consecutive, documentation, text

    found = documentation()
    assert found.isascii()
    assert len(found) > 200_000
    paragraphs = re.split(r"\n\s*\n", found)
    assert len(paragraphs) == len(set(paragraphs))
    source = text()
    assert source.alphabet.decode(source.alphabet.encode("a list")) == "a list"
    inputs, following = consecutive(source.test, 7)
    assert (inputs[1:] == following[:-1]).all()
    with pytest.raises(bc.ArgumentError, match="'é' is not one of the"):
        source.alphabet.encode("café")


@pytest.mark.long
# torch makes a compiled graph of its own in gradcheck, and warns of what it uses.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_exercise_in_torch_is_solved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    module = load("torch_ffn", monkeypatch)
    for name, size in {"IN": 4, "HIDDEN": 3, "OUT": 2, "BATCH": 3}.items():
        monkeypatch.setattr(module, name, size)
    module.main()
    shown = capsys.readouterr().out
    assert "∇_{A2}loss = (∇_{h2}loss ⊙ h2 ⊙ (1 - h2)) h1ᵀ" in shown
    assert shown.count("gradcheck and gradgradcheck pass") == 2
    losses = [float(line.partition("loss ")[2]) for line in shown.splitlines() if line.startswith("step")]
    assert losses[-1] < losses[0]


@pytest.fixture
def parsing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "argv", ["parse.py", "--quick"])
    return loaded("benchmarks/parse.py")


def test_every_spelling_is_timed(parsing: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    parsing.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + sum(len(row.texts) for row in parsing.ROWS)
    for line in lines[1:-1]:
        least, median = map(float, line.split()[-2:])
        assert 0 < least <= median


def test_the_times_of_unequal_formulas_are_not_compared(
    parsing: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = parsing.ROWS[0]
    monkeypatch.setattr(parsing, "ROWS", [row._replace(texts={**row.texts, "ASCII": "2 Z W + ones b^T"})])
    with pytest.raises(SystemExit, match="give different expressions"):
        parsing.main()


@pytest.fixture
def newton(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = loaded("newton_logistic.py")
    monkeypatch.setattr(sys, "argv", ["newton_logistic.py", "--seed", "3"])
    return module


def test_newton_converges_and_the_implicit_gradient_is_right(
    newton: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    newton.main()
    shown = capsys.readouterr().out
    digits = [float(line.split()[-1]) for line in shown.splitlines() if line[:4].strip().isdigit()]
    assert len(digits) == newton.STEPS
    assert max(digits) > 14
    assert "ridge  dL/dλ = -solve(" in shown


def test_the_example_fails_with_a_wrong_step(newton: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    facade = ModuleType("bracketcalc")
    facade.__dict__.update({name: getattr(bc, name) for name in bc.__all__})
    monkeypatch.setattr(facade, "newton_step", lambda J, w: 0.9 * bc.newton_step(J, w))
    monkeypatch.setattr(newton, "bc", facade)
    with pytest.raises(SystemExit, match="did not converge"):
        newton.main()


def test_the_example_fails_with_a_wrong_implicit_gradient(
    newton: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    facade = ModuleType("bracketcalc")
    facade.__dict__.update({name: getattr(bc, name) for name in bc.__all__})
    monkeypatch.setattr(facade, "implicit_gradient", lambda *given: 1.001 * bc.implicit_gradient(*given))
    monkeypatch.setattr(newton, "bc", facade)
    with pytest.raises(SystemExit, match="is wrong"):
        newton.main()
