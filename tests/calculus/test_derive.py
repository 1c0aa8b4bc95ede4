"""Derivations: right gradients, equations that follow from each other, linear length."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bracketcalc.calculus import backward
from bracketcalc.calculus.derivation import Derivation
from bracketcalc.calculus.derivatives import differential, gradient
from bracketcalc.calculus.derive import derive
from bracketcalc.errors import DerivativeError
from bracketcalc.expr.algebra import dot, outer
from bracketcalc.expr.build import define, ones, tensors
from bracketcalc.expr.core import Expr, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.functions.forms import exp, function, inv, log, softmax, tanh
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.products import is_zero
from bracketcalc.traverse import substitute
from tests.calculus.numeric import assert_is_jacobian, draw, size_of

x, A, W, y = tensors("x[n] A[n,n] W[n,n] y[n]")
h = define("h", tanh(A @ x))
z = define("z", softmax(W @ h))
J = -(log(z) * y).sum() + dot(h, h) / 2
SIZES = {"n": 3, "d": 4, "k": 2}


def steps_of(found: Derivation) -> dict[str, Expr]:
    """Return the right sides by the left ones, after checking that no name is defined twice."""
    assert len({step.left for step in found.steps}) == len(found.steps)
    return {step.left: step.right for step in found.steps}


@pytest.mark.parametrize("wrt", [[x], [A, W], [x, A, W, y], [h], [z], [h, x], [z, h, A, W]])
def test_its_gradients_are_the_gradients(wrt: list[Expr]) -> None:
    found = derive(J, wrt)
    assert list(found.wrt) == wrt
    for variable, one, two in zip(wrt, found.gradients, gradient(J, wrt), strict=True):
        assert equal(one, two)
        if isinstance(variable, Tensor):
            assert_is_jacobian(one, J, variable, draw([J], SIZES), SIZES)


def test_one_variable_may_be_given_alone() -> None:
    assert derive(J, W).gradients == derive(J, [W]).gradients


def test_the_steps_are_definitions_differentials_cotangents_gradients() -> None:
    found = derive(J, [W, A])
    right = steps_of(found)
    assert list(right)[:3] == ["h", "z", "J"]
    assert right["h"] == h.body
    assert right["z"] == z.body
    assert right["J"] == J
    assert list(right)[3:6] == ["dh", "dz", "dJ"]
    assert list(right)[-2:] == ["∇_{W}J", "∇_{A}J"]
    assert (right["∇_{W}J"], right["∇_{A}J"]) == found.gradients
    rules = {step.left: step.rule for step in found.steps}
    assert rules["h"] == "definition"
    assert rules["dh"] == "element-wise function (17)"
    assert rules["dz"] == "function on sub-tensors (32)"
    assert rules["dJ"] == "linearity §4.1"
    assert rules["∇_{W}J"] == "coefficient of · dW"


def test_the_differentials_lead_to_the_differential() -> None:
    """Substituting dh in dz and both in dJ gives dJ in terms of dW and dA (§3.1)."""
    right = steps_of(derive(J, [W, A]))
    dh, dz = (Tensor(f"d{d.name}", d.sizes) for d in (h, z))
    inner = substitute([right["dz"]], {dh: right["dh"]})[0]
    whole = substitute([right["dJ"]], {dz: inner, dh: right["dh"]})[0]
    assert equal(whole, differential(J, [W, A]))
    for name, body, uses in (("dh", h.body, []), ("dz", z.body, [h]), ("dJ", J, [h, z])):
        assert equal(right[name], differential(body, [W, A, *uses]))


def test_the_cotangents_are_the_gradients_at_the_definitions() -> None:
    found = derive(J, [A, W])
    right = steps_of(found)
    assert equal(right["∇_{h}J"], gradient(J, h))
    used = {node.name for node in _definitions(found.gradients)}
    assert "∇_{h}J" in used


def _definitions(exprs: tuple[Expr, ...]) -> list[Definition]:
    stack, found = list(exprs), []
    while stack:
        node = stack.pop()
        if isinstance(node, Definition):
            found.append(node)
        else:
            stack.extend(node.children)
    return found


def test_final_equations_leave_the_differentials_out() -> None:
    found = derive(J, [A, W])
    lefts = [step.left for step in found.equations()]
    assert lefts == [step.left for step in found.steps if step.left not in ("dh", "dz", "dJ")]
    assert "J" in lefts


def test_a_definition_that_looks_like_a_differential_stays_an_equation() -> None:
    v = define("v", A @ x)
    dv = define("dw", W @ v)
    found = derive(dot(dv, dv), [A])
    assert [step.left for step in found.equations()][:3] == ["v", "dw", "J"]
    assert {step.left for step in found.steps} >= {"dv", "ddw", "dJ"}


@pytest.mark.parametrize(
    ("expr", "wrt", "name"),
    [
        (dot(define("J", A @ x), x), [x], "J"),
        (dot(Tensor("dx", x.sizes), x), [x], "dx"),
        (dot(define("x", A @ y), x), [x], "x"),
        (dot(define("v", A @ y), define("v", W @ y)), [A], "v"),
    ],
)
def test_one_name_for_two_things_is_refused(expr: Expr, wrt: list[Expr], name: str) -> None:
    with pytest.raises(DerivativeError, match=f"^{name} would stand for 2 different things"):
        derive(expr, wrt)


def test_a_number_has_zero_gradients() -> None:
    assert is_zero(derive(3, x).gradients[0])  # type: ignore[arg-type]


def test_a_named_scalar_gives_its_name() -> None:
    found = derive(define("loss", J), [W])
    assert found.name == "loss"
    assert list(steps_of(found))[-1] == "∇_{W}loss"


def test_an_independent_variable_has_zeros() -> None:
    (B,) = tensors("B[n,d]")
    found = derive(J, [B, W])
    assert is_zero(found.gradients[0])
    assert found.gradients[0].sizes == B.sizes
    assert equal(found.gradients[1], gradient(J, W))


def test_cross_entropy_is_not_given_a_longer_way() -> None:
    """§6.3.1: the cotangent of softmax is not worth a name, that of its argument is short."""
    X, V, b, Y = tensors("X[n,d] V[d,k] b[k] Y[n,k]")
    a = define("A", X @ V + outer(ones("n"), b))
    p = define("P", softmax(a, axis=1))
    found = derive(-(log(p) * Y).sum(), [V, b])
    right = steps_of(found)
    assert "∇_{P}J" not in right
    assert size_of(right["∇_{A}J"]) <= 6
    assert all(size_of(g) <= 4 for g in found.gradients)


def test_a_cotangent_that_is_a_name_gets_no_other_name() -> None:
    assert "∇_{h}J" not in steps_of(derive(2 * dot(h, y), [A]))
    assert "∇_{h}J" in steps_of(derive(dot(h, y) + dot(h, x), [A]))


@pytest.mark.parametrize(
    ("cotangent", "body"),
    [
        (lambda z: dot(z, y * exp(A @ x)), lambda: log(exp(A @ x))),
        (lambda z: dot(z, y) / (y @ y), lambda: A @ x * (y @ y)),
        (lambda z: dot(inv(A) @ y, z), lambda: A @ x),
        (lambda z: z[1] + z[2], lambda: A @ x),
        (lambda z: z.sum() ** 2, lambda: A @ x),
    ],
)
def test_no_name_where_what_follows_is_no_longer_without_it(
    cotangent: Callable[[Expr], Expr], body: Callable[[], Expr]
) -> None:
    """The shortcut that spares the comparison is taken only where the result is the same."""
    u = define("u", body())
    found = derive(cotangent(u), [A, x])
    whole = [found.gradients, [step.left for step in found.steps]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backward, "_may_cancel", lambda _: True)
        compared = derive(cotangent(u), [A, x])
    assert whole == [compared.gradients, [step.left for step in compared.steps]]


def chain(count: int) -> tuple[Expr, list[Expr]]:
    last: Expr = x
    for k in range(count):
        last = define(f"z_{k}", tanh(define(f"a_{k}", W @ last)))
    return dot(last, last), [W, x]


def test_equations_and_their_lengths_are_linear() -> None:
    sizes = []
    for count in (4, 8, 12):
        found = derive(*chain(count))
        steps_of(found)
        sizes.append((len(found.steps), sum(size_of(step.right) for step in found.steps)))
    for one, two, three in zip(*sizes, strict=True):
        assert three - two == two - one
    assert sizes[1][0] - sizes[0][0] <= 4 * 6


def test_every_equation_is_short() -> None:
    """Except the gradient of the shared parameter, which is a sum over all steps."""
    found = derive(*chain(20))
    assert max(size_of(step.right) for step in found.steps if step.left != "∇_{W}J") <= 10


@pytest.mark.long
def test_5000_definitions() -> None:
    found = derive(*chain(2500))
    assert len(found.steps) <= 6 * 2500 + 10


def test_printing_aligns_equations_and_rules() -> None:
    lines = str(derive(dot(h, h) / 2, [x])).splitlines()
    assert len(lines) == len(derive(dot(h, h) / 2, [x]).steps)
    assert len({line.index(" = ") for line in lines}) == 1
    assert lines[0].endswith("[definition]")


@pytest.mark.parametrize(
    ("take", "message"),
    [
        (lambda: derive(x, x), "x has 1 axes: a derivation of gradients starts from a scalar"),
        (lambda: derive(J, 2 * x), "cannot differentiate with respect to this Product"),
        (lambda: derive(function("f", lambda xp, x: x)(x).sum(), x), "f has no derivative"),
    ],
)
def test_errors(take: Callable[[], Derivation], message: str) -> None:
    with pytest.raises(DerivativeError, match=message):
        take()
