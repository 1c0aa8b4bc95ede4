"""The order of the labels of a term."""

from __future__ import annotations

import random

import pytest

from bracketcalc.render.bracket.order import label_order


@pytest.mark.parametrize(
    ("factors", "output", "expected"),
    [
        ("ijk lji", "ijkl", "ijkl"),
        ("lji ijk", "ljik", "ljik"),
        ("ij jk", "ik", "ijk"),
        ("ij ik", "jk", "ijk"),
        ("ij jk kl lm", "im", "ijklm"),
        ("ij kj kl", "il", "ijkl"),
        ("ij ih hl", "jl", "ihjl"),
        ("ij ij", "", "ij"),
        ("ijk", "ki", "kij"),
        ("ijk", "ik", "ijk"),
        ("u u v", "v", "uv"),
        ("v u u", "v", "vu"),
        ("x i ij", "xj", "xij"),
    ],
)
def test_summed_labels_stand_beside_their_neighbours(factors: str, output: str, expected: str) -> None:
    assert "".join(map(str, label_order(factors.split(), output))) == expected  # type: ignore[arg-type]


def test_a_leading_label_may_stand_behind() -> None:
    assert label_order([(0, 1), (2, 0)], (1, 2)) == [0, 1, 2]
    assert label_order([(0, 1), (2, 0)], (1, 2), leading_last=True) == [1, 0, 2]


def test_every_label_is_placed_once_and_free_labels_in_the_order_of_the_output() -> None:
    for seed in range(500):
        draw = random.Random(seed)
        count = draw.randint(1, 8)
        factors = [draw.choices(range(count), k=draw.randint(0, 4)) for _ in range(draw.randint(1, 6))]
        used = sorted({label for names in factors for label in names})
        output = draw.sample(used, k=draw.randint(0, len(used)))
        for leading_last in (False, True):
            order = label_order(factors, output, leading_last)
            assert sorted(order) == used
            assert [label for label in order if label in output] == output


def test_axes_stay_in_order_where_nothing_asks_for_another() -> None:
    for seed in range(200):
        draw = random.Random(seed)
        labels = list(range(draw.randint(1, 9)))
        output = sorted(draw.sample(labels, k=draw.randint(0, len(labels))))
        assert label_order([labels], output) == labels


def test_a_long_chain_is_quick() -> None:
    factors = [(k, k + 1) for k in reversed(range(4000))]
    assert label_order(factors, (0, 4000)) == list(range(4001))
