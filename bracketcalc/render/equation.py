"""One step of a derivation as text and as LaTeX: its left side, its right side and its rule."""

from __future__ import annotations

from typing import NamedTuple

from bracketcalc.calculus.derivation import Step, StepKind, Times
from bracketcalc.expr.core import Expr
from bracketcalc.render.capped import write
from bracketcalc.render.formulas import formula_of
from bracketcalc.render.latex import LATEX, latex_name
from bracketcalc.render.layout import Digits, Formula, Indexed
from bracketcalc.render.spelling import UNICODE
from bracketcalc.simplify.products import is_zero


class Written(NamedTuple):
    """A step in one spelling; the left side is empty where the step goes on from the one before."""

    left: str
    right: str
    rule: str


class Equation(NamedTuple):
    """A step, and the formula of its right side, which can be written in several spellings."""

    step: Step
    right: Formula


def equation(step: Step) -> Equation:
    """Return a step with the formula of its right side."""
    return Equation(step, line_formula(step.right))


def as_text(found: Equation, limit: int) -> Written:
    """Return a step as text, its right side not much longer than the limit.

    Example:
        >>> from bracketcalc.calculus.derive import derive
        >>> from bracketcalc.expr.build import tensors
        >>> b, x = tensors("b[n] x[n]")
        >>> as_text(equation(derive(b @ x, x).steps[-1]), limit=100)
        Written(left='∇_{x}J', right='b', rule='coefficient of · dx')
    """
    step, right = found
    left = "" if step.rewrites is not None else step.left
    rule = step.rule if step.times is None else f"{step.rule}, {_times_text(step.times)}"
    return Written(left, write(right, UNICODE, limit), rule)


def as_latex(found: Equation, scalar: str, limit: int) -> Written:
    r"""Return a step as LaTeX for math mode, its right side not much longer than the limit.

    Args:
        found: the step.
        scalar: the name of what is differentiated.
        limit: about the most characters of the right side.

    Example:
        >>> from bracketcalc.calculus.derive import derive
        >>> from bracketcalc.expr.build import tensors
        >>> b, x = tensors("b[n] x[n]")
        >>> print(*as_latex(equation(derive(b @ x, x).steps[-1]), "J", limit=100), sep=" | ")
        \nabla_{x} J | b | \text{coefficient of }\cdot dx
    """
    step, right = found
    left = "" if step.rewrites is not None else left_latex(step, scalar)
    return Written(left, write(right, LATEX, limit), _rule_latex(step))


def left_latex(step: Step, scalar: str) -> str:
    """Return the left side of a step, also where it is not written."""
    if step.kind is StepKind.PART:
        return f"d_{{{latex_name(step.stage)}}} {latex_name(scalar)}"
    return latex_name(step.left)


def rule_parts(step: Step) -> tuple[str, str]:
    """Return the words of a rule, which are ours, and LaTeX for the differentials that it names.

    Example:
        >>> from bracketcalc.calculus.derive import derive
        >>> from bracketcalc.expr.build import tensors
        >>> b, x = tensors("b[n] x[n]")
        >>> rule_parts(derive(b @ x, x).steps[-1])
        ('coefficient of ·', 'dx')
    """
    words = step.rule.removesuffix(", ".join(step.symbols)).rstrip()
    symbols = [latex_name(symbol) for symbol in step.symbols]
    return words, ", ".join([*symbols, *_times_latex(step)])


def _times_text(times: Times) -> str:
    return f"{times.letter} = {times.first}" + ("" if times.last == times.first else f", …, {times.last}")


def _times_latex(step: Step) -> list[str]:
    if step.times is None:
        return []
    return [rf"{step.times.letter} = {step.times.first}, \dots, {latex_name(step.times.last)}"]


def _rule_latex(step: Step) -> str:
    words, symbols = rule_parts(step)
    if step.times is not None and not step.symbols:
        return rf"\text{{{words}, }}{symbols}"
    if words.endswith("·"):
        return rf"\text{{{words[:-1]}}}\cdot {symbols}"
    return rf"\text{{{words} }}{symbols}" if symbols else rf"\text{{{words}}}"


def line_formula(expr: Expr) -> Formula:
    """Return the matrix form of an expression, and the bracket form where that would need index letters.

    Example:
        >>> from bracketcalc.expr.algebra import einsum
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.render.spelling import ASCII
        >>> A, B, C, D = tensors("A[i,j,k] B[i,k,l] C[j,k,l,m] D[i,l,m]")
        >>> write(line_formula(einsum("ijk,ikl,jklm,ilm->im", A, B, C, D)), ASCII)
        '<|[A_1 B_1 D_1] [~A_2 C_1] [~A_3 B_2 C_2] [~B_3 D_2 C_3] [D_3 C_4]|>'
    """
    if is_zero(expr):
        return Digits(0)
    formula = formula_of(expr)
    return formula_of(expr, "bracket") if _has_index_letters(formula) else formula


def _has_index_letters(formula: Formula) -> bool:
    stack, seen = [formula], set[int]()
    while stack:
        part = stack.pop()
        if isinstance(part, Indexed):
            return True
        if id(part) not in seen:
            seen.add(id(part))
            stack.extend(part.operands)
    return False
