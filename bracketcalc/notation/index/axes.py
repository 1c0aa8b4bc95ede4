"""The sizes of an index form: the axes with one letter have one size."""

from __future__ import annotations

from typing import NamedTuple

from bracketcalc.errors import ParseError, ShapeError
from bracketcalc.expr.core import Extent, Size
from bracketcalc.expr.shapes import show_size
from bracketcalc.notation.axes import Axes
from bracketcalc.notation.index.ast import Constant, Factor, IndexForm, Label, Term, TermAxes
from bracketcalc.notation.index.lengths import find_lengths
from bracketcalc.notation.index.letters import Fixed, Letter
from bracketcalc.notation.index.slices import check_range
from bracketcalc.notation.places import Placed, failure, quote, spans
from bracketcalc.notation.unify import Sizes


class Place(NamedTuple):
    """An axis of a factor, counted from 0; a constant has no record."""

    factor: Factor
    axis: int


def form_sizes(axes: Axes, number: int, node: IndexForm) -> Sizes:
    """Return the sizes of the free letters.

    Raises:
        ParseError: for a letter that is on no factor, or twice right of ``|``.
        ShapeError: for unequal sizes, or a wrong number of indices.
    """
    free = {letter.name for letter in node.output}
    if len(free) < len(node.output):
        _refuse_repeated(axes, node)
    lengths: dict[str, int] = {}
    places: dict[Label, Place] = {}
    shared: dict[Label, Extent] = {}
    found: list[TermAxes] = []
    for term in node.terms:
        known = {name: length for name, length in lengths.items() if name in free}
        inside = find_lengths(axes, term, known)
        present = {
            index.name for f in term.factors for index in f.indices or () if isinstance(index, Letter)
        }
        for letter in node.output:
            if letter.name not in present:
                _refuse_missing(axes, term, letter)
            lengths.setdefault(letter.name, inside[letter.name])
        starts = {label: size for label, size in shared.items() if label[0] in free}
        found.append(_term_axes(axes, term, inside, starts, places))
        shared.update(found[-1].sizes)
        for label in [label for label in places if label[0] not in free]:
            del places[label]
        if term.summed:
            _check_limits(axes, term, found[-1])
    axes.forms[number] = tuple(found)
    axes.inferred[number] = tuple([size for term in found for size in term.sizes.values()])
    return tuple(
        [shared[letter.name, axis] for letter in node.output for axis in range(lengths[letter.name])]
    )


def _refuse_repeated(axes: Axes, node: IndexForm) -> None:
    seen: dict[str, Letter] = {}
    for letter in node.output:
        other = seen.setdefault(letter.name, letter)
        if other is not letter:
            raise failure(
                axes.text,
                f"the index {quote(axes.text, letter)} stands twice right of '|'",
                other,
                letter,
                hint="multiply with δ to put an axis on a diagonal: δ_{ij}",
            )


def _refuse_missing(axes: Axes, term: Term, letter: Letter) -> None:
    name = quote(axes.text, letter)
    raise failure(
        axes.text,
        f"the index {name} stands right of '|', but on no factor of {quote(axes.text, term)}",
        letter,
        term,
        hint=f"multiply with ones: 1_{{{name}}}",
    )


def _check_limits(axes: Axes, term: Term, known: TermAxes) -> None:
    """Raise unless the letters under a Σ have the size of its upper limit."""
    for letter, limit in term.summed:
        for label, size in known.sizes.items():
            if limit is not None and label[0] == letter.name and not axes.unknowns.same(size, limit):
                raise ShapeError(
                    f"the sum over {letter.name} ends at {show_size(limit)}, "
                    f"but {letter.name} has size {show_size(axes.unknowns.find(size))}",
                    spans=spans(axes.text, letter),
                    hint="write the size as the upper limit, or leave the limits out",
                )


# -- sizes ----------------------------------------------------------------------------------------------


def _term_axes(
    axes: Axes,
    term: Term,
    lengths: dict[str, int],
    sizes: dict[Label, Extent],
    places: dict[Label, Place],
) -> TermAxes:
    """Return the labels and sizes of a term; ``sizes`` and ``places`` are those of the free letters."""
    labels: list[tuple[Label, ...]] = []
    fixed: dict[Label, Fixed] = {}
    for factor in term.factors:
        own: list[Label] = []
        for index in factor.indices or ():
            if isinstance(index, Letter):
                own += [(index.name, axis) for axis in range(lengths[index.name])]
            elif isinstance(index, Fixed):
                own.append(("#", len(fixed)))
                fixed[own[-1]] = index
        for axis, label in enumerate(own):
            if isinstance(factor.operand, int):
                _match(axes, Place(factor, axis), label, sizes, places)
                if label in fixed:
                    check_range(axes, factor.operand, axis, fixed[label])
        labels.append(tuple(own))
    for factor, tied in zip(term.factors, labels, strict=True):
        if isinstance(factor.operand, Constant):
            _match_constant(axes, factor, tied, sizes)
    if fixed:
        _match_values(axes, term, fixed, sizes, places)
    return TermAxes(tuple(labels), sizes, fixed)


def _match_values(
    axes: Axes,
    term: Term,
    fixed: dict[Label, Fixed],
    sizes: dict[Label, Extent],
    places: dict[Label, Place],
) -> None:
    """Make the sizes of the axes with one letter one, though the letter has a value."""
    first: dict[str, Label] = {}
    for label, index in fixed.items():
        other = first.setdefault(index.name, label) if index.name else label
        if axes.unknowns.same(sizes[other], sizes[label]):
            continue
        constant = next(Place(factor, 0) for factor in term.factors if index in (factor.indices or ()))
        raise _size_error(
            axes,
            (index.name, 0),
            places.get(other),
            places.get(label, constant),
            (sizes[other], sizes[label]),
        )


def _match(
    axes: Axes, place: Place, label: Label, sizes: dict[Label, Extent], places: dict[Label, Place]
) -> None:
    """Make the size of a label that of an axis of an operand."""
    assert isinstance(place.factor.operand, int)
    size = axes.sizes[place.factor.operand][place.axis]
    known = sizes.setdefault(label, size)
    if axes.unknowns.same(known, size):
        places.setdefault(label, place)
        return
    raise _size_error(axes, label, places.get(label), place, (known, size))


def _size_error(
    axes: Axes, label: Label, first: Place | None, second: Place, sizes: tuple[Extent, Extent]
) -> ShapeError:
    left, right = [axes.unknowns.find(size) for size in sizes]
    symbolic = isinstance(left, Size) or isinstance(right, Size)
    before = f"{label[0]} has size" if first is None else f"{_shown(axes, first)} has size"
    return ShapeError(
        f"{before} {show_size(left)}, but {_shown(axes, second)} has size {show_size(right)}: "
        f"both are {label[0]}",
        spans=spans(axes.text, *_marks(first), *_marks(second)),
        hint=(
            "give both axes one name if their sizes are always equal"
            if symbolic
            else "axes with one index must have one size"
        ),
    )


def _shown(axes: Axes, place: Place) -> str:
    if isinstance(place.factor.operand, Constant):
        return quote(axes.text, place.factor)
    return f"position {place.axis + 1} of {axes.quote(place.factor.operand)}"


def _marks(place: Place | None) -> list[Placed]:
    return [] if place is None else [place.factor]


def _match_constant(
    axes: Axes,
    factor: Factor,
    labels: tuple[Label, ...],
    sizes: dict[Label, Extent],
) -> None:
    """Give the labels of δ and 𝟏 sizes; those that a δ ties together have one size."""
    for label in labels:
        sizes.setdefault(label, axes.unknowns.new())
    if factor.operand is not Constant.DELTA:
        return
    count = len(labels) // len(factor.indices or labels)
    for place, label in enumerate(labels):
        other = labels[place % count]
        if not axes.unknowns.same(sizes[other], sizes[label]):
            left, right = axes.unknowns.find(sizes[other]), axes.unknowns.find(sizes[label])
            raise ShapeError(
                f"{other[0]} has size {show_size(left)}, but {label[0]} has size {show_size(right)}: "
                "δ ties them together",
                spans=spans(axes.text, factor),
                hint="give both axes one name if their sizes are always equal",
            )


def open_letters(axes: Axes) -> ParseError | None:
    """Return the error that a size of an index form or a one-hot does not follow, None if all do."""
    unknowns = axes.unknowns
    for number, sizes in axes.inferred.items():
        if not any(unknowns.is_open(unknowns.find(size)) for size in sizes):
            continue
        node = axes.nodes[number]
        hint = "write the identity with its size: (I_n)_{·3}"
        if isinstance(node, IndexForm):
            hint = "write 𝟏 or I with its size: (𝟏_n)_{i}"
        name = axes.quote(number)
        return failure(axes.text, f"a size of {name} does not follow from the formula", node, hint=hint)
    return None
