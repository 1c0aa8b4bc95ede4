"""Products of twelve factors that have many symmetries, as items with labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bracketcalc.simplify.colours import Item

Pairs = Sequence[tuple[int, int]]

_CUBE = [(i, i | 1 << bit) for i in range(8) for bit in range(3) if not i >> bit & 1]
_EVEN = (0, 3, 5, 6)


def graph(pairs: Pairs) -> list[Item]:
    """Return one matrix for each pair of labels."""
    return [("A", pair) for pair in pairs]


def both_ways(pairs: Pairs) -> list[Item]:
    """Return one matrix for each pair of labels and for each turned pair."""
    return graph([*pairs, *[(two, one) for one, two in pairs]])


SYMMETRIC: Mapping[str, list[Item]] = MappingProxyType(
    {
        "ring": graph([(k, (k + 1) % 12) for k in range(12)]),
        "turning ring": graph([(k, (k + step) % 12) for k in range(0, 12, 2) for step in (1, -1)]),
        "doubled ring": graph([(k, (k + 1) % 6) for k in range(6)] * 2),
        "star": graph([(0, k) for k in range(1, 13)]),
        "star inwards": graph([(k, 0) for k in range(1, 13)]),
        "two stars": graph([(0, 1), *[(0, k) for k in range(2, 7)], *[(1, k) for k in range(7, 13)]]),
        "hyperedge": [("v", (0,))] * 12,
        "apart": [("v", (k,)) for k in range(12)],
        "bipartite 3 4": graph([(i, 3 + j) for i in range(3) for j in range(4)]),
        "bipartite 2 6": graph([(i, 2 + j) for i in range(2) for j in range(6)]),
        "complete": both_ways([(i, j) for i in range(4) for j in range(i)]),
        "cube": graph(_CUBE),
        "turning cube": graph([(i, j) if i in _EVEN else (j, i) for i, j in _CUBE]),
        "octahedron": graph([(i, j) for i in range(6) for j in range(i) if i != 5 - j]),
        "rings apart": graph([(4 * r + k, 4 * r + (k + 1) % 4) for r in range(3) for k in range(4)]),
        "tree": graph([((k - 1) // 2, k) for k in range(1, 13)]),
        "spider": graph([*[(0, k) for k in range(1, 7)], *[(k, k + 6) for k in range(1, 7)]]),
        "caterpillar": graph([*[(k, k + 1) for k in range(6)], *[(k, 10 + k) for k in range(6)]]),
        "star of hyperedges": [("T", (0, 2 * k + 1, 2 * k + 2)) for k in range(12)],
        "ring of hyperedges": [("T", (k, (k + 1) % 12, (k + 2) % 12)) for k in range(12)],
        "ring with hairs": [("T", (k, (k + 1) % 12, 20 + k)) for k in range(12)],
        "latin square": [("T", (i, 4 + j, 8 + (i + j) % 4)) for i in range(4) for j in range(3)],
        "torus": [("Q", (i, (i + 1) % 4, 4 + j, 4 + (j + 1) % 3)) for i in range(4) for j in range(3)],
    }
)
