"""Products written as einsum equations, and their derivatives, against numpy.einsum and opt_einsum."""

from __future__ import annotations

from typing import Any

import numpy as np
import opt_einsum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.calculus.derivatives import gradient, jacobian
from bracketcalc.expr.algebra import dot, einsum
from bracketcalc.expr.build import tensor
from bracketcalc.expr.core import Tensor
from bracketcalc.reference import evaluate

SIZES = {"a": 2, "b": 3, "c": 1, "d": 4, "e": 2, "f": 0}
EQUATIONS = [
    "ab->ab",
    "ab->ba",
    "ab->",
    "ab->b",
    "aa->a",
    "aa->",
    "aab->ba",
    "aaa->a",
    "a,a->a",
    "a,b->ab",
    "a,b->ba",
    "ab,bd->ad",
    "ab,bd->da",
    "ab,bd->",
    "ab,ab->a",
    "ab,cd->acbd",
    "ab,bd,da->",
    "ab,a,abd->bd",
    "ab,b,ad,d->ab",
    "aab,bdd->ad",
    ",ab,->ba",
    ",->",
    "->",
    "f->f",
    "f->",
    "af,fb->ab",
    "abcde,ae,bd->c",
    "abde,bade->ea",
]


def arrays_for(equation: str) -> dict[str, Any]:
    rng = np.random.default_rng(len(equation))
    inputs = equation.partition("->")[0].split(",")
    return {f"x_{k}": rng.standard_normal([SIZES[i] for i in term]) for k, term in enumerate(inputs)}


def operands_for(equation: str) -> list[Tensor]:
    return [tensor(name, array.shape) for name, array in arrays_for(equation).items()]


def check_value(equation: str) -> None:
    arrays = arrays_for(equation)
    found = evaluate(einsum(equation, *operands_for(equation)), arrays)
    expected = np.einsum(equation, *arrays.values())
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    theirs = opt_einsum.contract(equation, *arrays.values())
    np.testing.assert_allclose(found, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_value(equation: str) -> None:
    check_value(equation)


@st.composite
def equations(pick: st.DrawFn) -> str:
    terms = pick(st.lists(st.text("abcd", max_size=3), min_size=1, max_size=4))
    used = sorted({label for term in terms for label in term})
    order = pick(st.permutations(used))
    return ",".join(terms) + "->" + "".join(order[: pick(st.integers(0, len(order)))])


@settings(max_examples=150, deadline=None)
@given(equations())
def test_random_equations(equation: str) -> None:
    check_value(equation)


@pytest.mark.parametrize("equation", [e for e in EQUATIONS if "f" not in e])
def test_gradient_is_the_einsum_with_the_cotangent_in_the_place_of_the_operand(equation: str) -> None:
    """For operands without repeated labels, the gradient by one of them is again one einsum."""
    operands, arrays = operands_for(equation), arrays_for(equation)
    inputs, _, output = equation.partition("->")
    terms = inputs.split(",")
    value = einsum(equation, *operands)
    weights = Tensor("weights", value.sizes)
    arrays["weights"] = np.random.default_rng(1).standard_normal([SIZES[i] for i in output])
    for place, term in enumerate(terms):
        if len(set(term)) != len(term):
            continue
        others = [*terms[:place], *terms[place + 1 :], output]
        # A label that only this operand has is spread by a vector of ones.
        alone = [label for label in term if not any(label in other for other in others)]
        spread = [np.ones(SIZES[label]) for label in alone]
        given_arrays = [arrays[f"x_{k}"] for k in range(len(terms)) if k != place]
        expected = np.einsum(
            ",".join([*others, *alone]) + "->" + term, *given_arrays, arrays["weights"], *spread
        )
        found = evaluate(gradient(dot(weights, value), operands[place]), arrays)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_jacobian_of_a_multilinear_map_gives_the_map_back(equation: str) -> None:
    """F is linear in each operand: its Jacobian contracted with the operand is F itself."""
    operands, arrays = operands_for(equation), arrays_for(equation)
    value = einsum(equation, *operands)
    expected = np.einsum(equation, *arrays.values())
    for operand in operands:
        slopes = evaluate(jacobian(value, operand), arrays)
        assert slopes.shape == expected.shape + operand.sizes
        found = np.tensordot(slopes, arrays[operand.name], operand.ndim)
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
