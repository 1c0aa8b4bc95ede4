"""The matrix form of a product, found from its graph of factors and labels.

The steps below make the graph smaller until its factors have no label in common. Each of them states an
equality of tensors, so whatever order they are taken in, the formula is right; the order given here is
what makes it short: element-wise products of factors with the same axes, row sums, matrix products along
paths, diagonal matrices where a vector meets a matrix edge, and position lists for what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from bracketcalc.render.forms import chain, diagonal_matrix, outer
from bracketcalc.render.items import (
    Block,
    Item,
    Label,
    Part,
    Path,
    aligned,
    item,
    joined,
    ones_at,
    permuted,
)
from bracketcalc.render.layout import DOT, ODOT, Formula, Identity, Joined, Ones, Portions
from bracketcalc.render.merging import contracted, diagonal, is_chain, multiplied, rows_scaled, trace
from bracketcalc.render.network import Network
from bracketcalc.render.positions import Joint, joint

MAX_LISTS = 2
"""A formula that would need more position lists than this is written in the index form."""


def matrix_form(network: Network) -> tuple[list[Formula], Formula | None] | None:
    """Return the scalar factors and the formula of the rest; None if it would need many position lists.

    Where no factor has an axis that is left, there are only scalars.
    """
    while any(step(network) for step in _STEPS):
        if network.lists > MAX_LISTS:
            return None
    body = _assembled(network) if network.items else None
    scalars = [path.formula for path in network.scalars]
    return None if network.lists > MAX_LISTS else (scalars, body)


# -- the steps, in the order in which they are tried ----------------------------------------------------


def _split_scalars(network: Network) -> bool:
    """Take out the items without axes, in the shorter of their two directions."""
    found = [one for one in network.items if isinstance(one, Path) and not one.labels]
    if not found:
        return False
    network.replace(found)
    network.scalars += [min(one, one.flipped(), key=lambda path: path.cost) for one in found]
    return True


def _close_loops(network: Network) -> bool:
    """A_ii = tr(A), and (A_ii | i) = diag(A)"""
    counts = network.counts()
    for one in network.items:
        if not isinstance(one, Path) or one.left is None or one.left != one.right:
            continue
        label = one.left
        if label in network.output or counts[label] > 1:
            vector = diagonal_matrix(one.formula)
            network.replace([one], Path((Part(vector, one.place),), label, None))
        else:
            network.replace([one], trace(one))
        return True
    return False


def _select_portions(network: Network) -> bool:
    """Write the diagonals and sums inside one block as a subscript: A_{1[23]}, A_{1̄[23]}."""
    counts = network.counts()
    for one in network.items:
        if not isinstance(one, Block):
            continue
        labels = tuple(dict.fromkeys(one.labels))
        kept = tuple([label for label in labels if label in network.output or counts[label] > 1])
        if kept == one.labels:
            continue
        groups = []
        for label in labels:
            members = [place for place, name in enumerate(one.labels, start=1) if name == label]
            last = members[-1] if label not in kept else None
            groups.append(tuple([(place, place == last) for place in members]))
        network.lists += 1
        network.replace([one], item(Portions(one.shown, tuple(groups)), kept, one.place))
        return True
    return False


def _merge_equal_axes(network: Network) -> bool:
    """Multiply the items with the same axes, element-wise or, where all of them are summed, with ·."""
    groups: dict[frozenset[Label], list[Item]] = {}
    for one in network.items:
        groups.setdefault(frozenset(one.labels), []).append(one)
    counts = network.counts().copy()
    merged: list[tuple[list[Item], list[Item]]] = []
    for labels, group in groups.items():
        if len(group) < 2 or not labels:
            continue
        if any(label in network.output or counts[label] > len(group) for label in labels):
            one = multiplied(group, network.output)
            merged.append((group, [one]))
            counts.subtract(list(labels) * (len(group) - 1))
            if isinstance(one, Path):
                # The steps before have nothing to do with it, so the next group comes without them.
                continue
        elif not merged:
            merged.append(_all_summed(group))
        break
    network.replace_groups(merged)
    return bool(merged)


def _all_summed(group: list[Item]) -> tuple[list[Item], list[Item]]:
    """Return the items of a group of which all axes are summed that are merged next, and what they give."""
    if len(group) == 2:
        return group, [contracted(*group)]
    first = next((one for one in group if is_chain(one)), None)
    first = first or next((one for one in group if not one.under), group[0])
    rest = [one for one in group if one is not first]
    return rest, [multiplied(rest, first.labels)]


def _sum_alone(network: Network) -> bool:
    """Σ_j A_ij = A 𝟏"""
    counts = network.counts()
    for one in network.items:
        if not isinstance(one, Path) or one.left == one.right:
            continue
        for label in one.labels:
            if counts[label] == 1 and label not in network.output:
                ones = ones_at(label, Ones(network.sizes[label]))
                network.replace([one], joined(one, ones, label))
                return True
    return False


def _make_diagonals(network: Network) -> bool:
    """(s_i I_ij | ij) = diag(s)"""
    identities = [one for one in network.items if _is_identity(one)]
    if not identities:
        return False
    for vector in network.items:
        if not isinstance(vector, Path) or len(vector.labels) != 1:
            continue
        label = vector.labels[0]
        for one in identities:
            if label not in one.labels:
                continue
            if label in network.outside([vector, one]):
                ends = one.starting_at(label)
                network.replace([vector, one], Path((diagonal(vector),), ends.left, ends.right))
                return True
    return False


def _is_identity(one: Item) -> TypeGuard[Path]:
    return isinstance(one, Path) and len(one.parts) == 1 and isinstance(one.parts[0].formula, Identity)


def _join_paths(network: Network) -> bool:
    """Σ_j A_ij B_jk = A B

    A join is followed by the next one as long as the steps before this one have nothing to do but
    multiply the result with what has its axes, as in S (s ⊙ (S (t ⊙ …))).
    """
    found = False
    any_identity = any(map(_is_identity, network.items))
    while (pair := _next_join(network)) is not None:
        found = True
        one, other, label = pair
        path = joined(one, other, label)
        network.replace([one, other], path)
        if not path.labels or path.left == path.right or any_identity:
            break
        if not _multiplied_in_place(network, path):
            break
    return found


def _next_join(network: Network) -> tuple[Path, Path, Label] | None:
    """Return the first two paths that have a label which nothing else has, and the label."""
    counts = network.counts()
    ends: dict[Label, Path] = {}
    for one in network.items:
        if not isinstance(one, Path):
            continue
        for label in one.labels:
            if counts[label] != 2 or label in network.output:
                continue
            if label in ends:
                return ends[label], one, label
            ends[label] = one
    return None


def _multiplied_in_place(network: Network, path: Path) -> bool:
    """Multiply a path with the items that have its axes; False if that calls for another step."""
    labels, counts = set(path.labels), network.counts()
    if all(counts[label] == 1 for label in labels):
        return True
    group = [one for one in network.items if path.labels[0] in one.labels and labels == set(one.labels)]
    if len(group) < 2:
        return True
    if any(label not in network.output and counts[label] <= len(group) for label in labels):
        return False
    one = multiplied(group, network.output)
    network.replace(group, one)
    return isinstance(one, Path)


def _scale_rows(network: Network) -> bool:
    """(s_i A_ij | ij) = diag(s) A, or A ⊙ (Y 𝟏 𝟏ᵀ) for the row sums s = Y 𝟏"""
    paths = [(one, one.labels) for one in network.items if isinstance(one, Path)]
    matrices: dict[Label, Path] = {}
    for one, labels in paths:
        for label in labels if len(labels) == 2 else ():
            matrices.setdefault(label, one)
    for one, labels in paths:
        if len(labels) == 1 and labels[0] in matrices:
            matrix = matrices[labels[0]]
            network.replace([one, matrix], rows_scaled(one, matrix, network.sizes))
            return True
    return False


def _spread_over(network: Network) -> bool:
    """(C_ij I_ik I_jl | ijkl) = C ⊙_2 (I ⊗ I)_{1324}, and T ·_2 (A ⊗ B)_{1324} where all is summed"""
    for one in network.items:
        others = [other for other in network.items if other is not one]
        labels = [label for other in others for label in other.labels]
        if len(others) < 2 or len(set(labels)) < len(labels) or not set(one.labels) <= set(labels):
            continue
        free = set(one.labels) & set(network.output)
        if free and len(free) < len(one.labels):
            continue
        names = tuple(one.labels)
        rest = tuple([label for label in network.output if label not in names])
        right = _outer_product(network, others, (*names, *rest))
        formula = Joined(ODOT if free else DOT, aligned(one, names), right, count=len(names))
        network.replace(network.items, item(formula, (*names, *rest) if free else rest, one.place))
        return True
    return False


def _join_positions(network: Network) -> bool:
    """Join two items that share labels: without position lists and to few axes where possible."""
    best: tuple[Joint, Item, Item] | None = None
    for place, first in enumerate(network.items):
        for second in network.items[place + 1 :]:
            if not set(first.labels) & set(second.labels):
                continue
            found = joint(first, second, network.outside([first, second]))
            if best is None or found.cost < best[0].cost:
                best = (found, first, second)
    if best is None:
        return False
    found, first, second = best
    network.lists += found.lists
    network.replace([first, second], item(found.formula, found.labels, min(first.place, second.place)))
    return True


_STEPS = (
    _split_scalars,
    _close_loops,
    _select_portions,
    _merge_equal_axes,
    _sum_alone,
    _make_diagonals,
    _join_paths,
    _scale_rows,
    _spread_over,
    _join_positions,
)


# -- what is left: items without common labels ----------------------------------------------------------


def _assembled(network: Network) -> Formula:
    """Return the product of items without common labels, its axes in the order of the output."""
    items = network.items
    if len(network.output) == 2 and len(items) == 2:
        first, last = network.output
        column, row = items if items[0].labels == (first,) else items[::-1]
        assert isinstance(column, Path)
        assert isinstance(row, Path)
        return chain((*_shown(column.starting_at(first)), *_shown(row.ending_at(last))))
    return _outer_product(network, items, network.output)


def _outer_product(network: Network, items: Sequence[Item], output: Sequence[Label]) -> Formula:
    """Return A ⊗ B ⊗ … of items without common labels, permuted where the output asks for it."""
    place = {label: rank for rank, label in enumerate(output)}
    formulas: list[Formula] = []
    labels: list[Label] = []
    for one in sorted(items, key=lambda one: min(place[label] for label in one.labels)):
        names = tuple(sorted(one.labels, key=place.__getitem__))
        if isinstance(one, Block):
            names = one.labels
        formulas.append(aligned(one, names))
        labels += names
    if len(labels) > 2 and tuple(labels) != tuple(output):
        # A permutation of what has position lists inside is hard to follow.
        network.lists += 2 if network.lists else 1
    return permuted(outer(tuple(formulas)), labels, output)


def _shown(path: Path) -> tuple[Formula, ...]:
    return tuple([part.shown for part in path.parts])
