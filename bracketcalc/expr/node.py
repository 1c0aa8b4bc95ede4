"""The base of every expression node: an immutable triple of class, data and children.

The hash is computed once, from the hashes of the children. Equality, pickling and copying do not recurse,
so a chain of many thousand nodes is as good as a short one.
"""

from __future__ import annotations

from typing import Any, Self, TypeVar


class _Fields:
    """What a node holds. A node is one of these while it is made: afterwards it refuses changes.

    Going around the refusal for every field takes twice as long, and nodes are made in great numbers.
    """

    __slots__ = ("_hash", "children", "data", "is_real", "sizes")

    _hash: int
    is_real: bool
    children: tuple[Any, ...]
    data: tuple[Any, ...]
    sizes: tuple[Any, ...]


class Node(_Fields):
    """A class, its ``data`` (hashable values), its ``children`` (nodes), and the ``sizes`` of its axes.

    Attributes:
        sizes: the size of each axis, in order: an integer or a symbolic size.
        children: the sub-expressions, in order.
        data: what the node holds beside its children.
        is_real: whether the elements are real by the form of the expression; where it is false they may
            be complex. A node is real if its children are, unless its class says otherwise.
    """

    __slots__ = ()

    def __init__(
        self,
        data: tuple[Any, ...],
        children: tuple[Any, ...],
        sizes: tuple[Any, ...],
        is_real: bool | None = None,
    ) -> None:
        if is_real is None:
            is_real = True
            for child in children:
                if not child.is_real:
                    is_real = False
                    break
        kind = type(self)
        object.__setattr__(self, "__class__", _Fields)
        self.is_real = is_real
        self.data = data
        self.children = children
        self.sizes = sizes
        self._hash = hash((kind.__name__, data, children))
        self.__class__ = kind

    @classmethod
    def build(cls, data: tuple[Any, ...], children: tuple[Any, ...]) -> Self:
        """Return the node of this class with the given data and children; a leaf is made of its data."""
        return cls(*data)

    @property
    def ndim(self) -> int:
        """Return the number of axes."""
        return len(self.sizes)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"expressions are immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"expressions are immutable: cannot delete {name!r}")

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or self._hash != other._hash:
            return False
        if not self.children and not other.children:
            return self.data == other.data
        return _same(self, other)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _unflatten, (_flatten(self),)


N = TypeVar("N", bound=Node)


def made(kind: type[N], data: tuple[Any, ...], children: tuple[Any, ...], sizes: tuple[Any, ...]) -> N:
    """Return the node that a constructor makes after its checks, for what was checked before.

    Args:
        kind: the class of the node.
        data: what the node holds beside its children.
        children: the nodes below it.
        sizes: the size of each of its axes.
    """
    is_real = True
    for child in children:
        if not child.is_real:
            is_real = False
            break
    node: Any = _Fields()
    node.is_real = is_real
    node.data = data
    node.children = children
    node.sizes = sizes
    node._hash = hash((kind.__name__, data, children))
    node.__class__ = kind
    return node  # type: ignore[no-any-return]


def _same(left: Node, right: Node) -> bool:
    """Compare two graphs without recursion; a pair that was seen is not compared again.

    Two graphs found identical then share their children. Otherwise a pass that meets every node of two
    equal chains would compare the rest of the chains each time.
    """
    stack = [(left, right)]
    seen: dict[tuple[int, int], tuple[Node, Node]] = {}
    while stack:
        one, two = stack.pop()
        if one is two or (id(one), id(two)) in seen:
            continue
        seen[id(one), id(two)] = one, two
        if type(one) is not type(two) or one._hash != two._hash or one.data != two.data:
            return False
        if len(one.children) != len(two.children):
            return False
        stack.extend(zip(one.children, two.children, strict=True))
    # 2 == 2.0, but an expression must go on to print the one that it was written with.
    if all(_same_types(one.data, two.data) for one, two in seen.values()):
        for one, two in seen.values():
            object.__setattr__(two, "children", one.children)
    return True


def _same_types(left: Any, right: Any) -> bool:
    """Return whether two equal values are of one type, and so are their elements."""
    if type(left) is not type(right):
        return False
    return not isinstance(left, tuple) or all(map(_same_types, left, right))


FlatNode = tuple[type[Node], tuple[Any, ...], tuple[int, ...]]


def _flatten(root: Node) -> list[FlatNode]:
    """Return the graph as a list of (class, data, indices of children), children first."""
    index: dict[int, int] = {}
    flat: list[FlatNode] = []
    stack = [root]
    while stack:
        node = stack[-1]
        if id(node) in index:
            stack.pop()
            continue
        missing = [child for child in node.children if id(child) not in index]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        index[id(node)] = len(flat)
        flat.append((type(node), node.data, tuple([index[id(c)] for c in node.children])))
    return flat


def _unflatten(flat: list[FlatNode]) -> Node:
    """Return the graph that :func:`_flatten` took apart."""
    nodes: list[Node] = []
    for kind, data, indices in flat:
        nodes.append(kind.build(data, tuple([nodes[k] for k in indices])))
    return nodes[-1]
