"""From the expressions that were given to those that are translated: no definitions, simplified."""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.compiler.rewrites.determinants import with_adjugates
from bracketcalc.compiler.rewrites.loops import with_short_steps
from bracketcalc.compiler.rewrites.slices import sliced_first
from bracketcalc.compiler.rewrites.stable import stabilized
from bracketcalc.expr.core import Expr
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.simplify.sharing import shared_forms
from bracketcalc.traverse import expand_definitions


def prepared(exprs: Sequence[Expr]) -> list[Expr]:
    """Return equal expressions without definitions, numerically stable and simplified together.

    What is only needed at one index is only computed there, and loops compute in each step only what
    depends on the step before. What is written in two ways is computed once.
    """
    given = simplify_all(expand_definitions(exprs))
    short = with_short_steps(given, prepared)
    simple = given if short == given else simplify_all(short)
    stable = with_adjugates(stabilized(sliced_first(simple)))
    return shared_forms(simple if stable == simple else simplify_all(stable))
