"""Errors with the places in a text that they are about."""

from __future__ import annotations

from typing import Protocol

from bracketcalc.errors import ParseError, Span

SHOWN = 24
"""The most characters of a formula that a message quotes."""


class Placed(Protocol):
    """Anything that comes from the characters ``start:end`` of a text."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def spans(text: str, *places: Placed) -> list[Span]:
    """Return the spans of the places, without repetitions."""
    return list(dict.fromkeys(Span(text, place.start, place.end) for place in places))


def failure(text: str, message: str, *places: Placed, hint: str = "") -> ParseError:
    """Return the error that something is wrong at the places, the first of which is the position."""
    return ParseError(message, spans=spans(text, *places), hint=hint)


def quote(text: str, place: Placed) -> str:
    """Return the characters of a place in one line, clipped to a length that fits a message.

    Example:
        >>> quote("A +  B", Span("", 0, 6))
        'A + B'
    """
    words = " ".join(text[place.start : min(place.end, place.start + 4 * SHOWN)].split())
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
