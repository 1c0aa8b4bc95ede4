"""Walking expressions: iterative, and each shared node is visited once.

Every pass over an expression is written with the functions of this module, so that neither a chain of
thousands of nodes nor heavy sharing can hurt any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import is_

from bracketcalc.expr.core import Expr, Product, Sum, Tensor
from bracketcalc.expr.node import made
from bracketcalc.expr.nodes import Definition, check_sizes_equal_to
from bracketcalc.expr.recurrence import Repeated, bodies
from bracketcalc.expr.shapes import describe


def postorder(roots: Iterable[Expr], stop: Callable[[Expr], bool] | None = None) -> list[Expr]:
    """Return every distinct node below the roots once, children before parents.

    Equal nodes count as one, also if they are different objects. The children of a node for which
    ``stop`` is true are not entered.

    Example:
        >>> x = Tensor("x", (3,))
        >>> len(postorder([x * x]))
        2
    """
    order: list[Expr] = []
    done: dict[Expr, Expr] = {}
    entered: set[int] = set()
    stack: list[tuple[Expr | None, Iterator[Expr]]] = [(None, iter(list(roots)))]
    while stack:
        node, rest = stack[-1]
        for child in rest:
            if id(child) in entered:
                continue
            entered.add(id(child))
            if not child.children:
                if done.setdefault(child, child) is child:
                    order.append(child)
            elif child not in done:
                if stop is None or not stop(child):
                    stack.append((child, iter(child.children)))
                    break
                done[child] = child
                order.append(child)
        else:
            stack.pop()
            if node is not None:
                done[node] = node
                order.append(node)
    return order


def with_children(node: Expr, children: tuple[Expr, ...]) -> Expr:
    """Return the node with other children; the node itself where they are the same objects."""
    before = node.children
    if len(children) == len(before):
        if all(map(is_, children, before)):
            return node
        # The labels of a product fit children of the same sizes, and so do the terms of a sum.
        if isinstance(node, (Product, Sum)) and [x.sizes for x in children] == [x.sizes for x in before]:
            return made(type(node), node.data, children, node.sizes)
    built = type(node).build(node.data, children)
    assert isinstance(built, Expr)
    return built


def bottom_up(
    roots: Iterable[Expr], change: Callable[[Expr], Expr], stop: Callable[[Expr], bool] | None = None
) -> list[Expr]:
    """Return the roots after ``change`` was applied to every node, children first.

    ``change`` sees a node whose children are already changed. A node for which ``stop`` is true is left
    as it is, with all that is below it.
    """
    roots = list(roots)
    memo: dict[Expr, Expr] = {}
    for node in postorder(roots, stop=stop):
        if stop is not None and stop(node):
            memo[node] = node
            continue
        rebuilt = with_children(node, tuple([memo[child] for child in node.children]))
        memo[node] = change(rebuilt)
    return [memo[root] for root in roots]


def substitute(
    roots: Iterable[Expr],
    replacements: Mapping[Expr, Expr],
    stop: Callable[[Expr], bool] | None = None,
) -> list[Expr]:
    """Return the roots with every occurrence of a key replaced by its value.

    A replaced node is not entered again, so a replacement may contain its own key. Below a node for
    which ``stop`` is true, nothing is replaced.

    Raises:
        ShapeError: if a value has other sizes than its key.

    Example:
        >>> x, y = Tensor("x", (3,)), Tensor("y", (3,))
        >>> substitute([x + y], {x: y})[0] == y + y
        True
    """
    roots = list(roots)
    memo: dict[Expr, Expr] = {}

    def ends(node: Expr) -> bool:
        replacement = replacements.get(node)
        if replacement is None:
            if node.children and (stop is None or not stop(node)):
                return False
            replacement = node
        elif replacement.sizes != node.sizes:
            check_sizes_equal_to(replacement, node.sizes, f"a replacement of {describe(node)}")
        memo[node] = replacement
        return True

    for node in postorder(roots, stop=ends):
        # A leaf has not been asked yet.
        if node not in memo and (node.children or not ends(node)):
            memo[node] = with_children(node, tuple([memo[child] for child in node.children]))
    return [memo[root] for root in roots]


def expand_definitions(roots: Iterable[Expr]) -> list[Expr]:
    """Return the roots with every definition replaced by its body.

    Example:
        >>> x = Tensor("x", (3,))
        >>> expand_definitions([Definition("y", x * x) * x])[0] == x * x * x
        True
    """
    return bottom_up(roots, lambda node: node.body if isinstance(node, Definition) else node)


def with_steps(roots: Iterable[Expr]) -> list[Expr]:
    """Return every distinct node below the roots, and those of the steps that recurrences repeat."""
    found = postorder(roots)
    if not any(isinstance(node, Repeated) for node in found):
        return found
    seen = set(found)
    for node in found:
        fresh = [inner for inner in postorder(bodies(node)) if inner not in seen]
        seen.update(fresh)
        found.extend(fresh)
    return found


def tensors_in(roots: Iterable[Expr]) -> list[Tensor]:
    """Return the distinct tensors below the roots, in order of first appearance."""
    return [node for node in postorder(roots) if isinstance(node, Tensor)]


def definitions_in(roots: Iterable[Expr]) -> list[Definition]:
    """Return the distinct definitions below the roots, each after those its body uses."""
    return [node for node in postorder(roots) if isinstance(node, Definition)]


def depends_on(order: Iterable[Expr], variables: Iterable[Expr]) -> set[Expr]:
    """Return the nodes of ``order`` (children first) that contain one of the variables."""
    found = set(variables)
    for node in order:
        if node not in found and any(child in found for child in node.children):
            found.add(node)
    return found


def consumers(order: Iterable[Expr]) -> dict[Expr, int]:
    """Return how many times each node is a child of the nodes of ``order``, counting repetitions."""
    counts: dict[Expr, int] = {}
    for node in order:
        for child in node.children:
            counts[child] = counts.get(child, 0) + 1
    return counts
