"""The tokens of superscripts and subscripts, from their signs ``^`` and ``_`` on."""

from __future__ import annotations

import re

from bracketcalc.notation.characters import BARS, PRIMES, primes_end, word_end
from bracketcalc.notation.places import failure
from bracketcalc.notation.tokens import Kind, Token

# Compiled when they are first needed: compiling takes longer than reading a formula.
_BARRED = rf"\\(?:bar|overline)\s*(?:\{{[^{{}}]*\}}|[0-9])|\\[A-Za-z]+|~?[0-9]+[{BARS}]?"
_FRACTION = r"\\[dt]?frac(?:\s*(?:\{[^{}]*\}|[0-9])){2}"
_RAISED_CONTENT = rf"[-+−]?(?:{_FRACTION}|{_BARRED}(?:\.[0-9]+)?|[TH⊤†])"
_LOWERED_CONTENT = rf"[<>]|{_BARRED}"
_BRACE = r"\\.|[{}]"


def read_script(text: str, tokens: list[Token], at: int) -> int:
    """Add the superscript or subscript whose sign is at ``at``."""
    raised = text[at] == "^"
    kind = Kind.RAISED if raised else Kind.LOWERED
    inner = at + 1
    while inner < len(text) and text[inner].isspace():
        inner += 1
    if text.startswith("{", inner):
        stop = closing_brace(text, inner)
        inner, end = inner + 1, stop + 1
    else:
        match = re.compile(_RAISED_CONTENT if raised else _LOWERED_CONTENT).match(text, inner)
        stop = end = match.end() if match else _letters_end(text, inner)
        if end == inner:
            raise failure(
                text,
                f"expected {kind.value} after {text[at]!r}",
                Token(at, at + 1, kind),
                hint="put it in braces, as in A^{1,2} or A_{21}",
            )
    if not raised:
        end = primes_end(text, end)
    tokens.append(Token(at, end, kind, "", inner, stop))
    return end


def _letters_end(text: str, at: int) -> int:
    """Return where a run of letters and digits ends; primes are not part of it."""
    end = word_end(text, at)
    while end > at and text[end - 1] in PRIMES:
        end -= 1
    return end


def closing_brace(text: str, opened: int) -> int:
    """Return where the brace that opens at ``opened`` is closed.

    Raises:
        ParseError: if it never is.
    """
    depth = 0
    for match in re.compile(_BRACE, re.DOTALL).finditer(text, opened):
        if match.group() == "{":
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == 0:
                return match.start()
    raise failure(text, "'{' is never closed", Token(opened, opened + 1, Kind.OPEN_BRACE), hint="write }")
