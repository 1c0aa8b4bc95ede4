"""Names for what a module computes: the user's where Python takes them, invented ones otherwise."""

from __future__ import annotations

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
        plain = wanted.isascii() and wanted.isidentifier() and not iskeyword(wanted)
        base = wanted if plain and not wanted.startswith("__") else otherwise
        found, number = base, 1
        while found in self._taken:
            found, number = f"{base}{number}", number + 1
        self._taken.add(found)
        return found
