r"""The LaTeX spelling: formulas of commands that MathJax, KaTeX and LaTeX know, and that the parser reads.

Any name is harmless: characters that mean something to TeX or to HTML never stand unescaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType

from bracketcalc.expr.number import Number
from bracketcalc.notation.commands import LETTERS
from bracketcalc.render.layout import DOT, ODOT, OUTER, OVER, Apply, Mark
from bracketcalc.render.spelling import Spelling, joined_portions, listed, lone_comma, plain_number

_NAME = re.compile(r"([^\W_₀-₉]+)(['′]*)(?:_\{([\w−][\w+\-−,]*)\}|_([^\W_]+)|([₀-₉]+))?(['′]*)")
_DERIVATIVE = re.compile(r"∇_(?:\{(.+)\}([^{}]*)|([^\W_]+))")
_TIMES = re.compile(r"([,+-])")
_DIFFERENTIAL = re.compile(r"d[A-Za-z]")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

_COMMANDS = MappingProxyType(
    {
        **{letters[-1]: command for command, letters in LETTERS.items()},
        **{letters[0]: command for command, letters in LETTERS.items()},
    }
)
"""The command of each letter: the best one where several commands can mean it."""

_LATIN_CAPITALS = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΧο")
"""Greek letters that LaTeX has no commands for, because they look like Latin ones."""

_ESCAPES = MappingProxyType(
    {letter: "\\" + letter for letter in "_%&#${}"}
    | {
        "\\": r"\backslash{}",
        "^": r"\hat{}",
        "~": r"\tilde{}",
        "<": "{<}",
        ">": "{>}",
        " ": r"\ ",
    }
)


def latex_name(name: str) -> str:
    r"""Return LaTeX for any name.

    Example:
        >>> [latex_name(name) for name in ("X", "alpha", "W_1", "x′", "loss", "Z_{t+1}", "∇_{W_1}J")]
        ['X', '\\alpha', 'W_{1}', "x'", '\\mathrm{loss}', 'Z_{t+1}', '\\nabla_{W_{1}} J']
        >>> print(latex_name(r"$\input{x}$"))
        \mathrm{\$\backslash{}input\{x\}\$}
    """
    derivative = _DERIVATIVE.fullmatch(name)
    if derivative is not None and name.count("∇") == 1:
        variable, rest, plain = derivative.groups()
        shown = rf"\nabla_{{{latex_name(variable or plain)}}}"
        return f"{shown} {latex_name(rest)}" if rest else shown
    match = _NAME.fullmatch(name)
    if match is None and name.startswith("∇") and _NAME.fullmatch(name[1:]):
        return rf"\nabla {latex_name(name[1:])}"
    if match is None:
        return r"\mathrm{" + escaped(name) + "}"
    word, inner_primes, braced, plain, small, primes = match.groups()
    subscript = braced or plain or (small or "").translate(_DIGITS)
    lowered = f"_{{{_subscript(subscript)}}}" if subscript else ""
    return _word(word) + "'" * len(inner_primes) + lowered + "'" * len(primes)


def _word(word: str) -> str:
    if len(word) == 1 and word.isascii():
        return word
    if word in LETTERS and LETTERS[word][0] not in _LATIN_CAPITALS:
        return "\\" + word
    if word in _COMMANDS and word not in _LATIN_CAPITALS:
        return "\\" + _COMMANDS[word]
    return word if _DIFFERENTIAL.fullmatch(word) else r"\mathrm{" + escaped(word) + "}"


def _subscript(text: str) -> str:
    pieces = _TIMES.split(text)
    if len(pieces) > 1:
        return "".join([piece if _TIMES.fullmatch(piece) else _subscript(piece) for piece in pieces])
    if text in _COMMANDS and text not in _LATIN_CAPITALS:
        return "\\" + _COMMANDS[text]
    return escaped(text)


def escaped(text: str) -> str:
    r"""Return text that TeX prints as it is, in math mode.

    Example:
        >>> print(escaped("50% <b>"))
        50\%\ {<}b{>}
    """
    return "".join(
        _ESCAPES.get(letter, letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}")
        for letter in text
    )


def _function(formula: Apply) -> str:
    # A browser must not take the name of a user's function for a tag.
    return formula.latex.replace("<", "{<}") or r"\operatorname{" + escaped(formula.name) + "}"


def _number(value: Number) -> str:
    text = plain_number(value)
    if "/" in text:
        above, below = text.split("/")
        return rf"\frac{{{above}}}{{{below}}}"
    return text


def _power(exponent: Number) -> str:
    return f"^{{{plain_number(exponent)}}}"


def _mark(mark: Mark) -> str:
    position, summed = mark
    return rf"\bar{{{position}}}" if summed else str(position)


def _positions(marks: Sequence[Mark]) -> str:
    comma = "," if any(position > 9 for position, _ in marks) else ""
    return "^{" + comma.join(_mark(mark) for mark in marks) + lone_comma(marks) + "}"


def _portions(groups: Sequence[Sequence[Mark]]) -> str:
    comma = "," if any(position > 9 for group in groups for position, _ in group) else ""
    return joined_portions(groups, _mark, comma)


def _count(count: int) -> str:
    return f"_{{{count}}}"


def _digits(positions: Sequence[int]) -> str:
    return f"_{{{listed(positions)}}}"


def _letters(letters: str) -> str:
    return f"_{{{escaped(letters)}}}"


def _more(terms: int) -> str:
    counted = rf"\ \mathrm{{{terms}\ more\ term{'s' if terms > 1 else ''}}}" if terms else ""
    return r"\cdots" + counted


def _over_times(letter: str, last: str) -> str:
    return rf"\sum_{{{letter}=1}}^{{{_subscript(last)}}}"


LATEX = Spelling(
    name=latex_name,
    function=_function,
    number=_number,
    operators=MappingProxyType({DOT: r"\cdot", ODOT: r"\odot", OVER: r"\oslash", OUTER: r"\otimes"}),
    ones=r"\mathbf{1}",
    identity="I",
    superscripts=MappingProxyType({"T": "^{T}", "-1": "^{-1}", "-T": "^{-T}", "H": "^{H}", "-H": "^{-H}"}),
    power=_power,
    positions=_positions,
    portions=_portions,
    count=_count,
    letters=_letters,
    fence=(r"\left(", r"\right)"),
    norm=(r"\lVert ", r" \rVert"),
    outer_norm=(r"\operatorname{norm}\left(", r"\right)"),
    root=(r"\sqrt{", "}"),
    divide=(r"\frac{", "}{", "}"),
    ratio=(r"\frac{", "}{", "}"),
    bar=r" \mid ",
    angles=(r"\langle ", r" \rangle"),
    rows=("\\begin{cases}\n", " \\\\\n", "\n\\end{cases}"),
    braces=(r"{\left(", r"\right)}"),
    overline=(r"\overline{", "", "}"),
    iota=r"\iota",
    digits=_digits,
    more=_more,
    over_times=_over_times,
)
