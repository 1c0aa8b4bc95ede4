"""Gradients, Jacobians and differentials with complex tensors against torch and differences.

The convention of torch for a real loss is the one of this package: the gradient is
∂J/∂Re z + i ∂J/∂Im z, so ‖z‖² has the gradient 2 z.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bracketcalc.calculus.derivatives import (
    differential,
    differential_symbol,
    gradient,
    hessian,
    jacobian,
    jvp,
    vjp,
)
from bracketcalc.calculus.derive import derive
from bracketcalc.calculus.directional import directional, hvp
from bracketcalc.calculus.marks import is_change
from bracketcalc.calculus.operators import linear_map
from bracketcalc.calculus.taylor import taylor
from bracketcalc.compiler.compile import compile, evaluate
from bracketcalc.errors import ArgumentError, DerivativeError
from bracketcalc.expr.algebra import diag, dot, einsum, norm, outer, trace
from bracketcalc.expr.build import define, tensor, tensors
from bracketcalc.expr.core import Expr, Tensor, product
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.records import HOLOMORPHIC
from bracketcalc.functions import forms as f
from bracketcalc.functions.declare import function, subtensor_function
from bracketcalc.reference import evaluate as reference
from bracketcalc.simplify.equality import equal
from bracketcalc.testing import check_gradient
from bracketcalc.traverse import postorder, tensors_in

torch = pytest.importorskip("torch")

Values = dict[str, npt.NDArray[Any]]
SIZES = {"n": 4, "k": 3}

z, w = (tensor(name, "n", assume="complex") for name in "zw")
A = tensor("A", ("n", "n"), assume="complex")
C = tensor("C", ("n", "n"), assume="complex")
B = tensor("B", ("n", "k"), assume="complex")
s = tensor("s", assume="complex")
x, R = tensors("x[n] R[n,n]")


def values(n: int = 4, k: int = 3, seed: int = 0) -> Values:
    """Return random arrays for all tensors; A is far from singular."""
    draw = np.random.default_rng(seed)

    def normal(*shape: int) -> Any:
        return draw.standard_normal(shape) + 1j * draw.standard_normal(shape)

    return {
        "z": normal(n),
        "w": normal(n),
        "A": normal(n, n) + 3 * np.eye(n),
        "C": normal(n, n),
        "B": normal(n, k),
        "s": np.asarray(normal()),
        "x": draw.standard_normal(n) + 3,
        "R": draw.standard_normal((n, n)),
    }


Loss = Callable[..., Any]


def squared(t: Any) -> Any:
    return (t.abs() ** 2).sum()


LOSSES: dict[str, tuple[Expr, Loss]] = {
    "norm squared": (norm(z) ** 2, lambda z, **_: squared(z)),
    "norm": (norm(A @ z - w), lambda z, w, A, **_: squared(A @ z - w).sqrt()),
    "norm of a matrix": (norm(A @ B), lambda A, B, **_: (A @ B).norm()),
    "real inner product": (f.real(z.H @ A @ w), lambda z, w, A, **_: (z.conj() @ A @ w).real),
    "imag inner product": (f.imag(z.H @ A @ w), lambda z, w, A, **_: (z.conj() @ A @ w).imag),
    "bilinear": (f.real(dot(z, A @ w)) * 2, lambda z, w, A, **_: 2 * (z @ A @ w).real),
    "absolute values": (f.abs(z).sum(), lambda z, **_: z.abs().sum()),
    "absolute value squared": (
        (f.abs(A @ z) ** 2 * x).sum(),
        lambda z, A, x, **_: ((A @ z).abs() ** 2 * x).sum(),
    ),
    "sign": (f.real(f.sign(z) * w).sum(), lambda z, w, **_: (z.sgn() * w).real.sum()),
    "abs of a scalar": (f.abs(s * dot(z, w)), lambda z, w, s, **_: (s * (z @ w)).abs()),
    "exp": (f.real(f.exp(0.3 * z) @ w), lambda z, w, **_: ((0.3 * z).exp() @ w).real),
    "log": (f.imag(f.log(z) @ w), lambda z, w, **_: (z.log() @ w).imag),
    "sqrt": (f.abs(f.sqrt(z) @ w), lambda z, w, **_: (z.sqrt() @ w).abs()),
    "tanh": (norm(f.tanh(A @ z)), lambda z, A, **_: (A @ z).tanh().norm()),
    "sin cos": (f.real(f.sin(z) @ f.cos(w)), lambda z, w, **_: (z.sin() @ w.cos()).real),
    "sinh cosh": (f.real(f.sinh(z) @ f.cosh(w)), lambda z, w, **_: (z.sinh() @ w.cosh()).real),
    "arctan": (f.imag(f.arctan(z).sum()), lambda z, **_: z.atan().sum().imag),
    "powers": (norm(z**3 - w**-2 + z**0.7), lambda z, w, **_: (z**3 - w**-2 + z**0.7).norm()),
    "quotient": (f.abs(z / w).sum(), lambda z, w, **_: (z / w).abs().sum()),
    "conj of a product": (
        f.real(f.conj(A @ B) * B).sum(),
        lambda A, B, **_: ((A @ B).conj() * B).real.sum(),
    ),
    "hermitian": (f.real(trace(A.H @ C @ A)), lambda A, C, **_: torch.trace(A.mH @ C @ A).real),
    "trace": (f.abs(trace(A @ C)), lambda A, C, **_: torch.trace(A @ C).abs()),
    "einsum": (
        f.real(einsum("ij,ij,ik,j->k", A, f.conj(C), B, z).sum()),
        lambda A, B, C, z, **_: torch.einsum("ij,ij,ik,j->k", A, C.conj(), B, z).sum().real,
    ),
    "diagonal": (
        norm(diag(A) * z + diag(diag(z)) * 1j),
        lambda A, z, **_: (A.diagonal() * z + 1j * z).norm(),
    ),
    "diag of a vector": (norm(A @ diag(z)), lambda A, z, **_: (A @ torch.diag(z)).norm()),
    "outer": (norm(outer(z, f.conj(w)) - A), lambda A, z, w, **_: (torch.outer(z, w.conj()) - A).norm()),
    "inverse": (f.real(dot(f.inv(A), C)), lambda A, C, **_: (torch.linalg.inv(A) * C).sum().real),
    "hermitian inverse": (norm(f.inv(A).H @ z), lambda A, z, **_: (torch.linalg.inv(A).mH @ z).norm()),
    "solve": (norm(f.solve(A, B)), lambda A, B, **_: torch.linalg.solve(A, B).norm()),
    "det": (f.abs(f.det(A)), lambda A, **_: torch.linalg.det(A).abs()),
    "real det": (f.real(f.det(A)), lambda A, **_: torch.linalg.det(A).real),
    "solve a mixed system": (
        norm(f.solve(R + 4 * A, B)) ** 2 + f.real(dot(f.conj(w), f.solve(A, x))),
        lambda R, A, B, w, x, **_: (
            squared(torch.linalg.solve(R + 4 * A, B))
            + (w.conj() @ torch.linalg.solve(A, x.to(A.dtype))).real
        ),
    ),
    "solve with a real matrix": (
        norm(f.solve(R.T @ R + diag(x), B)),
        lambda R, B, x, **_: torch.linalg.solve((R.T @ R + torch.diag(x)).to(B.dtype), B).norm(),
    ),
    "adjugate": (
        f.real(dot(f.adjugate(A), C)),
        lambda A, C, **_: (torch.linalg.det(A) * torch.linalg.inv(A) * C).sum().real,
    ),
    "expm of a sum": (
        f.imag(trace(f.expm(0.2 * A + 0.1 * R) @ C)),
        lambda A, R, C, **_: torch.trace(torch.linalg.matrix_exp(0.2 * A + 0.1 * R) @ C).imag,
    ),
    "expm": (norm(f.expm(0.2 * A)), lambda A, **_: torch.linalg.matrix_exp(0.2 * A).norm()),
    "real variables": (
        norm(A @ x - R @ z) ** 2,
        lambda A, x, R, z, **_: squared(A @ x.to(A.dtype) - R.to(A.dtype) @ z),
    ),
    "complex numbers": (
        norm((2 + 3j) * z - 1j * w + 0.5j),
        lambda z, w, **_: ((2 + 3j) * z - 1j * w + 0.5j).norm(),
    ),
    "parts": (f.real(z) @ R @ f.imag(w), lambda z, w, R, **_: z.real @ R @ w.imag),
    "real functions of parts": (
        f.sigmoid(f.real(A @ z)).sum(),
        lambda A, z, **_: torch.sigmoid((A @ z).real).sum(),
    ),
    "phase of x": (f.real(f.exp(1j * x) @ z), lambda x, z, **_: ((1j * x).exp() @ z).real),
    "definitions": (
        norm(define("Z", f.tanh(A @ B)) - define("Y", A.H @ B)),
        lambda A, B, **_: ((A @ B).tanh() - A.mH @ B).norm(),
    ),
}


def array_of(peer: Any) -> Any:
    return peer.resolve_conj().numpy()


def torch_gradients(loss: Loss, arrays: Mapping[str, Any], names: list[str]) -> tuple[float, list[Any]]:
    given = {name: torch.tensor(array, requires_grad=name in names) for name, array in arrays.items()}
    value = loss(**given)
    return value.item(), [array_of(g) for g in torch.autograd.grad(value, [given[name] for name in names])]


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_against_torch(name: str) -> None:
    expr, loss = LOSSES[name]
    arrays = values()
    variables = tensors_in([expr])
    wanted, wanted_gradients = torch_gradients(loss, arrays, [v.name for v in variables])
    exprs = [expr, *gradient(expr, variables)]
    given = {v.name: arrays[v.name] for v in variables}
    value, *found = compile(exprs)(**given)
    assert value.dtype == np.float64
    np.testing.assert_allclose(value, wanted, rtol=1e-12)
    for variable, result, peer, form in zip(variables, found, wanted_gradients, exprs[1:], strict=True):
        assert np.iscomplexobj(result) == (not form.is_real)
        assert form.is_real or not variable.is_real
        np.testing.assert_allclose(result, peer, rtol=1e-10, atol=1e-10, err_msg=variable.name)
        np.testing.assert_allclose(reference(form, given, SIZES), peer, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    "name",
    [
        "norm",
        "tanh",
        "hermitian",
        "einsum",
        "solve",
        "solve a mixed system",
        "expm",
        "powers",
        "conj of a product",
    ],
)
def test_hvp_against_torch(name: str) -> None:
    expr, loss = LOSSES[name]
    arrays = values()
    variables = tensors_in([expr])
    for variable in variables:
        direction = tensor("V", variable.sizes, assume=() if variable.is_real else "complex")
        draw = np.random.default_rng(7)
        shape = arrays[variable.name].shape
        along = draw.standard_normal(shape)
        if not variable.is_real:
            along = along + 1j * draw.standard_normal(shape)
        given = {v.name: torch.tensor(arrays[v.name]) for v in variables}
        leaf = given[variable.name] = given[variable.name].requires_grad_()
        (g,) = torch.autograd.grad(loss(**given), leaf, create_graph=True)
        product_ = hvp(expr, variable, direction)
        found = reference(product_, {**arrays, "V": along}, SIZES)
        if not g.requires_grad:
            np.testing.assert_array_equal(found, np.zeros(shape))
            continue
        # ⟨g, v⟩ is linear in g, and the Hessian is symmetric for the real inner product.
        (wanted,) = torch.autograd.grad((g.conj() * torch.tensor(along)).sum().real, leaf)
        np.testing.assert_allclose(found, array_of(wanted), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_against_differences(name: str) -> None:
    expr, _ = LOSSES[name]
    for check in check_gradient(expr, tensors_in([expr]), values()):
        assert check.relative < 2e-8, check


@pytest.mark.parametrize(("n", "k"), [(0, 0), (0, 2), (1, 1), (1, 3), (2, 1)])
def test_small_sizes(n: int, k: int) -> None:
    arrays = values(n, k)
    expr = f.real(f.conj(A @ B) * B).sum() + norm(B - 1j) ** 2 + norm(A @ z) ** 2
    for check in check_gradient(expr, [A, B, z], arrays):
        assert check.relative < 2e-8
    found = compile(gradient(expr, [A, B, z]))(**{t.name: arrays[t.name] for t in (A, B, z)})
    for result, form in zip(found, gradient(expr, [A, B, z]), strict=True):
        np.testing.assert_allclose(result, reference(form, arrays), rtol=1e-12, atol=1e-12)


# -- the convention -------------------------------------------------------------------------------------


def test_the_gradient_of_the_squared_norm() -> None:
    assert gradient(norm(z) ** 2, z) == 2 * z
    assert equal(gradient(norm(z), z), z / norm(z))
    assert equal(gradient(norm(A @ z - w) ** 2, A), 2 * outer(A @ z - w, f.conj(z)))
    assert equal(gradient(norm(A @ z - w) ** 2, z), 2 * A.H @ (A @ z - w))
    assert equal(gradient(f.real(dot(z, w)), z), f.conj(w))
    assert gradient(norm(A @ x) ** 2, x).is_real


def test_the_adjoint_is_the_hermitian_transposition() -> None:
    G = tensor("G", ("n", "k"), assume="complex")
    V = tensor("V", ("n", "k"), assume="complex")
    assert equal(vjp(A @ B, B, G), A.H @ G)
    assert equal(linear_map(A @ B, B).adjoint(G), A.H @ G)
    arrays = {**values(), "G": values(seed=3)["B"], "V": values(seed=4)["B"]}
    for F in (f.conj(B) * B, f.tanh(A @ B), f.abs(B) * 1j, f.sign(B), f.imag(B) * B):
        left = reference(f.real(dot(f.conj(G), jvp(F, {B: V}))), arrays)
        right = reference(f.real(dot(f.conj(vjp(F, B, G)), V)), arrays)
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_differentials_are_real_linear() -> None:
    dz = tensor("dz", "n", assume="complex")
    assert differential(f.conj(z), z) == f.conj(dz)
    assert differential(f.real(z), z) == f.real(dz)
    assert equal(differential(f.imag(z) * w, z), f.imag(dz) * w)
    assert equal(differential(f.exp(z), z), f.exp(z) * dz)
    assert equal(differential(f.abs(z), z), f.real(f.conj(f.sign(z)) * dz))
    assert equal(differential(norm(z) ** 2, z), 2 * f.real(z.H @ dz))


# -- Jacobians and Hessians -----------------------------------------------------------------------------


HOLOMORPHIC_MAPS: dict[str, tuple[Expr, Tensor, Callable[..., Any]]] = {
    "linear": (A @ z, z, lambda z, A, **_: A @ z),
    "exp": (f.exp(0.3 * (A @ z)), z, lambda z, A, **_: (0.3 * (A @ z)).exp()),
    "inverse": (f.inv(A), A, lambda A, **_: torch.linalg.inv(A)),
    "scalar": (f.det(A), A, lambda A, **_: torch.linalg.det(A)),
    "conj of a constant": (f.conj(w) * z**2, z, lambda z, w, **_: w.conj() * z**2),
    "twice conj": (
        f.conj(f.conj(z) * (A.H.T @ f.conj(w))),
        z,
        lambda z, w, A, **_: (z.conj() * (A.conj() @ w.conj())).conj(),
    ),
}


@pytest.mark.parametrize("name", HOLOMORPHIC_MAPS)
def test_jacobians_of_holomorphic_maps(name: str) -> None:
    expr, variable, peer = HOLOMORPHIC_MAPS[name]
    arrays = values()
    given = {tensor.name: arrays[tensor.name] for tensor in tensors_in([expr])}

    def call(value: Any) -> Any:
        return peer(**{**{k: torch.tensor(v) for k, v in given.items()}, variable.name: value})

    wanted = torch.autograd.functional.jvp
    result = jacobian(expr, variable)
    found = evaluate(result, **{tensor.name: arrays[tensor.name] for tensor in tensors_in([result])})
    along = values(seed=9)[variable.name]
    _, change = wanted(call, torch.tensor(arrays[variable.name]), torch.tensor(along))
    contracted = np.tensordot(found, along, axes=along.ndim)
    np.testing.assert_allclose(contracted, array_of(change), rtol=1e-10, atol=1e-10)


def test_jacobians_by_real_variables() -> None:
    arrays = values()
    found = evaluate(jacobian(f.conj(A @ x), x), A=arrays["A"])
    np.testing.assert_allclose(found, arrays["A"].conj(), rtol=1e-14)
    assert equal(jacobian(f.real(dot(w, x)) * s, x), s * f.real(w))
    assert equal(jacobian(dot(w, x), x), w)


@pytest.mark.parametrize("expr", [f.conj(z), f.abs(z), f.real(z) * z, norm(z) * z, norm(z) ** 2, f.sign(z)])
def test_no_jacobian_where_the_map_is_not_holomorphic(expr: Expr) -> None:
    with pytest.raises(DerivativeError) as caught:
        jacobian(expr, z)
    assert "real-linear in dz, but not complex-linear" in str(caught.value)
    assert "hint: use gradient, jvp or vjp, or differentiate by the real and the imaginary part" in str(
        caught.value
    )


def test_hessians() -> None:
    arrays = values()
    loss = norm(A @ z - w) ** 2
    wanted = 2 * arrays["A"].conj().T @ arrays["A"]
    np.testing.assert_allclose(evaluate(hessian(loss, z), A=arrays["A"]), wanted, rtol=1e-12)
    with pytest.raises(DerivativeError, match="not complex-linear"):
        hessian(norm(z), z)
    H = hessian(norm(A @ x) ** 2, x)
    assert H.is_real
    np.testing.assert_allclose(evaluate(H, A=arrays["A"]), wanted.real, rtol=1e-12)


# -- errors ---------------------------------------------------------------------------------------------


def test_what_has_no_gradient() -> None:
    with pytest.raises(DerivativeError, match="its value is complex\n  hint: take real"):
        gradient(dot(z, z), z)
    with pytest.raises(DerivativeError, match="its value is complex"):
        hvp(dot(z, z), z, w)
    with pytest.raises(DerivativeError, match="its value is complex"):
        derive(dot(z, z), z)


def test_directions_and_cotangents_of_real_things_are_real() -> None:
    with pytest.raises(DerivativeError, match="z is complex, but a direction of x must be real"):
        jvp(R @ x, {x: z})
    with pytest.raises(DerivativeError, match="but a direction of x must be real"):
        hvp(dot(x, x), x, z)
    with pytest.raises(DerivativeError, match="but a direction of x must be real"):
        directional(x**2, {x: z}, 2)
    with pytest.raises(DerivativeError, match="a cotangent of the product of R, x must be real"):
        vjp(R @ x, x, z)


@pytest.mark.parametrize("form", [f.relu, f.softplus, f.softmax, f.sigmoid, f.erf, f.logsumexp, f.step])
def test_functions_of_real_numbers_refuse_complex_ones(form: Callable[[Expr], Expr]) -> None:
    with pytest.raises(ArgumentError, match="is a function of real numbers, but its argument z is complex"):
        form(z)
    assert form(f.real(z)).is_real


@pytest.mark.parametrize("form", [f.eigvalsh, f.eigvecsh, f.cholesky, f.logdet])
def test_functions_of_real_matrices_refuse_complex_ones(form: Callable[[Expr], Expr]) -> None:
    with pytest.raises(ArgumentError, match="is a function of real numbers, but its argument A is complex"):
        form(A)


def test_a_kink_at_zero() -> None:
    """|z| has the gradient 0 at 0, as in torch; that of ‖z‖ divides by ‖z‖."""
    zero = np.zeros(2, complex)
    np.testing.assert_array_equal(evaluate(gradient(f.abs(z).sum(), z), z=zero), zero)


# -- what follows from them -----------------------------------------------------------------------------


def test_taylor_polynomials_of_holomorphic_functions() -> None:
    arrays = values()
    polynomial = taylor(f.exp(z), z, 0, 3)
    assert equal(polynomial, 1 + z + z**2 / 2 + z**3 / 6)
    quadratic = taylor(norm(A @ z - w) ** 2, z, 1j, 2)
    given = {name: arrays[name] for name in "zwA"}
    np.testing.assert_allclose(
        reference(quadratic, given), reference(norm(A @ z - w) ** 2, given), rtol=1e-10
    )


def test_derivations() -> None:
    Z = define("Z", f.tanh(A @ B))
    found = derive(norm(Z) ** 2, [A, B])
    arrays = {name: values()[name] for name in "AB"}
    for form, plain in zip(found.gradients, gradient(norm(Z) ** 2, [A, B]), strict=True):
        np.testing.assert_allclose(reference(form, arrays), reference(plain, arrays), rtol=1e-12)


@pytest.mark.parametrize("named", [False, True])
def test_every_line_of_a_full_derivation_has_one_value(named: bool) -> None:
    inside = f.tanh(A @ f.conj(z)) * w
    loss = norm(define("Z", inside) if named else inside) ** 2
    arrays, changes = values(), values(seed=5)
    arrays |= {f"d{name}": changes[name] for name in "Az"}
    arrays["dZ"] = reference(jvp(inside, {A: differential_symbol(A), z: differential_symbol(z)}), arrays)
    found = derive(loss, [A, z], detail="full")
    compared = 0
    for step in found.steps:
        if step.rewrites is None or any(map(is_change, postorder([step.right]))):
            continue
        before = found.steps[step.rewrites].right
        if any(map(is_change, postorder([before], stop=lambda node: isinstance(node, Definition)))):
            continue
        np.testing.assert_allclose(reference(step.right, arrays), reference(before, arrays), rtol=1e-10)
        compared += 1
    assert compared > 1
    pairs = zip(found.gradients, "Az", strict=True)
    total = sum(np.vdot(reference(g, arrays), arrays[f"d{name}"]).real for g, name in pairs)
    change = reference(jvp(loss, {A: differential_symbol(A), z: differential_symbol(z)}), arrays)
    np.testing.assert_allclose(change, total, rtol=1e-10)


def test_functions_of_a_user() -> None:
    cube = function("cube", lambda xp, x: x**3, lambda x: 3 * x**2, on_complex=HOLOMORPHIC)
    assert check_gradient(norm(cube(z)), z, values()).relative < 1e-8
    mirror = subtensor_function(
        "mirror",
        1,
        lambda sizes: sizes,
        lambda xp, x: xp.conj(x[..., ::-1]),
        lambda x, y, dx, batch: mirror(dx),
        on_complex=HOLOMORPHIC,
    )
    square = subtensor_function(
        "square_size",
        1,
        (),
        lambda xp, x: (x * xp.conj(x)).sum(axis=-1),
        lambda x, y, dx, batch: (
            product(1, [(f.conj(x), "i"), (dx, "i")], "") + product(1, [(x, "i"), (f.conj(dx), "i")], "")
        ),
        on_complex=HOLOMORPHIC,
    )
    assert check_gradient(f.real(square(A @ z)), [A, z], values())[0].relative < 1e-8
    with pytest.raises(ArgumentError, match="cube is a function of real numbers"):
        function("cube", lambda xp, x: x**3)(z)


def test_a_long_chain() -> None:
    """Thousands of nodes: no recursion, and the cost does not double with each layer."""
    value: Expr = z
    for _ in range(800):
        value = f.sin(value * 1j) + w
    found = gradient(norm(value), z)
    assert not found.is_real


def test_sharing_does_not_multiply_the_work() -> None:
    lengths = []
    for layers in (10, 20):
        value: Expr = A
        for _ in range(layers):
            value = value @ value / norm(value)
        lengths.append(len(compile(gradient(norm(value) ** 2, A)).source(A=(3, 3)).splitlines()))
    assert lengths[1] < 2.3 * lengths[0]
