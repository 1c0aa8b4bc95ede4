"""Names for what a module computes: the user's where Python takes them, invented ones otherwise.

Greek letters are written out: γ is called gamma.
"""

from __future__ import annotations

import unicodedata
from keyword import iskeyword


class Names:
    """Gives every value a name of its own.

    Args:
        reserved: names that are taken by the module itself.
    """

    def __init__(self, reserved: set[str]) -> None:
        self._taken = set(reserved)

    def name(self, wanted: str, otherwise: str) -> str:
        """Return a free name: the wanted one if Python takes it as a name, else an invented one."""
        wanted = "".join(map(_written_out, wanted))
        plain = wanted.isascii() and wanted.isidentifier() and not iskeyword(wanted)
        base = wanted if plain and not wanted.startswith("__") else otherwise
        found, number = base, 1
        while found in self._taken:
            found, number = f"{base}{number}", number + 1
        self._taken.add(found)
        return found


def _written_out(letter: str) -> str:
    """Return the name of a Greek letter, and any other letter as it is."""
    kind, _, name = unicodedata.name(letter, "").partition(" LETTER ")
    if kind not in ("GREEK SMALL", "GREEK CAPITAL") or not name.isalpha():
        return letter
    return name.lower() if kind == "GREEK SMALL" else name.capitalize()
