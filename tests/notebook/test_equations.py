from __future__ import annotations

import re

from bracketcalc.expr.build import define, tensor, tensors
from bracketcalc.expr.core import Expr, Sum
from bracketcalc.notebook.equations import MOST, Equations
from bracketcalc.render.display import LONGEST

A, x = tensors("A[m,n] x[n]")


def bundle(equations: Equations) -> dict[str, str]:
    return equations._repr_mimebundle_()


def test_definitions_are_aligned_equations() -> None:
    y = define("y", A @ x)
    shown = bundle(Equations([y, define("loss_1", y @ y / 2)]))
    assert shown == {
        "text/plain": "     y = A x\nloss_1 = 1/2 y · y",
        "text/latex": (
            "$\\displaystyle \\begin{aligned}\n"
            "y &= A x \\\\\n"
            "\\mathrm{loss}_{1} &= \\frac{1}{2} y \\cdot y\n"
            "\\end{aligned}$"
        ),
    }


def test_a_combining_mark_takes_no_place() -> None:
    lines = str(Equations([define("x\u0304", x), define("ab", x)])).splitlines()
    assert lines == [" x\u0304 = x", "ab = x"]


def test_names_are_escaped() -> None:
    latex = bundle(Equations([define("<script>$\\input{x}", x)]))["text/latex"]
    assert "<script>" not in latex
    assert "\\input" not in latex
    assert latex.count("$") - latex.count("\\$") == 2


def test_a_long_equation_is_cut() -> None:
    long = Sum([tensor(f"{'a' * 50}{k}", "n") for k in range(600)])
    shown = bundle(Equations([define("s", long), define("t", x)]))
    assert all(0.4 * LONGEST < len(text) < 1.2 * LONGEST for text in shown.values())
    assert shown["text/plain"].endswith("\nt = x")


def test_many_equations_are_cut_and_shown_as_text() -> None:
    some = [define(f"a{k}", x * k) for k in range(2, MOST + 12)]
    assert "text/latex" in bundle(Equations(some[:MOST]))
    assert "more" not in str(Equations(some[:MOST]))
    shown = bundle(Equations(some))
    assert list(shown) == ["text/plain"]
    lines = shown["text/plain"].splitlines()
    assert len(lines) == MOST + 1
    assert lines[MOST // 2] == "… 10 more equations …"
    assert re.fullmatch(r" *a2 = 2 x", lines[0])
    assert lines[-1] == f"a{MOST + 11} = {MOST + 11} x"


def test_without_printers_there_is_only_text() -> None:
    display = Expr.display
    try:
        Expr.display = None
        assert bundle(Equations([define("y", x)])) == {"text/plain": "y = x"}
    finally:
        Expr.display = display


def test_formulas_without_a_name_stand_behind_the_equality_signs() -> None:
    y = define("y", A @ x)
    shown = bundle(Equations([A, y, y + y]))
    assert shown["text/plain"] == "    A\ny = A x\n    y + y"
    assert "& A \\\\\ny &= A x \\\\\n& y + y\n" in shown["text/latex"]
    assert str(Equations([A, x])) == "A\nx"
