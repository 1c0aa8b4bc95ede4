"""From the expressions that were given to those that are translated: no definitions, simplified."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from bracketcalc.compiler.rewrites.determinants import with_adjugates
from bracketcalc.compiler.rewrites.loops import with_short_steps
from bracketcalc.compiler.rewrites.slices import sliced_first
from bracketcalc.compiler.rewrites.stable import UNSTABLE, stabilized
from bracketcalc.expr.core import Elementwise, Expr, OneHot
from bracketcalc.expr.nodes import Map
from bracketcalc.expr.recurrence import FinalState, Recurrence
from bracketcalc.functions.determinant import DET
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.simplify.sharing import shared_forms
from bracketcalc.traverse import expand_definitions, postorder


def prepared(exprs: Sequence[Expr]) -> list[Expr]:
    """Return equal expressions without definitions, numerically stable and simplified together.

    What is only needed at one index is only computed there, and loops compute in each step only what
    depends on the step before. What is written in two ways is computed once.
    """
    simple = simplify_all(expand_definitions(exprs))
    found = _ingredients(simple)
    if not found.isdisjoint(LOOPS):
        short = with_short_steps(simple, prepared)
        if short != simple:
            simple = simplify_all(short)
            found = _ingredients(simple)
    stable = simple
    for rewrite, needed in REWRITES:
        if not found.isdisjoint(needed):
            stable = rewrite(stable)
    return shared_forms(simple if stable == simple else simplify_all(stable))


LOOPS = (Recurrence, FinalState)

REWRITES: tuple[tuple[Callable[[Sequence[Expr]], list[Expr]], Collection[object]], ...] = (
    (sliced_first, (OneHot,)),
    (stabilized, UNSTABLE),
    (with_adjugates, (DET,)),
)
"""What is done one after the other, and the kinds of nodes and functions of which it needs one."""


def _ingredients(exprs: Sequence[Expr]) -> set[object]:
    """Return the kinds of the nodes of expressions, and the functions in them."""
    order = postorder(exprs)
    found: set[object] = set(map(type, order))
    found.update([node.function for node in order if isinstance(node, (Elementwise, Map))])
    return found
