"""Layers, losses, recurrent networks and optimizers: functions that return expressions.

They are written in the public algebra only. There is no backward pass in here: gradients come from
:func:`bracketcalc.gradient`, and the equations from :func:`bracketcalc.derive`.
"""

from bracketcalc.functions.held import held
from bracketcalc.functions.one_hot import one_hot
from bracketcalc.functions.windows import Windows, window
from bracketcalc.layers.arrays import one_hot_rows, running
from bracketcalc.layers.attention import Heads, attention, causal_mask, multi_head_attention, padding_mask
from bracketcalc.layers.convolution import average_pool, convolution, max_pool
from bracketcalc.layers.dense import Network, dense, fully_connected
from bracketcalc.layers.embedding import embedding, with_positions
from bracketcalc.layers.losses import (
    binary_cross_entropy,
    cross_entropy,
    hinge,
    huber,
    kl_divergence,
    l2_penalty,
    mean_squared_error,
    softmax_cross_entropy,
    squared_error,
)
from bracketcalc.layers.normalization import (
    batch_norm,
    batch_norm_with,
    dropout,
    layer_norm,
    mean,
    residual,
    standardized,
)
from bracketcalc.layers.optimizers import AdamRates, AdamState, adam, clipped_by_norm, momentum, sgd
from bracketcalc.layers.recurrent import gru, keep_where, lstm, rnn, truncated
from bracketcalc.layers.transformer import Widths, feed_forward, transformer_block

__all__ = [
    "AdamRates",
    "AdamState",
    "Heads",
    "Network",
    "Widths",
    "Windows",
    "adam",
    "attention",
    "average_pool",
    "batch_norm",
    "batch_norm_with",
    "binary_cross_entropy",
    "causal_mask",
    "clipped_by_norm",
    "convolution",
    "cross_entropy",
    "dense",
    "dropout",
    "embedding",
    "feed_forward",
    "fully_connected",
    "gru",
    "held",
    "hinge",
    "huber",
    "keep_where",
    "kl_divergence",
    "l2_penalty",
    "layer_norm",
    "lstm",
    "max_pool",
    "mean",
    "mean_squared_error",
    "momentum",
    "multi_head_attention",
    "one_hot",
    "padding_mask",
    "residual",
    "one_hot_rows",
    "rnn",
    "running",
    "sgd",
    "softmax_cross_entropy",
    "squared_error",
    "standardized",
    "transformer_block",
    "truncated",
    "window",
    "with_positions",
]
