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


def test_complex_tensors_have_the_gradients_of_torch() -> None:
    z, A = bc.tensor("z", "n", assume="complex"), bc.tensor("A", ("m", "n"), assume="complex")
    x = bc.tensor("x", "m")
    f = bc.torch_function(bc.tanh(A @ z) * x + 1j * bc.abs(A @ z))
    draw = torch.Generator().manual_seed(0)

    def normal(*shape: int, dtype: Any = torch.complex128) -> Any:
        return torch.randn(*shape, dtype=dtype, generator=draw, requires_grad=True)

    given = {"A": normal(3, 2), "z": normal(2), "x": normal(3, dtype=torch.float64)}
    values = [given[name] for name in f.arguments]
    product = given["A"] @ given["z"]
    wanted = product.tanh() * given["x"] + 1j * product.abs()
    found = f.apply(*values)
    torch.testing.assert_close(found, wanted)
    ours = torch.autograd.grad((found.abs() ** 2).sum(), values)
    theirs = torch.autograd.grad((wanted.abs() ** 2).sum(), values)
    for one, two in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, two)


def test_diagonals_and_real_parts_of_complex_tensors() -> None:
    s, R = bc.tensor("s", assume="complex"), bc.tensor("R", ("n", "n"))
    program = bc.compile([R + s * bc.identity("n"), bc.real(s) * R, R @ R * s, bc.identity("n") + 0 * R])
    matrix, number = torch.eye(2, dtype=torch.float64) * 2, torch.tensor(1 + 2j, dtype=torch.complex128)
    shifted, scaled, squared, plain = program(R=matrix, s=number)
    torch.testing.assert_close(shifted, torch.eye(2) * (3 + 2j), check_dtype=False)
    assert scaled.dtype == plain.dtype == torch.float64
    torch.testing.assert_close(squared, torch.eye(2) * (4 + 8j), check_dtype=False)
