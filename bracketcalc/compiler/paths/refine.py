"""Making a tree of contractions better: a small part is replaced by the best tree of its leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bracketcalc.compiler.paths.cost import Network
from bracketcalc.compiler.paths.exact import exact_tree
from bracketcalc.compiler.paths.tree import Tree, parts_first

PART = 6
"""The number of leaves of a part for which all trees are compared."""


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes of a tree by number, children before parents; the last is the root.

    Attributes:
        children: the two children of a node, nothing for a leaf.
        trees: the tree below each node.
        masks: the labels of the value of each node.
    """

    children: Sequence[tuple[int, ...]]
    trees: Sequence[Tree]
    masks: Sequence[int]


def refined_tree(network: Network, tree: Tree, parts: int) -> Tree:
    """Return a tree that costs as much or less, after at most so many parts were searched."""
    best_already: set[tuple[int, ...]] = set()
    while parts > 0:
        nodes = _numbered(network, tree)
        changed: dict[int, Tree] = {}
        covered: set[int] = set()
        for node in reversed(range(len(nodes.children))):
            if parts <= 0:
                break
            if node in covered or not nodes.children[node]:
                continue
            leaves, inside = _part(network, nodes, node)
            if len(leaves) < 3:
                continue
            masks = [nodes.masks[leaf] for leaf in leaves]
            key = nodes.masks[node], *sorted(masks)
            if key in best_already:
                continue
            parts -= 1
            best_already.add(key)
            found, cost = exact_tree(network, masks, nodes.masks[node], leaves)
            if cost < sum(_cost(network, nodes, inner) for inner in inside):
                changed[node] = found
                covered.update(inside)
        if not changed:
            break
        tree = _rebuilt(nodes, changed)
    return tree


def tree_cost(network: Network, tree: Tree) -> int:
    """Return the cost of all contractions of a tree."""
    nodes = _numbered(network, tree)
    return sum(_cost(network, nodes, node) for node, pair in enumerate(nodes.children) if pair)


def _cost(network: Network, nodes: _Nodes, node: int) -> int:
    one, two = nodes.children[node]
    return network.pair_cost(nodes.masks[one], nodes.masks[two], nodes.masks[node])


def _numbered(network: Network, tree: Tree) -> _Nodes:
    """Return the nodes of a tree with the labels of their values."""
    order = parts_first(tree)
    number = {id(node): place for place, node in enumerate(order) if not isinstance(node, int)}
    number_of_leaf = {node: place for place, node in enumerate(order) if isinstance(node, int)}
    children = [
        ()
        if isinstance(node, int)
        else tuple([number_of_leaf[x] if isinstance(x, int) else number[id(x)] for x in node])
        for node in order
    ]
    return _Nodes(children, order, _masks(network, order, children))


def _masks(network: Network, order: Sequence[Tree], children: Sequence[tuple[int, ...]]) -> list[int]:
    inside: list[int] = []
    for node, pair in zip(order, children, strict=True):
        inside.append(network.factors[node] if isinstance(node, int) else inside[pair[0]] | inside[pair[1]])
    # What the rest of the product has, from the root down.
    outside = [network.kept] * len(order)
    masks = list(inside)
    for node in reversed(range(len(order))):
        if children[node]:
            masks[node] = inside[node] & outside[node]
            one, two = children[node]
            outside[one] = outside[node] | inside[two]
            outside[two] = outside[node] | inside[one]
    return masks


def _part(network: Network, nodes: _Nodes, root: int) -> tuple[list[int], list[int]]:
    """Return the leaves and the inner nodes of the part below a node; the largest value is opened first."""
    inside = [root]
    leaves = list(nodes.children[root])
    while len(leaves) < PART:
        opened = [leaf for leaf in leaves if nodes.children[leaf]]
        if not opened:
            break
        largest = max(opened, key=lambda leaf: (network.elements(nodes.masks[leaf]), leaf))
        inside.append(largest)
        leaves.remove(largest)
        leaves += nodes.children[largest]
    return leaves, inside


def _rebuilt(nodes: _Nodes, changed: Mapping[int, Tree]) -> Tree:
    """Return the tree with some nodes replaced; the leaves of the new trees are numbers of nodes."""
    built: dict[int, Tree] = {}
    stack = [len(nodes.children) - 1]
    while stack:
        node = stack[-1]
        template: Tree = changed[node] if node in changed else nodes.children[node] or node  # type: ignore[assignment]
        needed = [leaf for leaf in _leaves(template) if leaf not in built and leaf != node]
        if needed:
            stack += needed
            continue
        stack.pop()
        built[node] = nodes.trees[node] if not nodes.children[node] else _filled(template, built)
    return built[len(nodes.children) - 1]


def _leaves(tree: Tree) -> list[int]:
    if isinstance(tree, int):
        return [tree]
    return [leaf for part in tree for leaf in _leaves(part)]


def _filled(tree: Tree, built: Mapping[int, Tree]) -> Tree:
    if isinstance(tree, int):
        return built[tree]
    one, two = tree
    return _filled(one, built), _filled(two, built)
