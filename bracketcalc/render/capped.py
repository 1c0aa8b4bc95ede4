"""Writing formulas of any size: whole, or with the middle left out, in time linear in the shared graph."""

from __future__ import annotations

from bracketcalc.errors import MemoryLimitError
from bracketcalc.render.layout import Formula, LeftOut, Piece, Total
from bracketcalc.render.spelling import Spelling
from bracketcalc.render.writer import pieces

LONGEST = 10_000_000
"""The most characters of a text without a limit of its own."""


def write(formula: Formula, spelling: Spelling, limit: int | None = None) -> str:
    """Return the text of a formula.

    Args:
        formula: what to write.
        spelling: the characters.
        limit: about the most characters; what does not fit is left out and marked. None for all of it.

    Raises:
        MemoryLimitError: without a limit, for a text that would be very long.

    Example:
        >>> from bracketcalc.render.layout import Name
        >>> from bracketcalc.render.spelling import UNICODE
        >>> terms = Total(tuple([Name(f"term{k}") for k in range(100)]))
        >>> write(terms, UNICODE, limit=40)
        'term0 + … 98 more terms + term99'
    """
    return _Writer(spelling).text(formula, limit)


class _Writer:
    """The pieces and the length of every formula seen so far."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling
        self.parts: dict[int, list[Piece]] = {}
        self.lengths: dict[int, int] = {}
        # The keys are identities of formulas, which must therefore stay alive.
        self.alive: list[Formula] = []

    def text(self, formula: Formula, limit: int | None) -> str:
        whole = self.length(formula)
        if limit is None and whole > LONGEST:
            raise MemoryLimitError(
                f"the text would have about 10^{_magnitude(whole)} characters, the most is {LONGEST}",
                hint="pass limit= for a shortened text, or name parts with define",
            )
        written: list[str] = []
        stack: list[tuple[Piece, int]] = [(formula, whole if limit is None else limit)]
        while stack:
            piece, room = stack.pop()
            if isinstance(piece, str):
                written.append(piece)
            elif self.length(piece) <= room:
                stack += [(part, room) for part in reversed(self.pieces(piece))]
            else:
                stack += reversed(self.shortened(piece, room))
        return "".join(written)

    def pieces(self, formula: Formula) -> list[Piece]:
        """Return the pieces of a formula."""
        if id(formula) not in self.parts:
            self.parts[id(formula)] = pieces(formula, self.spelling)
            self.alive.append(formula)
        return self.parts[id(formula)]

    def length(self, formula: Formula) -> int:
        """Return how many characters a formula takes; each shared formula is measured once."""
        stack = [formula]
        while stack:
            one = stack[-1]
            inner = [part for part in self.pieces(one) if not isinstance(part, str)]
            missing = [part for part in inner if id(part) not in self.lengths]
            if missing and id(one) not in self.lengths:
                stack += missing
                continue
            stack.pop()
            if id(one) not in self.lengths:
                self.lengths[id(one)] = sum(self.size(part) for part in self.pieces(one))
        return self.lengths[id(formula)]

    def size(self, piece: Piece) -> int:
        return len(piece) if isinstance(piece, str) else self.lengths[id(piece)]

    def shortened(self, formula: Formula, room: int) -> list[tuple[Piece, int]]:
        """Return the pieces of a formula that is too long, with the room that each of them has."""
        if isinstance(formula, Total):
            formula = self.fewer_terms(formula, room)
            self.length(formula)
        found = self.pieces(formula)
        inner = [part for part in found if not isinstance(part, str)]
        left = room - sum(len(part) for part in found if isinstance(part, str))
        if left < len(inner) or not inner:
            return [(self.spelling.more(0), 0)]
        share: dict[int, int] = {}
        for number, part in enumerate(sorted(inner, key=self.size)):
            fair = left // (len(inner) - number)
            share[id(part)] = min(self.size(part), fair)
            left -= share[id(part)]
        return [(part, 0 if isinstance(part, str) else share[id(part)]) for part in found]

    def fewer_terms(self, formula: Total, room: int) -> Total:
        """Return the sum without as many terms in the middle as do not fit, but with its ends."""
        costs = [self.length(term) + len(" + ()") for term in formula.terms]
        left = room - costs[0] - costs[-1] - len(" + … 1000000 more terms")
        if len(costs) < 4 or sum(costs) <= room:
            return formula
        kept = 1
        while kept < len(costs) - 2 and costs[kept] <= left:
            left -= costs[kept]
            kept += 1
        missing = LeftOut(len(costs) - 1 - kept)
        return Total((*formula.terms[:kept], missing, formula.terms[-1]), formula.starts_signed)


def _magnitude(number: int) -> int:
    """Return the power of ten below a large number."""
    return number.bit_length() * 3 // 10
