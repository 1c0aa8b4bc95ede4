"""The errors about characters and commands that the lexer does not read."""

from __future__ import annotations

import unicodedata
from difflib import get_close_matches

from bracketcalc.errors import ParseError
from bracketcalc.notation.characters import LOOKALIKES, STEPS, name_of
from bracketcalc.notation.commands import ALPHABETS, LETTERS, SIGNS
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token


def unexpected(text: str, at: int) -> ParseError:
    """Return the error that a character has no place in a formula."""
    character = text[at]
    place = Token(at, at + 1, Kind.END)
    hint = LOOKALIKES.get(character, "")
    if text.startswith("**", at):
        hint = "write ^ for a power of a scalar or a matrix, power(x, 2) element by element"
    if not hint and character.isnumeric():
        hint = "write digits 0 to 9"
    if not hint and unicodedata.combining(character):
        hint = "write the mark after a letter or a digit"
    return failure(text, f"unexpected character {character!r} ({name_of(character)})", place, hint=hint)


def needs_name(text: str, command: Token) -> ParseError:
    """Return the error that a command has no name as its argument."""
    shown = text[command.start : command.end]
    return failure(text, f"{shown} needs a name", command, hint=f"write {shown}{{…}}")


def unknown_command(text: str, at: int, end: int) -> ParseError:
    """Return the error that a LaTeX command has no meaning in a formula."""
    name = text[at + 1 : end]
    if name in ("leadsto", "rightsquigarrow"):
        hint = STEPS
    elif name in SIGNS:
        hint = (
            r"write \odot to multiply element by element, \cdot to sum these products, "
            r"\otimes for the outer product, or a space for the matrix product"
        )
    elif name == "top":
        hint = "write X^{\\top}"
    else:
        close = get_close_matches(name, [*SIGNS, *LETTERS, *ALPHABETS], n=1)
        hint = f"did you mean \\{close[0]}?" if close else "leave it out"
    return failure(text, f"unknown command \\{name}", Token(at, max(end, at + 1), Kind.END), hint=hint)
