"""Derivations in a terminal, in a paper and in a notebook: a line for each step, its rule behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bracketcalc.calculus.derivation import Derivation, Step, StepKind
from bracketcalc.errors import cell_width
from bracketcalc.render.display import LONGEST, SHORTEST
from bracketcalc.render.equation import (
    Equation,
    Written,
    as_latex,
    as_text,
    equation,
    left_latex,
    rule_parts,
)
from bracketcalc.render.folding import FoldedRow, Section, folded_html

MOST = 200
"""The most steps that a notebook shows; where there are more, those in the middle are left out."""

WIDEST = 100
"""The rules stand in one column, but those of lines that are longer."""


class DerivationPrinter:
    """The printers behind ``str(derivation)`` and the notebook output.

    Example:
        >>> from bracketcalc.calculus.derive import derive
        >>> from bracketcalc.expr.build import tensors
        >>> A, x = tensors("A[n,n] x[n]")
        >>> print(DerivationPrinter().text(derive(x @ A @ x, x)))
             J = xᵀ A x           [definition]
            dJ = dxᵀ (A + Aᵀ) x   [product rule §4.2]
        ∇_{x}J = (A + Aᵀ) x       [coefficient of · dx]
    """

    def text(self, derivation: Derivation) -> str:
        """Return a line for each step, aligned at the equality signs."""
        return "\n".join(_lines([equation(step) for step in derivation.steps], LONGEST))

    def latex(self, derivation: Derivation) -> str:
        r"""Return an ``align*`` environment.

        Example:
            >>> from bracketcalc.calculus.derive import derive
            >>> from bracketcalc.expr.build import tensors
            >>> b, x = tensors("b[n] x[n]")
            >>> print(DerivationPrinter().latex(derive(b @ x, x, detail="result")))
            \begin{align*}
            J &= b \cdot x && \text{definition} \\
            \nabla_{x} J &= b && \text{coefficient of }\cdot dx
            \end{align*}
        """
        written = [as_latex(equation(step), derivation.name, LONGEST) for step in derivation.steps]
        return "\\begin{align*}\n" + " \\\\\n".join(map(_aligned, written)) + "\n\\end{align*}"

    def html(self, derivation: Derivation) -> str:
        """Return HTML in which the definitions, each stage and the gradients fold."""
        return _Shortened(derivation).html()

    def mimebundle(self, derivation: Derivation) -> dict[str, str]:
        """Return what a notebook shows; long derivations have their middle left out."""
        found = _Shortened(derivation)
        return {"text/plain": found.text(), "text/latex": found.latex(), "text/html": found.html()}


class _Shortened:
    """A derivation of bounded size: the steps at its ends, and how many are left out between them."""

    def __init__(self, derivation: Derivation) -> None:
        steps = derivation.steps
        half = MOST // 2
        parts = [steps] if len(steps) <= MOST else [steps[:half], steps[-half:]]
        self.name, self.detail = derivation.name, derivation.detail
        self.parts = [[equation(step) for step in part] for part in parts]
        self.left_out = len(steps) - sum(map(len, parts))
        self.limit = max(SHORTEST, LONGEST // max(min(len(steps), MOST), 1))
        self.written = [[as_latex(one, self.name, self.limit) for one in part] for part in self.parts]

    def text(self) -> str:
        between = f"\n… {self.left_out} more steps …\n"
        return between.join("\n".join(_lines(part, self.limit)) for part in self.parts)

    def latex(self) -> str:
        rows = [_aligned(one) for one in self.written[0]]
        if self.left_out:
            rows.append(rf"&\;\;\vdots && \text{{{self.left_out} more steps}}")
            rows += [_aligned(one) for one in self.written[-1]]
        inner = " \\\\\n".join(rows)
        return f"$\\displaystyle \\begin{{aligned}}\n{inner}\n\\end{{aligned}}$"

    def html(self) -> str:
        sections: list[Section | str] = list(self.sections(0))
        if self.left_out:
            sections += [f"… {self.left_out} more steps …", *self.sections(1)]
        return folded_html(sections)

    def sections(self, part: int) -> Iterator[Section]:
        """Yield the sections that fold: by kind, in a full derivation by definition."""
        pairs = zip([one.step for one in self.parts[part]], self.written[part], strict=True)
        for (title, _), group in groupby(pairs, lambda pair: self.section_of(pair[0])):
            inside = list(group)
            rows = [FoldedRow(one.left, one.right, *rule_parts(step)) for step, one in inside]
            outcome = "" if title else f"{left_latex(inside[-1][0], self.name)} = {rows[-1].right}"
            yield Section(title, outcome, rows, is_open=bool(title))

    def section_of(self, step: Step) -> tuple[str, str]:
        """Return the title of the section of a step, or the name of the definition that it is about."""
        if step.kind is StepKind.DEFINITION:
            return "Definitions", ""
        if step.kind is not StepKind.GRADIENT and self.detail == "full":
            return "", step.stage
        return ("Differentials" if step.kind is StepKind.DIFFERENTIAL else "Gradients"), ""


def _lines(equations: Sequence[Equation], limit: int) -> list[str]:
    written = [as_text(one, limit) for one in equations]
    width = max([cell_width(one.left) for one in written], default=0)
    lines = [f"{' ' * (width - cell_width(one.left))}{one.left} = {one.right}" for one in written]
    reach = max([length for line in lines if (length := cell_width(line)) <= WIDEST], default=0)
    return [
        f"{line}{' ' * max(reach - cell_width(line), 0)}   [{one.rule}]"
        for line, one in zip(lines, written, strict=True)
    ]


def _aligned(one: Written) -> str:
    """Return a row of an alignment."""
    return f"{one.left} &= {one.right} && {one.rule}".lstrip()
