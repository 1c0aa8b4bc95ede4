"""What a function of another library needs of an expression: a program, and one for its cotangents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bracketcalc.calculus.derivatives import variable_list, vjp
from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.compiled import Compiled
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Expr, Sum, Tensor, as_expr
from bracketcalc.expr.twin import twin
from bracketcalc.simplify.engine import simplify_all
from bracketcalc.traverse import tensors_in


@dataclass(frozen=True, slots=True)
class Differentiable:
    """Expressions as a function of positional arrays.

    Attributes:
        results: the expressions.
        single: whether one expression was given, not a sequence.
        program: the program that computes them.
        wrt: the tensors with respect to which it is differentiated.
        seeds: the cotangent of each result, as a tensor.
        cotangents: the expressions of the cotangents of ``wrt``.
    """

    results: tuple[Expr, ...]
    single: bool
    program: Compiled
    wrt: tuple[Tensor, ...]
    seeds: tuple[Tensor, ...]
    cotangents: tuple[Expr, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the arguments, in order: tensors, then sizes."""
        return self.program.arguments

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the positions of the arguments that are sizes."""
        tensors = {tensor.name for tensor in tensors_in(self.results)}
        return tuple([place for place, name in enumerate(self.names) if name not in tensors])


def differentiable(exprs: Expr | Sequence[Expr], wrt: Sequence[Expr] | None, level: int) -> Differentiable:
    """Return expressions as a differentiable function.

    Args:
        exprs: an expression, or a sequence of them.
        wrt: the tensors with respect to which it is differentiated; all of them for None.
        level: how many times the function was differentiated before; it makes the names of the seeds.

    Raises:
        ArgumentError: for a variable that is no tensor of the expressions.
        DerivativeError: for a function without a derivative.
    """
    single = isinstance(exprs, Expr)
    results = tuple([as_expr(expr) for expr in ([exprs] if isinstance(exprs, Expr) else exprs)])
    tensors = tensors_in(results)
    variables = tuple(tensors) if wrt is None else tuple(variable_list(wrt))
    for variable in variables:
        if not isinstance(variable, Tensor) or variable not in tensors:
            raise ArgumentError(
                f"{variable.name} is not a tensor of the expressions", hint="leave it out of wrt"
            )
    seeds = tuple([twin(f"\0G{level}.{k}", result) for k, result in enumerate(results)])
    parts = [vjp(result, list(variables), seed) for result, seed in zip(results, seeds, strict=True)]
    sums = [Sum(terms) for terms in zip(*parts, strict=True)]
    found = tuple(simplify_all(sums))
    owned = tuple([variable for variable in variables if isinstance(variable, Tensor)])
    return Differentiable(results, single, compile(results), owned, seeds, found)
