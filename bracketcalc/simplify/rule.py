"""What a rule is: a function from a node to its replacement, with the identity it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bracketcalc.expr.core import Expr


@dataclass(frozen=True, slots=True)
class Rule:
    """A named identity that may replace a node by one of equal value.

    Attributes:
        name: the name of the function that implements the rule.
        identity: the identity, as its docstring's first line states it.
        apply: the replacement of a node, or None where the rule does not apply.
    """

    name: str
    identity: str
    apply: Callable[[Expr], Expr | None]


def rule(apply: Callable[[Expr], Expr | None]) -> Rule:
    """Return the rule of a function whose docstring begins with the identity.

    Raises:
        ValueError: for a function without a docstring.
    """
    identity = (apply.__doc__ or "").strip().partition("\n")[0]
    if not identity:
        raise ValueError(f"the rule {apply.__name__} does not state its identity")
    return Rule(apply.__name__, identity, apply)
