"""The command line, as a user calls it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bracketcalc.cli import explain, main


def test_a_formula_is_explained_in_every_style() -> None:
    text = explain("1/2 ‖X w - y‖^2", "X[n,d] w[d] y[n]", wrt="w")
    assert text.splitlines()[0].endswith("a scalar")
    assert "∇_{w} = Xᵀ (X w - y)" in text
    assert r"\frac{1}{2}" in text


def test_a_report_needs_the_sizes() -> None:
    text = explain("X W", "X[n,d] W[d,k]", sizes="n=500, d=64 k=10", source=True)
    assert "640,000 FLOPs" in text
    assert "def run(x0, x1):" in text
    assert "FLOPs" not in explain("X W", "X[n,d] W[d,k]")


def test_a_size_that_no_tensor_has_is_a_number_too() -> None:
    assert "results" in explain("𝟏_{n}ᵀ 𝟏_{n}", "X[n,d]", sizes="n=3")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["X W", "--tensors", "X[n,d] W[n,k]"], "ShapeError"),
        (["X (W", "--tensors", "X[n,d] W[d,k]"], "ParseError"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "n=5"], "the size d has no value"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "n:5"], "'n:5' does not give a size"),
        (["tr(X)", "--tensors", "X[n,n]", "--wrt", "Y"], "Y is not declared"),
    ],
)
def test_mistakes_are_told_and_end_with_a_status(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *words]) == 1
    output = capsys.readouterr()
    assert message in output.err
    assert "Traceback" not in output.err
    assert output.out == ""


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "bracketcalc", "explain", "A . B", "--tensors", "A[n] B[n]"]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "a scalar" in result.stdout
