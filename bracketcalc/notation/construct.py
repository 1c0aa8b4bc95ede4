"""From a syntax tree whose axes are known to the expression, with the same constructors as in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from bracketcalc.errors import ArgumentError, BracketCalcError
from bracketcalc.expr.algebra import diag, inner, is_number, norm, outer, paired, trace
from bracketcalc.expr.core import Delta, Expr, Ones, Product, conjugate, constant, product, scale
from bracketcalc.expr.node import made
from bracketcalc.expr.number import Number, as_number
from bracketcalc.functions.application import ElementwiseForm, mapped
from bracketcalc.functions.forms import inv
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
from bracketcalc.notation.axes import Axes
from bracketcalc.notation.built_in import MatrixForm
from bracketcalc.notation.index.ast import IndexForm, Slice, Unit
from bracketcalc.notation.index.build import form_expr
from bracketcalc.notation.index.slices import slice_expr, unit_expr
from bracketcalc.notation.numbers import check_finite
from bracketcalc.notation.places import failure, spans

Exprs = list[Expr]
Rule = Callable[[Axes, int, Any, Exprs], Expr]
"""From the record with the given index, and the expressions of the records before it, to its expression."""


def construct(axes: Axes) -> Expr:
    """Return the expression of the last record of a syntax tree.

    Raises:
        BracketCalcError: for parameters that a function does not take, with carets.
    """
    exprs: Exprs = []
    node = axes.nodes[0]
    try:
        for index, node in enumerate(axes.nodes):
            expr = node.expr if type(node) is Given else _RULES[type(node)](axes, index, node, exprs)
            exprs.append(expr)
    except BracketCalcError as error:
        if not error.spans:
            error.spans = tuple(spans(axes.text, node))
        raise
    return exprs[-1]


def _embedded(axes: Axes, index: int, node: Embedded, _exprs: Exprs) -> Expr:
    unknowns = axes.unknowns
    found = [unknowns.find(size) for size in axes.sizes[index]]
    return node.part.build(tuple([None if unknowns.is_open(size) else size for size in found]))


def _inferred(axes: Axes, index: int, node: Inferred, _exprs: Exprs) -> Expr:
    size = axes.unknowns.find(axes.constants[index])
    return made(Ones, ((size,),), (), (size,)) if node.order == 1 else Delta(size, node.order)


def _chain(axes: Axes, index: int, node: Chain, exprs: Exprs) -> Expr:
    result = exprs[node.factors[0]]
    for step, factor in axes.steps[index]:
        result = step(result, exprs[factor])
    return result


def _operation(axes: Axes, index: int, node: Operation, exprs: Exprs) -> Expr:
    left, right = exprs[node.left], exprs[node.right]
    pairs = axes.pairs.get(index)
    if pairs is not None:
        return paired(left, right, *pairs)
    return _OPERATORS[node.sign](left, right)


def _inner(left: Expr, right: Expr) -> Expr:
    return inner(left, right) if left.sizes else left * right


_OPERATORS: Mapping[str, Callable[[Any, Any], Expr]] = MappingProxyType(
    {
        "+": Expr.__add__,
        "-": Expr.__sub__,
        "⊖": Expr.__sub__,
        "⊙": Expr.__mul__,
        "⊘": Expr.__truediv__,
        "/": Expr.__truediv__,
        "⊗": outer,
        "·": _inner,
    }
)


def _negation(_axes: Axes, _index: int, node: Negation, exprs: Exprs) -> Expr:
    return scale(-1, exprs[node.operand])


def _power(axes: Axes, _index: int, node: Power, exprs: Exprs) -> Expr:
    operand, exponent = exprs[node.operand], node.exponent
    if exponent.transposed and exponent.number == 1:
        result = operand
    elif not operand.ndim:
        check_finite(axes.text, exponent.number, exponent)
        result = _scalar_power(operand, exponent.number)
    else:
        result = _matrix_power(operand, int(exponent.number))
    if exponent.conjugated:
        result = conjugate(result)
    return result.T if exponent.transposed else result


def _scalar_power(base: Expr, exponent: Number) -> Expr:
    """Return a power; a small whole one of an exact number is a number."""
    if exponent == 1:
        return base
    if isinstance(exponent, int) and abs(exponent) <= 64 and is_number(base):
        number = base.data[0]
        if number == 0 and exponent < 0:
            raise ArgumentError(f"the number 0 has no power {exponent}")
        if not isinstance(number, float):
            return constant(as_number(Fraction(number) ** exponent))
    return base**exponent


def _matrix_power(base: Expr, exponent: int) -> Expr:
    """Return the product of equal matrices; the factors of a large power are shared."""
    if exponent == 0:
        return Delta(base.sizes[0], 2)
    square = inv(base) if exponent < 0 else base
    result: Expr | None = None
    left = abs(exponent)
    while True:
        if left & 1:
            result = square if result is None else square @ result
        left >>= 1
        if not left:
            assert result is not None
            return result
        square = square @ square


def _selection(_axes: Axes, _index: int, node: Selection, exprs: Exprs) -> Expr:
    """A_{p₁[p₂p₃]…}: one label for each group, summed where it has a bar (6)."""
    operand = exprs[node.operand]
    labels = [0] * operand.ndim
    output = []
    for label, group in enumerate(node.groups):
        for position in group:
            labels[position.number - 1] = label
        if not any(position.barred for position in group):
            output.append(label)
    return product(1, [(operand, labels)], output)


_MATRIX_FORMS: Mapping[MatrixForm, Callable[[Expr], Expr]] = MappingProxyType(
    {MatrixForm.TRACE: trace, MatrixForm.DIAGONAL: diag, MatrixForm.NORM: norm}
)


def _application(axes: Axes, _index: int, node: Application, exprs: Exprs) -> Expr:
    function, argument = node.function, exprs[node.arguments[0]]
    if isinstance(function, ElementwiseForm):
        more = _parameters(axes, node, function, exprs) if len(node.arguments) > 1 else ()
        value = function(argument, *more)
    elif isinstance(function, MatrixForm):
        value = _MATRIX_FORMS[function](argument)
    elif isinstance(function, OperatorForm):
        return function(*[exprs[index] for index in node.arguments])
    elif node.positions:
        return mapped(function.record, argument, [position.number - 1 for position in node.positions])
    else:
        return function(argument)
    if node.power == 1:
        return value
    check_finite(axes.text, node.power, node)
    return value**node.power


def _parameters(axes: Axes, node: Application, function: ElementwiseForm, exprs: Exprs) -> list[Number]:
    """Return the numbers behind the argument."""
    found = []
    names = function.parameters
    for number, index in enumerate(node.arguments[1:]):
        expr = exprs[index]
        if not isinstance(expr, Product) or not is_number(expr):
            which = f"the parameter {names[number]}" if number < len(names) else "a parameter"
            raise failure(
                axes.text,
                f"{which} of {node.name} must be a number",
                axes.nodes[index],
                hint="write a number",
            )
        found.append(expr.coefficient)
    return found


_RULES: Mapping[type[Syntax], Rule] = MappingProxyType(
    {
        Embedded: _embedded,
        Inferred: _inferred,
        Chain: _chain,
        Operation: _operation,
        Negation: _negation,
        Power: _power,
        Selection: _selection,
        Application: _application,
        IndexForm: form_expr,
        Slice: slice_expr,
        Unit: unit_expr,
    }
)
