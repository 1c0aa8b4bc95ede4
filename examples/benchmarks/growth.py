"""How the times grow: one case of each section, with its work doubled four times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.case import Case, Setting
from benchmarks.contractions import CONTRACTIONS, contraction
from benchmarks.deriving import first_gradients
from benchmarks.hessians import logistic
from benchmarks.networks import fcnn, network_case, rnn
from benchmarks.peers import has
from benchmarks.tensor_networks import Network, network_of

DOUBLED = (1, 2, 4, 8, 16)
DTYPE = "float64"


def cases(setting: Setting) -> Iterator[Case]:
    """Yield the series, each from the least work on."""
    series: dict[str, Callable[[int], Case]] = {
        "attention scores, batch": lambda work: _attention(work, setting),
        "fcnn, batch": lambda work: network_case(fcnn("", DTYPE, 16 * work, (64, 128, 10)), setting),
        "rnn, time": lambda work: network_case(rnn("", DTYPE, 16, 8 * work, (8, 32, 10)), setting),
        "Hessian of logistic regression, samples": lambda work: logistic(200 * work, 50).case(setting),
        "first gradients, layers": lambda work: first_gradients(4 * work, setting),
    }
    if has("einsum_benchmark"):
        series["tensor network, tensors"] = lambda work: network_of(
            Network(8 * work, 2.3, 2, 3, 0), DTYPE, setting
        )
    for name, made in series.items():
        for work in DOUBLED[:2] if setting.quick else DOUBLED:
            yield replace(made(work), name=f"{name} ×{work}", series=name, work=work, note=None)


def _attention(work: int, setting: Setting) -> Case:
    scores = next(one for one in CONTRACTIONS if one.name == "attention scores")
    return contraction(scores._replace(sizes={**scores.sizes, "n": work}), DTYPE, setting)
