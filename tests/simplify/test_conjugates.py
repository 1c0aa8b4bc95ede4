"""The rules for conj, real, imag, abs and i: they fire where they must and keep the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.expr.algebra import dot, norm
from bracketcalc.expr.build import define, tensor, tensors
from bracketcalc.expr.core import POWER, Elementwise, Expr, ImaginaryUnit, Sum, as_expr, product, scale
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.number import Number
from bracketcalc.expr.parts import CONJ, IMAG, REAL
from bracketcalc.functions import forms as f
from bracketcalc.functions.determinant import DET
from bracketcalc.functions.exponential import EXP, LOG
from bracketcalc.functions.piecewise import ABS
from bracketcalc.functions.solving import SOLVE
from bracketcalc.functions.square_matrix import INV
from bracketcalc.simplify.canonical import CanonicalTable
from bracketcalc.simplify.conjugates import conjugate_rules, conjugated
from bracketcalc.simplify.engine import simplify, simplify_all
from bracketcalc.simplify.equality import equal
from bracketcalc.simplify.gaussian import GAUSSIAN_RULES, complex_power, gaussian
from bracketcalc.simplify.rule import Rule
from bracketcalc.traverse import postorder
from tests.complex_expressions import (
    NUMBERS,
    UNIT,
    Sizes,
    assert_same_value,
    beside,
    expressions,
    named,
    shapes,
)
from tests.complex_expressions import (
    tensors as complex_tensors,
)

HALVES: tuple[Number, ...] = (Fraction(1, 2), 0.5)
Drawn = Callable[[st.DrawFn, Sizes], Expr]


def part(function: object, expr: Expr) -> Expr:
    return Elementwise(function, (), expr)  # type: ignore[arg-type]


def some_part(draw: st.DrawFn, expr: Expr) -> Expr:
    return part(draw(st.sampled_from([REAL, IMAG])), expr)


def complex_one(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return draw(complex_tensors(sizes, "ZW"))


def real_one(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return draw(
        st.sampled_from([named("A", sizes), part(ABS, named("Z", sizes)), part(REAL, named("W", sizes))])
    )


def a_number(draw: st.DrawFn) -> Expr:
    return as_expr(draw(st.sampled_from([1j, -2j, 2 + 3j, 0.5 - 1j])))


def a_matrix(draw: st.DrawFn, letter: str = "Z") -> Expr:
    size = draw(st.sampled_from([3, 1, 0]))
    return named(letter, (size, size))


def _product(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return scale(
        draw(st.sampled_from(NUMBERS)), beside(draw(expressions(sizes, 1)), complex_one(draw, sizes))
    )


def _part_of_product(draw: st.DrawFn, sizes: Sizes) -> Expr:
    kind = draw(st.integers(0, 3))
    z, w, a = complex_one(draw, sizes), complex_one(draw, sizes), real_one(draw, sizes)
    inner = (beside(a, z), beside(UNIT, z, w), scale(2, beside(z, w)), beside(UNIT, a, UNIT, UNIT))[kind]
    return some_part(draw, inner)


_REDEXES: Mapping[str, Drawn] = MappingProxyType(
    {
        "conj_of_real": lambda draw, sizes: part(CONJ, real_one(draw, sizes)),
        "conj_of_conj": lambda draw, sizes: part(CONJ, part(CONJ, draw(expressions(sizes, 1)))),
        "conj_of_imaginary_unit": lambda draw, sizes: part(CONJ, UNIT),
        "conj_of_power": lambda draw, sizes: part(
            CONJ, Elementwise(POWER, (draw(st.sampled_from([2, -1, 3, -2])),), complex_one(draw, sizes))
        ),
        "conj_of_product": lambda draw, sizes: part(CONJ, _product(draw, sizes)),
        "conj_of_sum": lambda draw, sizes: part(
            CONJ, Sum((complex_one(draw, sizes), draw(expressions(sizes, 1))))
        ),
        "conj_of_operator": lambda draw, sizes: part(
            CONJ, Operator(SOLVE, named("Z", (2, 2)), (draw(complex_tensors((2, *sizes))),), 0)
        ),
        "function_of_conj": lambda draw, sizes: draw(
            st.sampled_from(
                [
                    part(EXP, part(CONJ, complex_one(draw, sizes))),
                    Map(DET, part(CONJ, a_matrix(draw)), 0),
                    Map(INV, part(CONJ, named("Z", (2, 2))), 0),
                ]
            )
        ),
        "abs_of_conj": lambda draw, sizes: part(ABS, part(CONJ, complex_one(draw, sizes))),
        "part_of_real": lambda draw, sizes: some_part(draw, real_one(draw, sizes)),
        "part_of_conj": lambda draw, sizes: some_part(draw, part(CONJ, complex_one(draw, sizes))),
        "part_of_sum": lambda draw, sizes: some_part(
            draw, Sum((complex_one(draw, sizes), draw(expressions(sizes, 1))))
        ),
        "part_of_product": _part_of_product,
        "complex_product": lambda draw, sizes: beside(
            *draw(st.permutations([a_number(draw), a_number(draw), complex_one(draw, sizes)]))
        ),
        "complex_power": lambda draw, sizes: Elementwise(
            POWER, (draw(st.sampled_from([2, 3, -1, -2, 7])),), a_number(draw)
        ),
    }
)

_NEAR_MISSES: Mapping[str, Drawn] = MappingProxyType(
    {
        "conj_of_real": lambda draw, sizes: part(CONJ, complex_one(draw, sizes)),
        "conj_of_conj": lambda draw, sizes: part(CONJ, part(EXP, part(CONJ, complex_one(draw, sizes)))),
        "conj_of_imaginary_unit": lambda draw, sizes: part(CONJ, named("Z", ())),
        "conj_of_power": lambda draw, sizes: part(
            CONJ, Elementwise(POWER, (Fraction(1, 2),), complex_one(draw, sizes))
        ),
        "conj_of_product": lambda draw, sizes: part(REAL, _product(draw, sizes)),
        "conj_of_sum": lambda draw, sizes: part(ABS, Sum((complex_one(draw, sizes), named("A", sizes)))),
        "conj_of_operator": lambda draw, sizes: part(
            REAL, Operator(SOLVE, named("Z", (2, 2)), (draw(complex_tensors((2, *sizes))),), 0)
        ),
        "function_of_conj": lambda draw, sizes: draw(
            st.sampled_from(
                [
                    # The logarithm has a cut along the negative numbers.
                    part(LOG, part(CONJ, complex_one(draw, sizes))),
                    part(EXP, scale(2, part(CONJ, complex_one(draw, sizes)))),
                    part(REAL, part(CONJ, complex_one(draw, sizes))),
                ]
            )
        ),
        "abs_of_conj": lambda draw, sizes: part(
            ABS, beside(part(CONJ, named("Z", sizes)), named("W", sizes))
        ),
        "part_of_real": lambda draw, sizes: some_part(draw, complex_one(draw, sizes)),
        "part_of_conj": lambda draw, sizes: some_part(
            draw, beside(part(CONJ, named("Z", sizes)), named("W", sizes))
        ),
        "part_of_sum": lambda draw, sizes: part(CONJ, Sum((complex_one(draw, sizes), named("A", sizes)))),
        "part_of_product": lambda draw, sizes: some_part(
            draw, beside(complex_one(draw, sizes), real_one(draw, sizes), complex_one(draw, sizes))
        ),
        "complex_product": lambda draw, sizes: draw(
            st.sampled_from(
                [beside(a_number(draw), complex_one(draw, sizes)), beside(UNIT, named("Z", ()))]
            )
        ),
        "complex_power": lambda draw, sizes: Elementwise(
            POWER,
            (draw(st.sampled_from(HALVES)),),
            a_number(draw),
        ),
    }
)
NAMES = tuple(_REDEXES)


def all_rules() -> tuple[Rule, ...]:
    return (*GAUSSIAN_RULES, *conjugate_rules(lambda _: True))


def rule_named(name: str) -> Rule:
    (found,) = [rule for rule in all_rules() if rule.name == name]
    return found


@st.composite
def drawn(draw: st.DrawFn, table: Mapping[str, Drawn], name: str) -> Expr:
    return table[name](draw, draw(shapes()))


def test_every_rule_has_a_redex_and_a_near_miss() -> None:
    names = {rule.name for rule in all_rules()}
    assert names == set(_REDEXES) == set(_NEAR_MISSES)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_the_rule_fires_and_keeps_the_value(name: str, data: st.DataObject, seed: int) -> None:
    node = data.draw(drawn(_REDEXES, name))
    replaced = rule_named(name).apply(node)
    assert replaced is not None
    assert replaced != node
    assert replaced.is_real or not node.is_real
    assert_same_value(replaced, node, seed)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=15)
def test_the_rule_does_not_fire_on_near_misses(name: str, data: st.DataObject) -> None:
    assert rule_named(name).apply(data.draw(drawn(_NEAR_MISSES, name))) is None


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=10)
def test_a_rule_looks_at_one_node(name: str, data: st.DataObject) -> None:
    node = data.draw(expressions(depth=2))
    replaced = rule_named(name).apply(node)
    if replaced is not None:
        assert_same_value(replaced, node)


@given(expressions(depth=3))
@settings(max_examples=100)
def test_simplifying_keeps_the_value_and_settles(expr: Expr) -> None:
    steps: list[tuple[Rule, Expr, Expr]] = []
    simple = simplify_all([expr], observe=lambda *step: steps.append(step))[0]
    for _, before, after in steps:
        assert_same_value(after, before)
    assert_same_value(simple, expr)
    assert simple.is_real or not expr.is_real
    assert simplify(simple) == simple


@given(expressions(depth=3))
@settings(max_examples=60)
def test_conjugates(expr: Expr) -> None:
    mirrored = conjugated(expr, {})
    assert_same_value(mirrored, part(CONJ, expr))
    assert_same_value(conjugated(mirrored, {}), expr)


@given(expressions(depth=3))
@settings(max_examples=60)
def test_canonical_forms_see_through_conjugates(expr: Expr) -> None:
    table = CanonicalTable()
    mirrored = conjugated(expr, {})
    assert table.form(part(CONJ, expr)) == table.form(mirrored)
    assert table.form(part(REAL, expr)) == table.form(part(REAL, mirrored)) or expr.is_real
    coefficient, number = table.form(part(IMAG, mirrored))
    assert table.form(part(IMAG, expr)) == (-coefficient, number) or expr.is_real


z, w = (tensor(name, "n", assume="complex") for name in "zw")
A = tensor("A", ("n", "n"), assume="complex")
x, R = tensors("x[n] R[n,n]")


@pytest.mark.parametrize(
    ("expr", "simple"),
    [
        (f.conj(f.conj(z)), z),
        (f.conj(x), x),
        (f.real(x), x),
        (f.imag(x), 0 * x**0),
        (f.conj(1j * z), -1j * f.conj(z)),
        (f.conj(A @ z), f.conj(A) @ f.conj(z)),
        (A.H.H, A),
        ((A @ R).H, R.T @ A.H),
        (f.real(f.conj(z)), f.real(z)),
        (f.real(1j * z), -f.imag(z)),
        (f.imag(1j * z), f.real(z)),
        (f.imag(f.conj(z)), -f.imag(z)),
        (f.real(R @ z + x), R @ f.real(z) + x),
        (f.real(z) + 1j * f.imag(z) - f.real(z), 1j * f.imag(z)),
        (1j * (1j * z), -z),
        ((2 + 3j) * ((2 - 3j) * z), 13 * z),
        (f.conj(f.exp(f.conj(z))), f.exp(z)),
        (f.inv(A.H), f.inv(A).H),
        (norm(z) ** 2, f.real(dot(f.conj(z), z))),
        (f.abs(f.conj(z)), f.abs(z)),
        (f.conj(z**3) * z - f.conj(z) ** 3 * z, 0 * x**0),
        (1j**2 * as_expr(1) + 1, as_expr(0)),
    ],
)
def test_identities(expr: Expr, simple: Expr) -> None:
    assert equal(expr, simple)
    table = CanonicalTable()
    assert table.form(simplify(expr)) == table.form(simplify(simple))


def test_equal_tells_a_number_from_its_conjugate() -> None:
    assert equal(f.real(dot(f.conj(z), w)), f.real(dot(f.conj(w), z)))
    assert not equal(dot(f.conj(z), w), dot(f.conj(w), z))
    assert not equal(z, f.conj(z))
    assert not equal(f.real(z), z)
    assert not equal(f.sqrt(z**2), z)
    assert not equal(norm(z) ** 2, f.real(dot(z, z)))


def test_what_is_shared_is_not_computed_again() -> None:
    shared = A @ z
    both = simplify_all([shared, f.conj(shared) * w])
    assert shared in postorder([both[1]])
    assert f.conj(shared) in postorder([both[1]])


def test_names_are_not_opened() -> None:
    Z = define("Z", A @ z)
    assert simplify(f.conj(Z)) == f.conj(Z)


def test_real_expressions_are_not_touched() -> None:
    fired: list[str] = []
    expr = (R @ x + R.T @ x) * f.abs(x)
    simplify_all([expr], observe=lambda rule, _before, _after: fired.append(rule.name))
    assert not {rule.name for rule in all_rules()} & set(fired)


# -- complex numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1j, 2 + 3j, -1.5j, 0.5 - 2j])
def test_numbers_by_their_form(value: complex) -> None:
    number = gaussian(as_expr(value))
    assert number is not None
    assert complex(number.real, number.imag) == value
    inverse = number.inverse
    assert inverse is not None
    np.testing.assert_allclose(complex(inverse.real, inverse.imag), 1 / value)


def test_exact_numbers_stay_exact() -> None:
    assert equal((2 + 3j) * z / (2 + 3j), z)
    assert simplify((1 + 1j) ** as_expr(1) * as_expr(1)) == simplify(as_expr(1 + 1j))
    assert str(simplify(z / (1 + 2j))) == "(1/5 - 2/5 i) z"


def test_powers_of_i() -> None:
    for power, wanted in ((2, -1), (3, -1j), (4, 1), (-1, -1j), (5, 1j), (102, -1)):
        assert simplify(Elementwise(POWER, (power,), UNIT) * z) == simplify(wanted * z)


def test_a_power_that_would_overflow_stays() -> None:
    huge = as_expr(1e200 + 1e200j)
    assert complex_power(huge**2) is None
    assert simplify(product(1, [(huge, ()), (huge, ())], ())).is_real is False
    assert isinstance(ImaginaryUnit(), Expr)
