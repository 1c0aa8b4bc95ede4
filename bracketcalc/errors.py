"""The error family, and the carets that show where in a text an error is.

Every failure that a user can cause is a subclass of :class:`BracketCalcError`. A message says what is
wrong with both values; errors found in a text also show the text, with carets under every place
involved; a hint names one thing to do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW = 72
"""The most display cells of a source line that an error shows around its carets."""


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open range ``source[start:end]`` of a text, counted in code points.

    Example:
        >>> Span("A + B", 4, 5).text
        'B'
    """

    source: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """Return the characters of the span."""
        return self.source[self.start : self.end]

    def to(self, other: Span) -> Span:
        """Return the smallest span that holds this one and ``other``."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))


class BracketCalcError(Exception):
    """Base of every error of this package.

    Attributes:
        message: what is wrong, with both values.
        spans: the places in the source text, empty where there is no text.
        hint: one thing to do, or an empty string.
    """

    def __init__(self, message: str, *, spans: Sequence[Span] = (), hint: str = "") -> None:
        self.message = message
        self.spans = tuple(spans)
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message]
        if self.spans:
            lines += underline(self.spans)
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_error, (type(self), self.message, self.spans, self.hint)


def _rebuild_error(
    kind: type[BracketCalcError], message: str, spans: tuple[Span, ...], hint: str
) -> BracketCalcError:
    return kind(message, spans=spans, hint=hint)


class ParseError(BracketCalcError, ValueError):
    """A text that is not a formula: wrong syntax, unknown name, wrong orientation."""

    @property
    def text(self) -> str:
        """Return the whole source text."""
        return self.spans[0].source if self.spans else ""

    @property
    def position(self) -> int:
        """Return the 0-based code point where the error starts."""
        return self.spans[0].start if self.spans else 0

    @property
    def caret(self) -> str:
        """Return the line of carets, as wide as the source line shown above it."""
        return underline(self.spans)[-1] if self.spans else ""


class ShapeError(BracketCalcError, ValueError):
    """Two axes that must have one size have two, or a tensor has the wrong number of axes."""


class DerivativeError(BracketCalcError, ValueError):
    """A derivative that is not known: a function without a rule, a gradient of a non-scalar."""


class ArgumentError(BracketCalcError, TypeError):
    """A call with a missing, superfluous or unusable argument."""


class SingularMatrixError(BracketCalcError, ArithmeticError):
    """A matrix that has no inverse at the values that a program was called with."""


class MemoryLimitError(BracketCalcError, MemoryError):
    """A program that would need more memory than it was allowed."""


def cell_width(text: str) -> int:
    """Return how many display cells a monospaced terminal gives to ``text``.

    Example:
        >>> cell_width("A\u0304B"), cell_width("\u4e2d")
        (2, 2)
    """
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def underline(spans: Sequence[Span]) -> list[str]:
    r"""Return the source line that holds the first span, and a line of carets under all spans on it.

    A long line is clipped around the first span, so that a text of any size gives a short message.

    Example:
        >>> print("\n".join(underline([Span("A + B", 0, 1), Span("A + B", 4, 5)])))
            A + B
            ^   ^
    """
    first = spans[0]
    source = first.source
    begin = source.rfind("\n", 0, first.start) + 1
    stop = source.find("\n", first.start)
    stop = len(source) if stop < 0 else stop
    left = max(begin, first.start - WINDOW // 2)
    right = min(stop, left + WINDOW)
    head = "…" if left > begin else ""
    tail = "…" if right < stop else ""
    shown = _printable(source[left:right])
    marks = [" "] * (cell_width(head + shown) + 1)
    for span in spans:
        if span.start < left or span.start > right:
            continue
        low = cell_width(head + _printable(source[left : span.start]))
        high = cell_width(head + _printable(source[left : min(span.end, right)]))
        for cell in range(low, max(high, low + 1)):
            marks[min(cell, len(marks) - 1)] = "^"
    return ["    " + head + shown + tail, "    " + "".join(marks).rstrip()]


def _printable(text: str) -> str:
    """Return the text with a visible stand-in of one cell for each control character."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character)[0] == "C" else character
        for character in text
    )
