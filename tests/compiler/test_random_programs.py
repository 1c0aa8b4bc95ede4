"""Random expressions, compiled and compared with the reference evaluator."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc.compiler.compile import compile
from bracketcalc.expr.build import define
from bracketcalc.expr.core import Delta, Expr, Extent, Ones, Product, Size, Sum, Tensor, product, scale
from bracketcalc.functions.forms import exp, log_softmax, softmax, tanh
from bracketcalc.reference import evaluate

Values = npt.NDArray[np.float64]

SIZES: dict[Extent, int] = {Size("a"): 2, Size("b"): 3, Size("c"): 4, 5: 5}
HALF = Fraction(1, 2)


class Source:
    """Draws random expressions whose axes have the sizes a, b, c and 5."""

    def __init__(self, random: Random, values: dict[Extent, int]) -> None:
        self.random = random
        self.extents = list(values)
        self.arrays: dict[str, Values] = {}
        self.pool: list[Expr] = []
        for number, ndim in enumerate((0, 1, 2, 3)):
            sizes = random.choices(self.extents, k=ndim)
            tensor = Tensor(f"T{number}", sizes)
            shape = [values[size] for size in sizes]
            draw = np.random.default_rng(random.randrange(1 << 30))
            self.arrays[tensor.name] = draw.integers(-3, 4, shape).astype(np.float64)
            self.pool.append(tensor)
        self.pool.append(Ones(random.choices(self.extents, k=random.choice((1, 2)))))
        self.pool.append(Delta(random.choice(self.extents), random.choice((2, 3))))
        self.pool.append(random.choice([Size("a"), Product(3, (), (), ())]))

    def product(self) -> Expr:
        """Return up to four expressions with random labels; equal labels have equal sizes."""
        random = self.random
        operands: list[tuple[Expr, list[tuple[Extent, int]]]] = []
        for factor in random.choices(self.pool, k=random.choice((1, 2, 2, 3, 4))):
            operands.append((factor, [(size, random.choice((0, 0, 1))) for size in factor.sizes]))
        labels = list(dict.fromkeys(label for _, names in operands for label in names))
        random.shuffle(labels)
        output = labels[: random.randint(0, min(3, len(labels)))]
        return product(random.choice((1, 1, -1, 2, HALF)), operands, output)

    def sum(self) -> Expr:
        """Return the sum of expressions of equal sizes, some of them scaled or deltas."""
        random = self.random
        first = random.choice(self.pool)
        alike = [expr for expr in self.pool if expr.sizes == first.sizes]
        if first.ndim >= 2 and len(set(first.sizes)) == 1:
            alike.append(Delta(first.sizes[0], first.ndim))
            alike.append(first.T)
        alike.append(Ones(first.sizes))
        terms = random.choices(alike, k=random.choice((1, 2, 3)))
        return Sum([scale(random.choice((1, 1, -1, 3, HALF)), term) for term in (first, *terms)])

    def grow(self, steps: int, others: bool) -> list[Expr]:
        """Add expressions made of earlier ones; return some of them."""
        random = self.random
        for number in range(steps):
            new = random.choice((self.product, self.product, self.sum))()
            if others:
                new = self.bounded(new)
            if random.random() < 0.2:
                new = define(f"D{number}", new)
            self.pool.append(new)
        return random.sample(self.pool[-4:], random.choice((1, 2, 4)))

    def bounded(self, expr: Expr) -> Expr:
        """Return a function of an expression whose values are at most 1, mostly."""
        kind = self.random.randrange(5)
        if kind == 0 and expr.ndim and expr.sizes[-1] != 0:
            return softmax(tanh(expr), axis=self.random.randrange(expr.ndim))
        if kind == 1:
            return exp(tanh(expr) - 1)
        if kind == 2:
            return 1 / (1 + tanh(expr) ** 2)
        if kind == 3 and expr.ndim:
            return log_softmax(tanh(expr), axis=self.random.randrange(expr.ndim))
        return tanh(expr)


def compare(random: Random, values: dict[Extent, int], others: bool) -> None:
    source = Source(random, values)
    exprs = source.grow(random.randint(2, 8), others)
    names = {node.name: values[node] for node in values if isinstance(node, Size)}
    program = compile(exprs)
    arguments = {name: source.arrays[name] for name in program.arguments if name in source.arrays}
    free = {name: names[name] for name in program.arguments if name in names}
    results = program(**arguments, **free)
    for expr, result in zip(exprs, results, strict=True):
        expected = evaluate(expr, source.arrays, names)
        assert result.shape == expected.shape
        assert result.dtype == np.float64
        assert result.flags.writeable
        largest = np.max(np.abs(expected), initial=1.0)
        if not others and largest < 2.0**45:
            np.testing.assert_array_equal(result, expected)
        else:
            np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-11 * largest)
    for place, one in enumerate(results):
        assert not any(np.shares_memory(one, array) for array in arguments.values())
        assert not any(np.shares_memory(one, other) for other in results[:place])


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_products_and_sums_of_integers_are_exact(random: Random) -> None:
    compare(random, SIZES, others=False)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False))
def test_functions_of_products_and_sums(random: Random) -> None:
    compare(random, SIZES, others=True)


@pytest.mark.parametrize("small", [0, 1])
@settings(max_examples=60, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_axes_of_size_zero_and_one(small: int, random: Random) -> None:
    compare(random, {Size("a"): small, Size("b"): 3, Size("c"): 1, small: small}, others=True)
