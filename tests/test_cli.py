"""The command line, as a user calls it."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from bracketcalc.cli import bench, explain, main, measured
from bracketcalc.testing.timing import Run


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
    unsized = explain("X W", "X[n,d] W[d,k]", source=True)
    assert "def run(x0, x1):" in unsized
    assert "FLOPs" not in unsized


def test_a_size_that_no_tensor_has_is_a_number_too() -> None:
    assert "results" in explain("𝟏_{n}ᵀ 𝟏_{n}", "X[n,d]", sizes="n=3")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["X W", "--tensors", "X[n,d] W[n,k]"], "ShapeError"),
        (["X (W", "--tensors", "X[n,d] W[d,k]"], "ParseError"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "n=5"], "the size d has no value"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "n:5"], "'n:5' does not give a size"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "n=5 n=6"], "given as 5 and as 6"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "n=" + "9" * 5000], "does not give a size"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "n=5 d=2 k=3 q=7"], "nothing has the size q"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "q=7"], "the sizes are: d, k, n"),
        (["X W", "--tensors", "X[n,d] W[d,k]", "--sizes", "-n=5"], "nothing has the size -n"),
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


def rows(table: str) -> dict[str, list[str]]:
    """Return the numbers and units of each row by name."""
    lines = table.splitlines()[2:]
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_a_plain_product_is_timed_beside_einsum() -> None:
    table = bench("X W", "X[n,d] W[d,k]", "n=50, d=6 k=10", dtype="float32", seconds=0.01)
    assert table.splitlines()[0] == "X W, float32, n=50 d=6 k=10: 6,000 FLOPs"
    found = rows(table)
    assert list(found) == ["bracketcalc", "numpy.einsum", "opt_einsum", "numpy.matmul"]
    assert float(found["bracketcalc"][0]) > 0
    assert found["bracketcalc"][6] == "1.00"
    assert found["numpy.matmul"][-2:] == ["100.0", "%"]


def test_gradients_that_are_plain_products_are_timed_beside_einsum_too() -> None:
    table = bench("tr(A B C)", "A[n,d] B[d,k] C[k,n]", "n=5 d=6 k=7", wrt="A C", seconds=0)
    assert "opt_einsum" in rows(table)


def test_only_ours_is_timed_where_there_is_no_einsum() -> None:
    table = bench("1/2 ‖X w - y‖^2 + ln(x) · x", "X[n,d] w[d] y[n] x[n]", "n=50 d=6", wrt="w", seconds=0)
    assert list(rows(table)) == ["bracketcalc", "numpy.matmul"]


def test_what_differs_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = measured._einsums

    def wrong(results: object, arrays: object) -> dict[str, Run]:
        found = right(results, arrays)  # type: ignore[arg-type]
        return {**found, "opt_einsum": lambda: (1.0001 * found["opt_einsum"]()[0],)}

    monkeypatch.setattr(measured, "_einsums", wrong)
    table = bench("X W", "X[n,d] W[d,k]", "n=5 d=6 k=7", seconds=0)
    assert "numpy.einsum" in rows(table)
    assert table.splitlines()[-1] == "opt_einsum has other values and was not timed"


def test_arrays_that_the_machine_does_not_hold_are_not_made(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "X w", "--tensors", "X[n,d] w[d]", "--sizes", "n=50000000 d=30000000"]
    assert main(words) == 1
    assert "the arrays and the program need 12,000.0 TB, but only" in capsys.readouterr().err


def test_a_formula_is_timed_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "A . B", "--tensors", "A[n] B[n]", "--sizes", "n=4", "--seconds", "0"]
    assert main(words) == 0
    assert "8 FLOPs" in capsys.readouterr().out
    assert main([*words[:-1], "nan"]) == 1
    assert main(words[:4]) == 1
    assert "the size n has no value" in capsys.readouterr().err


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "bracketcalc", "explain", "A . B", "--tensors", "A[n] B[n]"]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "a scalar" in result.stdout


@pytest.mark.parametrize("words", [["-A", "--tensors", "A[n,d]"], ["--tensors", "A[n,d]", "-A"]])
@pytest.mark.parametrize("command", ["explain", "bench"])
def test_a_formula_may_begin_with_a_minus_sign(
    command: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--sizes", "n=2 d=3", "--seconds", "0"] if command == "bench" else []
    assert main([command, *words, *more]) == 0
    assert capsys.readouterr().out.startswith("-A,")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_what_an_output_cannot_hold_is_escaped(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    assert main(["explain", "X W", "--tensors", "X[n,d] W[d,k]"]) == 0
    text = written.getvalue().decode(encoding)
    assert "index    (X_{ij} W_{jk} | ik)" in text
    assert (r"\u27e8X_1" in text) == (encoding != "utf-8")
    assert ("⟨X_1" in text) == (encoding == "utf-8")


def test_a_reader_that_stops_early_is_no_failure() -> None:
    command = [sys.executable, "-m", "bracketcalc", "explain", "A . B", "--tensors", "A[n] B[n]"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
