"""What a formula means, what its gradient is, and what it costs to run it."""

from __future__ import annotations

from bracketcalc.cli.given import declared_in, numbers_in, shapes_of, with_gradients
from bracketcalc.compiler.compile import compile
from bracketcalc.expr.shapes import show_sizes
from bracketcalc.render.text import to_latex, to_text

STYLES = ("matrix", "index", "bracket")


def explain(formula: str, declarations: str, wrt: str = "", sizes: str = "", source: bool = False) -> str:
    """Return what a formula means in every style, its gradients, and the cost of running them.

    Args:
        formula: the formula.
        declarations: its tensors, such as ``"X[n,d] w[d]"``.
        wrt: names of tensors for whose gradients to ask; the formula must then be a scalar.
        sizes: values of the sizes, such as ``"n=500 d=64"``; without them there is no report.
        source: whether to show the program too, for sizes chosen by the compiler where none are given.

    Raises:
        BracketCalcError: for anything wrong with the formula, the tensors or the sizes.
    """
    declared = declared_in(declarations)
    results = with_gradients(formula, declared, wrt)
    expr = results[""]
    lines = [f"{expr}, with sizes {show_sizes(expr.sizes)}" if expr.ndim else f"{expr}, a scalar"]
    lines += [f"  {style:<8} {to_text(expr, style=style)}" for style in STYLES]
    lines.append(f"  LaTeX    {to_latex(expr)}")
    lines += [f"∇_{{{name}}} = {found}" for name, found in results.items() if name]
    if sizes or source:
        program = compile(list(results.values()))
        shapes = shapes_of(declared, program.arguments, numbers_in(sizes)) if sizes else {}
        lines += ["", str(program.report(**shapes))] if sizes else []
        lines += ["", program.source(**shapes)] if source else []
    return "\n".join(lines)
