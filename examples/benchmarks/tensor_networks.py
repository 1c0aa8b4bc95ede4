"""Random tensor networks and hypernetworks of 14 to 40 small tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from math import prod
from typing import NamedTuple

import numpy as np

from benchmarks.case import Array, Case, Setting
from benchmarks.einsums import einsum_case
from benchmarks.peers import has


class Network(NamedTuple):
    """What a network is drawn from.

    Attributes:
        tensors: how many tensors it has.
        regularity: how many axes of a tensor are shared with others, on average.
        outputs: how many labels are left.
        largest: the largest size; the smallest is 2.
        seed: where the random numbers begin.
        edge: how many tensors may share a label: more than two make a hypernetwork.
    """

    tensors: int
    regularity: float
    outputs: int
    largest: int
    seed: int
    edge: int = 2

    @property
    def name(self) -> str:
        """Return what the network is called."""
        return f"{'hyper' if self.edge > 2 else ''}network of {self.tensors}, seed {self.seed}"


NETWORKS = (
    Network(14, 3, 3, 5, 0),
    Network(14, 3, 3, 5, 1),
    Network(20, 2.8, 2, 4, 4),
    Network(30, 2.5, 2, 4, 7),
    Network(40, 2.4, 2, 4, 4),
    Network(14, 3, 3, 4, 1, edge=4),
    Network(24, 2.6, 2, 4, 2, edge=4),
    Network(40, 2.5, 2, 4, 3, edge=4),
)


def cases(setting: Setting) -> Iterator[Case]:
    """Yield the networks, in each type, where the package that draws them is installed."""
    if not has("einsum_benchmark"):
        return
    for dtype in setting.dtypes:
        for network in NETWORKS[1::4] if setting.quick else NETWORKS:
            yield network_of(network, dtype, setting)


def network_of(network: Network, dtype: str, setting: Setting) -> Case:
    """Return the case of a network."""
    equation, shapes = drawn(network)
    return einsum_case(network.name, equation, arrays(equation, shapes, dtype), setting)


def drawn(network: Network) -> tuple[str, list[tuple[int, ...]]]:
    """Return the equation of a network, and the shapes of its tensors."""
    generators = import_module("einsum_benchmark.generators.random")
    given = {
        "number_of_output_indices": network.outputs,
        "min_axis_size": 2,
        "max_axis_size": network.largest,
        "seed": network.seed,
    }
    if network.edge > 2:
        found = generators.connected_hypernetwork(
            network.tensors, network.regularity, max_edge_order=network.edge, **given
        )
    else:
        found = generators.connected_network(network.tensors, network.regularity, **given)
    equation, shapes = found
    return str(equation), [tuple(map(int, shape)) for shape in shapes]


def arrays(equation: str, shapes: list[tuple[int, ...]], dtype: str) -> list[Array]:
    """Return positive arrays whose product is about 1: no digits are lost, and none overflow."""
    draw = np.random.default_rng(0)
    terms = equation.partition("->")[0].split(",")
    orders = Counter(label for labels in terms for label in labels)
    return [
        (
            draw.uniform(0.5, 1.5, shape)
            / prod(size ** (1 / orders[label]) for size, label in zip(shape, labels, strict=True))
        ).astype(dtype)
        for labels, shape in zip(terms, shapes, strict=True)
    ]
