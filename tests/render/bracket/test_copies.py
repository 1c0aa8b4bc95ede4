"""Which copy a portion belongs to, as the reader of the notation finds it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bracketcalc.expr.build import scalar, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.notation.bracket.copies import Copies
from bracketcalc.notation.bracket.tree import Barred, Beside, Bracketed, Fill, Portion
from bracketcalc.render.bracket.copies import greedy_copies, marked_copies, portions, with_copies

A, B = tensors("A[n,n] B[n,n,n]")
s = scalar("s")


def random_portions(draw: random.Random) -> list[Portion]:
    """Return all axes of some copies of tensors, cut into portions, in any order."""
    found = []
    for tensor in (A, B, s):
        for copy in range(draw.randint(0, 4)):
            axes = draw.sample(range(tensor.ndim), k=tensor.ndim)
            cut = draw.randint(0, tensor.ndim)
            parts = [axes[:cut], axes[cut:]] if 0 < cut < tensor.ndim else [axes]
            found += [Portion(tensor, copy, tuple(part)) for part in parts]
    draw.shuffle(found)
    return found


def as_read(found: Sequence[Portion], marks: Sequence[int | None]) -> list[int]:
    """Return the copies that the reader of a text gives to portions, some of which name their copy."""
    copies = Copies()
    result = []
    for one, mark in zip(found, marks, strict=True):
        if mark is None:
            result.append(copies.assign(one.tensor, one.axes))
        else:
            copies.take(one.tensor, one.axes, mark)
            result.append(mark)
    return result


def test_portions_without_marks_are_read_as_the_parser_reads_them() -> None:
    for seed in range(500):
        found = random_portions(random.Random(seed))
        assert greedy_copies(found) == as_read(found, [None] * len(found))


def test_marked_portions_are_read_as_they_were_meant() -> None:
    some_marked = 0
    for seed in range(500):
        found = random_portions(random.Random(seed))
        marks = marked_copies(found)
        some_marked += any(mark is not None for mark in marks)
        copies: dict[tuple[Expr, int], int] = {}
        for one, copy in zip(found, as_read(found, marks), strict=True):
            assert copies.setdefault((one.tensor, one.copy), copy) == copy
        assert len({(tensor, copy) for (tensor, _), copy in copies.items()}) == len(copies)
    assert some_marked > 100


def test_a_mark_stands_only_where_it_is_needed() -> None:
    chain = [Portion(A, copy, (axis,)) for copy, axis in ((0, 0), (0, 1), (1, 0), (1, 1))]
    assert marked_copies(chain) == [None] * 4
    crossed = [Portion(A, copy, (axis,)) for copy, axis in ((0, 0), (1, 1), (1, 0), (0, 1))]
    assert marked_copies(crossed) == [None, 1, None, None]


def test_equal_portions_of_a_bracket_are_exchanged_instead_of_marked() -> None:
    inner = Bracketed((Barred(Portion(A, 7, (0,))), Portion(A, 4, (0,))))
    tree = with_copies(Beside((inner, Portion(A, 4, (1,)), Portion(A, 7, (1,)))))
    assert [one.copy for one in portions(tree)] == [0, 1, 0, 1]
    assert marked_copies(portions(tree)) == [None] * 4


def test_what_is_no_portion_stays_as_it_is() -> None:
    tree = Beside((Bracketed((Portion(A, 3, (1, 0)), Beside((Fill(1), Barred(Fill(1)))))),))
    expected = Beside((Bracketed((Portion(A, 0, (1, 0)), Beside((Fill(1), Barred(Fill(1)))))),))
    assert with_copies(tree) == expected
