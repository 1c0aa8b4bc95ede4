"""Deep, long and hostile texts: no recursion, no quadratic time, a clear error in the end."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from bracketcalc.errors import BracketCalcError, ParseError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Elementwise, Expr, Product
from bracketcalc.notation.depth import DEEPEST
from bracketcalc.notation.parse import parse

S, u, lam, x = tensors("S[n,n] u[n] lam x")
NAMES: dict[str, Expr] = {"S": S, "u": u, "lam": lam, "x": x}

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Turn the garbage collector off: it looks at all objects of the process, also those of other tests."""
    gc.disable()
    yield
    gc.enable()


def depth(expr: Expr) -> int:
    """Return how many nodes stand above the leaf along the first children."""
    count = 0
    while expr.children:
        expr, count = expr.children[0], count + 1
    return count


def test_nested_brackets() -> None:
    assert parse("(" * 5000 + "S" + ")" * 5000, S=S) == S
    assert parse("{" * 5000 + "S" + "}" * 5000, S=S) == S
    assert parse("(" * DEEPEST + "S" + ")" * DEEPEST, S=S) == S
    assert depth(parse("tanh(" * 5000 + "S" + ")" * 5000, S=S)) == 5000


def test_nested_norms_and_fractions() -> None:
    norms = parse("‖" * 5000 + "u" + "‖" * 5000, u=u)
    assert isinstance(norms, Elementwise)
    assert depth(norms) == 10_000
    fractions = parse(r"\frac{" * 5000 + "x" + "}{lam}" * 5000, x=x, lam=lam)
    assert depth(fractions) == 5000


def test_a_long_chain() -> None:
    chain = parse("S " * 20_000, S=S)
    assert isinstance(chain, Product)
    assert depth(chain) == 19_999


def test_a_long_sum() -> None:
    assert depth(parse("S" + " + S" * 19_999, S=S)) == 19_999
    assert depth(parse("S" + " - S" * 19_999, S=S)) == 19_999
    assert parse("-" * 5001 + "S", S=S) == -S


def test_ones_in_a_long_sum() -> None:
    total = parse("S" + " + I" * 5000 + " + 𝟏 𝟏ᵀ" * 5000, S=S)
    assert total.sizes == S.sizes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * MEGABYTE, f"more than {DEEPEST} brackets are open here"),
        ("S + (" * (MEGABYTE // 5), f"more than {DEEPEST} brackets are open here"),
        ("tanh(" * (MEGABYTE // 5), f"more than {DEEPEST} brackets are open here"),
        ("S^{" * (MEGABYTE // 3), "'{' is never closed"),
        ("q" * MEGABYTE, "unknown name"),
        ("7" * MEGABYTE, "a number has 1000000 characters, the most is 400"),
        ("u" + "_1" * 50_000, "two subscripts stand on u"),
        ("S^{" + "1," * 50_000 + "} ·^{1} S", "position 1 occurs twice in one list"),
        ("S_{" + "[1]" * 30_000 + "}", "position 1 occurs twice in one list"),
        ("\u0301" * 1000, "unexpected character"),
        (r"\mathrm{" + " " * 500_000, "\\mathrm needs a name"),
        ("S^{" + "{" * 300_000 + "1" * 300_000 + "}" * 300_000 + "}", "a number has 300000 characters"),
        ("S" * (MEGABYTE + 1), "the formula has 1000001 characters, the most is 1000000"),
    ],
)
def test_hostile_texts_are_refused_soon(text: str, message: str) -> None:
    start = time.process_time()
    with pytest.raises(BracketCalcError) as caught:
        parse(text, **NAMES)
    assert time.process_time() - start < 2
    assert message in caught.value.message
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "unit", ["S + ", "S ⊙ ", "(S) ", "S·S + ", "1/2 S + ", "tanh(S) + ", "S^2 + ", "S_{21} + "]
)
def test_time_is_linear(unit: str) -> None:
    """Eight times the text may take no more than about eight times as long; quadratic would be 64."""

    def best(count: int) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            parse(unit * count + "S", S=S)
            times.append(time.process_time() - start)
        return min(times)

    assert best(2000) < 24 * best(250)


def test_a_long_word_is_taken_apart_in_linear_time() -> None:
    start = time.process_time()
    with pytest.raises(ParseError, match="unknown name"):
        parse("lam" * 100_000 + "q", **NAMES)
    assert time.process_time() - start < 2
    assert depth(parse("lam" * 3000, **NAMES)) == 2999


def test_deep_exponents_share_their_factors() -> None:
    """A power of a matrix with 400 digits is about 1300 squarings."""
    assert depth(parse("S^{" + "9" * 400 + "}", S=S)) < 1400
