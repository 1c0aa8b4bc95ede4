"""The characters of a formula: Unicode and ASCII here, LaTeX in :mod:`bracketcalc.render.latex`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from bracketcalc.expr.number import Number
from bracketcalc.render.layout import DOT, ODOT, OUTER, OVER, Apply, Mark

Fence = tuple[str, str]
"""What stands before and after."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How every piece of a formula is written.

    Attributes:
        name: the name of a tensor, a size or a definition.
        function: the name of a function.
        number: a number that is not negative.
        operators: the infix operators.
        ones: the vector of ones.
        identity: the identity.
        superscripts: the superscripts T, -1, -T, H and -H.
        power: the superscript of a number.
        positions: the superscript of a position list.
        portions: the subscript of groups of positions.
        count: the subscript of the last k and first k positions.
        letters: the subscript that names a size.
        fence: parentheses.
        norm: what stands before and after the argument of a norm.
        outer_norm: the same where the argument holds a norm: bars inside bars could close them.
        root: what stands before and after the argument of a square root.
        divide: what stands before, between and after numerator and denominator.
        ratio: the same for a leading fraction.
        bar: what separates the factors from the free letters in the index form.
        angles: what stands around the general bracket notation.
        rows: what stands before, between and after the rows of a system.
        braces: what stands around ordinary notation inside it.
        overline: what stands before a barred item, behind its name or its bracket, and behind its scripts.
        iota: the dimension of size 1.
        digits: the subscript of positions without marks.
        more: what stands for terms that are left out; None for any part left out.
        over_times: what stands before a sum over times, from their letter and the last one.

    """

    name: Callable[[str], str]
    function: Callable[[Apply], str]
    number: Callable[[Number], str]
    operators: Mapping[str, str]
    ones: str
    identity: str
    superscripts: Mapping[str, str]
    power: Callable[[Number], str]
    positions: Callable[[Sequence[Mark]], str]
    portions: Callable[[Sequence[Sequence[Mark]]], str]
    count: Callable[[int], str]
    letters: Callable[[str], str]
    fence: Fence
    norm: Fence
    outer_norm: Fence
    root: Fence
    divide: tuple[str, str, str]
    ratio: tuple[str, str, str]
    bar: str
    angles: Fence
    rows: tuple[str, str, str]
    braces: Fence
    overline: tuple[str, str, str]
    iota: str
    digits: Callable[[Sequence[int]], str]
    more: Callable[[int], str]
    over_times: Callable[[str, str], str]


def plain_name(name: str) -> str:
    """Return a name as it was given, with a visible stand-in for what cannot be printed."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name
    )


def plain_number(value: Number) -> str:
    """Return the text of a number: 2, 1/2, 0.5."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return repr(value)


def _function_name(formula: Apply) -> str:
    return plain_name(formula.name)


def _unicode_power(exponent: Number) -> str:
    small = {2: "²", 3: "³"}
    return small.get(exponent, "") if exponent in small and isinstance(exponent, int) else _power(exponent)


def _power(exponent: Number) -> str:
    text = plain_number(exponent)
    return f"^{text}" if len(text) == 1 else f"^{{{text}}}"


def _positions(mark: Callable[[Mark], str]) -> Callable[[Sequence[Mark]], str]:
    return lambda marks: "^{" + ",".join(mark(one) for one in marks) + lone_comma(marks) + "}"


def lone_comma(marks: Sequence[Mark]) -> str:
    """Return the comma that tells one position of two digits from two positions."""
    return "," if len(marks) == 1 and marks[0][0] > 9 else ""


def _unicode_mark(mark: Mark) -> str:
    position, summed = mark
    return str(position) + ("\N{COMBINING MACRON}" if summed else "")


def _ascii_mark(mark: Mark) -> str:
    position, summed = mark
    return ("~" if summed else "") + str(position)


def _unicode_portions(groups: Sequence[Sequence[Mark]]) -> str:
    """Write digits side by side, and commas where a position needs two."""
    comma = "," if any(position > 9 for group in groups for position, _ in group) else ""
    return joined_portions(groups, _unicode_mark, comma)


def _ascii_portions(groups: Sequence[Sequence[Mark]]) -> str:
    return joined_portions(groups, _ascii_mark, ",")


def joined_portions(groups: Sequence[Sequence[Mark]], mark: Callable[[Mark], str], comma: str) -> str:
    """Return the subscript of groups of positions; a group of several is in brackets."""
    parts = []
    for group in groups:
        inner = comma.join(mark(one) for one in group)
        parts.append(f"[{inner}]" if len(group) > 1 else inner)
    return "_{" + comma.join(parts) + "}"


def _digits(positions: Sequence[int]) -> str:
    text = listed(positions)
    return f"_{text}" if len(text) == 1 else f"_{{{text}}}"


def listed(positions: Sequence[int]) -> str:
    """Return positions side by side, with commas where one of them needs two digits.

    Example:
        >>> listed((1, 2)), listed((1, 12)), listed((12,))
        ('12', '1,12', '12,')
    """
    comma = "," if max(positions) > 9 else ""
    return comma.join(map(str, positions)) + comma * (len(positions) == 1)


def _count(count: int) -> str:
    return f"_{count}" if count < 10 else f"_{{{count}}}"


def _letters(letters: str) -> str:
    return f"_{{{letters}}}"


def _more(dots: str) -> Callable[[int], str]:
    return lambda terms: f"{dots} {terms} more term{'s' * (terms > 1)}" if terms else dots


def _over_times(sign: str) -> Callable[[str, str], str]:
    return lambda letter, _last: f"{sign}_{letter}"


UNICODE = Spelling(
    name=plain_name,
    function=_function_name,
    number=plain_number,
    operators=MappingProxyType({DOT: "·", ODOT: "⊙", OVER: "⊘", OUTER: "⊗"}),
    ones="𝟏",
    identity="I",
    superscripts=MappingProxyType({"T": "ᵀ", "-1": "^{-1}", "-T": "^{-T}", "H": "ᴴ", "-H": "^{-H}"}),
    power=_unicode_power,
    positions=_positions(_unicode_mark),
    portions=_unicode_portions,
    count=_count,
    letters=_letters,
    fence=("(", ")"),
    norm=("‖", "‖"),
    outer_norm=("norm(", ")"),
    root=("sqrt(", ")"),
    divide=("", " / ", ""),
    ratio=("", "/", ""),
    bar=" | ",
    angles=("⟨", "⟩"),
    rows=("⟨", "; ", "⟩"),
    braces=("{", "}"),
    overline=("", "\N{COMBINING OVERLINE}", ""),
    iota="ι",
    digits=_digits,
    more=_more("…"),
    over_times=_over_times("Σ"),
)

ASCII = Spelling(
    name=plain_name,
    function=_function_name,
    number=plain_number,
    operators=MappingProxyType({DOT: ".", ODOT: ".*", OVER: "./", OUTER: "(x)"}),
    ones="ones",
    identity="I",
    superscripts=MappingProxyType({"T": "^T", "-1": "^{-1}", "-T": "^{-T}", "H": "^H", "-H": "^{-H}"}),
    power=_power,
    positions=_positions(_ascii_mark),
    portions=_ascii_portions,
    count=_count,
    letters=_letters,
    fence=("(", ")"),
    norm=("norm(", ")"),
    outer_norm=("norm(", ")"),
    root=("sqrt(", ")"),
    divide=("", " / ", ""),
    ratio=("", "/", ""),
    bar=" | ",
    angles=("<|", "|>"),
    rows=("<|", "; ", "|>"),
    braces=("{", "}"),
    overline=("~", "", ""),
    iota="iota",
    digits=_digits,
    more=_more("..."),
    over_times=_over_times("sum"),
)
