"""Contracting labelled arrays pair by pair, in a good order and with the fastest kernel for each pair.

Labels are integers. A label that both arrays have is *contracted* (summed) or, where it is kept, a
*batch* label; every other label belongs to one array only and is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from bracketcalc.compiler.layouts.cost import Labels
from bracketcalc.compiler.layouts.needs import Contraction
from bracketcalc.compiler.lowering.kernels import Labelled, apply_kernel, memory_labels
from bracketcalc.compiler.paths.repeated import FEWEST, Repeated, repeated_part
from bracketcalc.compiler.paths.tree import path_pairs
from bracketcalc.compiler.program.builder import Builder


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
    while (
        len(factors) >= FEWEST and b.paths.regroups and (part := _repeated(b, factors, space)) is not None
    ):
        inside = contract(b, [factors[place] for place in part.first], Space(part.kept, space.sizes))
        renamed = dict(zip(part.kept, part.renamed, strict=True))
        again = Labelled(inside.slot, tuple([renamed[label] for label in inside.labels]))
        used = {*part.first, *part.second}
        factors = [factor for place, factor in enumerate(factors) if place not in used]
        factors += [inside, again]
    if len(factors) == 1:
        return factors[0]
    layouts = tuple([memory_labels(b, factor) for factor in factors])
    constants = [place for place, factor in enumerate(factors) if b.constant[factor.slot]]
    path = b.paths.find(layouts, space.output, space.sizes, constants)
    pairs = path_pairs(path, len(factors))
    values = list(factors)
    kernels = b.layouts.plan(Contraction(layouts, pairs, space.output, space.sizes))
    for (one, two), kernel in zip(pairs, kernels, strict=True):
        values.append(apply_kernel(b, values[one], values[two], kernel, space.sizes))
    return values[-1]


def _repeated(b: Builder, factors: Sequence[Labelled], space: Space) -> Repeated | None:
    """Return a part of a product that is best contracted once because it occurs twice."""
    if len(factors) < FEWEST:
        return None
    pairs = [(factor.slot, factor.labels) for factor in factors]
    return repeated_part(pairs, space.output, space.sizes, b.paths)


def _sum_private(b: Builder, factors: Sequence[Labelled], kept: Set[int]) -> list[Labelled]:
    """Sum every axis whose label no other factor has and that is not kept."""
    uses: dict[int, int] = {}
    for factor in factors:
        for label in factor.labels:
            uses[label] = uses.get(label, 0) + 1
    private = {label for label, count in uses.items() if count == 1}.difference(kept)
    return [sum_out(b, factor, private) for factor in factors] if private else list(factors)


def sum_out(b: Builder, factor: Labelled, summed: Set[int]) -> Labelled:
    """Return the factor summed over some of its labels."""
    axes = tuple([axis for axis, label in enumerate(factor.labels) if label in summed])
    if not axes:
        return factor
    return Labelled(b.reduce(factor.slot, axes), tuple([x for x in factor.labels if x not in summed]))
