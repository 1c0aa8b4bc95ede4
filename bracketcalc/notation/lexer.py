"""From text to tokens: Unicode, ASCII and LaTeX spellings give the same tokens.

The lexer knows no names. A word is a run of letters, digits, combining marks and primes; what names it
holds is decided in :mod:`bracketcalc.notation.names`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from bracketcalc.notation.characters import (
    BARS,
    LOOKALIKES,
    ONES,
    OPERATORS,
    PRIMES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SYMBOLS,
    continues_word,
    primes_end,
    script_end,
    word_end,
)
from bracketcalc.notation.commands import (
    ACCENTS,
    ALPHABETS,
    DELIMITERS,
    FRACTIONS,
    LETTERS,
    SIGNS,
    SPACES,
    SWITCHES,
)
from bracketcalc.notation.markup import (
    read_fraction,
    read_root,
    read_switch,
    read_system,
    with_denominators,
    with_roots,
)
from bracketcalc.notation.places import failure
from bracketcalc.notation.scripted import read_script
from bracketcalc.notation.tokens import Kind, Token
from bracketcalc.notation.unread import needs_name, unexpected, unknown_command

_ENDS_WORD = "".join((*SUPERSCRIPTS, *SUBSCRIPTS, *ONES, *"⊗⊙⊘·‖⟨⟩"))
_TOKEN = re.compile(
    # LaTeX needs an empty group before the positions of a right operand: A^{2} \cdot {}^{1} B.
    r"""[ \t\r\n]*+(?:\{\}(?=[\^_]))?(?:"""
    rf"""(?P<word>[A-Za-z][A-Za-z0-9']*+(?![^\x00-\x7f{_ENDS_WORD}]))"""
    r"""|(?P<sign>\.\*|\./|<\||\|>|\|\||[-+/(){}\[\],|~;⊗⊙⊘·𝟏‖⟨⟩])"""
    # The usual scripts; all others are read step by step.
    r"""|(?P<braced>[\^_]\{[^{}\\]*+\}(?!['′]))"""
    r"""|(?P<bare>_(?:[0-9]++|[A-Za-z][A-Za-z0-9]*+)(?![^\x00-\x7f]|')"""
    r"""|\^(?:-?[0-9]++|T)(?![^\x00-\x7f]|\.))"""
    rf"""|(?P<raised>[{"".join(SUPERSCRIPTS)}]++(?![{BARS}]))|(?P<script>[\^_])"""
    r"""|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<letter>[A-Za-z])"""
    r"""|(?P<command>\\(?:mathbf\{1\}(?!['′])|[A-Za-z]+|.)?)"""
    r"""|(?P<unicode>[^\x00-\x7f])|(?P<point>\.)|(?P<other>.))""",
    re.DOTALL,
)
# Numbers of groups are faster to compare than their names.
_WORD, _SIGN, _COMMAND, _BRACED, _BARE, _RAISED = map(
    _TOKEN.groupindex.__getitem__, ("word", "sign", "command", "braced", "bare", "raised")
)
_SIGNS: Mapping[str, tuple[Kind, str]] = MappingProxyType(
    {
        **{spelling: (Kind.OPERATOR, sign) for spelling, sign in OPERATORS.items()},
        **dict.fromkeys(ONES, (Kind.ONES, "𝟏")),
        "∑": (Kind.SUM, ""),
        **dict.fromkeys("…⋯", (Kind.RANGE, "")),
        **dict.fromkeys(("<|", "⟨"), (Kind.ANGLE, "⟨")),
        **dict.fromkeys(("|>", "⟩"), (Kind.ANGLE, "⟩")),
        **dict.fromkeys(("||", "‖"), (Kind.BARS, "")),
        "(": (Kind.OPEN, ""),
        ")": (Kind.CLOSE, ""),
        "{": (Kind.OPEN_BRACE, ""),
        "}": (Kind.CLOSE_BRACE, ""),
        ",": (Kind.COMMA, ""),
        "[": (Kind.SQUARE, "["),
        "]": (Kind.SQUARE, "]"),
        "|": (Kind.RULE, ""),
        ";": (Kind.SEMICOLON, ""),
        "~": (Kind.BAR, "~"),
        **dict.fromkeys(BARS, (Kind.BAR, "\N{COMBINING MACRON}")),
        **{"\\" + name: (Kind.OPERATOR, sign) for name, sign in SIGNS.items() if sign},
        **{"\\" + name: delimiter for name, delimiter in DELIMITERS.items()},
        r"\mathbf{1}": (Kind.ONES, "𝟏"),
    }
)
"""The spellings of all tokens that need no reading."""

_ARGUMENT = re.compile(r"\s*(?:\{([^{}]*)\}|([^\W_])|(\\[A-Za-z]+))")
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9']*(?:_[A-Za-z0-9']+)*")
_SUBSCRIPT = r"_(?:\{[^{}\\]+\}|[0-9A-Za-z](?![0-9A-Za-z]))"
_SUBSCRIPTED = rf"\s*\{{\s*+((?:[A-Za-z][A-Za-z0-9]*'*|\\[A-Za-z]+)(?:{_SUBSCRIPT})+)\s*\}}"
_LINES = ("bar", "overline")
_NUMBER_BEFORE = (Kind.OPERATOR, Kind.OPEN, Kind.COMMA, Kind.OPEN_BRACE)


def tokenize(text: str, start: int = 0, stop: int | None = None) -> list[Token]:
    r"""Return the tokens of a normalized text, or a part of it; the last of them is the end.

    Raises:
        ParseError: for a character or a LaTeX command that a formula cannot contain.

    Example:
        >>> [token.value for token in tokenize(r"A \odot B")]
        ['A', '⊙', 'B', '']
    """
    tokens: list[Token] = []
    end = start
    length = len(text) if stop is None else stop
    next_token, signs, word, raised, lowered = _TOKEN.match, _SIGNS, Kind.WORD, Kind.RAISED, Kind.LOWERED
    while (match := next_token(text, end, length)) is not None:
        group = match.lastindex or 0
        at, end = match.span(group)
        if group == _WORD:
            tokens.append(Token(at, end, word, text[at:end]))
        elif group == _SIGN or (group == _COMMAND and text[at:end] in signs):
            kind, value = signs[text[at:end]]
            tokens.append(Token(at, end, kind, value))
        elif group == _BRACED:
            kind = lowered if text[at] == "_" else raised
            tokens.append(Token(at, end, kind, "", at + 2, end - 1))
        elif group == _BARE:
            kind = lowered if text[at] == "_" else raised
            tokens.append(Token(at, end, kind, "", at + 1, end))
        elif group == _RAISED:
            tokens.append(Token(at, end, raised, "", at, end))
        else:
            end = _other_token(text, tokens, match.lastgroup or "", at, end)
    tokens.append(Token(length, length, Kind.END))
    tokens = with_denominators(text, tokens) if "frac" in text else tokens
    return with_roots(text, tokens) if r"\sqrt" in text else tokens


def _other_token(text: str, tokens: list[Token], kind: str, at: int, end: int) -> int:
    """Add a token of a less usual kind, and return where it ends."""
    if kind == "number":
        tokens.append(Token(at, end, Kind.NUMBER, text[at:end]))
        return end
    if kind == "command":
        return _command(text, tokens, at, end)
    if kind == "unicode":
        return _unicode(text, tokens, at)
    if kind == "letter":
        end = word_end(text, end)
        tokens.append(_word(text, at, end))
        return end
    if kind == "script":
        return read_script(text, tokens, at)
    if kind == "point":
        return _point(text, tokens, at, end)
    raise unexpected(text, at)


def _unicode(text: str, tokens: list[Token], at: int) -> int:
    """Add the token that begins with a character beyond ASCII."""
    character = text[at]
    if character in SUPERSCRIPTS:
        end = script_end(text, at, SUPERSCRIPTS)
        tokens.append(Token(at, end, Kind.RAISED, "", at, end))
    elif character in SUBSCRIPTS:
        stop = script_end(text, at, SUBSCRIPTS)
        end = primes_end(text, stop)
        tokens.append(Token(at, end, Kind.LOWERED, "", at, stop))
    elif character in _SIGNS:
        end = at + 1
        tokens.append(Token(at, end, *_SIGNS[character]))
    else:
        if not character.isalpha() and character not in SYMBOLS:
            raise unexpected(text, at)
        end = word_end(text, at + 1)
        tokens.append(_word(text, at, end))
    return end


def _word(text: str, at: int, end: int) -> Token:
    word = text[at:end]
    if not word.isascii():
        for offset, character in enumerate(word):
            if character.isnumeric() and not character.isalpha() and not character.isascii():
                raise unexpected(text, at + offset)
            if character in LOOKALIKES and character not in PRIMES:
                raise unexpected(text, at + offset)
        word = word.replace("′", "'")
    return Token(at, end, Kind.WORD, word)


def _point(text: str, tokens: list[Token], at: int, end: int) -> int:
    """Add the operator that a point is; a point that begins a number is one with it."""
    if text[end : end + 1].isdecimal():
        before = tokens[-1].kind if tokens else Kind.OPERATOR
        match = _TOKEN.match(text, end)
        number = match is not None and match.lastgroup == "number" and "." not in match.group()
        if match is not None and number and before in _NUMBER_BEFORE:
            tokens.append(Token(at, match.end(), Kind.NUMBER, "0." + match.group()))
            return match.end()
    tokens.append(Token(at, end, *_SIGNS["."]))
    return end


def _command(text: str, tokens: list[Token], at: int, end: int) -> int:
    """Add the token of a LaTeX command, with its argument where it has one."""
    name = text[at + 1 : end]
    reader = _READERS.get(name)
    if reader is not None:
        return reader(text, tokens, at, end)
    if name.isalpha() and name not in SIGNS and name != "top":
        tokens.append(Token(at, end, Kind.WORD, name, command=True, whole=True))
        return end
    raise unknown_command(text, at, end)


def _skip(_text: str, _tokens: list[Token], _at: int, end: int) -> int:
    return end


def _styled(text: str, tokens: list[Token], at: int, end: int) -> int:
    r"""Add the word in the argument of a command such as ``\mathrm`` or ``\hat``."""
    name, match = text[at + 1 : end], _ARGUMENT.match(text, end)
    if match is None:
        if name in _LINES:
            tokens.append(Token(at, end, Kind.BAR, "\\bar"))
            return end
        if stop := _with_subscripts(text, tokens, at, end):
            return stop
        raise needs_name(text, Token(at, end, Kind.WORD))
    word = match[match.lastindex or 0].strip()
    if "\\" in word:
        word = word.replace("\\_", "_")
        word = LETTERS[word[1:]][0] if word.startswith("\\") and word[1:] in LETTERS else word
    stop = primes_end(text, match.end())
    if word == "1" and name in ALPHABETS:
        tokens.append(Token(at, stop, Kind.ONES, "𝟏"))
        return stop
    plain = _PLAIN_NAME.fullmatch(word)
    word += ACCENTS.get(name, "") + text[match.end() : stop]
    if not word.isascii():
        word = unicodedata.normalize("NFC", word).replace("′", "'")
    if not (plain or _is_name(word)):
        if name in _LINES:
            tokens.append(Token(at, end, Kind.BAR, "\\bar"))
            return end
        if found := _with_subscripts(text, tokens, at, end):
            return found
        raise failure(
            text,
            f"\\{name} needs one name",
            Token(at, stop, Kind.WORD),
            hint="write letters and digits in it",
        )
    tokens.append(Token(at, stop, Kind.WORD, word, whole=True))
    return stop


def _with_subscripts(text: str, tokens: list[Token], at: int, end: int) -> int:
    r"""Add the name in the argument of a style, and its subscripts, if it holds just these.

    Returns:
        Where ``\boldsymbol{X_{21}}`` ends, 0 for any other argument.
    """
    match = re.compile(_SUBSCRIPTED).match(text, end)
    if match is None or text[at + 1 : end] not in ALPHABETS:
        return 0
    name, *subscripts = tokenize(text, *match.span(1))[:-1]
    if name.kind is not Kind.WORD:
        return 0
    subscripts[-1] = subscripts[-1].replaced(end=match.end())
    tokens += [name.replaced(start=at, whole=True), *subscripts]
    return match.end()


_READERS: Mapping[str, Callable[[str, list[Token], int, int], int]] = MappingProxyType(
    {
        **dict.fromkeys(SPACES, _skip),
        **dict.fromkeys(FRACTIONS, read_fraction),
        "sqrt": read_root,
        **dict.fromkeys(("begin", "end"), read_system),
        **dict.fromkeys(SWITCHES, read_switch),
        **dict.fromkeys((*ALPHABETS, *ACCENTS), _styled),
    }
)


def _is_name(text: str) -> bool:
    """Return whether the argument of a command is one name: a word, which may have subscripts."""
    base, *subscripts = text.replace("{", "").replace("}", "").split("_")
    parts = [base, *subscripts]
    return text in ONES or (
        (base[:1].isalpha() or base[:1] in tuple(SYMBOLS))
        and all(part and all(continues_word(c) or c in SUBSCRIPTS for c in part) for part in parts)
    )
