"""The axes of sums and products: which operands fit together, and what their result is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType

from bracketcalc.errors import ParseError, Span
from bracketcalc.expr.algebra import outer
from bracketcalc.expr.core import Expr
from bracketcalc.notation.ast import Chain, Given, Operation
from bracketcalc.notation.axes import Axes, Step
from bracketcalc.notation.places import quote
from bracketcalc.notation.unify import Sizes

# -- juxtaposition --------------------------------------------------------------------------------------


class Form(Enum):
    """What a factor of a matrix product is."""

    SCALAR = "a scalar"
    COLUMN = "a column"
    ROW = "a row"
    MATRIX = "a matrix"
    CELL = "a product of a row and a column"

    # The hash of Enum is written in Python, and forms are keys.
    __hash__ = object.__hash__


# Looking at a member of an Enum takes long in Python 3.11.
SCALAR, COLUMN, ROW, MATRIX, CELL = Form
_MATMUL: Step = Expr.__matmul__
_TIMES: Step = Expr.__mul__

_MATRIX_PRODUCTS: Mapping[tuple[Form, Form], tuple[Form, Step]] = MappingProxyType(
    {
        (COLUMN, ROW): (MATRIX, outer),
        (ROW, COLUMN): (CELL, _MATMUL),
        (ROW, MATRIX): (ROW, _MATMUL),
        (MATRIX, COLUMN): (COLUMN, _MATMUL),
        (MATRIX, MATRIX): (MATRIX, _MATMUL),
        (CELL, ROW): (ROW, _TIMES),
    }
)
"""The matrix products that exist. A cell has the sizes 1 × 1, so a row may follow it, but no column."""


def chain(axes: Axes, index: int, node: Chain) -> Sizes:
    """Multiply the factors from the left; a scalar fits anywhere."""
    steps: list[tuple[Step, int]] = []
    every, unknowns = axes.sizes, axes.unknowns
    last, *others = node.factors
    sizes = every[last]
    form = MATRIX if len(sizes) == 2 else _form(axes, last, node)
    for factor in others:
        known = every[factor]
        after = MATRIX if len(known) == 2 else _form(axes, factor, node)
        if form is SCALAR or after is SCALAR:
            step = _TIMES
            if after is not SCALAR:
                form, sizes, last = after, known, factor
        else:
            product = _MATRIX_PRODUCTS.get((form, after))
            if product is None:
                whole = next(index for index in node.factors if every[index])
                raise _no_product(axes, (form, after), last, factor, whole)
            form, step = product
            if step is _MATMUL:
                if sizes[-1] is not known[0] and not unknowns.same(sizes[-1], known[0]):
                    axes.match(last, len(every[last]) - 1, factor, 0)
                sizes = sizes[:-1] + known[1:]
            else:
                sizes += known
            last = factor
        steps.append((step, factor))
    axes.steps[index] = steps
    if form is ROW:
        axes.rows.add(index)
    return sizes


def _form(axes: Axes, factor: int, node: Chain) -> Form:
    """Return what a factor is that has other than two axes."""
    sizes = axes.sizes[factor]
    if len(sizes) < 2:
        return SCALAR if not sizes else ROW if factor in axes.rows else COLUMN
    if all(not axes.sizes[other] for other in node.factors if other != factor):
        return MATRIX
    raise axes.shape_error(
        f"{axes.quote(factor)} {axes.count(factor)}, but factors beside each other are matrices or vectors",
        factor,
        hint="write ·_1 to contract the last position with the first of the next factor",
    )


def _no_product(axes: Axes, forms: tuple[Form, Form], last: int, factor: int, first: int) -> ParseError:
    """Return the error that a matrix product does not exist, and what to write.

    Args:
        axes: what is known about the formula.
        forms: what the product before the factor is, and what the factor is.
        last: the factor that has the last axis of the product before.
        factor: the factor.
        first: the first factor of the chain that is no scalar.
    """
    before, after = axes.quote(last), axes.quote(factor)
    left, right = forms
    if left is CELL:
        cell = quote(axes.text, Span(axes.text, axes.nodes[first].start, axes.nodes[last].end))
        return axes.orientation_error(
            f"{cell} has the sizes 1 × 1, which {right.value} cannot follow",
            last,
            factor,
            hint=f"put the scalar in parentheses: ({cell}) {after}",
        )
    hint = _HINTS[forms]
    if left is right is COLUMN and isinstance(axes.nodes[last], Given):
        hint = f"write {before} · {after} for their inner product, or transpose one of them"
    return axes.orientation_error(
        f"{before} is {left.value} and {after} is {right.value}: they have no matrix product in this order",
        last,
        factor,
        hint=hint,
    )


_HINTS = MappingProxyType(
    {
        (COLUMN, COLUMN): "transpose one of them, or write · or ⊙ between them",
        (COLUMN, MATRIX): "transpose the column, or write it behind the matrix",
        (ROW, ROW): "leave out the transposition of the second",
        (
            MATRIX,
            ROW,
        ): "leave out the transposition of the row, or put a row times a column in parentheses",
    }
)


# -- operators ------------------------------------------------------------------------------------------


def operation(axes: Axes, index: int, node: Operation) -> Sizes:
    """Return the sizes of the result of an operator."""
    if node.left_positions or node.shared is not None:
        return _with_positions(axes, index, node)
    return _OPERATORS[node.sign](axes, index, node)


def _equal_axes(axes: Axes, index: int, node: Operation) -> Sizes:
    """Two tensors with equal axes, or a scalar and any tensor."""
    left, right = node.left, node.right
    sizes, others = axes.sizes[left], axes.sizes[right]
    if sizes and others:
        sizes = _alike(axes, node, sizes, others)
    if axes.rows and (left if sizes else right) in axes.rows:
        axes.rows.add(index)
    return sizes or others


def _spread(axes: Axes, index: int, node: Operation) -> Sizes:
    """A scalar that is subtracted from every element of a tensor (paper §6.3.1)."""
    if axes.sizes[node.right]:
        raise axes.shape_error(
            f"⊖ subtracts a scalar, but {axes.quote(node.right)} {axes.count(node.right)}",
            node.right,
            hint="write - to subtract a tensor",
        )
    return _equal_axes(axes, index, node)


def _alike(axes: Axes, node: Operation, sizes: Sizes, others: Sizes) -> Sizes:
    """Return the sizes that both operands have, which must both be rows, or neither.

    Raises:
        ShapeError: if their sizes differ.
        ParseError: for a row and a column.
    """
    left, right = node.left, node.right
    if len(sizes) != len(others):
        raise axes.shape_error(
            f"{axes.quote(left)} {axes.count(left)}, but {axes.quote(right)} {axes.count(right)}",
            left,
            right,
            hint=_SPREAD.get((node.sign, frozenset([len(sizes), len(others)])), _UNEQUAL[node.sign]),
        )
    if axes.rows and (left in axes.rows) != (right in axes.rows):
        row, column = (left, right) if left in axes.rows else (right, left)
        raise axes.orientation_error(
            f"{axes.quote(row)} is a row, but {axes.quote(column)} is a column",
            left,
            right,
            hint="leave out the transposition, or transpose both",
        )
    if sizes == others:
        return sizes
    for axis in range(len(sizes)):
        axes.match(left, axis, right, axis)
    return axes.unknowns.resolve(sizes)


_UNEQUAL = MappingProxyType(
    {
        **dict.fromkeys("+-⊘", "only numbers and scalars combine with any tensor"),
        **{sign: f"name positions, as in A^{{1}} {sign}^{{1}} B" for sign in "⊙·"},
    }
)
_SPREAD = MappingProxyType(
    {
        (sign, frozenset([1, 2])): "spread a vector with ones: 𝟏 bᵀ repeats it in every row"
        for sign in "+-⊘⊙"
    }
)


def _inner(axes: Axes, _index: int, node: Operation) -> Sizes:
    """Contract all positions."""
    left, right = node.left, node.right
    sizes, others = axes.sizes[left], axes.sizes[right]
    if bool(sizes) != bool(others):
        scalar, other = (left, right) if not sizes else (right, left)
        raise axes.shape_error(
            f"· contracts all positions, but {axes.quote(scalar)} is a scalar and "
            f"{axes.quote(other)} {axes.count(other)}",
            left,
            right,
            hint="put a scalar in parentheses beside what it multiplies: (x · y) z",
        )
    _alike(axes, node, sizes, others)
    return ()


def _outer(axes: Axes, _index: int, node: Operation) -> Sizes:
    axes.check_plain(node.left, "⊗")
    axes.check_plain(node.right, "⊗")
    return axes.sizes[node.left] + axes.sizes[node.right]


def _quotient(axes: Axes, index: int, node: Operation) -> Sizes:
    if axes.sizes[node.right]:
        raise axes.shape_error(
            f"/ divides by a scalar, but {axes.quote(node.right)} {axes.count(node.right)}",
            node.right,
            hint="write ⊘ to divide element by element, or A^{-1} for an inverse",
        )
    if node.left in axes.rows:
        axes.rows.add(index)
    return axes.sizes[node.left]


_OPERATORS: Mapping[str, Callable[[Axes, int, Operation], Sizes]] = MappingProxyType(
    {
        "+": _equal_axes,
        "-": _equal_axes,
        "⊖": _spread,
        "⊙": _equal_axes,
        "⊘": _equal_axes,
        "·": _inner,
        "⊗": _outer,
        "/": _quotient,
    }
)


def _with_positions(axes: Axes, index: int, node: Operation) -> Sizes:
    """Return the axes of the left operand that stay, then the unpaired axes of the right (3)."""
    left, right = node.left, node.right
    axes.check_plain(left, node.sign)
    axes.check_plain(right, node.sign)
    if node.shared is None:
        chosen = axes.axes_of(left, node.left_positions)
        partners = axes.axes_of(right, node.right_positions)
    else:
        chosen, partners = _last_with_first(axes, node)
    barred = tuple([position.number - 1 for position in node.left_positions if position.barred])
    summed = chosen if node.sign == "·" else barred
    for one, two in zip(chosen, partners, strict=True):
        axes.match(left, one, right, two)
    axes.pairs[index] = (chosen, partners, summed)
    kept = [size for axis, size in enumerate(axes.sizes[left]) if axis not in summed]
    return (*kept, *[size for axis, size in enumerate(axes.sizes[right]) if axis not in partners])


def _last_with_first(axes: Axes, node: Operation) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the last k axes of the left operand and the first k of the right (§2.5)."""
    left, right = len(axes.sizes[node.left]), len(axes.sizes[node.right])
    count = left if node.shared == "<" else right if node.shared == ">" else node.shared
    assert isinstance(count, int)
    for index, ndim in ((node.left, left), (node.right, right)):
        if count > ndim:
            raise axes.shape_error(
                f"{node.sign}_{node.shared} pairs {count} axes, but "
                f"{axes.quote(index)} {axes.count(index)}",
                index,
                hint="write a smaller number",
            )
    return tuple(range(left - count, left)), tuple(range(count))
