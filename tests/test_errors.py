"""The error family: messages, carets of any width, pickling."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bracketcalc import errors
from bracketcalc.errors import (
    WINDOW,
    ArgumentError,
    BracketCalcError,
    DerivativeError,
    MemoryLimitError,
    ParseError,
    ShapeError,
    SingularMatrixError,
    Span,
    cell_width,
    underline,
)

FAMILY = {
    ParseError: ValueError,
    ShapeError: ValueError,
    DerivativeError: ValueError,
    ArgumentError: TypeError,
    MemoryLimitError: MemoryError,
    SingularMatrixError: ArithmeticError,
}


def test_the_family_is_complete() -> None:
    found = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, BracketCalcError) and kind is not BracketCalcError
    }
    assert found == set(FAMILY)


@pytest.mark.parametrize(("kind", "builtin"), FAMILY.items())
def test_every_error_is_also_what_numpy_would_raise(
    kind: type[BracketCalcError], builtin: type[Exception]
) -> None:
    with pytest.raises(builtin) as raised:
        raise kind("what is wrong", hint="one thing to do")
    assert isinstance(raised.value, BracketCalcError)
    assert str(raised.value) == "what is wrong\n  hint: one thing to do"
    assert raised.value.args == ("what is wrong",)


@pytest.mark.parametrize("kind", [BracketCalcError, *FAMILY])
def test_errors_pickle(kind: type[BracketCalcError]) -> None:
    error = kind("wrong", spans=[Span("A + B", 4, 5)], hint="do")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == "wrong\n    A + B\n        ^\n  hint: do"
    assert (again.message, again.spans, again.hint) == (error.message, error.spans, error.hint)


def test_a_plain_message_stands_alone() -> None:
    assert str(ShapeError("wrong")) == "wrong"


def test_parse_errors_tell_the_place() -> None:
    error = ParseError("wrong", spans=[Span("A + é?", 5, 6), Span("A + é?", 0, 1)])
    assert (error.text, error.position, error.caret) == ("A + é?", 5, "    ^    ^")
    nowhere = ParseError("wrong")
    assert (nowhere.text, nowhere.position, nowhere.caret) == ("", 0, "")


def test_spans() -> None:
    span = Span("A + B", 4, 5)
    assert span.text == "B"
    assert span.to(Span("A + B", 0, 1)) == Span("A + B", 0, 5) == Span("A + B", 0, 1).to(span)


@pytest.mark.parametrize(
    ("text", "places", "carets"),
    [
        ("A + B", [(0, 1)], "^"),
        ("A + B", [(0, 1), (4, 5)], "^   ^"),
        ("A + B", [(0, 5)], "^^^^^"),
        ("A +", [(3, 3)], "   ^"),
        ("A +", [(3, 9)], "   ^"),
        ("", [(0, 0)], "^"),
        ("x̄ + B", [(5, 6)], "    ^"),
        ("中文 + B", [(0, 2), (5, 6)], "^^^^   ^"),
        ("ﬁ𝐗 B", [(3, 4)], "   ^"),
    ],
)
def test_carets_count_display_cells(text: str, places: list[tuple[int, int]], carets: str) -> None:
    shown, marks = underline([Span(text, *place) for place in places])
    assert shown == "    " + text
    assert marks == "    " + carets


def test_only_the_line_of_the_first_place_is_shown() -> None:
    text = "A +\nB ? C\n? D"
    assert underline([Span(text, 6, 7), Span(text, 10, 11), Span(text, 0, 1)]) == ["    B ? C", "      ^"]
    assert underline([Span(text, 2, 7)]) == ["    A +", "      ^"]
    assert underline([Span(text, 8, 10)]) == ["    B ? C", "        ^"]


def test_control_characters_are_shown_in_one_cell() -> None:
    assert underline([Span("A\t\x1bB", 3, 4)]) == [
        "    A\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}B",
        "       ^",
    ]


def test_a_long_line_is_clipped_around_the_place() -> None:
    text = "a" * 500 + "?" + "b" * 500
    shown, marks = underline([Span(text, 500, 501), Span(text, 2, 3)])
    assert shown == "    …" + "a" * (WINDOW // 2) + "?" + "b" * (WINDOW // 2 - 1) + "…"
    assert shown[marks.index("^")] == "?"
    assert marks.count("^") == 1
    start, _ = underline([Span(text, 0, 1)])
    assert start == "    " + "a" * WINDOW + "…"


@given(st.text("ab?中\N{COMBINING MACRON}\n\t", max_size=100), st.integers(0, 100), st.integers(0, 100))
@settings(max_examples=50)
def test_any_place_in_any_text(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    shown, marks = underline([Span(text, start, start + length)])
    assert marks.startswith("    ")
    assert set(marks[4:]) <= {" ", "^"}
    assert marks.count("^") >= 1
    assert "\n" not in shown
    assert cell_width(marks) <= cell_width(shown) + 1


def test_cell_width() -> None:
    assert [cell_width(text) for text in ("", "ab", "x̄", "中", "⊙·₂", "…")] == [0, 2, 1, 2, 3, 1]
