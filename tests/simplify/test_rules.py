"""Each named rule: it fires where it must, keeps the value and the axes, and leaves near misses alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.expr.algebra import trace
from bracketcalc.expr.build import define, identity, ones, tensors
from bracketcalc.expr.core import Delta, Expr, Ones, Product, Size, Sum, constant, product, scale
from bracketcalc.functions.forms import inv
from bracketcalc.reference import evaluate
from bracketcalc.simplify.assumed import FACT_RULES
from bracketcalc.simplify.cancelling import cancelling_rules
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.engine import simplify, simplify_all
from bracketcalc.simplify.inverses import inverse_rules
from bracketcalc.simplify.onehots import ONEHOT_RULES
from bracketcalc.simplify.operators import OPERATOR_RULES
from bracketcalc.simplify.powers import POWER_RULES
from bracketcalc.simplify.products import PRODUCT_RULES, contract_delta, drop_ones, flatten, is_scaling
from bracketcalc.simplify.rule import Rule, rule
from bracketcalc.simplify.structure import structure_rules
from bracketcalc.simplify.sums import SUM_RULES, sum_rules
from bracketcalc.traverse import postorder
from tests.simplify.redexes import RULE_NAMES, near_miss, power, redex
from tests.strategies import assert_same_value, expressions, products

Fired = tuple[Rule, Expr, Expr]


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, with a new table and nothing shared."""
    return (
        *POWER_RULES,
        *PRODUCT_RULES,
        *ONEHOT_RULES,
        *FACT_RULES,
        *inverse_rules(CanonicalTable()),
        *structure_rules(lambda _: True),
        *OPERATOR_RULES,
        *SUM_RULES,
        *sum_rules(CanonicalTable(), lambda _: True),
        *cancelling_rules(CanonicalTable()),
    )


def rule_named(name: str) -> Rule:
    """Return the rule with a name."""
    (found,) = [rule for rule in all_rules() if rule.name == name]
    return found


def test_every_rule_has_redexes() -> None:
    assert sorted(RULE_NAMES) == sorted(rule.name for rule in all_rules())


@pytest.mark.parametrize("name", RULE_NAMES)
@given(data=st.data(), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_the_rule_fires_and_keeps_the_value(name: str, data: st.DataObject, seed: int) -> None:
    node = data.draw(redex(name))
    replaced = rule_named(name).apply(node)
    assert replaced is not None
    assert replaced != node
    assert_same_value(replaced, node, seed)


@pytest.mark.parametrize("name", RULE_NAMES)
@given(data=st.data())
@settings(max_examples=15)
def test_the_rule_does_not_fire_on_near_misses(name: str, data: st.DataObject) -> None:
    node = data.draw(near_miss(name))
    assert rule_named(name).apply(node) is None


@pytest.mark.parametrize("name", RULE_NAMES)
@given(data=st.data())
@settings(max_examples=15)
def test_a_rule_looks_at_one_node(name: str, data: st.DataObject) -> None:
    """Any node may be given to any rule; what it returns has the value and the axes of the node."""
    node = data.draw(expressions(depth=2))
    replaced = rule_named(name).apply(node)
    if replaced is not None:
        assert_same_value(replaced, node)


@given(expressions(depth=3))
@settings(max_examples=70)
def test_every_step_of_a_simplification_keeps_the_value(expr: Expr) -> None:
    fired: list[Fired] = []
    simplify_all([expr], observe=lambda *step: fired.append(step))
    for _, before, after in fired:
        assert_same_value(after, before)


@pytest.mark.parametrize("name", RULE_NAMES)
@given(data=st.data())
@settings(max_examples=10)
def test_no_rule_applies_to_a_simplified_expression(name: str, data: st.DataObject) -> None:
    simple = simplify(data.draw(redex(name)))
    local = [rule for rule in all_rules() if rule.name != "factor_common"]
    for node in postorder([simple], stop=lambda node: type(node).__name__ == "Definition"):
        assert [rule.name for rule in local if rule.apply(node) is not None] == []


# -- the identities themselves --------------------------------------------------------------------------

A, B, C, s, v = tensors("A[n,n] B[n,n] C[n,n] s v[n]")
n = A.sizes[0]
eye = identity("n")


@pytest.mark.parametrize(
    ("expr", "simple"),
    [
        (A @ eye, A),
        (eye @ A @ eye, A),
        (eye @ eye, eye),
        (eye.sum(axis=1), ones("n")),
        (eye.sum(), Size("n")),
        (identity("n", 3).sum(axis=0), eye),
        (ones("n") @ v, v.sum()),
        (ones("n", 3).sum(), 3 * Size("n")),
        (ones(2, 3).sum(), constant(6)),
        (ones(0, "n").sum(), constant(0)),
        (A * ones("n", "n"), A),
        (A.T.T, A),
        (A + B - A, B),
        (A - A, 0 * ones("n", "n")),
        (2 * A + 3 * A, 5 * A),
        ((A @ B).T - B.T @ A.T, 0 * ones("n", "n")),
        (A * s + B * s, s * (A + B)),
        (v / v, ones("n")),
        (v * v**-1 * v, v),
        ((v**-1) ** -1, v),
        ((2 * v) ** 3, 8 * v**3),
        ((-A) * -1, A),
        (0 * A + B, B),
        (A @ (0 * B), 0 * ones("n", "n")),
    ],
)
def test_identities(expr: Expr, simple: Expr) -> None:
    assert simplify(expr) == simple


def test_no_silent_loss_of_range() -> None:
    """Coefficients whose product would overflow or vanish stay apart."""
    for huge in (1e200, 10**200, 1e-200):
        nested = scale(huge, product(1, [(scale(huge, s), ()), (s, ())], ()))
        assert evaluate(simplify(nested), {"s": 1 / huge}) == pytest.approx(1, rel=1e-14)
        coefficients = [
            node.coefficient for node in postorder([simplify(nested)]) if isinstance(node, Product)
        ]
        assert coefficients.count(huge) == 2
    assert simplify(power(scale(1e200, s), 2)) == power(scale(1e200, s), 2)
    assert simplify(power(scale(3, s), 1000)) == power(scale(3, s), 1000)


def test_a_long_chain_of_deltas_is_contracted_in_any_order() -> None:
    length = 3000
    deltas: list[tuple[Expr, tuple[int, ...]]] = [(Delta(3, 2), (k, k + 1)) for k in range(length)]
    for order in (1, -1):
        expr = product(1, [*deltas[::order], (Ones((3,)), (length,))], (0,))
        replaced = contract_delta(expr)
        assert replaced is not None
        assert drop_ones(replaced) == Product(1, (Ones((3,)),), ((0,),), (0,))


@given(products((Size("n"), 4), expressions))
@settings(max_examples=60)
def test_flatten_leaves_no_nested_product_and_keeps_the_value(expr: Product) -> None:
    flat = flatten(expr)
    assert not any(isinstance(factor, Product) for factor in flat.factors)
    assert_same_value(flat, expr)


@pytest.mark.parametrize(
    ("expr", "free"),
    [
        (2 * A, True),
        (A.T, True),
        (s * A, True),
        (product(1, [(v, "i"), (Ones((n,)), "j")], "ij"), True),
        (A, False),
        (A.sum(), False),
        (A * B, False),
        (product(1, [(A, "ii")], "i"), False),
        (product(1, [(v, "i"), (Delta(n, 2), "ij")], "ij"), True),
        (product(1, [(v, "i"), (v, "j"), (Delta(n, 2), "ij")], "ij"), False),
        (product(2, [(Delta(n, 2), "ij"), (Delta(n, 2), "jk")], "ik"), True),
    ],
)
def test_is_scaling(expr: Expr, free: bool) -> None:
    assert is_scaling(expr) is free


def test_a_rule_states_its_identity() -> None:
    for each in all_rules():
        assert "=" in each.identity or each.name == "unwrap_single_term"

    def nameless(expr: Expr) -> Expr | None:
        return expr

    with pytest.raises(ValueError, match="the rule nameless does not state its identity"):
        rule(nameless)


@pytest.mark.parametrize("build", [lambda x: x + x, lambda x: x @ x, lambda x: x / x, lambda x: 2 * x])
def test_definitions_are_names(build: Callable[[Expr], Expr]) -> None:
    """A rule sees a definition as a variable, also one whose body is zero."""
    Z = define("Z", A - A)
    found = simplify(build(Z))
    assert found == simplify(build(A)).__class__.build(*_with(simplify(build(A)), A, Z))


def _with(expr: Expr, old: Expr, new: Expr) -> tuple[tuple[object, ...], tuple[Expr, ...]]:
    return expr.data, tuple([new if child == old else child for child in expr.children])


def test_zero_of_a_definition_is_not_divided_by() -> None:
    Z = define("Z", A - A)
    assert_same_value(simplify(Z * B + Z * C), Z * (B + C))
    assert simplify(Sum((Z, Z))) == 2 * Z


def test_a_factor_on_a_diagonal_is_not_taken_out() -> None:
    """v_i δ_ij + v_i v_j is diag(v) + v vᵀ, not v_i (δ_ij + v_j)."""
    expr = Sum((product(1, [(v, "i"), (Delta(n, 2), "ij")], "ij"), product(1, [(v, "i"), (v, "j")], "ij")))
    assert simplify(expr) == expr


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (inv(A.T) - inv(A).T, "0 𝟏_{n} 𝟏_{n}ᵀ"),
        (inv(inv(A)), "A"),
        (A @ inv(A) @ B, "B"),
        (B @ inv(A) @ A, "B"),
        (trace(A @ inv(A)), "n"),
        (inv(2 * A), "1/2 A^{-1}"),
        ((A + A.T).T + A, "Aᵀ + 2 A"),
        (inv(A.T @ A) + inv(A.T @ A).T, "2 (Aᵀ A)^{-1}"),
        ((A.T @ A - eye) + (A.T @ A - eye).T, "2 (Aᵀ A - I)"),
    ],
)
def test_identities_of_inverses_and_transpositions(expr: Expr, text: str) -> None:
    assert str(simplify(expr)) == text


def test_a_factor_is_not_taken_out_of_outer_products() -> None:
    """(Aᵀ v) ⊙ u + (Aᵀ w) ⊙ t: two products with a vector are less than A ⊙ (v uᵀ + w tᵀ)."""
    u, w, t = tensors("u[n] w[n] t[n]")
    expr = (A.T @ v) * u + (A.T @ w) * t
    assert str(simplify(expr)) == "(Aᵀ v) ⊙ u + (Aᵀ w) ⊙ t"
    assert str(simplify(A.T @ v + A.T @ w)) == "Aᵀ (v + w)"
