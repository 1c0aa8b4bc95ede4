"""Recurrences in a text: they are printed, but not read, since a step is a function of Python."""

from __future__ import annotations

import re
from collections.abc import Collection

from bracketcalc.errors import Span
from bracketcalc.notation.places import failure

_PRINTED = re.compile(r"(?:\\operatorname\{|\b)(recurrence|final)\}?\s*(?:\\left)?\([^;]*;")


def check_no_recurrence(text: str, given: Collection[str]) -> None:
    """Raise a ParseError where a text holds a recurrence as it is printed.

    Args:
        text: the text of a formula.
        given: the names that have a meaning; a function of a user may be called ``final``.
    """
    if ";" not in text or "=" not in text:
        return
    for found in _PRINTED.finditer(text):
        name = found[1]
        if name not in given:
            build = "recurrence(step, initial, over)" if name == "recurrence" else "final_state(Z)"
            raise failure(
                text,
                f"the text of a {'recurrence' if name == 'recurrence' else 'final state'} is not read: its "
                "step is a function of Python",
                Span(text, found.start(1), found.end(1)),
                hint=f"build it with {build}, and give it a name behind the text: Z=…",
            )
