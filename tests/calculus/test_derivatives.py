"""The public derivatives: axes, sizes, variables, definitions, errors."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from bracketcalc.calculus.derivatives import differential, gradient, hessian, jacobian, jvp, vjp
from bracketcalc.errors import ArgumentError, BracketCalcError, DerivativeError, ShapeError
from bracketcalc.expr.algebra import diag, dot, norm, outer, trace
from bracketcalc.expr.build import define, identity, ones, scalar, tensors
from bracketcalc.expr.core import Expr, Size, Tensor, constant, product
from bracketcalc.expr.number import Number
from bracketcalc.expr.records import ElementwiseFunction, TensorFunction
from bracketcalc.functions.forms import (
    abs,
    apply,
    apply_to,
    exp,
    function,
    inv,
    log,
    maximum,
    relu,
    softmax,
    sqrt,
    subtensor_function,
    tanh,
)
from bracketcalc.functions.table import ELEMENTWISE, SUBTENSOR
from bracketcalc.reference import evaluate
from bracketcalc.simplify.engine import is_definition
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.products import is_zero
from bracketcalc.traverse import postorder, tensors_in
from tests.calculus.numeric import Array, assert_is_jacobian, draw

SIZES = {"n": 3, "m": 4, "k": 2, "i": 2, "j": 5}
x, y, A, M, T = tensors("x[n] y[m] A[m,n] M[n,n] T[i,j,k]")
lam = scalar("lam")


# -- axes -----------------------------------------------------------------------------------------------


def test_jacobian_has_the_axes_of_the_expression_then_of_the_variable() -> None:
    """(13) and what follows it: ∂f_ij / ∂x_pqr is at [i, j, p, q, r]"""
    F = product(1, [(T, "ijk"), (A, "mn"), (x, "n"), (T, "ijk")], "mj")
    found = jacobian(F, T)
    assert found.sizes == (*F.sizes, *T.sizes)
    assert_is_jacobian(found, F, T, draw([F], SIZES), SIZES)


def test_jacobian_of_a_linear_map_is_the_map() -> None:
    assert jacobian(A @ x, x) == A
    assert equal(jacobian(A @ x, A), product(1, [(identity("m"), "mp"), (x, "q")], "mpq"))


@pytest.mark.parametrize("variable", [lam, x, T])
def test_jacobian_of_a_variable_is_the_identity(variable: Tensor) -> None:
    found = evaluate(jacobian(variable, variable), {}, SIZES)
    count = int(np.prod(found.shape[: variable.ndim]))
    assert np.array_equal(found.reshape(count, count), np.eye(count))


def test_jacobian_of_a_permutation() -> None:
    F = T.transpose(2, 0, 1)
    assert_is_jacobian(jacobian(F, T), F, T, draw([T], SIZES), SIZES)


def test_with_respect_to_a_scalar() -> None:
    F = tanh(lam * x)
    assert jacobian(F, lam).sizes == x.sizes
    assert_is_jacobian(jacobian(F, lam), F, lam, draw([F], SIZES), SIZES)
    assert equal(gradient(lam**3, lam), 3 * lam**2)
    assert equal(hessian(lam**3, lam), 6 * lam)


def test_hessian_of_a_quadratic_form() -> None:
    assert equal(hessian(x @ M @ x, x), M + M.T)
    assert hessian(x @ M @ x, x, M).sizes == (*x.sizes, *M.sizes)
    assert equal(hessian(y @ A @ x, x, y), A.T)
    assert equal(hessian(y @ A @ x, y, x), A)


def test_hessian_with_respect_to_a_matrix_has_four_axes() -> None:
    J = trace(inv(M) @ M.T)
    arrays = {"M": draw([M], SIZES)["M"] + 4 * np.eye(3)}
    found = hessian(J, M)
    assert_is_jacobian(found, gradient(J, M), M, arrays, SIZES)
    value = evaluate(found, arrays)
    np.testing.assert_allclose(value, value.transpose(2, 3, 0, 1), rtol=1e-12, atol=1e-13)


def test_derivatives_of_derivatives() -> None:
    """The sixth derivative of exp(2λ) by repeated gradients is 64 exp(2λ)."""
    J: Expr = exp(2 * lam)
    for _ in range(6):
        J = gradient(J, lam)
    assert equal(J, 64 * exp(2 * lam))


def test_hessian_vector_product_without_the_hessian() -> None:
    (v,) = tensors("v[n]")
    J = dot(tanh(A @ x), A @ x)
    product_ = jvp(gradient(J, x), {x: v})
    arrays = draw([J, v], SIZES)
    expected = evaluate(hessian(J, x), arrays) @ arrays["v"]
    np.testing.assert_allclose(evaluate(product_, arrays), expected, rtol=1e-12, atol=1e-13)


# -- variables ------------------------------------------------------------------------------------------


def test_several_variables_give_a_list_in_their_order() -> None:
    J = y @ A @ x
    found = gradient(J, [x, y, A, x])
    assert [g.sizes for g in found] == [x.sizes, y.sizes, A.sizes, x.sizes]
    assert found[0] == found[3]
    assert gradient(J, (y,)) == [gradient(J, y)]
    assert gradient(J, []) == []
    assert vjp(A @ x, [x, A], y)[0] == vjp(A @ x, x, y)


def test_shared_parts_stay_shared_in_all_gradients() -> None:
    h = tanh(A @ x)
    found = gradient(dot(h, h), [A, x])
    alone = [gradient(dot(h, h), variable) for variable in (A, x)]
    for together, single in zip(found, alone, strict=True):
        assert equal(together, single)


@pytest.mark.parametrize("constant_part", [constant(2), y @ y, dot(A, A)])
def test_an_independent_variable_has_explicit_zeros(constant_part: Expr) -> None:
    for found, sizes in (
        (gradient(constant_part, x), x.sizes),
        (gradient(constant_part, [T, x])[0], T.sizes),
        (jacobian(outer(y, constant_part), x), (*y.sizes, *x.sizes)),
        (hessian(constant_part, x), (*x.sizes, *x.sizes)),
        (hessian(x @ x + constant_part, x, T), (*x.sizes, *T.sizes)),
        (differential(outer(y, constant_part), x), y.sizes),
        (jvp(outer(y, constant_part), {x: x}), y.sizes),
        (vjp(outer(y, constant_part), x, y), x.sizes),
    ):
        assert is_zero(found)
        assert found.sizes == sizes
        assert not tensors_in([found])
        assert not evaluate(found, {}, SIZES).any()


def test_zero_slopes_are_zeros_of_the_right_shape() -> None:
    for found in (gradient((x**0).sum(), x), hessian(x.sum(), x), hessian(relu(x).sum(), x)):
        assert is_zero(found)
        assert set(found.sizes) == set(x.sizes)


def test_a_variable_that_is_the_expression() -> None:
    assert gradient(lam, lam) == constant(1)
    assert vjp(x, x, 2 * x) == 2 * x
    assert equal(jvp(x, {x: A.T @ y}), A.T @ y)
    assert differential(x, x) == Tensor("dx", x.sizes)


def test_a_number_has_the_gradient_zero() -> None:
    assert is_zero(gradient(3, x))  # type: ignore[call-overload]
    assert gradient(x @ x, x) == vjp(x @ x, x, 1)  # type: ignore[call-overload]


@pytest.mark.parametrize("sizes", [(0,), (1,), (2, 0), (1, 1), (1, 3, 1), ()])
def test_sizes_0_and_1(sizes: tuple[int, ...]) -> None:
    X = Tensor("X", sizes)
    J = dot(tanh(X), X) + norm(1 + X) + exp(X).sum()
    arrays = draw([X], {})
    assert gradient(J, X).sizes == sizes
    if sizes in ((0,), (2, 0)):
        # The norm of no elements is 0, where 1 / norm has a pole that multiplies nothing.
        J = dot(tanh(X), X) + exp(X).sum()
    assert_is_jacobian(gradient(J, X), J, X, arrays, {})
    assert_is_jacobian(jacobian(gradient(J, X), X), gradient(J, X), X, arrays, {})


@pytest.mark.parametrize("name", SUBTENSOR)
@pytest.mark.parametrize("size", [1, 3])
def test_functions_on_sub_tensors_at_other_positions(name: str, size: int) -> None:
    """Values of Jacobians and second derivatives; tests of the records cover the differentials."""
    record: TensorFunction = SUBTENSOR[name]
    X = Tensor("X", (size, 2, size)[: 1 + record.ndim] if record.ndim == 2 else (size, 2))
    positions = (1,)
    F = apply_to(record, X, positions)
    arrays = draw([X], {})
    if record.ndim == 2:
        arrays["X"] = arrays["X"] + 4 * np.eye(size)[:, None, :]
    assert_is_jacobian(jacobian(F, X), F, X, arrays, {})
    weights = Tensor("weights", F.sizes)
    arrays = {**arrays, **draw([weights], {}, 1)}
    J = dot(weights, F)
    assert_is_jacobian(hessian(J, X), gradient(J, X), X, arrays, {})


PARAMETERS: dict[str, tuple[Number, ...]] = {
    "leaky_relu": (Fraction(1, 5),),
    "elu": (2,),
    "maximum": (1,),
    "minimum": (1,),
    "power": (Fraction(5, 2),),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_second_derivative_of_every_elementwise_function(name: str) -> None:
    """The tests of the records check first derivatives; this one goes through the calculus twice."""
    record: ElementwiseFunction = ELEMENTWISE[name]
    parameters = PARAMETERS.get(name, ())
    low, high = record.domain(*parameters)
    low, high = max(low, -2.0), min(high, 2.0)
    points: Array = np.linspace(low + 0.11 * (high - low), high - 0.07 * (high - low), 6)
    assert all(np.abs(points - kink).min() > 0.01 for kink in record.kinks(*parameters))
    X = Tensor("X", (6,))
    F = apply(record, X, *parameters) * X
    assert_is_jacobian(jacobian(F, X), F, X, {"X": points}, {})
    assert_is_jacobian(hessian(F.sum(), X), gradient(F.sum(), X), X, {"X": points}, {})


def test_derivatives_at_kinks_are_the_documented_choice() -> None:
    arrays = {"x": np.array([0.0, -1.0, 2.0])}
    assert evaluate(gradient(abs(x).sum(), x), arrays).tolist() == [0, -1, 1]
    assert evaluate(gradient(relu(x).sum(), x), arrays).tolist() == [0, 0, 1]
    assert evaluate(gradient(maximum(x, 2).sum(), x), arrays).tolist() == [0, 0, 0]


# -- definitions ----------------------------------------------------------------------------------------


def test_the_gradient_at_a_definition_does_not_enter_it() -> None:
    h = define("h", tanh(A @ x))
    assert gradient(dot(h, h) / 2, h) == h
    assert jacobian(3 * h, h) == 3 * identity("m")
    assert differential(3 * h, h) == 3 * Tensor("dh", h.sizes)


def test_gradients_of_a_tensor_go_through_definitions() -> None:
    h = define("h", tanh(A @ x))
    named, plain = dot(h, h), dot(h.body, h.body)
    assert equal(gradient(named, x), gradient(plain, x))
    found = gradient(named, [h, x, A])
    assert found[0] == 2 * h
    assert equal(found[1], gradient(plain, x))
    assert equal(found[2], gradient(plain, A))


def test_results_use_the_names_of_the_expression() -> None:
    """tanh' is written with the definition whose body is the tanh."""
    h = define("h", tanh(A @ x))
    found = gradient(h.sum(), x)
    assert equal(found, product(1, [(A, "mn"), (1 - h**2, "m")], "n"))
    written = postorder([found], stop=is_definition)
    assert h in written
    assert h.body not in written


def test_names_are_found_also_after_simplifying() -> None:
    e = define("e", 3 * exp(x))
    assert gradient(e.sum(), x) == e


def test_what_the_expression_computes_is_not_computed_again() -> None:
    """A product that the expression needs anyway stays one node of its gradient."""
    s = A @ x
    found = gradient(lam * (y @ s), y)
    assert s in postorder([found])
    assert equal(found, lam * s)


def test_terms_come_in_the_order_of_use() -> None:
    (a,) = tensors("a[n]")
    assert gradient(a @ x + y @ A @ x, x) == gradient(a @ x, x) + gradient(y @ A @ x, x)
    assert gradient(y @ A @ x + a @ x, x) == gradient(y @ A @ x, x) + gradient(a @ x, x)


def test_a_definition_varies_by_itself_in_a_differential() -> None:
    """With h and x as variables, dh stands for all that h contributes."""
    h = define("h", x @ M)
    dh, dx = Tensor("dh", x.sizes), Tensor("dx", x.sizes)
    assert equal(differential(dot(h, x), [h, x]), dot(dh, x) + dot(h, dx))
    assert equal(jvp(dot(h, x), {h: y @ A, x: x}), dot(y @ A, x) + dot(h, x))
    assert equal(differential(dot(h, x), x), dot(dx @ M, x) + dot(h, dx))


# -- errors ---------------------------------------------------------------------------------------------

no_slope = function("mystery", lambda xp, x: x)
no_rule = subtensor_function("riddle", 1, (), lambda xp, x: x.sum(-1))
DERIVATIVES: list[Callable[[Expr], Any]] = [
    lambda e: gradient(e, x),
    lambda e: differential(e, x),
    lambda e: jacobian(e, x),
    lambda e: hessian(e, x),
    lambda e: jvp(e, {x: x}),
    lambda e: vjp(e, x, constant(1)),
]


@pytest.mark.parametrize("take", DERIVATIVES)
def test_a_function_without_a_rule(take: Callable[[Expr], Any]) -> None:
    with pytest.raises(DerivativeError) as caught:
        take(no_slope(x).sum())
    assert str(caught.value) == (
        "mystery has no derivative\n"
        "  hint: give its record a derivative, or keep the variable out of its argument"
    )
    with pytest.raises(DerivativeError) as caught:
        take(no_rule(2 * x))
    assert str(caught.value) == (
        "riddle has no differential\n"
        "  hint: give its record a differential, or keep the variable out of its argument"
    )


def test_a_function_without_a_rule_may_take_what_does_not_vary() -> None:
    assert equal(gradient(no_slope(y).sum() * (x @ x), x), 2 * no_slope(y).sum() * x)
    assert equal(gradient(no_rule(y) * (x @ x), x), 2 * no_rule(y) * x)


@pytest.mark.parametrize(
    ("take", "message"),
    [
        (
            lambda: gradient(A @ x, x),
            "the gradient of the product of A, x is not defined: it has 1 axes, not 0\n"
            "  hint: use jacobian, or vjp with a cotangent",
        ),
        (
            lambda: hessian(x, x),
            "the gradient of x is not defined: it has 1 axes, not 0\n"
            "  hint: use jacobian, or vjp with a cotangent",
        ),
        (
            lambda: gradient(x @ x, 2 * x),
            "cannot differentiate with respect to this Product\n"
            "  hint: name a tensor, or an intermediate made with define",
        ),
        (
            lambda: jacobian(x, Size("n")),
            "cannot differentiate with respect to this Size\n"
            "  hint: name a tensor, or an intermediate made with define",
        ),
        (
            lambda: gradient(x @ x, "x"),  # type: ignore[arg-type]
            "cannot differentiate with respect to this str\n"
            "  hint: name a tensor, or an intermediate made with define",
        ),
        (
            lambda: gradient(x @ x, None),  # type: ignore[call-overload]
            "cannot differentiate with respect to this NoneType\n"
            "  hint: name a tensor, or an intermediate made with define",
        ),
        (
            lambda: jacobian(x, [x, y]),  # type: ignore[arg-type]
            "cannot differentiate with respect to this list\n"
            "  hint: name a tensor, or an intermediate made with define",
        ),
        (
            lambda: jvp(x, {2 * x: x}),
            "cannot differentiate with respect to this Product\n"
            "  hint: name a tensor, or an intermediate made with define",
        ),
        (
            lambda: differential(x @ Tensor("dx", x.sizes), x),
            "dx occurs in the expression and would also name a differential\n  hint: rename dx",
        ),
        (
            lambda: differential(x @ define("dx", 2 * x), x),
            "dx occurs in the expression and would also name a differential\n  hint: rename dx",
        ),
        (
            lambda: differential(x @ x, [x, define("x", 2 * x)]),
            "two variables are called x\n  hint: rename one of them",
        ),
    ],
)
def test_wrong_variables_and_expressions(take: Callable[[], Any], message: str) -> None:
    with pytest.raises(DerivativeError) as caught:
        take()
    assert str(caught.value) == message
    assert isinstance(caught.value, BracketCalcError)
    assert isinstance(caught.value, ValueError)


def test_a_derivative_wrt_an_expression_with_one_name_is_not_confused() -> None:
    """Tensors are equal if their names and sizes are: another x does not vary."""
    assert is_zero(gradient(x @ x, Tensor("x", (7,))))


def test_cotangents_and_directions_must_fit() -> None:
    with pytest.raises(ShapeError, match=r"x has sizes \(n,\), but a cotangent of .* needs \(m,\)"):
        vjp(A @ x, x, x)
    with pytest.raises(ShapeError, match=r"y has sizes \(m,\), but a direction of x needs \(n,\)"):
        jvp(A @ x, {x: y})
    with pytest.raises(ArgumentError, match="expected a number, got ndarray"):
        vjp(A @ x, x, np.ones(4))  # type: ignore[call-overload]
    with pytest.raises(ArgumentError, match="expected a number, got list"):
        jvp(A @ x, {x: [1.0]})  # type: ignore[dict-item]


def test_no_directions_no_change() -> None:
    assert is_zero(jvp(A @ x, {}))


# -- sharing and structure ------------------------------------------------------------------------------


def test_the_result_keeps_symbolic_structure() -> None:
    """Deltas and ones are not multiplied out: the Jacobian of a diagonal matrix is one delta."""
    assert equal(jacobian(diag(x), x), product(1, [(identity("n", 3), "abc")], "abc"))
    assert jacobian(x, x) == identity("n")
    assert gradient(x.sum(), x) == ones("n")
    assert equal(gradient(dot(ones("n"), log(x)), x), 1 / x)
    assert equal(gradient(sqrt(x @ x), x), x / norm(x))
    assert equal(gradient(softmax(x).sum(), x), 0 * x)


@pytest.mark.parametrize("first", ["Z", "x"])
def test_one_name_for_two_things_is_refused(first: str) -> None:
    """The printed gradient would not tell one from the other."""
    (x,) = tensors("x[n]")
    expr = define(first, x + 1) @ define("Z", 2 * x)
    calls: tuple[Callable[[], object], ...] = (
        lambda: gradient(expr, x),
        lambda: jacobian(expr * x, x),
        lambda: jvp(expr, {x: x}),
    )
    for call in calls:
        with pytest.raises(DerivativeError, match=f"^{first} names two different things in the expression"):
            call()


def test_directions_must_be_given_by_variable() -> None:
    (x,) = tensors("x[n]")
    with pytest.raises(DerivativeError, match="must be given for each variable, got list"):
        jvp(x @ x, [x])  # type: ignore[arg-type]


def test_what_the_expression_computes_does_not_stand_in_the_way() -> None:
    """x + y is computed anyway, but (x - y) + (x + y) is 2 x."""
    x, y = tensors("x[n] y[n]")
    assert gradient(dot(x + y, x - y), x) == 2 * x
