"""How many brackets may be open at one place of a formula."""

from __future__ import annotations

import re

from bracketcalc.errors import ParseError
from bracketcalc.notation.places import Placed, failure
from bracketcalc.notation.tokens import Kind, Token

DEEPEST = 20_000
"""The most brackets that may be open at one place of a formula."""


def check_depth(text: str) -> None:
    """Raise a ParseError if too many parentheses or square brackets are open; this needs no tokens."""
    if text.count("(") + text.count("[") <= DEEPEST:
        return
    depth = 0
    for match in re.finditer(r"[()\[\]]", text):
        depth += 1 if match.group() in "([" else -1
        if depth > DEEPEST:
            raise too_deep(text, Token(match.start(), match.end(), Kind.OPEN))


def too_deep(text: str, opener: Placed) -> ParseError:
    """Return the error that a bracket is one too many."""
    return failure(
        text,
        f"more than {DEEPEST} brackets are open here",
        opener,
        hint="name parts of the formula with define",
    )
