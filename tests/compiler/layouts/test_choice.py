"""Memory orders and kernels: which are chosen, and that every choice computes the same."""

from __future__ import annotations

from itertools import permutations
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import opt_einsum
import pytest

from bracketcalc.compiler.compile import compile
from bracketcalc.compiler.layouts.choice import Stacks, plan_layouts
from bracketcalc.compiler.layouts.cost import copy_time, loop_order
from bracketcalc.compiler.layouts.forms import as_it_is, copies
from bracketcalc.compiler.layouts.needs import Contraction
from bracketcalc.compiler.lowering.kernels import Labelled, apply_kernel, grouped
from bracketcalc.compiler.paths.cost import Factor
from bracketcalc.compiler.paths.found import PathTable
from bracketcalc.compiler.program.builder import Builder
from bracketcalc.compiler.program.steps import Kind
from bracketcalc.expr.algebra import einsum
from bracketcalc.expr.build import tensor
from bracketcalc.expr.core import Expr, Tensor, product
from bracketcalc.reference import evaluate as reference
from tests.compiler.networks import hypernetwork

Array = npt.NDArray[Any]


def body(equation: str, *shapes: tuple[int, ...]) -> list[str]:
    """Return the lines of the program of an equation, without comments."""
    expr = einsum(equation, *(Tensor(f"T{k}", shape) for k, shape in enumerate(shapes)))
    text = compile(expr).source(**{f"T{k}": shape for k, shape in enumerate(shapes)})
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(("def", "return", "del"))]


@pytest.mark.parametrize(
    ("equation", "shapes", "program"),
    [
        ("ij,jk->ik", [(4, 5), (5, 6)], "dot(x0, x1)"),
        ("ji,jk->ik", [(5, 4), (5, 6)], "dot(x0.T, x1)"),
        ("ij,jk->ki", [(4, 5), (5, 6)], "dot(x0, x1)"),
        ("ij,j->i", [(4, 5), (5,)], "dot(x0, x1)"),
        ("asb,s->ab", [(4, 5, 60), (5,)], "matmul(x1, x0)"),
        ("asb,cs->acb", [(4, 5, 60), (3, 5)], "matmul(x1, x0)"),
        ("asb,sc->acb", [(4, 5, 60), (5, 3)], "matmul(x1.T, x0)"),
        ("bij,bjk->bik", [(7, 4, 5), (7, 5, 6)], "matmul(x0, x1)"),
        ("bij,bkj->bik", [(7, 4, 5), (7, 6, 5)], "matmul(x0, x1.transpose((0, 2, 1)))"),
        ("cbij,bjk->cbik", [(3, 7, 40, 50), (7, 50, 6)], "matmul(x0, x1)"),
        ("bihd,bjhd->bhij", [(2, 8, 3, 4), (2, 9, 3, 4)],
         "matmul(x0.transpose((0, 2, 1, 3)), x1.transpose((0, 2, 3, 1)))"),
        ("ijkl,kl->ij", [(2, 3, 4, 5), (4, 5)], "dot(x0.reshape((6, 20)), x1.reshape((20,)))"),
    ],
)  # fmt: skip
def test_nothing_is_copied_where_the_summed_axes_are_together(
    equation: str, shapes: list[tuple[int, ...]], program: str
) -> None:
    (line,) = body(equation, *shapes)
    assert line.partition(" = ")[2] == program


def test_a_small_operand_is_copied_instead_of_a_large_one() -> None:
    (line,) = body("abcd,cbe->ade", (40, 5, 6, 30), (6, 5, 2))
    assert "x0.reshape((40, 30, 30))" in line
    assert "x1.transpose" in line


def test_axes_of_a_stack_are_one_axis_where_they_lie_together() -> None:
    (line,) = body("abcsd,cs->abcd", (3, 4, 5, 6, 7), (5, 6))
    assert "reshape((12, 5, 6, 7))" in line


def test_a_result_lies_as_the_next_pair_needs_it() -> None:
    """Of a chain of tensors only small factors are copied."""
    shapes = {"x": (20, 30), "A": (30, 3, 40), "B": (40, 3, 50), "v": (50,)}
    lines = body("ij,jak,kbl,l->iab", *shapes.values())
    assert not any("transpose" in line for line in lines)


@pytest.mark.parametrize("free", [{0, 3}, {0}, set()])
@pytest.mark.parametrize("layout", list(permutations(range(4))))
def test_what_is_taken_as_it_is_is_a_view(layout: Factor, free: set[int]) -> None:
    form = as_it_is(layout, free, frozenset({1, 2}), {0: 2, 1: 3, 2: 4, 3: 5})
    if form is None:
        return
    assert sorted((*form.outer, *form.free, *form.summed)) == [0, 1, 2, 3]
    assert layout[-1] in form.free + form.summed
    b = Builder(PathTable())
    factor = Labelled(b.input(0, (2, 3, 4, 5), False), layout)
    groups = [*((label,) for label in form.outer), form.free, form.summed]
    grouped(b, factor, [group for group in groups if group])
    kinds = [step.kind for step in b.steps[1:]]
    # A change of shape behind a transposition would be a copy.
    assert kinds in ([], [Kind.RESHAPE], [Kind.TRANSPOSE], [Kind.RESHAPE, Kind.TRANSPOSE])


def test_copies_take_the_time_of_their_inner_loops() -> None:
    sizes = {0: 10, 1: 20, 2: 30}
    assert copy_time((0, 1, 2), (0, 1, 2), sizes) == 0
    assert copy_time((0, 1, 2), (1, 0, 2), sizes) < copy_time((0, 1, 2), (2, 1, 0), sizes)
    found = list(copies((0, 1, 2), {0, 2}, (1,), [{0: 0, 2: 1, 1: 2}, {2: 0, 0: 1, 1: 2}], sizes))
    assert {form.free for form in found} == {(0, 2), (2, 0)}


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_loops_is_that_of_numpy(seed: int) -> None:
    """Seen from how a product of broadcast arrays lies in memory."""
    random = Random(seed)
    sizes = {0: 2, 1: 3, 2: 4, 3: 5}
    layouts = [tuple(random.sample(range(4), random.randint(1, 4))) for _ in range(2)]
    order = tuple(random.sample(sorted({*layouts[0], *layouts[1]}), len({*layouts[0], *layouts[1]})))
    views = []
    for layout in layouts:
        array = np.ones([sizes[x] for x in layout])
        own = [x for x in order if x in layout]
        view = array.transpose([layout.index(x) for x in own])
        views.append(view[tuple(slice(None) if x in layout else None for x in order)])
    result = np.multiply(*views)
    found = sorted(range(len(order)), key=lambda axis: -result.strides[axis])
    assert loop_order(order, layouts) == tuple(order[axis] for axis in found)


def test_an_outer_product_is_a_matrix_product_over_one_index() -> None:
    (line,) = body("ij,kl->ijkl", (4, 5), (6, 7))
    assert line == "t0 = dot(x0.reshape((20,))[:, None], x1.reshape((42,))[None])"
    (line,) = body("b,bi,bj->bij", (3,), (3, 40), (3, 50))[1:]
    assert line.startswith("t1 = multiply(")


@pytest.mark.parametrize("seed", range(40))
def test_every_kernel_for_a_pair_computes_the_same(seed: int) -> None:
    """Whatever was chosen is right for any pair of labelled axes, also with sizes 0 and 1."""
    random = Random(seed)
    sizes = {label: random.choice([0, 1, 2, 3, 5]) for label in range(5)}
    left, right = (tuple(random.sample(range(5), random.randint(1, 4))) for _ in range(2))
    shared = set(left) & set(right)
    alone = sorted(set(left) ^ set(right))
    output = tuple(alone + random.sample(sorted(shared), random.randint(0, len(shared))))
    (kernel,) = plan_layouts(Contraction((left, right), ((0, 1),), output, sizes))
    assert sorted(kernel.layout) == sorted(output)
    b = Builder(PathTable())
    factors = [
        Labelled(b.input(k, tuple([sizes[x] for x in f]), False), f) for k, f in enumerate((left, right))
    ]
    assert sorted(apply_kernel(b, factors[0], factors[1], kernel, sizes).labels) == sorted(output)
    if isinstance(kernel, Stacks):
        assert not kernel.outer or shared & set(output) or len(alone) > 1
    check(
        product(
            1, [(T, f) for T, f in zip(named((left, right), sizes), (left, right), strict=True)], output
        ),
        seed,
    )


def named(factors: Any, sizes: dict[int, int]) -> list[Tensor]:
    """Return a tensor for each factor."""
    return [Tensor(f"T{k}", [sizes[label] for label in labels]) for k, labels in enumerate(factors)]


def laid_out(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return whole numbers in an array that lies in memory in one of many ways."""
    kind = draw.integers(6)
    if kind == 0:
        return np.array(draw.integers(-3, 4, shape), float, order="F")
    if kind == 1:
        return draw.integers(-3, 4, [2 * n for n in shape]).astype(float)[
            (slice(None, None, 2),) * len(shape)
        ]
    if kind == 2:
        return draw.integers(-3, 4, shape).astype(float)[(slice(None, None, -1),) * len(shape)]
    if kind == 3:
        return np.broadcast_to(draw.integers(-3, 4, shape[-1:]).astype(float), shape)
    array = draw.integers(-3, 4, shape).astype(np.int8 if kind == 4 else float)
    array.flags.writeable = False
    return array


def check(expr: Expr, seed: int) -> None:
    """Compare a program with the reference, on arrays that lie in memory in many ways."""
    draw = np.random.default_rng(seed)
    tensors = {node.name: node for node in expr.children if isinstance(node, Tensor)}
    values = {name: laid_out(draw, tuple(map(int, T.sizes))) for name, T in tensors.items()}  # type: ignore[arg-type]
    before = {name: value.copy() for name, value in values.items()}
    np.testing.assert_array_equal(compile(expr)(**values), reference(expr, values))
    for name, value in values.items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("seed", range(40))
def test_networks_with_batches_hyperedges_diagonals_and_traces(seed: int) -> None:
    random = Random(seed)
    inputs, kept, sizes = hypernetwork(random, random.randint(3, 9))
    # A label twice in a factor is a diagonal, or a trace where nothing else has it.
    factors = [
        labels + tuple(random.sample(labels, random.choice((0, 0, 1)) if labels else 0))
        for labels in inputs
    ]
    if seed % 8 == 0:
        sizes[random.choice(sorted(sizes))] = 0
    output = tuple(random.sample(sorted(kept), len(kept)))
    check(product(2, list(zip(named(factors, sizes), factors, strict=True)), output), seed)


@pytest.mark.parametrize("count", [70, 100])
def test_more_operands_and_labels_than_letters(count: int) -> None:
    """Compared with opt_einsum: the reference evaluator would sum over all labels together."""
    random = Random(count)
    inputs, kept, sizes = hypernetwork(random, count)
    draw = np.random.default_rng(count)
    values = {f"T{k}": draw.choice([-1.0, 1.0], [sizes[x] for x in f]) for k, f in enumerate(inputs)}
    expr = product(1, list(zip(named(inputs, sizes), inputs, strict=True)), tuple(sorted(kept)))
    operands: list[Any] = []
    for (_, value), labels in zip(values.items(), inputs, strict=True):
        operands += [value, labels]
    expected = opt_einsum.contract(*operands, tuple(sorted(kept)), optimize="greedy")
    np.testing.assert_array_equal(compile(expr)(**values), expected)


@pytest.mark.parametrize(
    "types", [("f4", "f8", "f4"), ("?", "i2", "f8"), ("c8", "f4", "i1"), ("f2", "f4", "f4")]
)
def test_operands_of_several_types(types: tuple[str, ...]) -> None:
    """NumPy's own contraction paths lose what a boolean sum counts."""
    draw = np.random.default_rng(0)
    shapes = [(3, 2, 4), (2, 4, 5), (4, 5)]
    tensors = [
        tensor(f"T{k}", shape, assume="complex" if kind == "c8" else ())
        for k, (shape, kind) in enumerate(zip(shapes, types, strict=True))
    ]
    values = {f"T{k}": draw.integers(0, 4, shape).astype(types[k]) for k, shape in enumerate(shapes)}
    expr = einsum("abc,bcd,cd->abd", *tensors)
    exact = np.einsum("abc,bcd,cd->abd", *[value.astype("c16") for value in values.values()])
    result = compile(expr)(**values)
    assert result.dtype == np.result_type(*values.values())
    np.testing.assert_array_equal(result, exact)
