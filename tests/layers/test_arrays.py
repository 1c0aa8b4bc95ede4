"""Labels become one-hot rows and lengths become masks; what does not fit is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import bracketcalc as bc
from bracketcalc import layers


def test_one_hot_rows_have_the_axes_of_the_labels() -> None:
    labels = np.random.default_rng(0).integers(0, 4, (2, 3), dtype=np.uint8)
    rows = layers.one_hot_rows(labels, 4, np.float32)
    assert rows.shape == (2, 3, 4)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, np.eye(4)[labels])


@pytest.mark.parametrize("labels", [[], np.zeros((0,), int), np.zeros((0, 2), int)])
def test_no_labels_are_no_rows(labels: npt.ArrayLike) -> None:
    assert layers.one_hot_rows(labels, 3).shape == (*np.shape(labels), 3)


@pytest.mark.parametrize(("labels", "where", "value"), [([[0, 3], [1, 2]], "0, 1", 3), ([1, -1], "1", -1)])
def test_a_label_out_of_range_is_named(labels: npt.ArrayLike, where: str, value: int) -> None:
    with pytest.raises(
        bc.ArgumentError, match=rf"label at \[{where}\] is {value}, but there are 3 classes"
    ):
        layers.one_hot_rows(labels, 3)


@pytest.mark.parametrize("labels", [[0.0, 1.0], [True, False], ["a"]])
def test_labels_are_integers(labels: npt.ArrayLike) -> None:
    with pytest.raises(bc.ArgumentError, match="labels are integers"):
        layers.one_hot_rows(labels, 3)


def test_a_mask_counts_the_steps() -> None:
    lengths = np.array([0, 3, 5, 1])
    np.testing.assert_array_equal(layers.running(lengths, 5).sum(axis=0), lengths)
    assert layers.running([], 5).shape == (5, 0)
    assert layers.running([0], 0).shape == (0, 1)


def test_a_length_beyond_the_last_step_is_named() -> None:
    with pytest.raises(bc.ArgumentError, match=r"length at \[2\] is 9, but the sequences have 8 steps"):
        layers.running([8, 0, 9], 8)
    with pytest.raises(bc.ArgumentError, match="is -1"):
        layers.running([-1], 8)
    with pytest.raises(bc.ShapeError, match="one axis"):
        layers.running([[1, 2]], 8)


def test_labels_of_another_shape_do_not_fit_the_loss() -> None:
    A, Y = bc.tensors("A[n,k] Y[n,k]")
    loss = bc.compile(layers.softmax_cross_entropy(A, Y))
    with pytest.raises(bc.ShapeError):
        loss(A=np.zeros((4, 3)), Y=layers.one_hot_rows([0, 1, 2], 3))
    with pytest.raises(bc.ShapeError):
        loss(A=np.zeros((4, 3)), Y=np.array([0, 1, 2, 0]))


def test_the_mean_over_an_empty_batch_is_an_error() -> None:
    A, Y = bc.tensors("A[n,k] Y[n,k]")
    loss = bc.compile(layers.softmax_cross_entropy(A, Y))
    with pytest.raises(bc.ShapeError, match="the expression divides by n, which is 0"):
        loss(A=np.zeros((0, 3)), Y=np.zeros((0, 3)))


@pytest.mark.parametrize("number", [-1, 2.5, True, "3"])
def test_the_number_of_classes_and_of_steps_is_an_integer(number: Any) -> None:
    with pytest.raises(bc.ArgumentError, match="the number of classes is a non-negative integer, not"):
        layers.one_hot_rows([0], number)
    with pytest.raises(bc.ArgumentError, match="the number of steps is a non-negative integer, not"):
        layers.running([0], number)
