"""The characters of a formula: which are read, which are refused by name, which look like others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from bracketcalc.errors import ArgumentError, ParseError, Span

LONGEST = 1_000_000
"""The most characters that a formula may have."""

SUPERSCRIPTS = MappingProxyType(dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᴴ", "0123456789+-TH", strict=True)))
SUBSCRIPTS = MappingProxyType(
    dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-aehijklmnoprstuvx", strict=True))
)
BARS = "\N{COMBINING MACRON}\N{COMBINING OVERLINE}"
PRIMES = "'\N{PRIME}"
ONES = "𝟏𝟙"
SYMBOLS = "∇∂"
"""Symbols that count as letters."""

OPERATORS = MappingProxyType(
    {
        **{sign: sign for sign in "+-/⊗⊙⊘⊖·"},
        "\N{MINUS SIGN}": "-",
        "\N{DOT OPERATOR}": "·",
        "\N{BULLET OPERATOR}": "·",
        "\N{RING OPERATOR}": "⊙",
        ".": "·",
        ".*": "⊙",
        "./": "⊘",
    }
)
"""Every spelling of an operator by characters, with the sign that stands for it."""

STEPS = "write the last formula alone: those before it show how it comes about"
_DOT = "write · (U+00B7), or . in ASCII"
_ODOT = "write ⊙ (U+2299), or .* in ASCII, to multiply element by element"
_OTIMES = "write ⊗ (U+2297), or (x) in ASCII"
_TIMES = f"{_OTIMES}, for the outer product, or a space for the matrix product"
_MINUS = "write - or − (U+2212)"
_PRIME = "write ' or ′ (U+2032)"
LOOKALIKES = MappingProxyType(
    {
        **dict.fromkeys("•‧・●⸱", _DOT),
        **dict.fromkeys("ʘ☉⨀⊚◉⦿⊛", _ODOT),
        **dict.fromkeys("×✕✖⨉⨯⊠", _TIMES),
        "⨂": _OTIMES,
        **dict.fromkeys("–—‐‑﹣\N{FULLWIDTH HYPHEN-MINUS}", _MINUS),
        **dict.fromkeys("’‘ʹ´`", _PRIME),
        **dict.fromkeys("÷∅⌀", "write ⊘ (U+2298) element by element, or / for a scalar"),
        **dict.fromkeys("⁄∕", "write /"),
        **dict.fromkeys("√∛∜", "write sqrt(…), or a power such as x^{1/3}"),
        **dict.fromkeys("∥ǁ", "write ‖ (U+2016), or norm(x)"),
        **dict.fromkeys("〈〉《》", "write ⟨ (U+27E8) and ⟩ (U+27E9)"),
        **dict.fromkeys("\uff08\uff09\uff3b\uff3d\uff5b\uff5d", "write the ASCII bracket"),
        "*": "write .* (⊙) to multiply element by element, or a space for the matrix product",
        "∗": "write .* (⊙) to multiply element by element, or a space for the matrix product",
        "@": "write a space for the matrix product, or ._1",
        "⊤": "write X^T or Xᵀ",
        "¯": "write ~ before the position, or U+0304 after it",
        "$": "leave out the dollar signs",
        "&": "leave out the alignment of the equation",
        "%": "a formula has no comments",
        "=": "a formula has no equality sign: give one side of it",
        '"': "a formula has no quotation marks",
        "!": "write the product",
        ";": "write a comma between arguments, or | before the letters of an index form",
        ":": "write a dot for a whole axis, as in X_{2·}",
        **dict.fromkeys("→⟶⇒↦", "write | before the free letters of an index form"),
        **dict.fromkeys("⇝⤳↝↭", STEPS),
        **dict.fromkeys("⟦⟧〚〛【】〔〕", "write [ and ]"),
        **dict.fromkeys("‹›«»", "write ⟨ (U+27E8) and ⟩ (U+27E9)"),
        "<": "⟨ … ⟩ is written <| … |> in ASCII",
        ">": "⟨ … ⟩ is written <| … |> in ASCII",
        "~": "a bar marks a position, as in A^{1,~2}",
    }
)
"""What to write instead of a character that is not read."""

_ESCAPES = (
    "[\x07\x08\x0b\x0c]"
    "|\t(?=anh|an\\b|au\\b|imes|op\\b|ext|frac|ilde|heta)"
    "|\r(?=ight|Vert|ho\\b|angle|vert)"
    "|\n(?=abla)"
)
_ESCAPE_NAMES = MappingProxyType(
    {"\x07": "a", "\x08": "b", "\x0b": "v", "\x0c": "f", "\t": "t", "\r": "r", "\n": "n"}
)
_SPACES = " \t\r\n"
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f]")


_ALIKE = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧνορυАВЕКМНОРСТХУаеорсухіј", "ABEZHIKMNOPTYXvopuABEKMHOPCTXYaeopcyxij")


def look_of(name: str) -> str:
    """Return the Latin letters that a reader takes a name for.

    Example:
        >>> look_of("\N{GREEK CAPITAL LETTER CHI}"), look_of("\N{FULLWIDTH LATIN CAPITAL LETTER X}")
        ('X', 'X')
    """
    return unicodedata.normalize("NFKC", name).translate(_ALIKE)


def normalize(text: object) -> str:
    """Return the text in Unicode's form NFC, after refusing the characters that nobody can see.

    Raises:
        ArgumentError: for anything that is not a text.
        ParseError: for an empty or much too long text, a control character, an invisible character, or
            a space that is not ASCII.
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a formula is a text, got {type(text).__name__}")
    if len(text) > LONGEST:
        raise ParseError(
            f"the formula has {len(text)} characters, the most is {LONGEST}",
            hint="name parts of it with define",
        )
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    if not text.isprintable():
        escape = re.search(_ESCAPES, text)
        if escape is not None:
            raise _escaped(text, escape.start())
        _refuse_invisible(text)
    if not text.isascii():
        _refuse_spaces(text)
    if not text.strip(_SPACES):
        raise ParseError("the formula is empty", spans=[Span(text, 0, len(text))])
    return text


def _escaped(text: str, at: int) -> ParseError:
    letter = _ESCAPE_NAMES[text[at]]
    return ParseError(
        f"the text contains the control character U+{ord(text[at]):04X}, which Python writes as \\{letter}",
        spans=[Span(text, at, at + 1)],
        hint='write a raw string, r"…", so that Python keeps the backslashes of LaTeX commands',
    )


def _refuse_invisible(text: str) -> None:
    for at, character in enumerate(text):
        if not character.isprintable() and character not in _SPACES:
            raise ParseError(
                f"the text contains {name_of(character)}, which cannot be seen",
                spans=[Span(text, at, at + 1)],
                hint="delete it" if unicodedata.category(character) != "Zs" else "write an ordinary space",
            )


def _refuse_spaces(text: str) -> None:
    """Refuse what Python calls printable, but a reader cannot see."""
    unseen = _UNSEEN.search(text)
    if unseen is not None:
        raise ParseError(
            f"the text contains {name_of(unseen.group())}, which cannot be seen",
            spans=[Span(text, unseen.start(), unseen.end())],
            hint="delete it",
        )


def name_of(character: str) -> str:
    """Return the code point and the Unicode name of a character.

    Example:
        >>> name_of("·")
        'U+00B7 MIDDLE DOT'
    """
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


# -- runs of characters ----------------------------------------------------------------------------------


def script_end(text: str, at: int, characters: Mapping[str, str]) -> int:
    """Return where a run of raised or lowered characters, with their bars, ends."""
    end = at + 1
    while end < len(text) and (text[end] in characters or text[end] in BARS):
        end += 1
    return end


def primes_end(text: str, at: int) -> int:
    """Return where a run of primes, which may be empty, ends."""
    while at < len(text) and text[at] in PRIMES:
        at += 1
    return at


def word_end(text: str, at: int) -> int:
    """Return where a word ends that goes on at ``at``: its letters, digits, marks and primes."""
    length = len(text)
    while at < length and continues_word(text[at]):
        at += 1
    return at


def continues_word(character: str) -> bool:
    """Return whether a word may go on with a character: letters, digits, primes and combining marks.

    Example:
        >>> [continues_word(character) for character in "x1'²₂_"]
        [True, True, True, False, False, False]
    """
    if character in SUPERSCRIPTS or character in SUBSCRIPTS or character in ONES:
        return False
    return character.isalnum() or character in PRIMES or character in SYMBOLS or _is_mark(character)


def _is_mark(character: str) -> bool:
    return "\u0300" <= character <= "\u036f" or "\u20d0" <= character <= "\u20ff"
