"""How many axes each letter of an index form stands for: one, or for a capital what the factors tell."""

from __future__ import annotations

from bracketcalc.errors import ShapeError
from bracketcalc.notation.axes import Axes
from bracketcalc.notation.index.ast import Constant, Factor, Term
from bracketcalc.notation.index.letters import Dots, Letter
from bracketcalc.notation.places import failure, quote, spans


def find_lengths(axes: Axes, term: Term, known: dict[str, int]) -> dict[str, int]:
    """Return how many axes each letter of a term stands for: one, or what the factors tell."""
    factors = [factor for factor in term.factors if factor.indices is not None]
    factors.sort(key=lambda factor: isinstance(factor.operand, Constant))
    for factor in term.factors:
        _check_indices(axes, factor)
    lengths = dict(known)
    for factor in factors:
        for index in factor.indices or ():
            if isinstance(index, Letter) and not index.is_multiple:
                lengths[index.name] = 1
            elif isinstance(index, Letter) and index.length is not None:
                lengths.setdefault(index.name, index.length)
    alike = _alike(factors)
    pending = True
    while pending:
        pending = False
        for factor in factors:
            pending |= _learned(axes, factor, lengths, alike)
    for name, other in alike.items():
        if other in lengths:
            lengths.setdefault(name, lengths[other])
    for factor in factors:
        for index in factor.indices or ():
            if isinstance(index, Letter) and index.name not in lengths:
                raise failure(
                    axes.text,
                    f"it does not follow how many axes {quote(axes.text, index)} stands for",
                    index,
                    hint="write its letters one by one, or say how many they are, as in I_2",
                )
        _check_count(axes, factor, lengths)
    return lengths


def _alike(factors: list[Factor]) -> dict[str, str]:
    """Return for each capital with a letter as its subscript the first one with that letter.

    They are equally long: I_k and J_k stand for k axes each (paper §4.3.2).
    """
    first: dict[str, str] = {}
    return {
        index.name: first.setdefault(index.dimension, index.name)
        for factor in factors
        for index in factor.indices or ()
        if isinstance(index, Letter) and index.dimension
    }


def _learned(axes: Axes, factor: Factor, lengths: dict[str, int], alike: dict[str, str]) -> bool:
    """Find the length of the one letter of a factor that is not known; return whether it was found."""
    indices = factor.indices or ()
    names = [alike.get(index.name, index.name) if isinstance(index, Letter) else "" for index in indices]
    unknown = {name for name in names if name and name not in lengths}
    if len(unknown) != 1 and not (unknown and isinstance(factor.operand, Constant)):
        return False
    if isinstance(factor.operand, Constant):
        # δ_{IJ} pairs the axes of I with those of J.
        tied = [lengths[name] for name in names if name in lengths]
        if factor.operand is Constant.ONES or not tied:
            return False
        lengths.update(dict.fromkeys(unknown, tied[0]))
        return True
    (name,) = unknown
    rest = len(axes.sizes[factor.operand]) - sum(lengths[n] if n else 1 for n in names if n != name)
    length, remainder = divmod(rest, names.count(name))
    if length < 0 or remainder:
        raise _count_error(axes, factor)
    lengths[name] = length
    return True


def _check_indices(axes: Axes, factor: Factor) -> None:
    """Raise for a tensor without indices, a row, a dot, or a δ with one index."""
    if factor.indices is None:
        assert isinstance(factor.operand, int)
        if axes.sizes[factor.operand]:
            raise axes.shape_error(
                f"{axes.quote(factor.operand)} {axes.count(factor.operand)}, but has no indices",
                factor.operand,
                hint="write one index for each axis in its subscript",
            )
        return
    for index in factor.indices:
        if isinstance(index, Dots):
            raise failure(
                axes.text,
                "a dot in an index form must be filled",
                index,
                hint="write a letter, or indices behind it: (X_{i·})_{j}",
            )
    if isinstance(factor.operand, int):
        axes.check_plain(factor.operand, "an index form")
    elif factor.operand is Constant.DELTA and len(factor.indices) < 2:
        raise failure(axes.text, "δ has two or more indices", factor, hint="write δ_{ij}, or 1_{i}")


def _check_count(axes: Axes, factor: Factor, lengths: dict[str, int]) -> None:
    """Raise unless a factor has as many axes as indices, and the letters of a δ stand for equally many."""
    counts = [lengths[index.name] if isinstance(index, Letter) else 1 for index in factor.indices or ()]
    if isinstance(factor.operand, int):
        if sum(counts) != len(axes.sizes[factor.operand]):
            raise _count_error(axes, factor, sum(counts))
    elif factor.operand is Constant.DELTA and len(set(counts)) > 1:
        raise failure(
            axes.text,
            "the indices of δ stand for different numbers of axes",
            factor,
            hint="write indices of one length",
        )


def _count_error(axes: Axes, factor: Factor, total: int | None = None) -> ShapeError:
    """Return the error that a factor has another number of axes than its indices."""
    assert isinstance(factor.operand, int)
    count = len(factor.indices or ())
    if total is not None and total != count:
        return ShapeError(
            f"{axes.quote(factor.operand)} {axes.count(factor.operand)}, but its indices stand for {total}",
            spans=spans(axes.text, factor),
            hint="the subscript of a capital says how many axes it stands for: I_2 for two",
        )
    return ShapeError(
        f"{axes.quote(factor.operand)} {axes.count(factor.operand)}, but "
        f"{'1 index' if count == 1 else f'{count} indices'}",
        spans=spans(axes.text, factor),
        hint="write one index for each axis in its subscript",
    )
