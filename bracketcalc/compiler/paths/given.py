"""Products whose order of contractions is given: nothing may change their factors or the order of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bracketcalc.compiler.paths.cost import Path
from bracketcalc.compiler.paths.optimize import check_path
from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Delta, Expr, OneHot, Ones, Product, product
from bracketcalc.simplify.products import as_product, flatten, operands
from bracketcalc.traverse import expand_definitions, with_steps

HINT = "compile the product alone, or ask for a path by name, as optimize='auto'"


def with_given_path(
    exprs: Sequence[Expr], path: Path, prepare: Callable[[Sequence[Expr]], list[Expr]]
) -> list[Expr]:
    """Return a product as it was given, nested products opened, with its factors prepared.

    Args:
        exprs: one product.
        path: the path, whose positions count the factors that have axes and are not ones or deltas.
        prepare: what is done with the factors.

    Raises:
        ArgumentError: for several expressions or products, and for a path that does not fit.
    """
    if len(exprs) != 1:
        raise ArgumentError(f"a path is for one product, but there are {len(exprs)} expressions", hint=HINT)
    whole = flatten(as_product(expand_definitions(exprs)[0]))
    inner = [node for node in with_steps(whole.factors) if isinstance(node, Product) and _count(node) > 1]
    if inner:
        raise ArgumentError(
            f"a path is for one product, but a factor of it contains {inner[-1]!s:.60}", hint=HINT
        )
    check_path(path, max(_count(whole), 1))
    factors = prepare(whole.factors)
    pairs = zip(factors, whole.labels, strict=True)
    return [product(whole.coefficient, pairs, whole.output)]


def _count(node: Product) -> int:
    """Return how many factors of a product are arrays with axes."""
    return sum(
        bool(labels) and not isinstance(factor, Ones | Delta | OneHot) for factor, labels in operands(node)
    )
