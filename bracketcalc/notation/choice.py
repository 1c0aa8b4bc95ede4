"""One of a few things, such as what a token is or what opened a bracket."""

from __future__ import annotations


class Choice:
    """One of the few things that a subclass names; ``value`` is what messages call it.

    This is no Enum, because in Python 3.11 a look at a member of an Enum takes half as long as making a
    token, and the readers of a text do little else.
    """

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"<{self.value}>"
