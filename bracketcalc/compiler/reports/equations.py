"""What a step computes, written as an einsum equation of its operands, or as its kernel and axes."""

from __future__ import annotations

from collections.abc import Sequence

from opt_einsum import get_symbol

from bracketcalc.compiler.program.steps import ARITHMETIC, Kind, Step


def equation_of(step: Step, shapes: Sequence[tuple[int, ...]]) -> str:
    """Return the einsum equation of a product or a sum; an empty text for another step.

    Args:
        step: the step.
        shapes: the shapes of its operands that are slots.

    Example:
        >>> equation_of(Step(Kind.DOT, (0, 1), (), (2, 4)), [(2, 3), (3, 4)])
        'ab,bc->ac'
        >>> equation_of(Step(Kind.REDUCE, (0,), (0,), (3,)), [(2, 3)])
        'ab->b'
    """
    ranks = [len(shape) for shape in shapes]
    match step.kind:
        case Kind.DOT:
            left = list(range(ranks[0]))
            right = [left[-1], *range(ranks[0], ranks[0] + ranks[1] - 1)]
            return _written([left, right], left[:-1] + right[1:])
        case Kind.MATMUL:
            batch = list(range(len(step.shape) - 2))
            row, inner, column = (len(batch) + k for k in range(3))
            return _written([[*batch, row, inner], [*batch, inner, column]], [*batch, row, column])
        case Kind.ROW_DOT:
            labels = list(range(ranks[0]))
            return _written([labels, labels], labels[:-1])
        case Kind.COLUMN_DOT:
            return "ab,ab->b"
        case Kind.REDUCE:
            labels = list(range(ranks[0]))
            return _written([labels], [label for label in labels if label not in step.parameters])
        case Kind.SUM_ROWS | Kind.SUM_COLUMNS:
            labels = list(range(ranks[0]))
            return _written([labels], labels[1:] if step.kind is Kind.SUM_ROWS else labels[:-1])
    if step.kind is Kind.MULTIPLY and len(shapes) == 2:
        labels = list(range(len(step.shape)))
        operands = [
            [label for label in labels if shape and (shape[label] != 1 or step.shape[label] == 1)]
            for shape in shapes
        ]
        return _written(operands, labels)
    if step.kind in ARITHMETIC:
        labels = list(range(len(step.shape)))
        return _written([labels], labels)
    return ""


def _written(operands: Sequence[Sequence[int]], output: Sequence[int]) -> str:
    texts = ["".join(map(get_symbol, labels)) for labels in operands]
    return f"{','.join(texts)}->{''.join(map(get_symbol, output))}"
