"""The axes of every part of a formula: which there are, their sizes, and which vectors are rows.

A tensor with one axis is a column; transposed, it is a row (paper §2.3.1). Sizes that must be equal are
made equal, which gives 𝟏 and I their sizes wherever in the formula they follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bracketcalc.errors import ShapeError
from bracketcalc.expr.records import TensorFunction
from bracketcalc.expr.shapes import show_size
from bracketcalc.functions.application import ElementwiseForm, SubtensorForm
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.notation.ast import (
    Application,
    Chain,
    Embedded,
    Given,
    Inferred,
    Negation,
    Operation,
    Power,
    Selection,
    Syntax,
)
from bracketcalc.notation.axes import Axes, count_axes
from bracketcalc.notation.built_in import MatrixForm
from bracketcalc.notation.index.ast import IndexForm, Slice, Unit
from bracketcalc.notation.index.axes import form_sizes, open_letters
from bracketcalc.notation.index.slices import slice_sizes, unit_sizes
from bracketcalc.notation.infer_operators import operator_sizes
from bracketcalc.notation.infer_products import chain, operation
from bracketcalc.notation.places import failure
from bracketcalc.notation.unify import Sizes

Rule = Callable[[Axes, int, Any], Sizes]
"""From the record with the given index to the sizes of its axes."""


def infer(text: str, nodes: list[Syntax]) -> Axes:
    """Return the axes of every record of a syntax tree.

    Raises:
        ShapeError: for sizes or numbers of axes that do not fit.
        ParseError: for rows and columns that do not fit, or a 𝟏 or I whose size does not follow.
    """
    return checked(infer_open(text, nodes))


def infer_open(text: str, nodes: list[Syntax]) -> Axes:
    """Return what :func:`infer` does, where the sizes of some 𝟏 and I may not be known."""
    axes = Axes(text, nodes)
    sizes = axes.sizes
    for index, node in enumerate(nodes):
        # Half of the records are names.
        sizes.append(node.expr.sizes if type(node) is Given else _RULES[type(node)](axes, index, node))
    return axes


def checked(axes: Axes) -> Axes:
    """Return the axes, after refusing a 𝟏, I, δ or e whose size nothing tells."""
    unknowns = axes.unknowns
    open_ = [index for index, size in axes.constants.items() if unknowns.is_open(unknowns.find(size))]
    if open_:
        name = axes.quote(open_[0])
        raise failure(
            axes.text,
            f"the size of {name} does not follow from the formula",
            *[axes.nodes[index] for index in open_[:8]],
            hint=f"write its size as a subscript, as in {name}_n or {name}_3",
        )
    error = open_letters(axes)
    if error is not None:
        raise error
    return axes


def _embedded(axes: Axes, _index: int, node: Embedded) -> Sizes:
    sizes = [axes.unknowns.new() if size is None else size for size in node.part.sizes]
    for one, two in node.part.ties:
        sizes[two] = sizes[one]
    return tuple(sizes)


def _inferred(axes: Axes, index: int, node: Inferred) -> Sizes:
    size = axes.unknowns.new() if node.size is None else node.size
    axes.constants[index] = size
    return (size,) * node.order


def _negation(axes: Axes, index: int, node: Negation) -> Sizes:
    if node.operand in axes.rows:
        axes.rows.add(index)
    return axes.sizes[node.operand]


def _power(axes: Axes, index: int, node: Power) -> Sizes:
    """Scalars have any power, square matrices whole ones; vectors and matrices can be transposed."""
    sizes = axes.sizes[node.operand]
    exponent = node.exponent
    if exponent.transposed and exponent.number == 1 and len(sizes) < 3:
        if len(sizes) == 1 and node.operand not in axes.rows:
            axes.rows.add(index)
        return sizes[::-1]
    if not sizes:
        return ()
    name = axes.quote(node.operand)
    if len(sizes) != 2:
        message = f"{name} {axes.count(node.operand)}; only scalars and matrices have powers and inverses"
        hint = f"write power(x, {exponent.number}) to apply it element by element"
        if exponent.transposed:
            hint = "name the order of its positions in a subscript, as in A_{321}"
        if exponent.transposed and len(sizes) > 2:
            message = f"{name} {axes.count(node.operand)}; only vectors and matrices can be transposed"
        raise axes.shape_error(message, node.operand, hint=hint)
    if not isinstance(exponent.number, int):
        raise axes.shape_error(
            f"{name} is a matrix, and {exponent.number} is not a whole number",
            node.operand,
            hint=f"write power(x, {exponent.number}) to apply it element by element",
        )
    rows, columns = axes.unknowns.resolve(sizes)
    if not axes.unknowns.same(rows, columns):
        raise axes.shape_error(
            f"{'an inverse' if exponent.number < 0 else 'a power of a matrix'} needs equal numbers of rows "
            f"and columns, but {name} has {show_size(rows)} rows and {show_size(columns)} columns",
            node.operand,
            hint=(
                "give both axes one name if their sizes are always equal"
                if exponent.number < 0
                else f"write power(x, {exponent.number}) to apply it element by element"
            ),
        )
    return sizes


def _selection(axes: Axes, _index: int, node: Selection) -> Sizes:
    """The groups without a bar, in their order; the positions of one group have one size."""
    operand = node.operand
    axes.check_plain(operand, "a subscript")
    sizes: list[Any] = []
    named = 0
    for group in node.groups:
        members = axes.axes_of(operand, group)
        named += len(members)
        for member in members[1:]:
            axes.match(operand, members[0], operand, member)
        if not any(position.barred for position in group):
            sizes.append(axes.sizes[operand][members[0]])
    if named != len(axes.sizes[operand]):
        raise axes.shape_error(
            f"{axes.quote(operand)} {axes.count(operand)}, but its subscript names {named}",
            operand,
            hint="name every position once, or give the name with its subscript a meaning",
        )
    return tuple(sizes)


# -- functions ------------------------------------------------------------------------------------------


def _application(axes: Axes, index: int, node: Application) -> Sizes:
    function, argument = node.function, node.arguments[0]
    if isinstance(function, ElementwiseForm):
        sizes = axes.sizes[argument]
    elif isinstance(function, OperatorForm):
        sizes = operator_sizes(axes, node, function.record)
    else:
        if len(node.arguments) > 1:
            raise failure(
                axes.text,
                f"{node.name} takes one argument, got {len(node.arguments)}",
                *[axes.nodes[extra] for extra in node.arguments[1:]],
                hint="write positions as a superscript, as in softmax^{1}(A)",
            )
        if isinstance(function, SubtensorForm):
            sizes = _sub_tensors(axes, node, function.record)
        else:
            sizes = _matrix_form(axes, function, argument)
    if argument in axes.rows and len(sizes) == 1:
        axes.rows.add(index)
    return sizes


def _sub_tensors(axes: Axes, node: Application, function: TensorFunction) -> Sizes:
    """The positions P of f^P(X), then the axes of the result; without P, f takes the last axes."""
    argument = node.arguments[0]
    sizes = axes.sizes[argument]
    if node.positions:
        axes.check_plain(argument, "a list of positions")
        lead = axes.axes_of(argument, node.positions)
    else:
        lead = tuple(range(len(sizes) - function.ndim))
    taken = [axis for axis in range(len(sizes)) if axis not in lead]
    if len(taken) != function.ndim:
        raise axes.shape_error(
            f"{node.name} takes {count_axes(function.ndim)}, but {axes.quote(argument)} "
            + (
                f"has {count_axes(len(taken))} outside its list" if node.positions else axes.count(argument)
            ),
            argument,
            hint=(
                "name in the list the positions that select sub-tensors, as in softmax^{1}(A)"
                if node.positions
                else f"apply it to a tensor with at least {count_axes(function.ndim)}"
            ),
        )
    return tuple([sizes[axis] for axis in lead]) + _result(axes, function, argument, taken)


def _result(axes: Axes, function: TensorFunction, argument: int, taken: list[int]) -> Sizes:
    """Return the sizes of the result; two unknown sizes that a function of a matrix needs equal are."""
    sizes = axes.unknowns.resolve(tuple([axes.sizes[argument][axis] for axis in taken]))
    try:
        return tuple(function.result(sizes))
    except ShapeError as error:
        if any(axes.unknowns.is_open(size) for size in sizes) and len(sizes) == 2:
            axes.match(argument, taken[0], argument, taken[1])
            return tuple(function.result(axes.unknowns.resolve(sizes)))
        raise axes.shape_error(error.message, argument, hint=error.hint) from None


def _matrix_form(axes: Axes, form: MatrixForm, argument: int) -> Sizes:
    sizes = axes.sizes[argument]
    if form is MatrixForm.NORM:
        return ()
    if form is MatrixForm.DIAGONAL and len(sizes) == 1:
        axes.check_plain(argument, "diag")
        return sizes * 2
    if len(sizes) != 2:
        wanted = "a matrix" if form is MatrixForm.TRACE else "a vector or a matrix"
        raise axes.shape_error(
            f"{form.value} takes {wanted}, but {axes.quote(argument)} {axes.count(argument)}",
            argument,
            hint="name positions in a subscript, as in A_{1[23]}",
        )
    axes.match(argument, 0, argument, 1)
    return () if form is MatrixForm.TRACE else sizes[:1]


_RULES: Mapping[type[Syntax], Rule] = MappingProxyType(
    {
        Embedded: _embedded,
        Inferred: _inferred,
        Chain: chain,
        Operation: operation,
        Negation: _negation,
        Power: _power,
        Selection: _selection,
        Application: _application,
        IndexForm: form_sizes,
        Slice: slice_sizes,
        Unit: unit_sizes,
    }
)
