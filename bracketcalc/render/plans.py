"""How each expression is written: which expressions stand inside it, and where sizes must be named.

𝟏 and I are written without their sizes where the sizes follow from the formula. An axis that is tied to
an axis of a named tensor has a size that follows; the others are found here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.expr.core import Expr
from bracketcalc.render.layout import Formula


@dataclass(frozen=True, slots=True)
class Tie:
    """Axes that have one size because of the way an expression is written.

    Attributes:
        own: the axes of the expression itself.
        parts: pairs of the number of a part and one of its axes.
        constants: the numbers of the constants 𝟏 and I that have the size.
        closed: whether the size must follow from the parts, not from what is around the expression.
    """

    own: tuple[int, ...]
    parts: tuple[tuple[int, int], ...]
    constants: tuple[int, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How to write an expression.

    Attributes:
        parts: the expressions whose formulas it takes.
        ties: the axes with one size; an axis in no tie has a size that follows.
        make: from the formulas of the parts, and the numbers of the constants that must name their size.
    """

    parts: Sequence[Expr]
    ties: Sequence[Tie]
    make: Callable[[list[Formula], frozenset[int]], Formula]


def plans_below(root: Expr, plan_of: Callable[[Expr], Plan]) -> dict[Expr, Plan]:
    """Return the plan of every expression that is written below the root, parts first."""
    plans: dict[Expr, Plan] = {}
    pending: dict[Expr, Plan] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in plans:
            stack.pop()
        elif node in pending:
            plans[node] = pending.pop(node)
            stack.pop()
        else:
            pending[node] = plan_of(node)
            stack += [part for part in pending[node].parts if part not in plans]
    return plans


def constants_to_name(root: Expr, plans: Mapping[Expr, Plan]) -> dict[Expr, frozenset[int]]:
    """Return the constants of each expression whose size does not follow from the formula.

    Args:
        root: the expression that is written.
        plans: the plans of all expressions below it, parts first.
    """
    groups: dict[Expr, list[Group]] = {}
    unknown: dict[Expr, list[tuple[int, ...]]] = {}
    for node, plan in plans.items():
        groups[node] = _groups(plan, unknown)
        unknown[node] = [group.own for group in groups[node] if group.is_open]
    # Every axis that a parent does not ask for has a size that follows from the parent.
    asked: dict[Expr, set[int]] = {root: {axis for axes in unknown[root] for axis in axes}}
    named: dict[Expr, frozenset[int]] = {}
    for node in reversed(list(plans)):
        found: set[int] = set()
        for group in groups[node]:
            if group.follows or (group.is_open and not asked.get(node, set()).intersection(group.own)):
                continue
            # An identity may disappear into a diagonal matrix, so the first part names the size too.
            found.update(group.constants)
            if group.parts:
                part, axis = group.parts[0]
                asked.setdefault(plans[node].parts[part], set()).add(axis)
        named[node] = frozenset(found)
    return named


@dataclass(frozen=True, slots=True)
class Group:
    """The ties of an expression that have one size, and whether it follows from a named tensor."""

    own: tuple[int, ...]
    parts: tuple[tuple[int, int], ...]
    constants: tuple[int, ...]
    closed: bool
    follows: bool

    @property
    def is_open(self) -> bool:
        """Return whether the size may follow from what is around the expression."""
        return bool(self.own) and not self.closed and not self.follows


def _groups(plan: Plan, unknown: Mapping[Expr, list[tuple[int, ...]]]) -> list[Group]:
    """Return the ties, merged where the axes of one part have one size."""
    tie_of = {place: number for number, tie in enumerate(plan.ties) for place in tie.parts}
    members = {number: [number] for number in range(len(plan.ties))}
    open_places: set[tuple[int, int]] = set()
    for part, expr in enumerate(plan.parts):
        for axes in unknown[expr]:
            open_places.update((part, axis) for axis in axes)
            numbers = [tie_of[part, axis] for axis in axes if (part, axis) in tie_of]
            for number in numbers[1:]:
                one, two = members[numbers[0]], members[number]
                if one is not two:
                    one += two
                    members.update(dict.fromkeys(two, one))
    found = []
    for number, group in members.items():
        if number != group[0]:
            continue
        ties = [plan.ties[member] for member in group]
        parts = tuple([place for tie in ties for place in tie.parts])
        follows = any(place not in open_places for place in parts)
        own = tuple([axis for tie in ties for axis in tie.own])
        constants = tuple([constant for tie in ties for constant in tie.constants])
        found.append(Group(own, parts, constants, any(tie.closed for tie in ties), follows))
    return found
