r"""Tab completion of the symbols of bracket notation: ``\odot`` and a tab give ⊙, in strings too.

IPython completes only symbols that can stand in a Python name, so it knows ``\alpha`` but no ``\odot``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from bracketcalc.notation.characters import SUBSCRIPTS, SUPERSCRIPTS
from bracketcalc.notation.commands import ACCENTS, DELIMITERS, LETTERS, SIGNS
from bracketcalc.notation.tokens import Kind

_BRACES = (Kind.OPEN_BRACE, Kind.CLOSE_BRACE)
SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        **{"\\" + command: sign for command, sign in SIGNS.items() if sign},
        **{
            "\\" + command: sign
            for command, (kind, sign) in DELIMITERS.items()
            if sign and kind not in _BRACES
        },
        **dict.fromkeys((r"\norm", r"\Vert"), "‖"),
        r"\ones": "𝟏",
        **{"\\" + command: ACCENTS[command] for command in ("bar", "overline")},
        **{"\\" + command: LETTERS[command][0] for command in ("iota", "nabla", "partial")},
        **{r"\^" + plain: raised for raised, plain in SUPERSCRIPTS.items()},
        **{r"\_" + plain: lowered for lowered, plain in SUBSCRIPTS.items()},
    }
)
"""The symbols that are completed, by what is typed for them."""

IDENTIFIER = "bracketcalc.symbols"
"""The name of the matcher in IPython's configuration."""


def complete(text: str, others: Iterable[str] = ()) -> tuple[str, list[str]]:
    r"""Return the command before the cursor, and what can take its place.

    A whole command gives its symbol, the beginning of commands gives these commands. Several raised or
    lowered characters are written behind one ``\^`` or ``\_``.

    Args:
        text: the line up to the cursor.
        others: commands that something else completes; they are listed behind those of this package.

    Returns:
        The end of ``text`` that is replaced, and its replacements; nothing where ``others`` knows it.

    Example:
        >>> complete(r"parse('A \odot"), complete(r"parse('A\^-12")
        (('\\odot', ['⊙']), ('\\^-12', ['⁻¹²']))
        >>> complete(r"A \os", [r"\oslash", r"\osun"])
        ('\\os', ['\\oslash', '\\osun'])
    """
    fragment = text[text.rfind("\\") :] if "\\" in text else ""
    symbol = SYMBOLS.get(fragment) or _script(fragment)
    if symbol:
        return fragment, [symbol]
    own = [command for command in SYMBOLS if fragment and command.startswith(fragment)]
    known = list(others)
    if not own or fragment in known:
        return "", []
    return fragment, own + [name for name in known if name.startswith(fragment) and name not in SYMBOLS]


def _script(fragment: str) -> str:
    r"""Return the raised or lowered characters behind ``\^`` or ``\_``, or nothing."""
    symbols = [SYMBOLS.get(fragment[:2] + character, "") for character in fragment[2:]]
    return "".join(symbols) if fragment[:2] in (r"\^", r"\_") and all(symbols) else ""


def symbol_matcher() -> Callable[[Any], dict[str, Any]]:
    """Return the completion as a matcher of IPython."""
    from IPython.core.completer import SimpleCompletion, context_matcher  # noqa: PLC0415
    from IPython.core.latex_symbols import latex_symbols  # noqa: PLC0415

    def match(context: Any) -> dict[str, Any]:
        fragment, found = complete(context.text_until_cursor, latex_symbols)
        if not found:
            return {"completions": [], "suppress": False}
        completions = [SimpleCompletion(text=text, type="latex") for text in found]
        return {
            "completions": completions,
            "matched_fragment": fragment,
            "suppress": True,
            "ordered": True,
        }

    return context_matcher(identifier=IDENTIFIER)(match)  # type: ignore[no-any-return]
