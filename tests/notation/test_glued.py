r"""Names and factors with subscripts without spaces between them: Z_tV_t, v_iw_j, {\rm tr} (paper §6.4)."""

from __future__ import annotations

from typing import Any

import pytest

import bracketcalc as bc

NAMES: dict[str, Any] = {
    name: bc.tensor(name, sizes)
    for name, sizes in {
        "Z": ("n", "n"),
        "Z_t": ("n", "n"),
        "V_t": ("n", "n"),
        "U": ("n", "n"),
        "U_{t+1}": ("n", "n"),
        "v": ("n",),
        "w": ("m",),
        "A": ("n", "m"),
        "B": ("m", "k"),
        "λ": (),
    }.items()
}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Z_tV_t", "Z_t V_t"),
        ("Z_tU", "Z_t U"),
        ("Z_tV_tU", "Z_t V_t U"),
        ("Z_tV_t^T", "Z_t V_t^T"),
        ("UZ_tV_t", "U Z_t V_t"),
        ("Z_tV_tU_{t+1}", "Z_t V_t U_{t+1}"),
        ("Z_tUZ_tλv", "Z_t U Z_t λ v"),
        ("Z_tV_t_{21}", "Z_t V_t^T"),
        ("Z_tU_{21}", "Z_t U^T"),
        ("(Z_tU_{ij} | ij) + 0 Z", None),
        ("⟨[Z_tV_t]⟩", "Z_t ⊙ V_t"),
        ("⟨[Z_tU]⟩", "Z_t ⊙ U"),
        ("(v_iw_j | ij)", "v w^T"),
        ("(A_ijB_jk | ik)", "A B"),
        ("(v_iA_ijB_jk | ik)", "diag(v) A B"),
        (r"\sum_{ij} v_iA_ijw_j", "v^T A w"),
        ("(v_iδ_{ij} | ij)", "diag(v)"),
        (r"{\rm tr}(U V_t)", "tr(U V_t)"),
        (r"\mathrm{tr}(U) + \text{tr}(U) + \operatorname{tr}(U)", r"3 {\rm tr}(U)"),
        (r"({\bf 1}^T v) {\rm v}", "(𝟏^T v) v"),
        (r"⟨[{\bf 1} v]⟩", "v"),
    ],
)
def test_glued_names(text: str, same: str | None) -> None:
    if same is None:
        with pytest.raises(bc.ShapeError, match="Z_t has 2 axes, but has no indices"):
            bc.parse(text, **NAMES)
    else:
        assert bc.equal(bc.parse(text, **NAMES), bc.parse(same, **NAMES))


def test_the_longest_given_name_wins() -> None:
    names = {**NAMES, "Z_tV": bc.tensor("Z_tV", ("n", "n"))}
    assert bc.parse("Z_tV", **names) == names["Z_tV"]
    names["W_xh"] = bc.tensor("W_xh", ("n", "n"))
    assert bc.parse("W_xh + (W_xh_{ij} | ij)", **names, h=NAMES["λ"]) == names["W_xh"] + names["W_xh"]


@pytest.mark.parametrize(
    ("text", "extra", "message"),
    [
        ("Z_tVU", {"Z_tV": "nn", "V": "nn"}, "'Z_tVU' can be read as 'Z_tV U' or as 'Z_t V U'"),
        ("(A_ijB_jk | ik)", {"jB": "mk"}, "'A_ijB' can be read as 'A_{i} jB' or as 'A_{ij} B'"),
    ],
)
def test_two_readings_are_refused(text: str, extra: dict[str, str], message: str) -> None:
    names = {**NAMES, **{name: bc.tensor(name, tuple(sizes)) for name, sizes in extra.items()}}
    with pytest.raises(bc.ParseError) as caught:
        bc.parse(text, **names)
    assert caught.value.message == message
    assert caught.value.hint.startswith("put")


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("V_tQ", "unknown name 'V_tQ'", 0),
        (r"\rm tr(U)", r"\rm stands in braces before one name", 0),
        (r"{\rm t r}(U)", r"\rm stands in braces before one name", 1),
        (r"{\rm}", r"\rm stands in braces before one name", 1),
        ("(A_ijC_jk | ik)", "two subscripts stand on A", 2),
    ],
)
def test_errors(text: str, message: str, start: int) -> None:
    with pytest.raises(bc.ParseError) as caught:
        bc.parse(text, **NAMES)
    assert message in caught.value.message
    assert caught.value.spans[0].start == start
