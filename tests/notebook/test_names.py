from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from bracketcalc.expr.build import define, scalar, tensor, tensors
from bracketcalc.functions.exponential import TANH
from bracketcalc.functions.forms import softmax
from bracketcalc.functions.softmax import SOFTMAX
from bracketcalc.notebook.names import usable_names, variable_names


def test_expressions_functions_and_numbers_can_be_used() -> None:
    (X,) = tensors("X[3,4]")
    variables = {"X": X, "s": softmax, "t": TANH, "m": SOFTMAX, "a": 2, "h": Fraction(1, 2), "p": math.pi}
    assert usable_names(variables) == variables


def test_numbers_of_numpy_are_plain_numbers() -> None:
    found = usable_names({"a": np.int64(3), "b": np.float32(0.5)})
    assert found == {"a": 3, "b": 0.5}
    assert [type(value) for value in found.values()] == [int, float]


def test_anything_else_is_left_out() -> None:
    others = {
        "yes": True,
        "text": "X",
        "array": np.ones(3),
        "list": [1],
        "nan": math.nan,
        "inf": np.float64("inf"),
        "huge": 10**400,
        "z": 1j,
        "w": np.complex128(1),
        "np": np,
        "log": np.log,
    }
    assert usable_names(others) == {}


def test_private_names_are_left_out() -> None:
    (X,) = tensors("X[n]")
    assert usable_names({"_": X, "__": X, "_12": X, "_k": 3}) == {}


def test_a_number_gives_way_to_a_size_of_its_name_but_an_expression_does_not() -> None:
    (X,) = tensors("X[n,d]")
    k = scalar("k")
    found = usable_names({"n": 500, "d": k, "m": 2, "X": X})
    assert found == {"X": X, "d": k, "k": k, "m": 2}


def test_tensors_and_definitions_have_their_printed_names_too() -> None:
    w, X = tensors("w_1[n] X[n,m]")
    Z = define("Z'", X @ X.T)
    found = usable_names({"weights": w, "z": Z, "data": X})
    assert found == {"weights": w, "w_1": w, "z": Z, "Z'": Z, "data": X, "X": X}


def test_a_variable_wins_over_a_printed_name() -> None:
    old, new = tensor("X", 3), tensor("Y", 4)
    assert usable_names({"X": new, "Y": old}) == {"X": new, "Y": old}
    assert usable_names({"X": 7, "A": old}) == {"X": 7, "A": old}
    assert usable_names({"X": np.ones(3), "A": old}) == {"A": old}


def test_two_that_are_printed_alike_have_no_printed_name() -> None:
    one, two = tensor("X", 3), tensor("X", 4)
    assert usable_names({"a": one, "b": two}) == {"a": one, "b": two}
    assert usable_names({"a": one, "b": tensor("X", 3)}) == {"a": one, "b": one, "X": one}


def test_variables_have_names_that_python_can_write() -> None:
    x = scalar("x")
    made = dict.fromkeys(["W_1", "α", "ϕ", "x'", "for", "lambda", "X̂", "ℓ"], x)
    # Python reads ϕ as φ and ℓ as l.
    assert list(variable_names(made)) == ["W_1", "α", "φ", "X̂", "l"]
    namespace: dict[str, object] = dict(variable_names(made))
    assert all(name.isidentifier() and namespace[name] is x for name in namespace)
