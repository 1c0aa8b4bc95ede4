"""Products that each lack one factor of a common network, as the derivatives of a product of many factors.

The network is a product with a scalar value. Its labels are found by the factors: where two products have
a factor in common, its axes carry the same labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.expr.core import Expr, Product

FEWEST_FACTORS = 4
"""How many factors a network has at least; fewer are shared well enough by their pairs."""

FEWEST_MEMBERS = 3
"""How many products with one factor less make a network worth it."""

MOST_TRIED = 16
"""With how many other products one is compared to find a network."""

Labels = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SharedNetwork:
    """Different factors, and the label of each of their axes; nothing is kept.

    Attributes:
        factors: the factors.
        labels: the labels of each factor, all different.
    """

    factors: tuple[Expr, ...]
    labels: tuple[Labels, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A product as a part of a network.

    Attributes:
        network: the network.
        missing: the place of the factor that the product lacks; None for the network itself.
        output: the labels of the product's axes.
    """

    network: SharedNetwork
    missing: int | None
    output: Labels


def with_axes(node: Product) -> dict[Expr, Labels]:
    """Return the factors that have axes, with their labels."""
    return {factor: names for factor, names in zip(node.factors, node.labels, strict=True) if names}


def find_members(order: Sequence[Expr]) -> dict[Product, Member]:
    """Return the products that are part of a network with enough others.

    Args:
        order: the nodes of the expressions, each once.
    """
    candidates = _Candidates(order)
    found: dict[Product, Member] = {}
    for node in list(candidates.factors):
        if node not in candidates.factors:
            continue
        for network in _networks(node, candidates):
            near = candidates.near(network.factors)
            members = {other: _member(other, candidates.factors[other], network) for other in near}
            whole = {other: member for other, member in members.items() if member is not None}
            if sum(member.missing is not None for member in whole.values()) >= FEWEST_MEMBERS:
                found.update(whole)
                for other in whole:
                    del candidates.factors[other]
                break
    return found


class _Candidates:
    """The products that may be part of a network, and which of them have a factor.

    Attributes:
        factors: the factors of each with their labels, in the order of the products.
    """

    def __init__(self, order: Sequence[Expr]) -> None:
        self.factors: dict[Product, Mapping[Expr, Labels]] = {
            node: with_axes(node) for node in order if isinstance(node, Product) and _is_simple(node)
        }
        self._places = {node: place for place, node in enumerate(self.factors)}
        self._holding: dict[Expr, list[Product]] = {}
        for node, factors in self.factors.items():
            for factor in factors:
                self._holding.setdefault(factor, []).append(node)

    def near(self, factors: Iterable[Expr]) -> list[Product]:
        """Return the products that have one of the factors, in order."""
        near = {node for factor in factors for node in self._holding[factor] if node in self.factors}
        return sorted(near, key=self._places.__getitem__)


def _is_simple(node: Product) -> bool:
    """Return whether the factors with axes are several, different, and without diagonals."""
    if len(node.factors) < FEWEST_FACTORS - 1:
        return False
    factors = with_axes(node)
    several = len(factors) == sum(map(bool, node.labels)) >= FEWEST_FACTORS - 1
    return several and all(len(set(names)) == len(names) for names in factors.values())


def _networks(node: Product, candidates: _Candidates) -> Iterator[SharedNetwork]:
    """Yield the networks that may hold a product: itself, or with a factor of another product."""
    own = candidates.factors[node]
    if not node.output:
        if _is_closed(list(own.values())):
            yield SharedNetwork(tuple(own), tuple(own.values()))
        return
    tried = 0
    for other in candidates.near(own):
        factors = candidates.factors[other]
        if not len(own) <= len(factors) <= len(own) + 1:
            continue
        added = [factor for factor in factors if factor not in own]
        tried += len(added) == 1
        if len(added) != 1 or tried > MOST_TRIED:
            continue
        renaming = _renaming(factors, own)
        names = factors[added[0]]
        if renaming is not None and all(name in renaming for name in names):
            labels = tuple([renaming[name] for name in names])
            if set(labels) == set(node.output) and _is_closed([*own.values(), labels]):
                yield SharedNetwork((*own, added[0]), (*own.values(), labels))


def _is_closed(labels: Sequence[Labels]) -> bool:
    """Return whether every label is on several factors."""
    uses = Counter(label for names in labels for label in names)
    return len(labels) >= FEWEST_FACTORS and min(uses.values()) > 1


def _renaming(factors: Mapping[Expr, Labels], labels: Mapping[Expr, Labels]) -> dict[int, int] | None:
    """Return the label of a network for each label of a product, None where they do not agree."""
    renaming: dict[int, int] = {}
    for factor, names in factors.items():
        for name, label in zip(names, labels.get(factor, ()), strict=False):
            if renaming.setdefault(name, label) != label:
                return None
    return renaming if len(set(renaming.values())) == len(renaming) else None


def _member(node: Product, factors: Mapping[Expr, Labels], network: SharedNetwork) -> Member | None:
    """Return a product as a part of a network, None if it is no such part."""
    if not len(network.factors) - 1 <= len(factors) <= len(network.factors):
        return None
    labels = dict(zip(network.factors, network.labels, strict=True))
    if not all(factor in labels for factor in factors):
        return None
    renaming = _renaming(factors, labels)
    if renaming is None or not all(label in renaming for label in node.output):
        return None
    output = tuple([renaming[label] for label in node.output])
    missing = [place for place, factor in enumerate(network.factors) if factor not in factors]
    if not missing:
        return None if output else Member(network, None, ())
    # Every axis of the missing factor is one of the product, or it would be summed there.
    if sorted(output) != sorted(network.labels[missing[0]]):
        return None
    return Member(network, missing[0], output)
