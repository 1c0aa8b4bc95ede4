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
        kind: the kind of node that the rule may replace; Expr for any.
        holding: the kinds of which some child is needed; empty where any children will do.
        needs: what else must hold of the node, where several rules need the same: it is asked once.
    """

    name: str
    identity: str
    apply: Callable[[Expr], Expr | None]
    kind: type[Expr]
    holding: frozenset[type[Expr]]
    needs: Callable[[Expr], bool] | None = None


def rule(
    apply: Callable[[Expr], Expr | None],
    kind: type[Expr] = Expr,
    *holding: type[Expr],
    needs: Callable[[Expr], bool] | None = None,
) -> Rule:
    """Return the rule of a function whose docstring begins with the identity.

    Args:
        apply: the function.
        kind: the kind of node that it may replace; any without it.
        holding: kinds of which the node must have a child; none where any children will do.
        needs: a test of the node without which the rule does not apply.

    Raises:
        ValueError: for a function without a docstring.
    """
    identity = (apply.__doc__ or "").strip().partition("\n")[0]
    if not identity:
        raise ValueError(f"the rule {apply.__name__} does not state its identity")
    return Rule(apply.__name__, identity, apply, kind, frozenset(holding), needs)
