"""The order of a contraction as a tree: a leaf is the place of a factor, a node a pair of trees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

from bracketcalc.compiler.paths.cost import Path

Tree = Union[int, tuple["Tree", "Tree"]]
"""The place of a factor, or the two trees whose results are contracted."""


def parts_first(tree: Tree) -> list[Tree]:
    """Return the nodes of a tree and its leaves, each behind its own parts.

    Example:
        >>> parts_first((0, (1, 2)))
        [0, 1, 2, (1, 2), (0, (1, 2))]
    """
    order: list[Tree] = []
    stack: list[Tree] = [tree]
    while stack:
        node = stack.pop()
        order.append(node)
        if not isinstance(node, int):
            stack += node
    order.reverse()
    return order


def tree_path(tree: Tree) -> Path:
    """Return the path of a tree, its left parts first.

    Example:
        >>> tree_path(((0, 3), (1, 2)))
        ((0, 3), (0, 1), (0, 1))
    """
    order = parts_first(tree)
    pairs = [node for node in order if not isinstance(node, int)]
    return _positions(pairs, sorted(node for node in order if isinstance(node, int)))


def _positions(pairs: Sequence[tuple[Tree, Tree]], leaves: Sequence[int]) -> Path:
    """Return the path of pairs in the order in which they are contracted."""
    # Nodes are told apart by their identity: two equal trees cannot occur, but comparing them takes long.
    left: list[object] = list(leaves)
    number = {id(pair): -1 - k for k, pair in enumerate(pairs)}
    path = []
    for pair in pairs:
        one, two = sorted(left.index(x if isinstance(x, int) else number[id(x)]) for x in pair)
        path.append((one, two))
        del left[two], left[one]
        left.append(number[id(pair)])
    return tuple(path)


def path_tree(path: Path, count: int) -> Tree:
    """Return the tree of a path of at least one factor; what is contracted together goes left to right.

    Example:
        >>> path_tree(((0, 3), (0, 1), (0, 1)), 4)
        ((0, 3), (1, 2))
    """
    left: list[Tree] = list(range(count))
    for positions in path:
        chosen = [left[place] for place in positions]
        left = [tree for place, tree in enumerate(left) if place not in positions]
        node = chosen[0]
        for other in chosen[1:]:
            node = node, other
        left.append(node)
    (tree,) = left
    return tree


def path_pairs(path: Path, count: int) -> tuple[tuple[int, int], ...]:
    """Return the pairs of a path by number: factors first, then the results in their order.

    What is contracted together goes left to right.

    Example:
        >>> path_pairs(((0, 3), (0, 1, 2)), 4)
        ((0, 3), (1, 2), (5, 4))
    """
    left = list(range(count))
    pairs = []
    for positions in path:
        chosen = [left[place] for place in positions]
        for place in sorted(positions, reverse=True):
            del left[place]
        number = chosen[0]
        for other in chosen[1:]:
            pairs.append((number, other))
            number = count + len(pairs) - 1
        left.append(number)
    return tuple(pairs)
