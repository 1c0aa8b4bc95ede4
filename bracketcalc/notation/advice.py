"""What to do about a name that has no meaning."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from bracketcalc.errors import ParseError
from bracketcalc.notation.characters import look_of, name_of
from bracketcalc.notation.commands import LETTERS, SIGNS
from bracketcalc.notation.places import Placed, failure


def advice(text: str, place: Placed, name: str, known: list[str], command: bool) -> str:
    """Return the hint for an unknown name.

    Args:
        text: the whole text.
        place: where the name stands.
        name: the name in its plain spelling.
        known: the names that have a meaning.
        command: whether it is a LaTeX command.
    """
    if name == "e" and text[place.end :].lstrip().startswith("^"):
        return "write e^{…} without a space, or exp(…), for a power of e"
    if name in ("iota", "ι"):
        return "a row is written bᵀ; ι stands only inside ⟨ ⟩"
    before, prime, _ = name.partition("'")
    if prime and before in known:
        return f"write {before}^T for the transposed"
    if name == "T" and text[: place.start].endswith("."):
        return "write ^T for the transposed, as in A^T"
    if name == "sum":
        return r"write a product with 𝟏, or \sum_{ij} A_{ij}"
    twins = _twins(name, known)
    if not twins:
        base = name.partition("_")[0]
        twins = _twins(base, known)
        name = base if twins else name
    if twins:
        signs = [(one, two) for one, two in zip(name, twins[0], strict=False) if one != two]
        ours, theirs = signs[0] if signs else (name[0], twins[0][0])
        return f"{twins[0]} only looks alike: you wrote {name_of(ours)}, the name has {name_of(theirs)}"
    close = get_close_matches(name[:60], known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    if command and name not in LETTERS:
        close = get_close_matches(name[:60], [*LETTERS, *SIGNS], n=1)
        if close:
            return f"did you mean \\{close[0]}?"
    short = name.isidentifier() and len(name) <= 40
    return f"give its meaning behind the text: {name}=…" if short else "give its meaning"


def two_subscripts(text: str, name: str, subscripts: Sequence[Placed]) -> ParseError:
    """Return the error that several subscripts stand on a name."""
    return failure(
        text,
        f"two subscripts stand on {name}",
        *subscripts[:2],
        hint="write one, or put the first with its name in parentheses: (A_{21})_{21}",
    )


def _twins(name: str, known: list[str]) -> list[str]:
    """Return the known names that look like a name."""
    return [other for other in known if other != name and look_of(other) == look_of(name[:60])]
