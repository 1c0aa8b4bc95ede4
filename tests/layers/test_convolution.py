"""Convolutions and pooling against torch and JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bracketcalc as bc
from bracketcalc import layers
from bracketcalc.errors import ArgumentError, ShapeError
from bracketcalc.layers import Windows
from bracketcalc.reference import evaluate
from tests.layers.peer import check_layer, check_second_order, quickly, random_arrays

X, K, b = bc.tensors("X[n,7,5,c] K[3,2,c,m] b[m]")
LINE, TAPS = bc.tensors("L[n,11,c] J[3,c,m]")
SIZES = {"n": 2, "c": 3, "m": 4}
PLACES = {
    "plain": (Windows(), Windows()),
    "strided": (Windows(2), Windows(3)),
    "padded": (Windows(1, 1, 2), Windows(1, 1, 1)),
    "all": (Windows(2, 2, 3), Windows(2, 1, 1)),
}


def _torch(places: tuple[Windows, Windows]) -> Any:
    def peer(torch: Any, given: Any) -> Any:
        kernel, image = given["K"].permute(3, 2, 0, 1), given["X"].permute(0, 3, 1, 2)
        stride, dilation, padding = ([getattr(w, k) for w in places] for k in Windows.__slots__)
        found = torch.nn.functional.conv2d(image, kernel, given["b"], stride, padding, dilation)
        return found.permute(0, 2, 3, 1)

    return peer


def _jax(places: tuple[Windows, Windows]) -> Any:
    def peer(jax: Any, given: Any) -> Any:
        stride, dilation, padding = ([getattr(w, k) for w in places] for k in Windows.__slots__)
        return given["b"] + jax.lax.conv_general_dilated(
            jax.numpy.asarray(given["X"]),
            jax.numpy.asarray(given["K"]),
            stride,
            [(a, a) for a in padding],
            rhs_dilation=dilation,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )

    return peer


@pytest.mark.parametrize("name", PLACES)
def test_convolutions_are_those_of_the_peers(name: str) -> None:
    places = PLACES[name]
    output = layers.convolution(X, K, b, places)
    values = random_arrays([output], SIZES)
    check_layer(output, [X, K, b], values, _torch(places), _jax(places))


def test_sizes_of_one() -> None:
    x, k = bc.tensors("X[1,1,1,1] K[1,1,1,1]")
    output = layers.convolution(x, k)
    values = random_arrays([output], {})
    assert bc.compile(output)(**values).shape == (1, 1, 1, 1)
    np.testing.assert_allclose(bc.compile(output)(**values), values["X"] * values["K"])


def test_a_convolution_along_a_line() -> None:
    output = layers.convolution(LINE, TAPS, None, Windows(2, 1, 1))
    values = random_arrays([output], SIZES)
    torch = pytest.importorskip("torch")
    found = torch.nn.functional.conv1d(
        torch.tensor(values["L"]).permute(0, 2, 1), torch.tensor(values["J"]).permute(2, 1, 0), None, 2, 1
    )
    np.testing.assert_allclose(bc.compile(output)(**values), found.permute(0, 2, 1).numpy(), atol=1e-12)
    for check in bc.check_gradient((output**2).sum(), [LINE, TAPS], values):
        assert check.relative < 1e-8


@pytest.mark.long
def test_two_convolutions_with_pooling_and_labels() -> None:
    k2, W, y = bc.tensors("K2[2,2,m,l] W[l,k] y[n]")
    first = layers.max_pool(bc.relu(layers.convolution(X, K, b, Windows(1, 1, 1))), (2, 2))
    second = bc.tanh(layers.convolution(first, k2))
    loss = layers.softmax_cross_entropy(layers.mean(second, (1, 2)) @ W, y)
    values: dict[str, Any] = random_arrays([loss], {**SIZES, "l": 5, "k": 3})
    values["y"] = np.array([2, 0])
    exprs = [loss, *bc.gradient(loss, [X, K, b, k2, W])]
    f = bc.compile(exprs)
    kernels = {operation.kernel for operation in f.report(**values).path}
    assert not [kernel for kernel in kernels if kernel.startswith(("window", "one_hot"))]
    for found, expr in zip(f(**values), exprs, strict=True):
        np.testing.assert_allclose(found, evaluate(expr, values), rtol=1e-10, atol=1e-13)
    for check in bc.check_gradient(loss, [X, K, k2, W], values):
        assert check.relative < 1e-6
    check_second_order(loss, K, values)


def test_linear_layers_on_each_other() -> None:
    k2 = bc.tensor("K2", (2, 2, "m", "l"))
    loss = (layers.convolution(layers.convolution(X, K), k2) ** 2).sum()
    values = random_arrays([loss], {**SIZES, "l": 2})
    for expr in (loss, *bc.gradient(loss, [X, K, k2])):
        np.testing.assert_allclose(bc.compile(expr)(**values), evaluate(expr, values), rtol=1e-10)
    check_second_order(loss, k2, values)


WINDOW = layers.window(6, 4, 2, Windows(1, 1, 1))
IMAGE, MOVED, SEEN = bc.tensors("u[6] v[4,2] w[6,2]")
CORNERS = {
    "tensor": WINDOW,
    "seen twice": bc.einsum("i,iop,i->op", IMAGE, WINDOW, IMAGE),
    "gram": bc.einsum("i,iop,iqr,i->opqr", IMAGE, WINDOW, WINDOW, IMAGE),
    "taps on the seen": bc.einsum("ip,iop->o", SEEN, WINDOW),
    "kept taps": bc.einsum("op,iop->ip", MOVED, WINDOW),
    "counts": WINDOW.sum(axis=0),
    "reached": WINDOW.sum(axis=2).sum(axis=1),
    "all kept": bc.einsum("i,iop,op->iop", IMAGE, WINDOW, MOVED),
    "number": bc.einsum("i,iop,op->", IMAGE, WINDOW, MOVED),
    "hessian": bc.hessian((bc.einsum("i,iop->op", IMAGE, WINDOW) ** 2).sum(), IMAGE),
    "diagonal": bc.einsum("iip->p", layers.window(4, 4, 2)),
}


@pytest.mark.parametrize("name", CORNERS)
def test_products_with_windows_have_the_values_of_the_reference(name: str) -> None:
    expr = CORNERS[name]
    values = random_arrays([expr], {})
    np.testing.assert_allclose(bc.compile(expr)(**values), evaluate(expr, values), atol=1e-12)


@pytest.mark.parametrize("places", [None, Windows(2, 1, 1), Windows(3, 2, 0)])
def test_average_pooling(places: Windows | None) -> None:
    output = layers.average_pool(X, (3, 2), places)
    values = random_arrays([output], SIZES)
    if places != Windows(3, 2, 0):
        torch = pytest.importorskip("torch")
        stride, padding = ((3, 2), 0) if places is None else (2, 1)
        image = torch.tensor(values["X"]).permute(0, 3, 1, 2)
        found = torch.nn.functional.avg_pool2d(image, (3, 2), stride, padding).permute(0, 2, 3, 1)
        np.testing.assert_allclose(bc.compile(output)(**values), found.numpy(), atol=1e-13)
    for check in bc.check_gradient((output**2).sum(), [X], values):
        assert check.relative < 1e-8


POOLED = [
    None,
    Windows(1),
    Windows(1, 2, 0),
    Windows(2, 1, 1),
    Windows(1, 2, 1),
    (Windows(3, 1, 1), Windows()),
]


@pytest.mark.parametrize("places", POOLED)
@pytest.mark.parametrize("shift", [0, -50])
def test_max_pooling(places: Any, shift: float) -> None:
    output = layers.max_pool(X, (3, 2), places)
    values = random_arrays([output], SIZES)
    values["X"] += shift
    torch = pytest.importorskip("torch")
    image = torch.tensor(values["X"], requires_grad=True)
    each = [places] * 2 if isinstance(places, Windows) else places or [Windows(3), Windows(2)]
    stride, dilation, padding = ([getattr(w, name) for w in each] for name in Windows.__slots__)
    found = torch.nn.functional.max_pool2d(image.permute(0, 3, 1, 2), (3, 2), stride, padding, dilation)
    found = found.permute(0, 2, 3, 1)
    (found**2).sum().backward()
    gradient = bc.gradient((output**2).sum(), X)
    np.testing.assert_allclose(bc.compile(output)(**values), found.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(bc.compile(gradient)(**values), image.grad.numpy(), rtol=1e-13)
    np.testing.assert_allclose(evaluate(output, values), found.detach().numpy(), rtol=1e-14)
    small = bc.compile(output)(X=values["X"].astype(np.float32))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, found.detach().numpy(), rtol=1e-6)


def test_windows_that_see_nothing_are_refused() -> None:
    with pytest.raises(ShapeError, match="the padding 2 is more than half of 2"):
        layers.max_pool(X, (3, 2), Windows(1, 1, 2))
    narrow = bc.tensor("x", (1, 1, 1))
    with pytest.raises(ShapeError, match="a window at -2 with 2 taps and dilation 3"):
        layers.max_pool(narrow, (2,), Windows(1, 3, 2))


def test_a_tie_goes_to_the_first() -> None:
    x = bc.tensor("x", (1, 4, 1))
    gradient = bc.gradient(layers.max_pool(x, (2,)).sum(), x)
    found = bc.compile(gradient)(x=np.array([1.0, 1, 0, 0]).reshape(1, 4, 1))
    np.testing.assert_array_equal(found.ravel(), [1, 0, 1, 0])


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_programs_on_other_arrays(library: str) -> None:
    module = pytest.importorskip(library)
    if library == "jax":
        module.config.update("jax_enable_x64", True)
    convert = module.numpy.asarray if library == "jax" else module.tensor
    output = layers.max_pool(bc.tanh(layers.convolution(X, K, b, Windows(1, 1, 1))), (2, 1))
    loss = (layers.average_pool(output, (2, 2)) ** 2).sum()
    f = bc.compile([loss, *bc.gradient(loss, [X, K, b])])
    values = random_arrays([loss], SIZES)
    expected = f(**values)
    given = {name: convert(array) for name, array in values.items()}
    found = quickly(module, lambda arrays: f(**arrays), given) if library == "jax" else f(**given)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(one), other, atol=1e-12)


def test_symbolic_images() -> None:
    image = bc.tensor("X", ("n", "h", "w", "c"))
    output = layers.convolution(image, K, outputs=("oh", "ow"))
    values = random_arrays([output], {**SIZES, "h": 6, "w": 5})
    fixed = layers.convolution(bc.tensor("X", ("n", 6, 5, "c")), K)
    found = bc.compile(output)(**values, oh=4, ow=4)
    np.testing.assert_allclose(found, bc.compile(fixed)(**values), rtol=1e-13)
    with pytest.raises(ArgumentError, match="the number of windows with 3 taps on an axis of size h is"):
        layers.convolution(image, K)


def test_the_equations_name_the_windows() -> None:
    T = bc.tensor("T", ("n", 5, 4, "m"))
    loss = bc.dot(layers.convolution(X, K, b, name="a"), T)
    assert str(bc.gradient(loss, b)) == "T_{1̄2̄3̄4}"
    text = str(bc.derive(loss, K))
    assert "S_a1 = window(𝟏_{7} ⊗ 𝟏_{5} ⊗ 𝟏_{3})" in text
    assert "S_a2 = window(𝟏_{5} ⊗ 𝟏_{4} ⊗ 𝟏_{2})" in text
    assert "∇_{K}J" in text
    assert str(layers.window(7, 3, 3, Windows(2, 1, 0))) == "window_{2,1,0}(𝟏_{7} ⊗ 𝟏_{3} ⊗ 𝟏_{3})"


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ShapeError, match="a window of 9 taps with dilation 1 does not fit on axis 1 of X"):
        layers.convolution(X, bc.tensor("K", (9, 2, "c", "m")))
    with pytest.raises(ShapeError, match="a convolution of X with sizes"):
        layers.convolution(X, bc.tensor("K", ("c", "m")))
    with pytest.raises(ShapeError, match="axis 3 of X has size c"):
        layers.convolution(X, bc.tensor("K", (3, 2, "d", "m")))
    with pytest.raises(ArgumentError, match="the stride of windows is an integer from 1, got 0"):
        Windows(0)
    with pytest.raises(ArgumentError, match="windows move on 2 axes, but 1 places"):
        layers.convolution(X, K, None, [Windows()])
    with pytest.raises(ShapeError, match="4 sizes of windows were given for X with 4 axes"):
        layers.average_pool(X, (1, 1, 1, 1))
    with pytest.raises(ArgumentError, match="windows of size p have no stride"):
        layers.max_pool(X, ("p",))


PRINTED = {
    "convolution": layers.convolution(X, K, b, Windows(2, 1, 1)),
    "pooling": layers.max_pool(X, (3, 2), Windows(2, 1, 1)),
    "average": layers.average_pool(X, (3, 2)),
    "gradient": bc.gradient((layers.convolution(X, K) ** 2).sum(), X),
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_texts_are_read(name: str) -> None:
    expr, given = PRINTED[name], {"X": X, "K": K, "b": b}
    texts = [
        *(bc.to_text(expr, style=style) for style in ("matrix", "bracket", "index")),
        bc.to_latex(expr),
    ]
    for text in texts:
        assert bc.equal(bc.parse(text, **given), expr), text


def test_names_that_are_no_windows() -> None:
    for name in ("window_{0,1,1}", "window_{1,1}", "windows", "window_{1,1,1,1}"):
        with pytest.raises(bc.ParseError):
            bc.parse(f"{name}(X)", X=bc.tensor("X", (3, 2, 2)))
