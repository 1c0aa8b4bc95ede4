"""Random expressions over a few tensors with different sizes, and values for them."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from bracketcalc.errors import ShapeError
from bracketcalc.expr.algebra import dot
from bracketcalc.expr.build import identity, ones, tensors
from bracketcalc.expr.core import Expr, OneHot, Size, Sum, product
from bracketcalc.functions.forms import exp, leaky_relu, softmax, tanh
from bracketcalc.reference import evaluate
from bracketcalc.traverse import substitute

SIZES = {"n": 2, "d": 3, "k": 4}
TENSORS = tensors("x[n] y[n] u[d] w[k] A[n,n] B[n,n] X[n,d] Z[n,d] W[d,k] V[k,n] T[n,d,k] U[d,n,n] s lam")
NAMES: dict[str, Any] = {tensor.name: tensor for tensor in TENSORS}

_CONSTANTS = (
    *(ones("n"), ones("d"), ones("n", "d"), identity("n"), identity("d"), identity("n", 3)),
    OneHot(1, Size("n")),
)
_LEAVES: tuple[Expr, ...] = (*TENSORS, *_CONSTANTS)
_NUMBERS = (1, 1, 1, 2, -1, Fraction(1, 2), Fraction(-2, 3), 0.5)
_SCALARS: tuple[Expr | int, ...] = (NAMES["s"], NAMES["lam"], Size("n"), dot(NAMES["x"], NAMES["y"]), 2)
_FUNCTIONS: tuple[Callable[[Expr], Expr], ...] = (
    tanh,
    exp,
    lambda z: z**2,
    lambda z: z**-1,
    lambda z: z**-2,
    lambda z: tanh(z) ** 2,
    lambda z: z ** Fraction(1, 2),
    lambda z: (z * z + 1) ** -1,
    lambda z: leaky_relu(z, 0.1),
    lambda z: (dot(z, z) + 1) ** Fraction(1, 2),
)


def _arrays() -> dict[str, npt.NDArray[np.float64]]:
    draw = np.random.default_rng(0)
    shapes = {
        tensor.name: tuple([SIZES[size.name] for size in tensor.sizes if isinstance(size, Size)])
        for tensor in TENSORS
    }
    return {name: draw.integers(1, 4, shape) / 2 for name, shape in shapes.items()}


ARRAYS = _arrays()


def value(expr: Expr) -> npt.NDArray[np.float64]:
    """Return the value for the fixed arrays; infinities and NaN are values like others."""
    with np.errstate(all="ignore"):
        return evaluate(expr, ARRAYS, SIZES)


def random_expression(draw: random.Random, depth: int) -> Expr:
    """Return an expression; shapes that do not fit are drawn again."""
    while True:
        try:
            return _expression(draw, depth)
        except ShapeError:
            continue


def random_product(draw: random.Random, factors: list[Expr]) -> Expr:
    """Return a product in which axes of equal sizes get equal labels at random."""
    known: dict[Any, list[int]] = {}
    operands = []
    count = 0
    for factor in factors:
        labels = []
        for size in factor.sizes:
            names = known.setdefault(size, [])
            if not names or draw.random() >= 0.6:
                names.append(count)
                count += 1
                labels.append(names[-1])
            else:
                labels.append(draw.choice(names))
        operands.append((factor, labels))
    everything = list(range(count))
    draw.shuffle(everything)
    output = everything[: draw.randint(0, min(len(everything), 3))]
    return product(draw.choice(_NUMBERS), operands, output)


_EXCHANGED = {NAMES[one]: NAMES[other] for one, other in ("xy", "yx", "AB", "BA", "XZ", "ZX")}


def _sum_of_products(draw: random.Random, first: Expr) -> Expr:
    """Return a sum of products that look alike, of other tensors and with other numbers."""
    terms = [first]
    for _ in range(draw.randint(1, 2)):
        other = substitute([draw.choice(terms)], _EXCHANGED)[0] if draw.random() < 0.8 else first.T
        terms.append(draw.choice(_NUMBERS) * (other if other.sizes == first.sizes else first))
    return Sum(terms)


def _expression(draw: random.Random, depth: int) -> Expr:
    if depth == 0:
        return draw.choice(_LEAVES)
    kind = draw.random()
    if kind < 0.55:
        count = draw.randint(1, 4)
        depths = [depth - 1 if draw.random() < 0.4 else 0 for _ in range(count)]
        factors = [_expression(draw, inner) for inner in depths]
        if draw.random() < 0.2:
            factors.append(draw.choice(factors))
        found = random_product(draw, factors)
        return _sum_of_products(draw, found) if draw.random() < 0.2 else found
    inner = _expression(draw, depth - 1)
    if kind < 0.7:
        return draw.choice(_FUNCTIONS)(inner)
    if kind < 0.8 and inner.ndim:
        return softmax(inner, axis=draw.randrange(inner.ndim))
    if kind < 0.9:
        turned = inner.T if inner.sizes == inner.T.sizes else inner
        return inner - draw.choice([random_product(draw, [inner]), 1, 2 * inner, turned])
    return inner / draw.choice(_SCALARS)
