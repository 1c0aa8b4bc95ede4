"""Solving with a compressed tensor as a matrix, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bracketcalc.compiler.compressed.placed import CompressedTerm, Item, Labels, add_placed
from bracketcalc.compiler.program.steps import count
from bracketcalc.compiler.reports.report import show_bytes
from bracketcalc.errors import MemoryLimitError, ShapeError, SingularMatrixError
from bracketcalc.expr.records import Array, ArrayNamespace
from bracketcalc.expr.shapes import show_sizes

LARGEST = 2**26
"""The most elements of the matrices that are built in order to solve: 512 MB of float64."""

SINGULAR = "the compressed tensor has no inverse as a matrix"


@dataclass(frozen=True, slots=True)
class _Block:
    """Terms from some of the last axes, the columns, to as many elements of some first axes, the rows.

    The axes of each term are those of the rows, then those of the columns.
    """

    terms: tuple[CompressedTerm, ...]
    rows: Labels
    columns: Labels


def solved(
    xp: ArrayNamespace, shape: tuple[int, ...], terms: Sequence[CompressedTerm], rhs: Array
) -> Array:
    """Return X with Σ terms · X = rhs, where X has the last axes and ``rhs`` the first ones, half of them.

    Raises:
        ShapeError: if the two halves have different numbers of elements, or ``rhs`` has another shape.
        SingularMatrixError: if a matrix has no inverse.
        MemoryLimitError: if a matrix would be too large.
    """
    half = len(shape) // 2
    result = xp.asarray(rhs)
    if len(shape) != 2 * half or count(shape[:half]) != count(shape[half:]):
        raise ShapeError(
            f"a tensor of shape {show_sizes(shape)} is no square matrix: its first {half} axes and its "
            "other axes have different numbers of elements",
            hint="solve with a Hessian, whose axes are those of the variable twice",
        )
    if result.shape != shape[:half]:
        raise ShapeError(
            f"the right-hand side has shape {show_sizes(result.shape)}, not {show_sizes(shape[:half])}",
            hint="pass an array with the shape of the first axes",
        )
    axes = list(range(half))
    for block in _blocks(xp, shape, terms):
        result, axes = _solve_block(xp, shape, block, result, axes)
    return result.transpose([axes.index(axis) for axis in range(half, 2 * half)])


# -- one term: its arrays one after the other -----------------------------------------------------------


def _blocks(xp: ArrayNamespace, shape: tuple[int, ...], terms: Sequence[CompressedTerm]) -> list[_Block]:
    """Return the blocks of which the tensor is the outer product, only one where they are not square."""
    half = len(shape) // 2
    rows, columns = range(half), range(half, 2 * half)
    everything = [_Block(tuple(terms), tuple(rows), tuple(columns))]
    if len(terms) > 1:
        return everything
    (term,) = terms
    numbers: list[Item] = [item for item in term.items if not item[1]]
    blocks = []
    for labels in _separate(term):
        above = tuple([axis for axis in rows if term.axes[axis] in labels])
        beside = tuple([axis for axis in columns if term.axes[axis] in labels])
        if count(tuple([shape[axis] for axis in above])) != count(tuple([shape[axis] for axis in beside])):
            return everything
        items = [item for item in term.items if not labels.isdisjoint(item[1])] + numbers
        numbers = []
        # An identity has no array of its own.
        items = items or [(xp.ones((), term.factors[0].dtype), ())]
        names = tuple([term.axes[axis] for axis in (*above, *beside)])
        part = CompressedTerm(tuple([x for x, _ in items]), tuple([own for _, own in items]), names)
        blocks.append(_Block((part,), above, beside))
    return blocks or everything


def _separate(term: CompressedTerm) -> list[set[int]]:
    """Return the labels of the axes in groups that no array connects."""
    groups: list[set[int]] = []
    for names in [*term.labels, *[(label,) for label in term.axes]]:
        joined = set(names)
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined] if joined else apart
    return groups


# -- one block ------------------------------------------------------------------------------------------


def _solve_block(
    xp: ArrayNamespace, shape: tuple[int, ...], block: _Block, rhs: Array, axes: list[int]
) -> tuple[Array, list[int]]:
    """Return the solution of one block, and the axes that it has: columns in the place of rows."""
    pairs = _shared_deltas(block)
    rows = [axis for axis in block.rows if axis not in pairs]
    columns = [axis for axis in block.columns if axis not in pairs.values()]
    rest = [axis for axis in axes if axis not in block.rows]
    matrices = _matrices(xp, shape, block, list(pairs), (rows, columns))
    order = [*pairs, *rows, *rest]
    sizes = [rhs.shape[axes.index(axis)] for axis in order]
    cut = len(pairs)
    moved = rhs.transpose([axes.index(axis) for axis in order])
    side, behind = count(tuple(sizes[cut : cut + len(rows)])), count(tuple(sizes[cut + len(rows) :]))
    found = _solve(xp, matrices, moved.reshape((*sizes[:cut], side, behind)))
    after = [shape[axis] for axis in columns]
    result = found.reshape((*sizes[:cut], *after, *sizes[cut + len(rows) :]))
    return result, [*pairs.values(), *columns, *rest]


def _shared_deltas(block: _Block) -> dict[int, int]:
    """Return for each row the column to which every term ties it by a delta, if there is one."""
    pairs: dict[int, int] = {}
    for place, row in enumerate(block.rows):
        for other, column in enumerate(block.columns, start=len(block.rows)):
            tied = all(term.axes[place] == term.axes[other] for term in block.terms)
            if tied and row not in pairs and column not in pairs.values():
                pairs[row] = column
    return pairs


def _matrices(
    xp: ArrayNamespace,
    shape: tuple[int, ...],
    block: _Block,
    tied: list[int],
    axes: tuple[list[int], list[int]],
) -> Array:
    """Return a matrix for each index of the tied rows; size 1 along those of which it does not depend."""
    rows, columns = axes
    places = [(*block.rows, *block.columns).index(axis) for axis in (*tied, *rows, *columns)]
    names = [tuple([term.axes[place] for place in places]) for term in block.terms]
    sizes = []
    for place, axis in enumerate((*tied, *rows, *columns)):
        varies = any(
            own.count(own[place]) > 1 or any(own[place] in labels for labels in term.labels)
            for term, own in zip(block.terms, names, strict=True)
        )
        sizes.append(shape[axis] if varies or place >= len(tied) else 1)
    sides = [count(tuple([shape[axis] for axis in group])) for group in (rows, columns)]
    elements = count(tuple(sizes))
    if elements > LARGEST:
        raise MemoryLimitError(
            f"solving needs {elements // max(sides[0] * sides[1], 1)} matrices of size "
            f"{sides[0]} × {sides[1]}, {show_bytes(8 * elements)} together",
            hint="solve by conjugate gradients with apply",
        )
    result = xp.zeros(sizes, np.result_type(*[x.dtype for term in block.terms for x in term.factors]))
    for term, own in zip(block.terms, names, strict=True):
        add_placed(xp, result, own, term.items)
    return result.reshape((*sizes[: len(tied)], *sides))


def _solve(xp: ArrayNamespace, matrices: Array, rhs: Array) -> Array:
    """Solve with each matrix; matrices and right-hand sides broadcast against each other."""
    if not count(rhs.shape):
        return rhs
    if matrices.shape[-1] == 1:
        if not bool((matrices != 0).all()):
            raise SingularMatrixError(SINGULAR, hint="add a multiple of the identity")
        return rhs / matrices
    if count(matrices.shape[:-2]) == 1:
        # One factorization for all right-hand sides.
        side = matrices.shape[-1]
        columns = xp.moveaxis(rhs, -2, 0)
        found = _factored(xp, matrices.reshape((side, side)), columns.reshape((side, -1)))
        return xp.moveaxis(found.reshape(columns.shape), 0, -2)
    return _factored(xp, xp.broadcast_to(matrices, (*rhs.shape[:-2], *matrices.shape[-2:])), rhs)


def _factored(xp: ArrayNamespace, matrices: Array, rhs: Array) -> Array:
    try:
        return xp.linalg.solve(matrices, rhs)
    except np.linalg.LinAlgError as error:
        raise SingularMatrixError(SINGULAR, hint="add a multiple of the identity") from error
