"""Functions of torch made of expressions: torch's own checks of first and second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError

torch = pytest.importorskip("torch")

X, W, U, b, Z0, Y = bc.tensors("X[t,n,d] W[h,h] U[d,h] b[h] Z0[n,h] Y[t,n,h]")
LOSS = layers.softmax_cross_entropy(layers.rnn(X, Z0, W, U, b), Y)
SHAPES = {"X": (2, 1, 2), "W": (3, 3), "U": (2, 3), "b": (3,), "Z0": (1, 3), "Y": (2, 1, 3)}


def values(names: tuple[str, ...], grads: bool = True) -> list[Any]:
    draw = np.random.default_rng(0)
    arrays = {name: draw.standard_normal(shape) for name, shape in SHAPES.items()}
    return [torch.tensor(arrays[name], requires_grad=grads) for name in names]


@pytest.mark.parametrize("expr", [LOSS, W @ W.T * 2 + bc.identity("h"), bc.inv(bc.exp(W / 9)) @ b])
def test_first_and_second_derivatives_pass_torchs_checks(expr: bc.Expr) -> None:
    function = bc.torch_function(expr)
    given = values(function.arguments)
    assert torch.autograd.gradcheck(function.apply, given)
    assert torch.autograd.gradgradcheck(function.apply, given)


def test_several_results() -> None:
    function = bc.torch_function([W @ b, (b * b).sum()])
    given = values(function.arguments)
    assert torch.autograd.gradcheck(function.apply, given)
    assert torch.autograd.gradgradcheck(function.apply, given)


def test_only_what_is_asked_for_gets_a_gradient() -> None:
    function = bc.torch_function((W @ b).sum(), wrt=[W])
    given = values(function.arguments)
    function.apply(*given).backward()
    matrix, vector = given
    assert vector.grad is None
    np.testing.assert_allclose(matrix.grad.numpy(), np.tile(vector.detach().numpy(), (3, 1)))


def test_a_size_is_an_integer() -> None:
    function = bc.torch_function(bc.outer(bc.ones("m"), b))
    assert function.arguments == ("b", "m")
    (vector,) = values(("b",))
    result = function.apply(vector, 7)
    assert result.shape == (7, 3)
    result.sum().backward()
    np.testing.assert_array_equal(vector.grad.numpy(), np.full(3, 7.0))


def test_a_stranger_is_refused() -> None:
    with pytest.raises(ArgumentError, match="X is not a tensor of the expressions"):
        bc.torch_function(W @ b, wrt=[X])
