"""Attention and transformer blocks against torch and JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.layers import Heads, Widths
from tests.layers.peer import check_layer, check_second_order, random_arrays

X, Wq, Wk, Wv, Wo, P, T = bc.tensors("X[n,t,d] Wq[d,h,e] Wk[d,h,e] Wv[d,h,e] Wo[h,e,d] P[n,t] T[n,t,d]")
HEADS = Heads(Wq, Wk, Wv, Wo)
SIZES = [
    {"n": 3, "t": 5, "d": 7, "h": 2, "e": 3},
    {"n": 1, "t": 1, "d": 2, "h": 1, "e": 1},
]
MASKS: dict[str, Any] = {
    "none": None,
    "causal": layers.causal_mask("t"),
    "padding": layers.padding_mask(P),
    "both": layers.padding_mask(P, layers.causal_mask("t")),
}


def arrays(sizes: dict[str, int]) -> dict[str, Any]:
    values = random_arrays([X, Wq, Wk, Wv, Wo, P, T], sizes)
    lengths = 1 + np.arange(sizes["n"]) % sizes["t"]
    values["P"] = (np.arange(sizes["t"]) < lengths[:, None]).astype(float)
    return values


def allowed(name: str, padding: Any) -> Any:
    """Return where which time may look, with axes samples, 1, i, j."""
    times = padding.shape[-1]
    causal = np.tril(np.ones((times, times))) if name in ("causal", "both") else np.ones((times, times))
    keys = np.asarray(padding) if name in ("padding", "both") else np.ones(padding.shape)
    return (causal * keys[:, None, :] > 0)[:, None]


def in_torch(name: str) -> Any:
    def peer(torch: Any, given: Any) -> Any:
        q, k, v = (torch.einsum("ntd,dhe->nhte", given["X"], given[w]) for w in ("Wq", "Wk", "Wv"))
        mask = torch.tensor(allowed(name, given["P"]))
        out = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return torch.einsum("nhte,hed->ntd", out, given["Wo"])

    return peer


def in_jax(name: str) -> Any:
    def peer(jax: Any, given: Any) -> Any:
        xp = jax.numpy
        q, k, v = (xp.einsum("ntd,dhe->nhte", given["X"], given[w]) for w in ("Wq", "Wk", "Wv"))
        logits = xp.einsum("nhie,nhje->nhij", q, k) / np.sqrt(q.shape[-1])
        weights = jax.nn.softmax(xp.where(allowed(name, given["P"]), logits, -xp.inf))
        return xp.einsum("nhij,nhje,hed->nid", weights, v, given["Wo"])

    return peer


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", MASKS)
def test_attention_is_that_of_the_peers(name: str, sizes: dict[str, int]) -> None:
    output = layers.multi_head_attention(X, HEADS, MASKS[name])
    check_layer(output, [X, Wq, Wk, Wv, Wo], arrays(sizes), in_torch(name), in_jax(name))


def test_second_derivatives() -> None:
    loss = bc.dot(layers.multi_head_attention(X, HEADS, MASKS["causal"]), T)
    for variable in (X, Wk):
        check_second_order(loss, variable, arrays(SIZES[0]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masked_weights_are_exactly_zero(dtype: type) -> None:
    Q, K, V = bc.tensors("Q[t,e] K[t,e] V[t,f]")
    weights = layers.attention(Q, K, V, layers.causal_mask("t")).children[0]
    draw = np.random.default_rng(0)
    for scale in (1.0, 1e3, 1e8):
        given: dict[str, Any] = {
            name: (scale * draw.standard_normal((4, 3))).astype(dtype) for name in "QK"
        }
        found = bc.compile(weights)(**given)
        assert not np.triu(found, 1).any()
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)


def test_a_row_that_may_look_nowhere_is_finite() -> None:
    values = arrays(SIZES[0]) | {"P": np.zeros((3, 5))}
    loss = bc.dot(layers.multi_head_attention(X, HEADS, MASKS["padding"]), T)
    f = bc.compile([loss, *bc.gradient(loss, [X, Wq])])
    assert all(np.isfinite(found).all() for found in f(**{name: values[name] for name in f.arguments}))


def test_wrong_shapes_are_refused() -> None:
    Q, K = bc.tensors("Q[t,e] K[n,s,e]")
    with pytest.raises(ShapeError, match="equal numbers of axes, at least 2, but Q has sizes"):
        layers.attention(Q, K, K)
    with pytest.raises(ShapeError, match="the mask M has sizes"):
        layers.attention(Q, Q, Q, bc.tensor("M", ("n", "t", "t")))
    with pytest.raises(ShapeError, match="axis 1 of M has size n"):
        layers.attention(Q, Q, Q, bc.tensor("M", ("t", "n")))
    with pytest.raises(ShapeError, match="needs an axis of time"):
        layers.padding_mask(bc.scalar("s"))
    with pytest.raises(ShapeError, match="needs a time and features"):
        layers.multi_head_attention(bc.tensor("x", "d"), HEADS)


# -- transformer blocks -----------------------------------------------------------------------------------

BLOCK_SIZES = {"n": 2, "t": 5}
INPUTS = bc.tensor("X", ("n", "t", 6))
BLOCK = layers.transformer_block(INPUTS, Widths(heads=3, hidden=11), layers.causal_mask("t"))


def _block_in_jax(jax: Any, given: Any) -> Any:
    xp, nn = jax.numpy, jax.nn

    def norm(x: Any, place: str) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / xp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return scaled * given[f"γ_{place}1"] + given[f"β_{place}1"]

    x = xp.asarray(given["X"])
    names = {"Wq": "Wq_1", "Wk": "Wk_1", "Wv": "Wv_1", "Wo": "Wo_1"}
    weights = {name: given[own] for name, own in names.items()}
    ones = np.ones(x.shape[:2])
    y = x + in_jax("causal")(jax, {**weights, "X": norm(x, "a"), "P": ones})
    inner = nn.gelu(norm(y, "b") @ given["Wh_1"] + given["bh_1"], approximate=False)
    return y + inner @ given["Wz_1"] + given["bz_1"]


def _block_in_torch(torch: Any, given: Any) -> Any:
    F, x = torch.nn.functional, given["X"]
    names = {"Wq": "Wq_1", "Wk": "Wk_1", "Wv": "Wv_1", "Wo": "Wo_1"}
    weights = {name: given[own] for name, own in names.items()}
    first = F.layer_norm(x, (6,), given["γ_a1"], given["β_a1"])
    y = x + in_torch("causal")(torch, {**weights, "X": first, "P": torch.ones(x.shape[:2])})
    second = F.layer_norm(y, (6,), given["γ_b1"], given["β_b1"])
    return y + F.gelu(second @ given["Wh_1"] + given["bh_1"]) @ given["Wz_1"] + given["bz_1"]


def test_a_block_is_that_of_the_peers() -> None:
    values = random_arrays([BLOCK.output], BLOCK_SIZES)
    wrt = [INPUTS, *BLOCK.parameters]
    check_layer(BLOCK.output, wrt, values, _block_in_torch, _block_in_jax)


def test_the_equations_of_a_block() -> None:
    text = str(bc.derive((BLOCK.output**2).sum(), BLOCK.parameters[2]))
    assert "∇_{Wq_1}J = N_a1^{1,2} ·^{1,2} ∇_{Q_1}J" in text


def test_two_blocks_follow_each_other() -> None:
    second = layers.transformer_block(BLOCK.output, Widths(2, 5), layers.causal_mask("t"), name="2")
    values = random_arrays([second.output], BLOCK_SIZES)
    loss = (second.output**2).sum()
    check_second_order(loss, BLOCK.parameters[3], values)
    assert "∇_{Z_1}J" in str(bc.derive(loss, BLOCK.parameters[3]))


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ArgumentError, match="4 heads do not divide the width 6"):
        layers.transformer_block(INPUTS, Widths(4, 8))
    with pytest.raises(ArgumentError, match="the features of a head are not known: the width is d"):
        layers.transformer_block(X, Widths(4, 8))
    assert layers.transformer_block(X, Widths("h", 8, head="e")).output.sizes == X.sizes
