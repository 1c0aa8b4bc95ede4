"""From an index form whose axes are known to its expression."""

from __future__ import annotations

from bracketcalc.expr.algebra import is_number
from bracketcalc.expr.core import Delta, Expr, Extent, OneHot, Ones, Sum, product
from bracketcalc.expr.number import Number, times
from bracketcalc.notation.axes import Axes
from bracketcalc.notation.index.ast import Constant, Factor, IndexForm, Label, Term, TermAxes

Operand = tuple[Expr, tuple[Label, ...]]


def form_expr(axes: Axes, number: int, node: IndexForm, exprs: list[Expr]) -> Expr:
    """Return the sum of the terms, one product each."""
    found = []
    for term, known in zip(node.terms, axes.forms[number], strict=True):
        sizes = {label: axes.unknowns.find(size) for label, size in known.sizes.items()}
        output = [label for letter in node.output for label in sizes if label[0] == letter.name]
        found.append(_term(term, known, sizes, exprs, output))
    return found[0] if len(found) == 1 else Sum(found)


def _term(
    term: Term, known: TermAxes, sizes: dict[Label, Extent], exprs: list[Expr], output: list[Label]
) -> Expr:
    coefficient: Number = term.sign
    operands: list[Operand] = []
    for factor, labels in zip(term.factors, known.labels, strict=True):
        parts = _operands(factor, labels, sizes, exprs)
        if len(parts) == 1 and is_number(parts[0][0]):
            coefficient = times(coefficient, parts[0][0].data[0])
            continue
        operands += parts
        for label in labels:
            if label in known.fixed:
                operands.append((OneHot(known.fixed[label].number - 1, sizes[label]), (label,)))
    if coefficient == 1 and len(operands) == 1 and operands[0][1] == tuple(output):
        return operands[0][0]
    return product(coefficient, operands, output)


def _operands(
    factor: Factor, labels: tuple[Label, ...], sizes: dict[Label, Extent], exprs: list[Expr]
) -> list[Operand]:
    """Return a factor with its labels; a δ of letters with several axes is several deltas."""
    if factor.operand is Constant.ONES:
        return [(Ones([sizes[label] for label in labels]), labels)]
    if factor.operand is not Constant.DELTA:
        return [(exprs[factor.operand], labels)]
    order = len(factor.indices or ())
    count = len(labels) // order
    return [
        (Delta(sizes[labels[axis]], order), tuple([labels[axis + k * count] for k in range(order)]))
        for axis in range(count)
    ]
