"""Damaged index forms and slices: an expression or an error with carets, never anything else."""

from __future__ import annotations

import random
import time

import pytest

from bracketcalc.errors import ParseError, ShapeError, Span
from bracketcalc.notation.parse import parse
from tests.notation.index.test_index_form import FORMS, NAMES
from tests.notation.index.test_slices import NAMES as MORE
from tests.notation.index.test_slices import ONE_HOTS, SLICES

TEXTS = [text for text, _ in (*FORMS, *SLICES, *ONE_HOTS)]
CHARACTERS = "ABTv()|_{}ijkIJ123·.,^e1δ𝟏+-⊗/ \\~⟨⟩[]"


def damaged(draw: random.Random) -> str:
    """Return a valid text with a few characters added, removed or taken from another text."""
    text = draw.choice(TEXTS)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(text) + 1)
        kind = draw.random()
        if kind < 0.4:
            text = text[:place] + draw.choice(CHARACTERS) + text[place:]
        elif kind < 0.7:
            text = text[:place] + text[place + draw.randint(1, 3) :]
        else:
            other = draw.choice(TEXTS)
            start = draw.randrange(len(other))
            text = text[:place] + other[start : start + draw.randint(1, 8)] + text[place:]
    return text


def places_of_error(text: str) -> list[Span] | None:
    """Return where a text is wrong, None for one that is read."""
    try:
        parse(text, **{**MORE, **NAMES})
    except (ParseError, ShapeError) as error:
        return list(error.spans)
    return None


@pytest.mark.parametrize("block", range(3))
def test_mutations(block: int) -> None:
    read = 0
    for seed in range(1000 * block, 1000 * (block + 1)):
        text = damaged(random.Random(seed))
        begin = time.perf_counter()
        spans = places_of_error(text)
        assert time.perf_counter() - begin < 1, text
        assert spans != [], text
        assert all(0 <= span.start <= span.end <= len(span.source) for span in spans or ()), text
        read += spans is None
    assert 30 < read < 700
