r"""Reading a cell of formulas: what its lines declare, define and evaluate to.

Nothing outside is changed, so a cell with an error leaves the notebook as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from unicodedata import normalize

from bracketcalc.errors import BracketCalcError, ParseError, Span
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.notation.commands import LETTERS
from bracketcalc.notation.lexer import tokenize
from bracketcalc.notation.parse import Value, parse
from bracketcalc.notation.spelled import plain_subscript, spelled
from bracketcalc.notation.tokens import Kind
from bracketcalc.notebook.names import usable_names
from bracketcalc.notebook.statements import Statement, statements
from bracketcalc.traverse import postorder


class Cell:
    """What the statements read so far have made.

    Attributes:
        variables: the variables of the notebook.
        made: the declared tensors and the definitions, by their names.
        definitions: the definitions, in order.
        shown: the definitions and the formulas without a name, in order, but for ``formula``.
        formula: the value of the last statement, if it is a formula without a name.
    """

    __slots__ = ("definitions", "formula", "made", "shown", "variables")

    def __init__(self, variables: Mapping[str, object]) -> None:
        self.variables = variables
        self.made: dict[str, Expr] = {}
        self.definitions: list[Definition] = []
        self.shown: list[Expr] = []
        self.formula: Expr | None = None

    def names(self) -> dict[str, Value]:
        """Return the meanings of the names that the next statement may use."""
        return usable_names({**self.variables, **self.made})


def read_cell(text: str, variables: Mapping[str, object], first_line: int | None = None) -> Cell:
    r"""Return what a cell of formulas declares, defines and evaluates to.

    Each statement is a declaration ``X[n,d] lam[]``, a definition ``Z = tanh(X W)``, or a formula, in the
    notation of :func:`parse`. It may use the variables and the names of the statements before it.

    Args:
        text: the statements, a line each (see :mod:`bracketcalc.notebook.statements`).
        variables: the variables of the notebook.
        first_line: the number of the first line; by default errors name no lines.

    Raises:
        BracketCalcError: any error of a statement, with carets in its line of the cell.

    Example:
        >>> cell = read_cell("X[n,d] W[d,k]\nZ = tanh(X W)\nZ · Z", {})
        >>> list(cell.made), str(cell.formula)
        (['X', 'W', 'Z'], 'Z · Z')
    """
    text = normalize("NFC", text)
    cell = Cell(variables)
    for number, statement in enumerate(statements(text)):
        try:
            if number:
                _check_begin(statement)
            _read(statement, cell)
        except BracketCalcError as error:
            advised = _advised(error, variables)
            if (number and statement.goes_on) or statement.is_cut:
                advised = type(error)(error.message, spans=error.spans, hint=_GOES_ON)
            raise _moved(advised, statement, text, first_line) from None
    return cell


_GOES_ON = "to go on in the next line, end a line with a backslash, or open a bracket in it"


def _check_begin(statement: Statement) -> None:
    """Refuse a line that begins with a sign as the rest of the line before does: it would be a formula."""
    text = statement.text
    begin = len(text) - len(text.lstrip())
    if text.startswith(("+", "-", "\N{MINUS SIGN}"), begin) and (begin or text[begin] == "+"):
        raise ParseError(
            f"this line begins with {text[begin]}, like the rest of the line before",
            spans=[Span(text, begin, begin + 1)],
            hint=_GOES_ON,
        )


def _read(statement: Statement, cell: Cell) -> None:
    if cell.formula is not None:
        cell.shown.append(cell.formula)
    cell.formula = None
    if statement.declares:
        for tensor in tensors(statement.text):
            _make(tensor, spelled(tensor.name), Span(statement.text, 0, len(statement.text)), cell)
    elif statement.equals >= 0:
        _define(statement, cell)
    else:
        cell.formula = parse(statement.text, **cell.names())


def _define(statement: Statement, cell: Cell) -> None:
    text, equals = statement.text, statement.equals
    name, place = _defined_name(text, equals)
    again = text.find("=", equals + 1)
    if again >= 0:
        raise ParseError(
            "a definition has one equality sign",
            spans=[Span(text, again, again + 1)],
            hint="write Name = formula",
        )
    if not text[equals + 1 :].strip():
        raise ParseError(
            "nothing stands behind the equality sign",
            spans=[Span(text, equals, equals + 1)],
            hint="write Name = formula",
        )
    # Spaces in place of the left side keep every position of the formula.
    body = parse(text[equals + 1 :].rjust(len(text)), **cell.names())
    for node in postorder([body], lambda node: isinstance(node, Definition)):
        if isinstance(node, Tensor | Definition) and spelled(node.name) == name:
            raise ParseError(
                f"the right side contains {name} itself", spans=[place], hint="give the result another name"
            )
    definition = define(name, body)
    _make(definition, name, place, cell)
    cell.definitions.append(definition)
    cell.shown.append(definition)


def _make(expr: Expr, name: str, place: Span, cell: Cell) -> None:
    if name in cell.made:
        raise ParseError(
            f"{name} has a meaning in this cell already", spans=[place], hint="give it another name"
        )
    cell.made[name] = expr


def _defined_name(text: str, equals: int) -> tuple[str, Span]:
    """Return the name on the left side of a definition in its plain spelling, and its place."""
    left = text[:equals]
    first, *scripts = tokenize(left)
    place = Span(text, first.start, max(len(left.rstrip()), first.start + 1))
    if first.kind is not Kind.WORD or any(token.kind is not Kind.LOWERED for token in scripts[:-1]):
        raise ParseError(
            "the left side of a definition is one name",
            spans=[place],
            hint="write Name = formula, as in Z = tanh(X W)",
        )
    letter = LETTERS.get(first.value, (first.value,))[0] if first.command else first.value
    subscripts = [plain_subscript(text, token) for token in scripts[:-1]]
    return spelled(letter + "".join(subscripts)), place


# -- errors ---------------------------------------------------------------------------------------------


def _advised(error: BracketCalcError, variables: Mapping[str, object]) -> BracketCalcError:
    """Return the error with a hint for a notebook, where it is about a name that formulas do not know."""
    if not error.message.startswith("unknown name ") or not error.hint.startswith("give its meaning"):
        return error
    name = spelled(error.spans[0].text)
    if name in variables:
        kind = type(variables[name]).__name__
        hint = f"{name} is a Python variable ({kind}) that a formula cannot use; declare a tensor: T[n,d]"
    else:
        hint = f"declare or define it in a line above: {name}[n,d], or {name} = …"
    return type(error)(error.message, spans=error.spans, hint=hint)


def _moved(
    error: BracketCalcError, statement: Statement, text: str, first_line: int | None
) -> BracketCalcError:
    """Return an error of a statement with its places in the cell, and the number of the line."""
    places = [(span.start, span.end) for span in error.spans]
    if not places:
        code = statement.text.strip()
        begin = statement.text.find(code)
        places = [(begin, begin + len(code))]
    spans = [Span(text, statement.start + start, statement.start + end) for start, end in places]
    line = text.count("\n", 0, spans[0].start)
    prefix = "" if first_line is None else f"line {first_line + line}: "
    return type(error)(prefix + error.message, spans=spans, hint=error.hint)
