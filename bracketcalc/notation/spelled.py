"""One spelling for each name: W_1, W_{1} and W₁ are one name, and so are x' and x′."""

from __future__ import annotations

import re
import unicodedata

from bracketcalc.notation.characters import SUBSCRIPTS
from bracketcalc.notation.commands import LETTERS
from bracketcalc.notation.scripts import Script

_DIGITS = str.maketrans(dict(SUBSCRIPTS))


def plain_spelling(name: str) -> str:
    """Return the plain spelling of a name as it was given."""
    return "ones" if name in ("𝟏", "𝟙") else spelled(unicodedata.normalize("NFC", name))


def spelled(name: str) -> str:
    """Return the plain spelling of a given name.

    Example:
        >>> spelled("W_{12}"), spelled("W₁₂"), spelled("x′")
        ('W_12', 'W_12', "x'")
    """
    if not (name.isascii() or SUBSCRIPTS.keys().isdisjoint(name)):
        name = re.sub(f"[{''.join(SUBSCRIPTS)}]+", r"_\g<0>", name).translate(_DIGITS)
    for character in "{} ":
        name = name.replace(character, "")
    return name.replace("\N{PRIME}", "'")


def plain_subscript(text: str, script: Script) -> str:
    """Return the plain spelling of a subscript of a name, with the underscore and any primes behind it."""
    content, behind = text[script.inner : script.stop], text[script.stop : script.end]
    if content.isalnum() and content.isascii() and behind in ("", "}"):
        return "_" + content
    for command, letters in LETTERS.items():
        if "\\" not in content:
            break
        content = content.replace("\\" + command, letters[0])
    return "_" + spelled(content).removeprefix("_") + spelled(behind.lstrip("} "))
