"""The magics ``%bracket`` and ``%%bracket``: formulas in the notebook, as they are written on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.core import Expr
from bracketcalc.notebook.cell import Cell, read_cell
from bracketcalc.notebook.equations import Equations
from bracketcalc.notebook.names import variable_names

NAME = "bracket"

FIRST_LINE = 2
"""The number of a cell's first formula: editors count the line of the magic."""


def line_magic(shell: Any) -> Callable[[str], Expr | None]:
    """Return the line magic ``%bracket`` for a shell of IPython."""
    from IPython.core.magic import no_var_expand  # noqa: PLC0415

    def bracket(line: str) -> Expr | None:
        """Return the expression of a formula in bracket notation: %bracket tanh(X W)

        The formula uses the variables of the notebook. A line ``Z = tanh(X W)`` also defines Z, and a
        line ``X[n,d] W[d,k]`` declares tensors.
        """
        cell = _run(shell, line, None)
        return cell.definitions[-1] if cell.definitions else cell.formula

    return no_var_expand(bracket)  # type: ignore[no-any-return]


def cell_magic(shell: Any) -> Callable[[str, str], Expr | None]:
    """Return the cell magic ``%%bracket`` for a shell of IPython."""
    from IPython.core.magic import no_var_expand  # noqa: PLC0415
    from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring  # noqa: PLC0415
    from IPython.display import display  # noqa: PLC0415

    def bracket(line: str, cell: str) -> Expr | None:
        """Read formulas in bracket notation, a line each.

        X[n,d] W[d,k] b[k] declares tensors. Z = tanh(X W + 𝟏 bᵀ) defines Z. Both become variables of the
        notebook, if their names can be Python names, once the whole cell is read: a cell with an error
        changes nothing. The definitions are shown as equations, with the formulas without a name between
        them; a formula without a name in the last line is the value of the cell.

        Formulas use the variables of the notebook that are expressions, functions or numbers. A number
        whose name is the size of an axis stands for that size. A # begins a comment. A line goes on in
        the next one inside brackets, or behind a backslash.
        """
        options = parse_argstring(decorated, line)
        read = _run(shell, cell, FIRST_LINE)
        if options.quiet:
            return None
        if read.shown:
            display(Equations(read.shown))
        return read.formula

    quiet = argument("-q", "--quiet", action="store_true", help="show nothing")
    decorated = no_var_expand(magic_arguments()(quiet(bracket)))
    return decorated  # type: ignore[no-any-return]


def _run(shell: Any, text: str, first_line: int | None) -> Cell:
    """Read formulas, and make variables of what they declare and define."""
    try:
        cell = read_cell(text, shell.user_ns, first_line)
    except BracketCalcError as error:
        raise _without_traceback(error) from None
    shell.push(variable_names(cell.made))
    return cell


def _without_traceback(error: BracketCalcError) -> BracketCalcError:
    """Return the error so that IPython shows only its message: the fault is in the cell, not in code."""
    shown: Any = error
    shown._render_traceback_ = f"{type(error).__name__}: {error}".splitlines
    return error
