"""Contractions that occur in models: one einsum equation each, and the JVP of softmax."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import bracketcalc as bc
from benchmarks.case import BY_HAND, OURS, TOLERANCES, Array, Case, Setting, flops_of, program_run
from benchmarks.einsums import einsum_case
from benchmarks.peers import libraries
from bracketcalc.testing.timing import Run
from support.device import namespace


class Contraction(NamedTuple):
    """A contraction: its equation, the size of each label, and NumPy code that somebody would write."""

    name: str
    equation: str
    sizes: dict[str, int]
    by_hand: Callable[..., Any] | None = None


def attention_scores(q: Any, k: Any) -> Any:
    return q.transpose(0, 2, 1, 3) @ k.transpose(0, 2, 3, 1)


def attention_output(weights: Any, v: Any) -> Any:
    return (weights @ v.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)


def bilinear(x: Any, W: Any, y: Any) -> Any:
    outputs, rows, columns = W.shape
    left = x @ W.transpose(1, 0, 2).reshape(rows, outputs * columns)
    return (left.reshape(len(x), outputs, columns) @ y[:, :, None])[:, :, 0]


def mttkrp(T: Any, B: Any, C: Any) -> Any:
    pairs = (B[:, None] * C[None]).reshape(-1, B.shape[1])
    return T.reshape(len(T), -1) @ pairs


def cp(A: Any, B: Any, C: Any) -> Any:
    pairs = (A[:, None] * B[None]).reshape(-1, A.shape[1])
    return (pairs @ C.T).reshape(len(A), len(B), len(C))


def hyperedge(A: Any, B: Any, C: Any, D: Any) -> Any:
    left = (A[:, :, None] * B[:, None]).reshape(len(A), -1)
    right = (C[:, :, None] * D[:, None]).reshape(len(A), -1)
    return (left.T @ right).reshape(A.shape[1], B.shape[1], C.shape[1], D.shape[1])


def tucker(G: Any, A: Any, B: Any, C: Any) -> Any:
    return (((G @ C.T).transpose(0, 2, 1) @ B.T).transpose(1, 2, 0) @ A.T).transpose(2, 1, 0)


def permuted(A: Any, B: Any) -> Any:
    a, b, c, d = A.shape
    _, e, _, f = B.shape
    left = A.transpose(0, 2, 1, 3).reshape(a * c, b * d)
    right = B.transpose(0, 2, 1, 3).reshape(b * d, e * f)
    return (left @ right).reshape(a, c, e, f).transpose(3, 2, 0, 1)


CONTRACTIONS = (
    Contraction(
        "matrix chain",
        "ab,bc,cd,de->ae",
        {"a": 100, "b": 400, "c": 30, "d": 400, "e": 50},
        lambda A, B, C, D: (A @ B) @ (C @ D),
    ),
    Contraction(
        "attention scores",
        "nqhd,nkhd->nhqk",
        {"n": 4, "q": 64, "k": 48, "h": 4, "d": 16},
        attention_scores,
    ),
    Contraction(
        "attention output",
        "nhqk,nkhd->nqhd",
        {"n": 4, "q": 64, "k": 48, "h": 4, "d": 16},
        attention_output,
    ),
    Contraction("bilinear", "ni,oij,nj->no", {"n": 64, "o": 20, "i": 32, "j": 24}, bilinear),
    Contraction("layer gradient", "nd,nk->dk", {"n": 500, "d": 64, "k": 10}, lambda X, G: X.T @ G),
    Contraction("row dots", "nd,nd->n", {"n": 2000, "d": 64}, lambda A, B: (A * B).sum(1)),
    Contraction(
        "weighted Gram",
        "ni,n,nj->ij",
        {"n": 2000, "i": 64, "j": 48},
        lambda X, w, Y: X.T @ (w[:, None] * Y),
    ),
    Contraction("MTTKRP", "ijk,jr,kr->ir", {"i": 40, "j": 30, "k": 20, "r": 16}, mttkrp),
    Contraction("CP", "ir,jr,kr->ijk", {"i": 40, "j": 30, "k": 20, "r": 16}, cp),
    Contraction("Tucker", "abc,ia,jb,kc->ijk", {"a": 8, "b": 7, "c": 6, "i": 40, "j": 30, "k": 20}, tucker),
    Contraction(
        "4-fold hyperedge", "ia,ib,ic,id->abcd", {"i": 200, "a": 9, "b": 8, "c": 7, "d": 6}, hyperedge
    ),
    Contraction("broadcast scale", "nij,j->nij", {"n": 32, "i": 40, "j": 64}, lambda A, s: A * s),
    Contraction(
        "permuted", "abcd,bedf->feac", {"a": 12, "b": 10, "c": 8, "d": 14, "e": 6, "f": 9}, permuted
    ),
)

LARGE = Contraction(
    "large matrix chain",
    "ab,bc,cd->ad",
    {"a": 700, "b": 800, "c": 600, "d": 500},
    lambda A, B, C: A @ (B @ C),
)
"""Bound by the matrix products, so that its share of a bare one can be seen."""

SMALLEST = 7
"""No size is more in a quick run."""


def cases(setting: Setting) -> Iterator[Case]:
    """Yield the contractions, in each type."""
    for dtype in setting.dtypes:
        for one in CONTRACTIONS if setting.quick else (*CONTRACTIONS, LARGE):
            yield contraction(one, dtype, setting)
        yield softmax_jvp(*((5, 4) if setting.quick else (500, 100)), dtype, setting)


def contraction(one: Contraction, dtype: str, setting: Setting) -> Case:
    """Return the case of a contraction of random arrays."""
    draw = np.random.default_rng(0)
    sizes = {k: min(v, SMALLEST) for k, v in one.sizes.items()} if setting.quick else one.sizes
    arrays = [
        draw.standard_normal([sizes[label] for label in labels]).astype(dtype)
        for labels in one.equation.partition("->")[0].split(",")
    ]
    return einsum_case(one.name, one.equation, arrays, setting, one.by_hand)


def softmax_jvp(n: int, k: int, dtype: str, setting: Setting) -> Case:
    """Return (diag(s) - s sᵀ) v for every row s of S and v of V."""
    S, V = bc.tensors("S[n,k] V[n,k]")
    program = bc.compile(S * V - bc.einsum("nk,nj,nj->nk", S, S, V))
    draw = np.random.default_rng(0)
    S_ = np.exp(draw.standard_normal((n, k)))
    values = {"S": S_ / S_.sum(1, keepdims=True), "V": draw.standard_normal((n, k))}
    values = {name: value.astype(dtype) for name, value in values.items()}
    placed = setting.arrays(values)
    xp = namespace(setting.device)

    def by_hand(S: Any, V: Any) -> Any:
        result = S * V
        result -= S * result.sum(1, keepdims=True)
        return result

    def with_einsum(einsum: Callable[..., Any]) -> Callable[[Any, Any], Any]:
        return lambda S, V: S * V - S * einsum("nk,nk->n", S, V)[:, None]

    runs: dict[str, Run] = {
        OURS: program_run(program, placed),
        BY_HAND: partial(by_hand, **placed),
        "CuPy" if xp is not np else "NumPy": partial(with_einsum(xp.einsum), **placed),
    }
    for library in libraries(setting):
        given: list[Array] = [library.array(value) for value in values.values()]
        runs[library.name] = library.prepared(with_einsum(library.einsum), *given)
    return Case("softmax JVP", dtype, runs, TOLERANCES[dtype], flops_of(program, placed, dtype))
