"""Derivations: the equations that lead from an expression to its gradients, one named rule each.

A derivation follows the definitions of the expression. Each definition gets its own differential, and
each cotangent gets a name, so the number of equations and their length grow linearly with the number of
definitions (paper §6.2).
"""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.calculus.backward import walked
from bracketcalc.calculus.complex_slopes import check_real_valued
from bracketcalc.calculus.derivation import Derivation
from bracketcalc.calculus.derivatives import variable_list
from bracketcalc.calculus.equations import backward_steps, definition_steps, differential_steps
from bracketcalc.calculus.intermediates import with_intermediates
from bracketcalc.calculus.proof import full_steps
from bracketcalc.calculus.task import CotangentNames, task_of
from bracketcalc.calculus.timed import timed_task
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.expr.shapes import describe

DETAILS = ("result", "steps", "full")


def derive(
    expr: Expr,
    wrt: Expr | Sequence[Expr],
    detail: str = "steps",
    names: CotangentNames | None = None,
) -> Derivation:
    """Return the derivation of the gradients of a scalar (paper §3.1, §6).

    Args:
        expr: a scalar expression; its definitions are the intermediates of the derivation.
        wrt: a tensor or definition, or a sequence of them.
        detail: ``"result"`` for the final equations: definitions, cotangents and gradients; ``"steps"``
            for the differential of each definition too; ``"full"`` for every application of a rule, one
            after the other: the differential of each definition is worked out and substituted, dX is
            taken out, and its coefficient is read off.
        names: what cotangents are called instead of ∇_{Z}J. A letter names those that are used several
            times: with ``"S"`` they are S_1, S_2, … in the order of the definitions (paper §6.2). A
            mapping gives the name for some definitions.

    Returns:
        The equations. The cotangent ∇_{Z}J of a definition Z is a definition of its own, used by name in
        what follows, unless what follows is no longer without the name. The gradients can be compiled
        together with the expression. With ``"full"``, an expression with many functions inside each other
        gets definitions of its own, so that no line is long.

        Through recurrences the equations hold for every time t: sequences X are written X_t, sums over the
        time Σ_t, and what a state receives from the next step stands in cotangents such as ∇_{A_{t+1}}J
        (paper §6.4). Behind the last step those are zero, and so is everything that they are multiplied
        with. A loss that uses a sequence as a whole, as attention does, keeps its recurrences.

    Raises:
        DerivativeError: if ``expr`` is not a real scalar, for a function without a derivative, or if a
            name would stand for two things.
        ArgumentError: for another detail, or for the name of something that is no definition.

    Example:
        >>> from bracketcalc.expr.build import define, tensors
        >>> from bracketcalc.expr.algebra import dot
        >>> X, w, y = tensors("X[n,d] w[d] y[n]")
        >>> z = define("z", X @ w - y)
        >>> [step.left for step in derive(dot(z, z) / 2, w).steps]
        ['z', 'J', 'dz', 'dJ', '∇_{w}J']
        >>> [step.left for step in derive(dot(z, z) / 2, w, detail="result").steps]
        ['z', 'J', '∇_{w}J']
    """
    expr = as_expr(expr)
    if detail not in DETAILS:
        raise ArgumentError(
            f"there is no detail {detail!r}; there are {', '.join(map(repr, DETAILS))}",
            hint="write detail='steps'",
        )
    if expr.ndim != 0:
        raise DerivativeError(
            f"{describe(expr)} has {expr.ndim} axes: a derivation of gradients starts from a scalar",
            hint="contract it with a cotangent first",
        )
    check_real_valued(expr)
    variables = variable_list(wrt)
    source, inside = with_intermediates(expr, variables) if detail == "full" else (expr, variables)
    task = task_of(source, inside, names)
    whole = walked(task)
    timed = timed_task(source, inside, names)
    shown, walk = (task, whole) if timed is None else timed
    if detail == "full":
        steps = full_steps(shown, walk)
    else:
        differentials = differential_steps(shown) if detail == "steps" else []
        steps = [*definition_steps(shown), *differentials, *backward_steps(shown, walk)]
    return Derivation(expr, task.name, tuple(variables), tuple(steps), tuple(whole.gradients), detail)
