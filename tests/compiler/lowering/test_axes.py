"""Products that are alike have their axes found once."""

from __future__ import annotations

from bracketcalc.compiler.lowering.axes import Axes, AxesTable
from bracketcalc.compiler.lowering.value import Value, array_value
from bracketcalc.expr.build import identity, tensors
from bracketcalc.expr.core import Delta, Expr, OneHot, Product, Tensor, product

A, B, C, v = tensors("A[i,j] B[j,k] C[p,q] v[j]")
SIZES = {"i": 2, "j": 3, "k": 4, "p": 5, "q": 6}


def value_of(slot: int, expr: Expr) -> Value:
    shape = tuple([SIZES[size.name] if not isinstance(size, int) else size for size in expr.sizes])
    if isinstance(expr, Delta):
        return Value(shape, (0,) * len(shape))
    if isinstance(expr, OneHot):
        return Value(shape, (0,), pins=((0, expr.index),))
    assert isinstance(expr, Tensor)
    return array_value(slot, shape)


def found(table: AxesTable, node: Expr) -> Axes:
    assert isinstance(node, Product)
    return table.find(node, [value_of(slot, factor) for slot, factor in enumerate(node.factors)])


def test_alike_products_share_their_axes() -> None:
    table = AxesTable()
    one = found(table, A @ B)
    assert (one.shape, one.labels, one.output, one.elements) == ((2, 4), (0, 2), (0, 2), 8)
    assert [(core.place, core.picks, core.labels) for core in one.cores] == [
        (0, (), (0, 1)),
        (1, (), (1, 2)),
    ]
    assert found(table, 3 * (A @ B)) is one
    D, E = tensors("D[i,j] E[j,k]")
    assert found(table, D @ E) is one
    assert found(table, product(1, [(B, "jk"), (A, "ij")], "ik")) is not one
    assert found(table, C @ tensors("F[q,k]")[0]) is not one
    assert found(table, product(1, [(A, "ij"), (B, "jk")], "ki")) is not one


def test_deltas_ones_and_indices() -> None:
    table = AxesTable()
    tied = found(table, product(1, [(A, "ij"), (identity("j"), "jk"), (v, "k")], "ik"))
    assert tied.labels == (0, 1)
    assert [core.labels for core in tied.cores] == [(0, 1), (1,)]
    sliced = found(table, product(1, [(A, "ij"), (OneHot(2, A.sizes[1]), "j")], "ij"))
    assert (sliced.pins, sliced.cores[0].picks, sliced.output) == (((1, 2),), (None, 2), (0,))
    both = product(1, [(OneHot(1, A.sizes[1]), "j"), (OneHot(2, A.sizes[1]), "j"), (v, "j")], "j")
    assert found(table, both).pins is None
