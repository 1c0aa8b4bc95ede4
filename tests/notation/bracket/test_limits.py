"""Deep, long and hostile texts inside ⟨ ⟩, and random ones: an expression or a clear error, and soon."""

from __future__ import annotations

import random
import sys
import time

import pytest

from bracketcalc.errors import BracketCalcError
from bracketcalc.expr.build import tensors
from bracketcalc.expr.core import Expr, Product, Sum
from bracketcalc.notation.bracket.bracket import bracket
from bracketcalc.notation.depth import DEEPEST
from bracketcalc.notation.parse import parse

A, B, X, u, v, x, lam = tensors("A[n,m] B[m,n] X[n,m,k] u[n] v[m] x[4] lam")
NAMES: dict[str, Expr] = {"A": A, "B": B, "X": X, "u": u, "v": v, "x": x, "lam": lam}

MEGABYTE = 1_000_000

# -- deep and long --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", ["[]", "()"])
def test_nested_brackets(pair: str) -> None:
    opener, closer = pair[0], pair[1]
    assert bracket(opener * 5000 + "x" + closer * 5000, x=x) == x
    assert parse("⟨" + opener * 5000 + "x" + closer * 5000 + "⟩", x=x) == x


def test_nested_items() -> None:
    for text in ("[x " * 5000 + "x" + "]" * 5000, "[" * 5000 + "x" + " x]" * 5000):
        found = bracket(text, x=x)
        assert isinstance(found, Product)
        assert len(found.factors) == 5001
        assert found.sizes == (4,)
    assert bracket("(x " * 1000 + "x" + ")" * 1000, x=x).sizes == (4,) * 1001


def test_nested_bars() -> None:
    assert bracket("~" * 5000 + "x", x=x) == x.sum()
    assert bracket(r"\overline{" * 5000 + "x" + "}" * 5000, x=x) == x.sum()


def test_nested_notations() -> None:
    assert bracket("{⟨" * 5000 + "x" + "⟩}" * 5000, x=x) == x
    assert parse("(⟨{" * 2500 + "x" + "}⟩)" * 2500, x=x) == x


def test_many_items() -> None:
    found = bracket("x " * 20_000, x=x)
    assert isinstance(found, Product)
    assert len(found.factors) == 20_000
    assert bracket("[" + "1 " * 20_000 + "x]", x=x) == x
    assert len(bracket("A_1 " * 2000 + "A_2 " * 2000, A=A).children) == 2000


@pytest.mark.long
def test_many_terms() -> None:
    found = bracket("x + " * 19_999 + "x", x=x)
    assert isinstance(found, Sum)
    assert len(found.terms) == 20_000
    assert len(bracket("x - 2 x + {1/2} x; lam" + " - x lam" * 5000, x=x, lam=lam).children) == 5003


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * MEGABYTE, f"more than {DEEPEST} brackets are open here"),
        ("(" * MEGABYTE, f"more than {DEEPEST} brackets are open here"),
        ("[(" * (MEGABYTE // 2), f"more than {DEEPEST} brackets are open here"),
        ("{⟨" * (MEGABYTE // 10), f"more than {DEEPEST} brackets are open here"),
        (r"\bar{" * (MEGABYTE // 25), f"more than {DEEPEST} brackets are open here"),
        ("{" * (MEGABYTE // 5), "'{' is never closed"),
        ("A_{" * (MEGABYTE // 3), "'{' is never closed"),
        ("~" * (MEGABYTE // 5), "a bar stands over nothing"),
        ("-" * (MEGABYTE // 5), "- has no term behind it"),
        ("x" + "\u0305" * (MEGABYTE // 2) + "q", "unknown name"),
        ("q\u0305" * (MEGABYTE // 10), "unknown name"),
        ("1" * MEGABYTE, "a number has 1000000 characters, the most is 400"),
        ("A_1 " * 20_000, "dimension 2 of A is missing"),
        ("[x u]" * 20_000, "dimension 1 of x has size 4, but dimension 1 of u has size n"),
        ("x" * (MEGABYTE + 1), "the formula has 1000001 characters, the most is 1000000"),
    ],
)
def test_hostile_texts_are_refused_soon(text: str, message: str) -> None:
    start = time.process_time()
    with pytest.raises(BracketCalcError) as caught:
        bracket(text, **NAMES)
    assert message in caught.value.message
    assert len(str(caught.value)) < 1000
    # A second for each of these texts is generous; the others on this computer may take the rest.
    assert time.process_time() - start < 5


# -- random texts ---------------------------------------------------------------------------------------

VALID = (
    "A_1 [~A_2 B_1] B_2",
    "A̅_1 A_2",
    "1/2 lam [u̅ 1] v̄",
    r"\overline{A_{1}} [A_{2} \bar{v}] [A (\bar{u} 1)]",
    "X [X_1 u] X_{23} - 2 X X^{(2)}_{1} X_{23}",
    "u; u; [~u 1] + {A B}_1 {A B}_2",
    "[A_{12} (~u 1)] ι [1_{12} A]",
    "{tanh(A)}_2 {tanh(A)}_1 \\iota {⟨u v⟩}",
    "X₁[X̅₂v]X₃ - X_1 [~v X_2] X_3",
    r"\frac{1}{2} u \left[ \bar{v} \, 1 \right]",
)
ALPHABET = "AXuvqι1₁₂23_^{}()[]~̅̄;+-⟨⟩|<>⊙·/., \\𝟏ē⁽'\u2028"
FRAGMENTS = (r"\bar{", r"\overline", r"\iota", "<|", "|>", "_{12}", "^{(2)}", "1/2", "{A B}", "lam", "⟨1⟩")


def mutated(random_: random.Random) -> str:
    """Return a valid text with a few changes."""
    text = random_.choice(VALID)
    for _ in range(random_.choice((1, 1, 2, 4))):
        at = random_.randint(0, len(text))
        kind = random_.randrange(5)
        if kind == 0:
            text = text[:at] + text[at + random_.randint(1, 3) :]
        elif kind == 1:
            text = text[:at] + random_.choice(ALPHABET) + text[at:]
        elif kind == 2:
            text = text[:at] + random_.choice(ALPHABET) + text[at + 1 :]
        elif kind == 3:
            text = text[:at] + random_.choice(FRAGMENTS) + text[at:]
        else:
            other = random_.choice(VALID)
            text = text[:at] + other[random_.randint(0, len(other)) :]
    return text


def scrambled(random_: random.Random) -> str:
    """Return characters of the notation, of other notations, or of none."""
    kind = random_.randrange(3)
    length = random_.randint(1, 30)
    if kind == 0:
        return "".join([random_.choice(ALPHABET) for _ in range(length)])
    if kind == 1:
        return "".join([random_.choice((*FRAGMENTS, *ALPHABET)) for _ in range(length)])
    highest = random_.choice((0xFF, 0x3000, sys.maxunicode))
    return "".join([chr(random_.randint(0, highest)) for _ in range(length)])


def outcome(text: str) -> BracketCalcError | Expr:
    try:
        return bracket(text, **NAMES)
    except BracketCalcError as error:
        return error


def check(text: str) -> bool:
    """Fail unless the text gives an expression or an error with a caret inside it; return which."""
    start = time.process_time()
    found = outcome(text)
    took = time.process_time() - start
    if took > 0.05:
        # The computer may have been busy: only what is always slow counts.
        start = time.process_time()
        outcome(text)
        assert min(took, time.process_time() - start) < 0.05, text
    if isinstance(found, Expr):
        return True
    assert found.message
    assert found.spans, text
    for span in found.spans:
        assert 0 <= span.start <= span.end <= len(span.source), text
    assert "^" in str(found)
    return False


def test_mutations_of_valid_texts() -> None:
    random_ = random.Random(1)
    assert [text for text in VALID if not check(text)] == []
    read = sum(check(mutated(random_)) for _ in range(2000))
    assert 40 < read < 1960


def test_random_texts() -> None:
    random_ = random.Random(2)
    assert sum(check(scrambled(random_)) for _ in range(2000)) < 1000


@pytest.mark.long
@pytest.mark.parametrize("seed", [3, 4])
def test_more_random_texts(seed: int) -> None:
    random_ = random.Random(seed)
    for _ in range(10_000):
        check(mutated(random_))
        check(scrambled(random_))
