"""Layers, losses, recurrent networks and optimizers: functions that return expressions.

They are written in the public algebra only. There is no backward pass in here: gradients come from
:func:`bracketcalc.gradient`, and the equations from :func:`bracketcalc.derive`.
"""

from bracketcalc.functions.one_hot import one_hot
from bracketcalc.layers.dense import Network, dense, fully_connected
from bracketcalc.layers.embedding import embedding, with_positions
from bracketcalc.layers.held import held
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
from bracketcalc.layers.recurrent import gru, keep_where, lstm, rnn, truncated

__all__ = [
    "Network",
    "binary_cross_entropy",
    "cross_entropy",
    "dense",
    "embedding",
    "fully_connected",
    "gru",
    "held",
    "hinge",
    "huber",
    "keep_where",
    "kl_divergence",
    "l2_penalty",
    "lstm",
    "mean_squared_error",
    "one_hot",
    "rnn",
    "softmax_cross_entropy",
    "squared_error",
    "truncated",
    "with_positions",
]
