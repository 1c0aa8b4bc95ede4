"""Embeddings: rows of a table at indices, and positions along a sequence."""

from __future__ import annotations

from bracketcalc.errors import ShapeError
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.build import ones
from bracketcalc.expr.core import Expr, as_expr
from bracketcalc.expr.shapes import check_equal_sizes, describe, show_sizes
from bracketcalc.functions.one_hot import one_hot


def embedding(table: object, indices: object) -> Expr:
    """Return the rows of a table at indices: the one-hot rows of the indices times the table.

    A program takes the rows, and adds rows where it computes the gradient of the table; no one-hot
    matrix is made. An index that is out of range is an error.

    Args:
        table: E, with an axis of entries, then any others.
        indices: whole numbers counted from 0, with any axes.

    Returns:
        An expression with the axes of the indices, then those of a row of the table.

    Raises:
        ShapeError: if the table is a scalar.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> E, i = tensors("E[v,d] i[n,t]")
        >>> [size.name for size in embedding(E, i).sizes]
        ['n', 't', 'd']
    """
    table = as_expr(table)
    if not table.ndim:
        raise ShapeError(f"{describe(table)} is a scalar, not a table", hint="give it an axis of entries")
    return one_hot(indices, table.sizes[0]) @ table


def with_positions(inputs: object, positions: object) -> Expr:
    """Return X + 𝟏 ⊗ P: sequences plus a row for each position, the same in every sample.

    Args:
        inputs: X, whose last two axes are the time and the features.
        positions: P, with the axes of time and features.

    Raises:
        ShapeError: if the last axes of the inputs are not those of the positions.
    """
    inputs, positions = as_expr(inputs), as_expr(positions)
    lead = inputs.ndim - positions.ndim
    if lead < 0:
        raise ShapeError(
            f"{describe(inputs)} with sizes {show_sizes(inputs.sizes)} has fewer axes than its positions "
            f"with sizes {show_sizes(positions.sizes)}"
        )
    spread = outer(ones(*inputs.sizes[:lead]), positions) if lead else positions
    check_equal_sizes(inputs, spread, "added to")
    return inputs + spread
