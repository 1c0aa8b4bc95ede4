"""Functions on sub-tensors, definitions, and the check of their sizes."""

from __future__ import annotations

import numpy as np
import pytest

from bracketcalc.errors import ShapeError
from bracketcalc.expr.build import define, tensors
from bracketcalc.expr.core import Size, Tensor
from bracketcalc.expr.nodes import Definition, Map, check_sizes_equal_to
from bracketcalc.functions.determinant import DET
from bracketcalc.functions.softmax import LOGSUMEXP, SOFTMAX
from bracketcalc.functions.square_matrix import INV
from bracketcalc.reference import evaluate

T = Tensor("T", (2, 3, 3))
t = np.random.default_rng(0).standard_normal((2, 3, 3)) + 3 * np.eye(3)


def test_batch_axes_come_first() -> None:
    assert Map(SOFTMAX, T, 2).sizes == (2, 3, 3)
    assert Map(LOGSUMEXP, T, 2).sizes == (2, 3)
    assert Map(DET, T, 1).sizes == (2,)
    np.testing.assert_allclose(evaluate(Map(INV, T, 1), {"T": t}), np.linalg.inv(t), rtol=1e-12)
    node = Map(INV, T, 1)
    assert (node.function, node.argument, node.batch, node.ndim) == (INV, T, 1, 3)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (0, "det takes a tensor with 2 axes, but behind 0 of the 3 axes of T there are 3"),
        (2, "det takes a tensor with 2 axes, but behind 2 of the 3 axes of T there are 1"),
        (-1, "det takes a tensor with 2 axes, but behind -1 of the 3 axes of T there are 4"),
    ],
)
def test_a_wrong_number_of_axes(batch: int, message: str) -> None:
    with pytest.raises(ShapeError) as raised:
        Map(DET, T, batch)
    hint = "\n  hint: name the positions that select the sub-tensors, as in softmax^{1}(A)"
    assert str(raised.value) == message + hint


def test_definitions() -> None:
    (X,) = tensors("X[n,3]")
    Z = define("Z", X * X)
    assert (Z.name, Z.body, Z.sizes) == ("Z", X * X, (Size("n"), 3))
    assert Z == Definition("Z", X * X) != Definition("Z", X)
    assert repr(Z) == str(Z) == "Z"


def test_the_check_names_the_role() -> None:
    check_sizes_equal_to(T, (2, 3, 3), "a cotangent of X")
    with pytest.raises(ShapeError) as raised:
        check_sizes_equal_to(T, (Size("n"),), "a cotangent of X")
    assert str(raised.value) == "T has sizes (2, 3, 3), but a cotangent of X needs (n,)"
