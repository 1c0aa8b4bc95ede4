"""Contracting products with one-hot rows of indices: elements are taken and added, nothing is multiplied.

Σ_k Y_..k A_k is A at the indices of Y. Where k stays, the rest of the product is added to zeros at the
indices. The one-hot matrix itself is only made where something else needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bracketcalc.compiler.layouts.cost import Labels
from bracketcalc.compiler.lowering.kernels import Labelled, arranged, spread
from bracketcalc.compiler.lowering.pairwise import Space, contract
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.steps import Kind
from bracketcalc.expr.core import Expr, Product, Tensor
from bracketcalc.expr.nodes import Map
from bracketcalc.functions.one_hot import ONE_HOT
from bracketcalc.traverse import with_steps


def index_tensors(exprs: Iterable[Expr]) -> frozenset[str]:
    """Return the names of the tensors that are nothing but indices: their arrays stay integers.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> from bracketcalc.functions.one_hot import one_hot
        >>> y, z = tensors("y[n] z[n]")
        >>> sorted(index_tensors([one_hot(y, 3), one_hot(z, 3), z + z]))
        ['y']
    """
    exprs = list(exprs)
    order = with_steps(exprs)
    if not any(isinstance(node, Map) and node.function == ONE_HOT for node in order):
        return frozenset()
    rows: set[Expr] = set()
    others: set[Expr] = set(exprs)
    for node in order:
        (rows if isinstance(node, Map) and node.function == ONE_HOT else others).update(node.children)
    spread_indices = {node for node in rows - others if isinstance(node, Product) and node.coefficient == 1}
    found = {child for node in spread_indices for child in node.factors}
    numbers = set(exprs).union(*[node.children for node in order if node not in spread_indices])
    return frozenset([node.name for node in found - numbers if isinstance(node, Tensor)])


def is_one_hot(b: Builder, factor: Labelled) -> bool:
    """Return whether a factor is made of one-hot rows along its last label."""
    return b.steps[factor.slot].kind is Kind.ONE_HOT


def contract_indexed(b: Builder, factors: Sequence[Labelled], space: Space) -> Labelled:
    """Return the product of at least one factor as :func:`contract`, with one-hot rows among them."""
    place = _first_rows(b, factors, space)
    if place is None:
        return contract(b, factors, space)
    rows = factors[place]
    *lead, label = rows.labels
    rest = [factor for at, factor in enumerate(factors) if at != place]
    taken = [_taken(b, factor, rows) if label in factor.labels else factor for factor in rest]
    if label not in space.output:
        return contract_indexed(b, taken, space)
    kept = dict.fromkeys(x for x in space.output if x != label)
    inner = contract_indexed(b, taken, replace(space, output=tuple(dict.fromkeys([*kept, *lead]))))
    return _put(b, inner, rows, space)


def _first_rows(b: Builder, factors: Sequence[Labelled], space: Space) -> int | None:
    """Return the first factor of one-hot rows that taking or adding elements makes unnecessary."""
    if len(factors) < 2 or Kind.ONE_HOT not in b.kinds:
        return None
    for place, factor in enumerate(factors):
        if not is_one_hot(b, factor):
            continue
        others = {x for at, other in enumerate(factors) if at != place for x in other.labels}
        *lead, label = factor.labels
        if label in space.output or (label in others and others.union(space.output).issuperset(lead)):
            return place
    return None


def _indices(b: Builder, rows: Labelled) -> Labelled:
    return Labelled(b.steps[rows.slot].slots[0], rows.labels[:-1])


def _taken(b: Builder, factor: Labelled, rows: Labelled) -> Labelled:
    """Return a factor at the indices of the rows: the labels of the indices take the place of theirs."""
    indices = _indices(b, rows)
    label = rows.labels[-1]
    batch = [x for x in indices.labels if x in factor.labels]
    behind = [x for x in indices.labels if x not in batch]
    rest = [x for x in factor.labels if x != label and x not in batch]
    array = arranged(b, factor, [*batch, label, *rest])
    slot = b.take(array, arranged(b, indices, [*batch, *behind]), len(batch))
    return Labelled(slot, (*batch, *behind, *rest))


def _put(b: Builder, inner: Labelled, rows: Labelled, space: Space) -> Labelled:
    """Return the values added to zeros at the indices of the rows."""
    indices = _indices(b, rows)
    label = rows.labels[-1]
    batch = tuple([x for x in indices.labels if x in space.output])
    summed = tuple([x for x in indices.labels if x not in space.output])
    rest = tuple([x for x in inner.labels if x not in indices.labels])
    values = _whole(b, inner, batch + summed + rest, space)
    slot = b.put(values, arranged(b, indices, batch + summed), len(batch), space.sizes[label])
    return Labelled(slot, (*batch, label, *rest))


def _whole(b: Builder, factor: Labelled, labels: Labels, space: Space) -> int:
    """Return a factor repeated along the labels that it has not."""
    shape = tuple([space.sizes[label] for label in labels])
    return b.broadcast(spread(b, factor, labels), shape)
