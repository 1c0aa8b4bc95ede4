r"""Lists of positions in superscripts, and groups of positions in subscripts.

Digits are single positions; with a comma, the commas separate positions: ``{12}`` is 1 and 2, ``{10,3}``
and ``{10,}`` hold a 10. ``1…4`` is a range; a letter that stands for an integer is a position, and so is
a sum: ``(k+1)…n``.
"""

from __future__ import annotations

from collections.abc import Mapping

from bracketcalc.notation.places import Placed, failure
from bracketcalc.notation.ranges import NO_VALUES, Item, Position, spread, with_values
from bracketcalc.notation.scripts import Groups, Script, items, place_of, unexpected


def positions(text: str, script: Script, given: Mapping[str, object] = NO_VALUES) -> tuple[Position, ...]:
    """Return the list of positions of a superscript.

    Args:
        text: the whole text.
        script: the superscript.
        given: what the names of the formula stand for: an integer may be a position.

    Raises:
        ParseError: for another symbol than digits, commas and bars, an empty list, or a position twice.
    """
    plain = _different_digits(text, script)
    if plain:
        return tuple(plain)
    found = tuple(_numbers(text, with_values(text, items(text, script), given), script))
    _check_distinct(text, found)
    return found


def _different_digits(text: str, script: Script) -> list[Position]:
    """Return the positions in a script of nothing but different digits, none for any other script."""
    content = text[script.inner : script.stop]
    if not (content.isascii() and content.isdecimal()):
        return []
    if "0" in content or (len(content) > 1 and len(set(content)) < len(content)):
        return []
    return [Position(at, at + 1, int(digit), False) for at, digit in enumerate(content, script.inner)]


def groups(text: str, script: Script, given: Mapping[str, object] = NO_VALUES) -> Groups:
    """Return the groups of positions of a subscript such as ``{1[23]}``, where one digit is a group.

    Args:
        text: the whole text.
        script: the subscript.
        given: what the names of the formula stand for: an integer may be a position.

    Raises:
        ParseError: for a position twice, two bars in one group, or brackets that do not match.
    """
    plain = _different_digits(text, script)
    if plain:
        return tuple([(position,) for position in plain])
    symbols = with_values(text, items(text, script), given)
    commas = any(item.symbol == "," for item in symbols)
    found: list[tuple[Position, ...]] = []
    single: list[Item] = []
    opened: Item | None = None
    begun = False
    for item in symbols:
        if item.symbol not in "[]" or (item.symbol == "]" and opened is None):
            single.append(item)
            continue
        if item.symbol == "[" and opened is not None:
            raise failure(
                text,
                "square brackets stand in square brackets",
                opened,
                item,
                hint="close the first before",
            )
        if item.barred:
            raise failure(
                text, "a bar stands over a square bracket", item, hint="put the bar on one member: [2~3]"
            )
        beside = (False, False) if opened is not None else (begun, True)
        inner = _segment(text, single, script, commas, beside)
        if item.symbol == "]" and opened is not None:
            found.append(_group(text, inner, opened, item))
        else:
            found += [(position,) for position in inner]
        opened, single, begun = (item if item.symbol == "[" else None), [], True
    if opened is not None:
        raise failure(text, "'[' is never closed", opened, hint="write ]")
    found += [(position,) for position in _segment(text, single, script, commas, (begun, False))]
    if not found:
        raise failure(text, "a list of positions is empty", script, hint="write positions, as in A_{21}")
    _check_distinct(text, [position for group in found for position in group])
    return tuple(found)


def _segment(
    text: str, symbols: list[Item], script: Script, commas: bool, beside: tuple[bool, bool]
) -> list[Position]:
    """Return the positions between two square brackets, without the commas that separate these."""
    before, after = beside
    if [item.symbol for item in symbols] == [","] and before and after:
        return []
    first = 1 if before and symbols and symbols[0].symbol == "," else 0
    last = len(symbols) - (after and len(symbols) > 1 and symbols[-1].symbol == ",")
    return _numbers(text, symbols[first:last], script, commas) if symbols else []


def _group(text: str, members: list[Position], opened: Item, closed: Item) -> tuple[Position, ...]:
    whole = place_of(opened.start, closed.end)
    if not members:
        raise failure(text, "a group of positions is empty", whole, hint="leave out the brackets")
    barred = [member for member in members if member.barred]
    if len(barred) > 1:
        raise failure(
            text,
            "two bars in one group of positions",
            *barred,
            hint="put the bar on one member of the group",
        )
    return tuple(members)


def _numbers(text: str, symbols: list[Item], script: Placed, commas: bool | None = None) -> list[Position]:
    separated = any(item.symbol == "," for item in symbols) if commas is None else commas
    parts: list[Position | Item] = []
    run: list[Item] = []
    ranges = False
    for item in symbols:
        if item.symbol in ",…":
            if run or (item.symbol == "," and not (parts and isinstance(parts[-1], Item))):
                parts.append(_position(text, run, item))
                run = []
            if item.symbol == "…":
                ranges = True
                parts.append(item)
        elif not item.symbol.isdecimal():
            raise unexpected(text, item)
        elif separated:
            run.append(item)
        else:
            parts.append(_position(text, [item], item))
    if run:
        parts.append(_position(text, run, run[0]))
    elif len(parts) > 1 or len(symbols) == 2:
        if not ranges:
            _check_distinct(text, [part for part in parts if isinstance(part, Position)])
        _check_end(text, symbols)
    if not parts:
        raise failure(text, "a list of positions is empty", script, hint="write positions, as in A^{1,2}")
    if ranges and not separated:
        _check_ends_of_ranges(text, symbols)
    return spread(text, parts) if ranges else parts  # type: ignore[return-value]


def _check_end(text: str, symbols: list[Item]) -> None:
    """Refuse a comma behind the last position; only {10,} needs one, to be one position."""
    if symbols[-1].symbol == ",":
        raise failure(
            text,
            "a comma has no position behind it",
            symbols[-1],
            hint="leave it out; only a single position of several digits needs one, as in A_{10,}",
        )


def _check_ends_of_ranges(text: str, symbols: list[Item]) -> None:
    """Refuse 1…12 without a comma, which is 1 to 12, or 1 to 1 and 2."""
    for one, two, three in zip(symbols, symbols[1:], symbols[2:], strict=False):
        digits = (one, two) if three.symbol == "…" else (two, three) if one.symbol == "…" else ()
        if not digits or digits[0].end < digits[1].start:
            continue
        if not any(item.symbol == "…" or item.whole for item in digits):
            place = place_of(digits[0].start, digits[-1].end)
            number = "".join([item.symbol for item in digits])
            raise failure(
                text,
                f"{number} beside … can be read as one position or as {len(number)}",
                place,
                hint="separate positions with commas, as in {1,…,12} or {1…3,5}",
            )


def _position(text: str, digits: list[Item], near: Item) -> Position:
    if not digits:
        raise failure(
            text, "a position is missing before the comma", near, hint="write one, or leave the comma out"
        )
    if len(digits) > 1 and any(item.whole for item in digits):
        raise failure(text, "two positions have no comma between them", *digits, hint="write a comma")
    place = place_of(digits[0].start, digits[-1].end)
    if len(digits) > 4 or len(digits[0].symbol) > 4:
        raise failure(text, "a position has too many digits", place, hint="separate positions with commas")
    number = int("".join([item.symbol for item in digits]))
    if number == 0:
        raise failure(text, "there is no position 0", place, hint="positions count from 1")
    return Position(place.start, place.end, number, any(item.barred for item in digits))


def _check_distinct(text: str, found: list[Position] | tuple[Position, ...]) -> None:
    seen: dict[int, Position] = {}
    for position in found:
        other = seen.setdefault(position.number, position)
        if other is not position:
            raise failure(
                text,
                f"position {position.number} occurs twice in one list",
                other,
                position,
                hint="name each position once",
            )
