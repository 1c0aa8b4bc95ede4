"""The command line: what a formula means, what its gradient is, and what it costs to run it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bracketcalc.calculus.derivatives import gradient
from bracketcalc.compiler.compile import compile
from bracketcalc.errors import ArgumentError, BracketCalcError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.shapes import show_sizes
from bracketcalc.notation.parse import parse
from bracketcalc.render.text import to_latex, to_text

STYLES = ("matrix", "index", "bracket")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit status.

    Args:
        arguments: the words behind the command; those of the process for None.

    Example:
        >>> main(["explain", "X W", "--tensors", "X[n,d] W[d,k]"])
        X W, with sizes (n, k)
          matrix   X W
          index    (X_{ij} W_{jk} | ik)
          bracket  ⟨X_1 [X̅_2 W_1] W_2⟩
          LaTeX    X W
        0
    """
    given = _parser().parse_args(arguments)
    try:
        print(explain(given.formula, given.tensors, given.wrt, given.sizes, given.source))
    except BracketCalcError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bracketcalc", description="Tensor bracket notation.")
    commands = parser.add_subparsers(required=True, metavar="command")
    shown = commands.add_parser("explain", help="say what a formula means, and what it costs to run it")
    shown.add_argument("formula", help="a formula, such as 'Xᵀ (X w - y)'")
    shown.add_argument("--tensors", default="", help="its tensors, such as 'X[n,d] w[d] y[n]'")
    shown.add_argument("--wrt", default="", help="tensors for whose gradients to ask, such as 'W b'")
    shown.add_argument("--sizes", default="", help="the sizes for a report, such as 'n=500 d=64'")
    shown.add_argument("--source", action="store_true", help="also show the program, for the sizes")
    return parser


def explain(formula: str, declarations: str, wrt: str = "", sizes: str = "", source: bool = False) -> str:
    """Return what a formula means in every style, its gradients, and the cost of running them.

    Args:
        formula: the formula.
        declarations: its tensors, such as ``"X[n,d] w[d]"``.
        wrt: names of tensors for whose gradients to ask; the formula must then be a scalar.
        sizes: values of the sizes, such as ``"n=500 d=64"``; without them there is no report.
        source: whether to show the program too.

    Raises:
        BracketCalcError: for anything wrong with the formula, the tensors or the sizes.
    """
    declared = {tensor.name: tensor for tensor in tensors(declarations)}
    expr = parse(formula, **declared)
    lines = [f"{expr}, with sizes {show_sizes(expr.sizes)}" if expr.ndim else f"{expr}, a scalar"]
    lines += [f"  {style:<8} {to_text(expr, style=style)}" for style in STYLES]
    lines.append(f"  LaTeX    {to_latex(expr)}")
    results = [expr]
    for name in wrt.replace(",", " ").split():
        results.append(gradient(expr, _declared(declared, name)))
        lines.append(f"∇_{{{name}}} = {results[-1]}")
    if sizes:
        program = compile(results)
        shapes = _shapes(declared, program.arguments, _numbers(sizes))
        lines += ["", str(program.report(**shapes))]
        if source:
            lines += ["", program.source(**shapes)]
    return "\n".join(lines)


def _declared(declared: dict[str, Tensor], name: str) -> Expr:
    if name not in declared:
        raise ArgumentError(f"{name} is not declared", hint=f"declare it: --tensors '{name}[…] …'")
    return declared[name]


def _numbers(sizes: str) -> dict[str, int]:
    """Return the numbers in a text such as ``"n=500 d=64"``."""
    found: dict[str, int] = {}
    for word in sizes.replace(",", " ").split():
        name, sign, number = word.partition("=")
        if not (name and sign and number.isdecimal()):
            raise ArgumentError(f"{word!r} does not give a size", hint="write --sizes 'n=500 d=64'")
        found[name] = int(number)
    return found


def _shapes(
    declared: dict[str, Tensor], names: Sequence[str], numbers: dict[str, int]
) -> dict[str, tuple[int, ...] | int]:
    """Return the shape of each argument of a program, and the number for each size that it takes."""
    shapes: dict[str, tuple[int, ...] | int] = {}
    for name in names:
        extents = declared[name].sizes if name in declared else ()
        wanted = [getattr(size, "name", name) for size in extents if not isinstance(size, int)]
        for size in [*wanted, *([] if name in declared else [name])]:
            if size not in numbers:
                raise ArgumentError(f"the size {size} has no value", hint=f"add {size}=… to --sizes")
        shape = tuple([s if isinstance(s, int) else numbers[s.name] for s in extents])
        shapes[name] = shape if name in declared else numbers[name]
    return shapes
