"""Contracting two labelled arrays by the fastest kernel: a matrix product, a dot, or a multiplication.

Labels are integers. A label that both arrays have is *contracted* (summed) or, where it is kept, a
*batch* label; every other label belongs to one array only and is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from bracketcalc.compiler.builder import Builder
from bracketcalc.compiler.program import count
from bracketcalc.compiler.repeated import Repeated, repeated_part

Labels = tuple[int, ...]

LEAST_COLUMNS = 16
"""How long the rows of two matrices are at least where they are added up row by row."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A slot with one label for each axis of its value, all different."""

    slot: int
    labels: Labels


@dataclass(frozen=True, slots=True)
class Space:
    """What the factors of one product have in common.

    Attributes:
        output: the labels of the whole product, in the order that its axes should have in the end.
        sizes: the size of each label.
    """

    output: Labels
    sizes: Mapping[int, int]


def contract(b: Builder, factors: Sequence[Labelled], space: Space) -> Labelled:
    """Return the product of at least one factor, summed over every label that is not an output label.

    The labels of the result are those of the output that a factor has, in any order.
    """
    kept = set(space.output)
    factors = _sum_private(b, factors, kept)
    while b.paths.regroups and (part := _repeated(b, factors, space)) is not None:
        inside = contract(b, [factors[place] for place in part.first], Space(part.kept, space.sizes))
        renamed = dict(zip(part.kept, part.renamed, strict=True))
        again = Labelled(inside.slot, tuple([renamed[label] for label in inside.labels]))
        used = {*part.first, *part.second}
        factors = [factor for place, factor in enumerate(factors) if place not in used]
        factors += [inside, again]
    for positions in b.paths.find([factor.labels for factor in factors], space.output, space.sizes):
        chosen = [factors[k] for k in positions]
        factors = [factor for k, factor in enumerate(factors) if k not in positions]
        needed = kept.union(*[factor.labels for factor in factors])
        result = chosen[0]
        for number, other in enumerate(chosen[1:], start=2):
            later = needed.union(*[factor.labels for factor in chosen[number:]])
            result = contract_pair(b, result, other, later, space)
        factors.append(result)
    (result,) = factors
    return result


def _repeated(b: Builder, factors: Sequence[Labelled], space: Space) -> Repeated | None:
    """Return a part of a product that is best contracted once because it occurs twice."""
    pairs = [(factor.slot, factor.labels) for factor in factors]
    return repeated_part(pairs, space.output, space.sizes, b.paths)


def _sum_private(b: Builder, factors: Sequence[Labelled], kept: Set[int]) -> list[Labelled]:
    """Sum every axis whose label no other factor has and that is not kept."""
    uses: dict[int, int] = {}
    for factor in factors:
        for label in factor.labels:
            uses[label] = uses.get(label, 0) + 1
    return [
        sum_out(b, factor, {label for label in factor.labels if uses[label] == 1 and label not in kept})
        for factor in factors
    ]


def sum_out(b: Builder, factor: Labelled, summed: Set[int]) -> Labelled:
    """Return the factor summed over some of its labels."""
    axes = tuple([axis for axis, label in enumerate(factor.labels) if label in summed])
    return Labelled(b.reduce(factor.slot, axes), tuple([x for x in factor.labels if x not in summed]))


def contract_pair(b: Builder, left: Labelled, right: Labelled, kept: Set[int], space: Space) -> Labelled:
    """Return the product of two factors, summed over every label that is not kept.

    Args:
        b: the program being built.
        left: one factor.
        right: the other.
        kept: the labels that the result or a later factor needs.
        space: the labels of the whole product.
    """
    left = sum_out(b, left, set(left.labels) - set(right.labels) - kept)
    right = sum_out(b, right, set(right.labels) - set(left.labels) - kept)
    shared = set(left.labels) & set(right.labels)
    if shared <= kept:
        return _multiply(b, left, right, space.output)
    if set(left.labels) == set(right.labels):
        return _rows(b, left, right, kept)
    if _comes_later(left, right, space.output):
        left, right = right, left
    return _matrices(b, left, right, kept, space.sizes)


def _comes_later(left: Labelled, right: Labelled, target: Labels) -> bool:
    """Return whether the first target label that only one factor has is the right factor's."""
    alone = set(left.labels) ^ set(right.labels)
    first = next((label for label in target if label in alone), None)
    return first is not None and first in right.labels


# -- nothing is summed -----------------------------------------------------------------------------------


def _multiply(b: Builder, left: Labelled, right: Labelled, target: Labels) -> Labelled:
    """Multiply element by element, each factor spread over the labels that it has not."""
    larger, smaller = (left, right) if len(left.labels) >= len(right.labels) else (right, left)
    natural = memory_labels(b, larger)
    natural += tuple([label for label in smaller.labels if label not in larger.labels])
    wanted = tuple([label for label in target if label in natural])
    order = wanted if len(wanted) == len(natural) else natural
    return Labelled(b.multiply(spread(b, left, order), spread(b, right, order)), order)


def spread(b: Builder, factor: Labelled, order: Labels) -> int:
    """Return the factor with its axes in the given order, and size 1 for every label it has not."""
    if not factor.labels:
        return factor.slot
    own = [label for label in order if label in factor.labels]
    return b.expand(arranged(b, factor, own), [label in factor.labels for label in order])


def arranged(b: Builder, factor: Labelled, order: Sequence[int]) -> int:
    """Return the factor with its axes in the given order."""
    return b.transpose(factor.slot, [factor.labels.index(label) for label in order])


def memory_labels(b: Builder, factor: Labelled) -> Labels:
    """Return the labels in the order in which their axes lie in memory, slowest first."""
    return tuple([factor.labels[axis] for axis in b.memory[factor.slot]])


# -- every label is shared -------------------------------------------------------------------------------


def _rows(b: Builder, left: Labelled, right: Labelled, kept: Set[int]) -> Labelled:
    """Sum the products over the contracted labels; what is left are batch labels."""
    memory = memory_labels(b, left)
    batch = tuple([label for label in memory if label in kept])
    summed = tuple([label for label in memory if label not in kept])
    if memory == memory_labels(b, right) == summed + batch:
        shape = b.shape(arranged(b, left, memory))
        kept_shape = shape[len(summed) :]
        tall = (count(shape[: len(summed)]), count(kept_shape))
        if tall[1] >= LEAST_COLUMNS:
            matrices = [b.reshape(arranged(b, factor, memory), tall) for factor in (left, right)]
            return Labelled(b.reshape(b.column_dot(*matrices), kept_shape), batch)
    rows = []
    for factor in (left, right):
        slot = arranged(b, factor, batch + summed)
        shape = b.shape(slot)
        rows.append(b.reshape(slot, (*shape[: len(batch)], count(shape[len(batch) :]))))
    kernel = b.row_dot if batch else b.dot
    return Labelled(kernel(*rows), batch)


# -- matrix products -------------------------------------------------------------------------------------


def _matrices(
    b: Builder, left: Labelled, right: Labelled, kept: Set[int], sizes: Mapping[int, int]
) -> Labelled:
    """Multiply as (stacked) matrices: batch, rows, contracted times batch, contracted, columns."""
    larger = left if count(b.shape(left.slot)) >= count(b.shape(right.slot)) else right
    shared = [label for label in memory_labels(b, larger) if label in left.labels and label in right.labels]
    batch = tuple([label for label in shared if label in kept])
    summed = tuple([label for label in shared if label not in kept])
    rows = tuple([label for label in memory_labels(b, left) if label not in shared])
    columns = tuple([label for label in memory_labels(b, right) if label not in shared])
    if batch:
        stacks = _stack(b, left, batch, rows, summed), _stack(b, right, batch, summed, columns)
        slot = b.matmul(*stacks)
    else:
        slot = b.dot(_matrix(b, left, rows, summed), _matrix(b, right, summed, columns))
    labels = batch + rows + columns
    return Labelled(b.reshape(slot, tuple([sizes[label] for label in labels])), labels)


def _matrix(b: Builder, factor: Labelled, rows: Labels, columns: Labels) -> int:
    """Return a matrix, or a vector where one of the two groups of labels is empty."""
    if rows and columns:
        return _stack(b, factor, (), rows, columns)
    slot = arranged(b, factor, rows + columns)
    return b.reshape(slot, (count(b.shape(slot)),))


def _stack(b: Builder, factor: Labelled, batch: Labels, rows: Labels, columns: Labels) -> int:
    """Return matrices behind the batch axes, copying as little as possible."""
    memory = memory_labels(b, factor)
    inner = tuple([label for label in memory if label not in batch])
    flipped = bool(rows and columns) and inner == columns + rows
    first, second = (columns, rows) if flipped else (rows, columns)
    slot = arranged(b, factor, batch + first + second)
    if batch and memory[-1] in batch:
        # BLAS needs one of the two matrix axes to be the fastest; without it matmul is a slow loop.
        slot = b.contiguous(slot)
    shape = b.shape(slot)
    cut = len(batch) + len(first)
    slot = b.reshape(slot, (*shape[: len(batch)], count(shape[len(batch) : cut]), count(shape[cut:])))
    if flipped:
        axes = range(len(batch))
        slot = b.transpose(slot, (*axes, len(batch) + 1, len(batch)))
    return slot
