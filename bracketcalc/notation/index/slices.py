"""X_{2·} and e_{3}: reading them, their axes, and their expressions."""

from __future__ import annotations

from bracketcalc.errors import ShapeError
from bracketcalc.expr.build import onehot
from bracketcalc.expr.core import Delta, Expr, Extent, Size
from bracketcalc.expr.shapes import show_size
from bracketcalc.notation.axes import Axes
from bracketcalc.notation.index.ast import Slice, Unit
from bracketcalc.notation.index.letters import Dots, Fixed, Index, Letter, read_indices, selects
from bracketcalc.notation.names import Scope
from bracketcalc.notation.places import Placed, failure, quote, spans
from bracketcalc.notation.spelled import plain_subscript
from bracketcalc.notation.tokens import Kind, Token
from bracketcalc.notation.unify import Sizes


def read_slice(text: str, scope: Scope, operand: Placed, number: int, token: Token) -> Slice | None:
    """Return the slice of a record, None if its subscript is a list of positions.

    Args:
        text: the whole text.
        scope: what the names mean.
        operand: the record.
        number: its number in the tree.
        token: the subscript.

    Raises:
        ParseError: for a letter without a value.
    """
    if not selects(text, token):
        return None
    indices = read_indices(text, token, scope.given)
    _refuse_letters(text, indices)
    return Slice(operand.start, token.end, number, tuple(indices))


def _refuse_letters(text: str, indices: list[Index]) -> None:
    for index in indices:
        if isinstance(index, Letter):
            raise failure(
                text,
                f"the index {quote(text, index)} has no value",
                index,
                hint=(
                    f"give it one behind the text, as in {index.name}=2, "
                    "or write the index form (A_{ij} | ji)"
                ),
            )


def read_unit(text: str, scope: Scope, word: Token, lowered: Token) -> Unit | None:
    """Return the one-hot e_{3}, None where e is a name or has another subscript than indices.

    Raises:
        ParseError: for a letter without a value.
    """
    if word.value != "e" or lowered.kind is not Kind.LOWERED or word.command:
        return None
    if "e" in scope.given or "e" + plain_subscript(text, lowered) in scope.given:
        return None
    indices = read_indices(text, lowered, scope.given)
    _refuse_letters(text, indices)
    numbers = tuple([index for index in indices if isinstance(index, Fixed)])
    if len(numbers) < len(indices):
        return None
    return Unit(word.start, lowered.end, numbers)


def _expanded(axes: Axes, indices: tuple[Index, ...], operand: int) -> tuple[Index | None, ...]:
    """Return one index for each axis of a record, None for a whole axis; one dot fills what is missing.

    Raises:
        ShapeError: if the numbers of axes and of indices differ.
    """
    ndim = len(axes.sizes[operand])
    dots = [index for index in indices if isinstance(index, Dots)]
    others = len(indices) - len(dots)
    single = len(dots) == 1 and dots[0].many is None
    for dot in dots:
        if dot.dimension and not single:
            raise failure(
                axes.text,
                f"it does not follow how many axes {quote(axes.text, dot)} are",
                dot,
                hint=f"give {dot.dimension} a value behind the text, or write a number",
            )
    found: list[Index | None] = []
    for index in indices:
        if isinstance(index, Dots):
            count = ndim - others if single else 1 if index.many is None else index.many
            found += [None] * count
        else:
            found.append(index)
    if len(found) != ndim or (single and ndim == others):
        raise _count_error(axes, operand, indices)
    return tuple(found)


def _count_error(axes: Axes, operand: int, indices: tuple[Index, ...]) -> ShapeError:
    named = "1 index" if len(indices) == 1 else f"{len(indices)} indices"
    return ShapeError(
        f"{axes.quote(operand)} {axes.count(operand)}, but its subscript has {named}",
        spans=spans(axes.text, axes.nodes[operand], *indices),
        hint="write one index or one dot for each axis",
    )


def check_range(axes: Axes, operand: int, axis: int, index: Fixed) -> None:
    """Raise a ShapeError for an index beyond an axis whose size is a number."""
    size = axes.unknowns.find(axes.sizes[operand][axis])
    if not isinstance(size, Size) and index.number > size:
        raise ShapeError(
            f"there is no index {index.number}: position {axis + 1} of {axes.quote(operand)} "
            f"has size {show_size(size)}",
            spans=spans(axes.text, index, axes.nodes[operand]),
            hint=f"indices count from 1 to {size}" if size else "",
        )


def slice_sizes(axes: Axes, _index: int, node: Slice) -> Sizes:
    """Return the sizes of the axes with dots."""
    axes.check_plain(node.operand, "a list of indices")
    found = _expanded(axes, node.indices, node.operand)
    for axis, index in enumerate(found):
        if isinstance(index, Fixed):
            check_range(axes, node.operand, axis, index)
    sizes = axes.sizes[node.operand]
    return tuple([size for size, index in zip(sizes, found, strict=True) if index is None])


def slice_expr(axes: Axes, _index: int, node: Slice, exprs: list[Expr]) -> Expr:
    """Return the operand at its indices; a column of the identity is a one-hot."""
    found = _expanded(axes, node.indices, node.operand)
    operand = exprs[node.operand]
    fixed = [index.number - 1 for index in found if isinstance(index, Fixed)]
    if isinstance(operand, Delta) and len(fixed) == 1 == operand.ndim - 1:
        return onehot(fixed, operand.sizes[:1])
    return operand[
        tuple([index.number - 1 if isinstance(index, Fixed) else slice(None) for index in found])
    ]


def unit_sizes(axes: Axes, index: int, node: Unit) -> Sizes:
    """Return one size for each index, which follows from the use of the one-hot."""
    sizes: tuple[Extent, ...] = tuple([axes.unknowns.new() for _ in node.indices])
    axes.inferred[index] = sizes
    return sizes


def unit_expr(axes: Axes, index: int, node: Unit, _exprs: list[Expr]) -> Expr:
    """Return the one-hot."""
    sizes = axes.unknowns.resolve(axes.inferred[index])
    for number, size in zip(node.indices, sizes, strict=True):
        if not isinstance(size, Size) and number.number > size:
            raise ShapeError(
                f"there is no index {number.number}: this axis of {axes.quote(index)} has size {size}",
                spans=spans(axes.text, number),
                hint=f"indices count from 1 to {size}" if size else "",
            )
    return onehot([number.number - 1 for number in node.indices], sizes)
