"""Reading the two short texts that need no grammar: declarations of tensors, and einsum equations."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from bracketcalc.errors import ParseError, Span

Declaration = tuple[str, list[int | str]]
"""A name, and its sizes: integers and names."""

_DECLARATION = re.compile(r"([^\W\d][\w′']*)\s*(?:\[([^][]*)\])?(?=[\s,;]|$)")
_SEPARATORS = re.compile(r"[\s,;]*")
_SIZE = re.compile(r"\s*(?:(\d{1,18})|([^\W\d]\w*))?\s*")
_ARROW = re.compile(r"-\s*>")


def read_declarations(text: str) -> list[Declaration]:
    """Return the declarations of a text such as ``"X[n,d] b[k] lam"``.

    Raises:
        ParseError: for a text of another form, or a name declared twice.

    Example:
        >>> read_declarations("X[n,3] lam")
        [('X', ['n', 3]), ('lam', [])]
    """
    text = normalize("NFC", text)
    found: dict[str, list[int | str]] = {}
    position = 0
    while True:
        gap = _SEPARATORS.match(text, position)
        position = gap.end() if gap else position
        if position == len(text):
            return list(found.items())
        match = _DECLARATION.match(text, position)
        if match is None:
            raise ParseError(
                "expected a declaration like X[n,d]",
                spans=[Span(text, position, position + 1)],
                hint="write a name, then its sizes in brackets: names or non-negative integers",
            )
        name, inside = match.groups()
        if name in found:
            raise ParseError(f"{name} is declared twice", spans=[Span(text, *match.span(1))])
        found[name] = _read_sizes(text, match.start(2)) if inside else []
        position = match.end()


def _read_sizes(text: str, position: int) -> list[int | str]:
    """Return the sizes listed from a position up to the closing bracket; a comma may end the list."""
    sizes: list[int | str] = []
    while True:
        match = _SIZE.match(text, position)
        assert match is not None
        number, name = match.groups()
        end = match.end()
        if text[end] not in ",]" or (text[end] == "," and not (number or name)):
            raise ParseError(
                "expected a size",
                spans=[Span(text, end, end + 1)],
                hint="write a name or a non-negative integer, as in X[n,3]",
            )
        if number or name:
            sizes.append(int(number) if number else name)
        if text[end] == "]":
            return sizes
        position = end + 1


def read_equation(text: str) -> tuple[list[str], str]:
    """Return the labels of the operands and of the output of an einsum equation.

    Raises:
        ParseError: for an equation without an arrow, or with a label that is not a letter.

    Example:
        >>> read_equation("ni, n, nj -> ij")
        (['ni', 'n', 'nj'], 'ij')
    """
    arrow = _ARROW.search(text)
    if arrow is None:
        raise ParseError(
            "an einsum equation needs '->'", spans=[Span(text, 0, len(text))], hint="write 'ij,jk->ik'"
        )
    for at, letter in enumerate(text):
        separator = letter == "," and at < arrow.start()
        if not (_is_label(letter) or letter.isspace() or separator or arrow.start() <= at < arrow.end()):
            raise ParseError(
                f"{letter!r} is not a label", spans=[Span(text, at, at + 1)], hint="use letters"
            )
    inputs, output = "".join(text[: arrow.start()].split()), "".join(text[arrow.end() :].split())
    return inputs.split(","), output


def _is_label(character: str) -> bool:
    """Return whether a character may be a label: a letter, or what libraries go on with behind them.

    opt_einsum and others number labels through Unicode, where × and ÷ stand between the letters.
    """
    return character.isalpha() or (not character.isascii() and category(character)[0] in "MS")
