"""The documentation of Python as text to learn from: it ships with the language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pydoc_data.topics import topics
from typing import Any

import numpy as np
import numpy.typing as npt

import bracketcalc as bc

Array = npt.NDArray[Any]

PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-", "…": "..."})
HELD_OUT = 0.1


def documentation() -> str:
    """Return what ``help()`` knows about the language: printable ASCII, each paragraph once.

    Topics share paragraphs. If one stood in the text twice, what is held out could have been seen.
    """
    paragraphs: dict[str, None] = {}
    for name in sorted(topics):
        plain = topics[name].translate(PLAIN).encode("ascii", "ignore").decode()
        found = re.split(r"\n\s*\n", plain)
        paragraphs.update(dict.fromkeys(kept for each in found if (kept := each.strip("\n"))))
    return "\n\n".join(paragraphs)


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The characters of a text, in a fixed order."""

    characters: str

    def encode(self, text: str) -> Array:
        """Return the number of each character.

        Raises:
            bc.ArgumentError: for a character that the alphabet does not have.
        """
        numbers = {character: number for number, character in enumerate(self.characters)}
        unknown = next((character for character in text if character not in numbers), None)
        if unknown is not None:
            raise bc.ArgumentError(f"{unknown!r} is not one of the {len(numbers)} characters of the text")
        return np.array([numbers[character] for character in text], dtype=np.intp)

    def decode(self, numbers: Array) -> str:
        """Return the text."""
        return "".join(self.characters[number] for number in numbers)


@dataclass(frozen=True, slots=True)
class Text:
    """A text as numbers, the end of it held out."""

    alphabet: Alphabet
    training: Array
    test: Array


def text() -> Text:
    """Return the documentation, nine tenths to learn from and one tenth held out."""
    found = documentation()
    alphabet = Alphabet("".join(sorted(set(found))))
    numbers = alphabet.encode(found)
    cut = round(len(numbers) * (1 - HELD_OUT))
    return Text(alphabet, numbers[:cut], numbers[cut:])


def windows(numbers: Array, starts: Array, length: int) -> tuple[Array, Array]:
    """Return pieces of a text, and what follows each of their characters, with the axes time, sample."""
    places = np.arange(length)[:, None] + starts
    return numbers[places], numbers[places + 1]


def consecutive(numbers: Array, pieces: int) -> tuple[Array, Array]:
    """Return a whole text in pieces of equal length, and what follows, with the axes time, piece."""
    length = (len(numbers) - 1) // pieces
    if length < 1:
        raise bc.ArgumentError(f"a text of {len(numbers)} characters has no {pieces} pieces")
    return windows(numbers, np.arange(pieces) * length, length)


def drawn(probabilities: Array, temperature: float, draw: np.random.Generator) -> int:
    """Return a character, drawn by its probability; a low temperature prefers the likely ones."""
    weights = probabilities.astype(np.float64) ** (1 / temperature)
    return int(draw.choice(len(weights), p=weights / weights.sum()))
