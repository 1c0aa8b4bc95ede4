r"""The formulas of §6.4: a recurrent network.

Wrong in the scan, or misprinted:

====  ==============================================  ==================================================
§     as scanned                                      corrected
====  ==============================================  ==================================================
6.4   C_t = Z_t V + 1c^T                              O_t = Z_t V + 1c^T
6.4   d_{O_t} Σ_{t=1}^τ J_t                           the sum has another letter: Σ_{u=1}^τ J_u
====  ==============================================  ==================================================

Not typed in:

- t = 1, …, τ: three steps are written out.
- ∇_{A_t}J: a name is ∇_{A_t}, as a letter behind a subscript begins another name.
- the parameters of every step, W_t = id(W): W_1, W_2 and W_3 are tensors, and ∇_W J is the sum for W.
- tanh'(A): 𝟏𝟏ᵀ - tanh²(A) is typed.
- the graph of (48): a drawing of one term.
"""

from __future__ import annotations

import pytest

import bracketcalc as bc
from tests.paper.rows import (
    Names,
    assert_all_equal,
    assert_differential,
    assert_row,
    by_einsum,
    declare,
    differentials,
    read,
    rows,
)

SLOPE = r"(\mathbf{1}\mathbf{1}^T - \tanh^2(A_t))"

# -- one step -------------------------------------------------------------------------------------------


def step(variable: str) -> Names:
    """Return the tensors around step t, the differentials in a variable, and the letters of (47)."""
    names = declare(
        "A_t[N,h] W_{t+1}[h,m] X_{t+1}[N,d] U_{t+1}[d,m] b_{t+1}[m] V_t[h,k] c_t[k] Y_t[N,k] O_t[N,k]"
        " Z_{t-1}[N,p] W_t[p,h] X_t[N,q] U_t[q,h] b_t[h]"
        " ∇_{A_{t+1}}[N,m] ∇_{O_t}[N,k] ∇_{A_t}[N,h]"
    )
    names = differentials(names, *variable.split())
    names["s"] = bc.softmax
    names["Z_t"] = read(r"\tanh(A_t)", names)
    if variable == "A_t":
        names["dZ_t"] = bc.differential(names["Z_t"], names["A_t"])
        names["dA_{t+1}"] = bc.differential(read(FIRST, names), names["A_t"])
        names["dO_t"] = bc.differential(read(SECOND, names), names["A_t"])
        names["B"], names["D"] = read(SLOPE, names), names["dA_t"]
        names |= {
            "G": names["∇_{A_{t+1}}"],
            "W": names["W_{t+1}"],
            "H": names["∇_{O_t}"],
            "V": names["V_t"],
        }
    return names


FIRST = r"Z_t W_{t+1} + X_{t+1} U_{t+1} + \mathbf{1}b_{t+1}^T"
SECOND = r"Z_tV_t + \mathbf{1}c_t^T"
FIRST_SUM = rf"({SLOPE} \odot (∇_{{A_{{t+1}}}}W_{{t+1}}^T)) \cdot dA_t"
SECOND_SUM = rf"({SLOPE} \odot (∇_{{O_t}}V_t^T)) \cdot dA_t"


@pytest.mark.parametrize(
    ("variable", "formula", "texts"),
    rows(
        (
            "d_{A_t}J^{(1)}",
            "A_t",
            rf"∇_{{A_{{t+1}}}} \cdot ({FIRST})",
            [
                r"∇_{A_{t+1}} \cdot dA_{t+1}",
                r"G \cdot dA_{t+1}",
                r"G \cdot (dZ_t W_{t+1})",
                rf"G \cdot (({SLOPE} \odot dA_t)W_{{t+1}})",
                r"G \cdot ((B \odot D)W)",
                r"G \cdot ⟨[B_1D_1][B_2\overline{D_2}W_1]W_2⟩",
                r"⟨[G_1B_1\overline{D_1}][B_2\overline{D_2}W_1][\overline{G_2}W_2]⟩",
                r"⟨[G_1B_1][B_2W_1][\overline{G_2}W_2]⟩ \cdot D",
                r"(B \odot ⟨G_1W_1[\overline{G_2}W_2]⟩) \cdot D",
                r"(B \odot (GW^T)) \cdot D",
                FIRST_SUM,
            ],
        ),
        (
            "d_{A_t}J^{(2)}",
            "A_t",
            rf"∇_{{O_t}} \cdot ({SECOND})",
            [r"∇_{O_t} \cdot dO_t", r"H \cdot (dZ_tV_t)", r"(B \odot (HV^T)) \cdot D", SECOND_SUM],
        ),
        (
            "d_{A_t}J (46)",
            "A_t",
            rf"∇_{{A_{{t+1}}}} \cdot ({FIRST}) + ∇_{{O_t}} \cdot ({SECOND})",
            [
                r"∇_{A_{t+1}} \cdot dA_{t+1} + ∇_{O_t} \cdot dO_t",
                f"{FIRST_SUM} + {SECOND_SUM}",
                r"(B \odot (GW^T) + B \odot (HV^T)) \cdot D",
                r"(B \odot (GW^T + HV^T)) \cdot D",
                rf"({SLOPE} \odot (∇_{{A_{{t+1}}}}W_{{t+1}}^T + ∇_{{O_t}}V_t^T)) \cdot dA_t",
            ],
        ),
        (
            "d_{W_t,U_t,b_t}J",
            "W_t U_t b_t",
            r"∇_{A_t} \cdot (Z_{t-1} W_t + X_tU_t + \mathbf{1}b_t^T)",
            [
                r"∇_{A_t} \cdot (Z_{t-1} dW_t) + ∇_{A_t} \cdot (X_t dU_t)"
                r" + ∇_{A_t} \cdot (\mathbf{1}db_t^T)",
                r"(Z_{t-1}^T ∇_{A_t}) \cdot dW_t + (X_t^T ∇_{A_t}) \cdot dU_t"
                r" + (∇_{A_t}^T\mathbf{1}) \cdot db_t",
            ],
        ),
        (
            "d_{V_t,c_t}J",
            "V_t c_t",
            rf"∇_{{O_t}} \cdot ({SECOND})",
            [
                r"∇_{O_t} \cdot (Z_t dV_t) + ∇_{O_t} \cdot (\mathbf{1}dc_t^T)",
                r"(Z_t^T ∇_{O_t}) \cdot dV_t + (∇_{O_t}^T\mathbf{1}) \cdot dc_t",
            ],
        ),
    ),
)
def test_one_step(variable: str, formula: str, texts: list[str]) -> None:
    assert_differential(step(variable), formula, variable, *texts)


@pytest.mark.parametrize(
    ("declarations", "equation", "texts"),
    rows(
        (
            "(48) is B ⊙ (GWᵀ)",
            "G[n,k] B[n,h] W[h,k]",
            "nk,nh,hk->nh",
            [
                r"⟨[G_1B_1][B_2W_1][\overline{G_2}W_2]⟩",
                r"B \odot ⟨G_1W_1[\overline{G_2}W_2]⟩",
                r"B \odot ⟨G_1[\overline{G_2}W_2]W_1⟩",
                r"B \odot (GW^T)",
            ],
        ),
        (
            "A · (BD)",
            "A[n,k] B[n,m] D[m,k]",
            "nk,nm,mk->",
            [
                r"A \cdot (BD)",
                r"A \cdot ⟨B_1[B_2\overline{D_1}]D_2⟩",
                r"⟨[\overline{A_1}B_1][B_2\overline{D_1}][A_2\overline{D_2}]⟩",
                r"⟨[\overline{A_1}B_1]B_2A_2⟩ \cdot D",
                r"⟨B_2[B_1\overline{A_1}]A_2⟩ \cdot D",
                r"(B^TA) \cdot D",
            ],
        ),
        (
            "A · (𝟏dᵀ)",
            "A[n,k] d[k]",
            "nk,k->",
            [
                r"A \cdot (\mathbf{1}d^T)",
                r"A \cdot ⟨1d⟩",
                r"⟨[\overline{A_1}1][A_2\overline{d}]⟩",
                r"⟨\overline{A_1}[A_2\overline{d}]⟩",
                r"⟨\overline{A_1}A_2⟩ \cdot d",
                r"⟨A_2[\overline{A_1}1]⟩ \cdot d",
                r"(A^T\mathbf{1}) \cdot d",
            ],
        ),
    ),
)
def test_brackets(declarations: str, equation: str, texts: list[str]) -> None:
    names = declare(declarations)
    assert_row(names, *texts, expected=by_einsum(equation, *names))


def test_the_output_of_one_step() -> None:
    """d_{O_t}J = -1/N (Y_t - s¹(O_t)) · dO_t, as the rows of Y_t sum to 1"""
    names = {**declare("O_t[N,k] Q[N,k]"), "s": bc.softmax}
    names["Y_t"] = read(r"Q \oslash (Q \mathbf{1}\mathbf{1}^T)", names)
    loss = r"-\frac{1}{N}\ln(s^1(O_t)) \cdot Y_t"
    assert_differential(names, loss, "O_t", r"-\frac{1}{N}(Y_t - s^1(O_t)) \cdot dO_t")


# -- all steps ------------------------------------------------------------------------------------------

STEPS = (1, 2, 3)
PARAMETERS = {"W": "[h,h]", "U": "[d,h]", "b": "[h]", "V": "[h,k]", "c": "[k]"}


def network(shared: bool) -> Names:
    """Return three steps, whose parameters are shared or one of each for every step, and J (45)."""
    words = ["Z_0[N,h]", *[f"X_{t}[N,d] Q_{t}[N,k]" for t in STEPS]]
    for name, sizes in PARAMETERS.items():
        words += [f"{name}{sizes}"] if shared else [f"{name}_{t}{sizes}" for t in STEPS]
    names = {**declare(" ".join(words)), "s": bc.softmax}
    losses = []
    for t in STEPS:
        W, U, b, V, c = PARAMETERS if shared else [f"{name}_{t}" for name in PARAMETERS]
        names[f"Y_{t}"] = read(rf"Q_{t} \oslash (Q_{t} \mathbf{{1}}\mathbf{{1}}^T)", names)
        formulas = {
            f"A_{t}": rf"Z_{t - 1}{W} + X_{t}{U} + \mathbf{{1}}{b}^T",
            f"Z_{t}": rf"\tanh(A_{t})",
            f"O_{t}": rf"Z_{t}{V} + \mathbf{{1}}{c}^T",
        }
        for name, text in formulas.items():
            names[name] = bc.define(name, read(text, names))
        losses.append(rf"-\frac{{1}}{{N}}\ln(s^1(O_{t})) \cdot Y_{t}")
    names["J"] = read(" ".join(losses), names)
    # The closed forms, from the last step to the first.
    for t in reversed(STEPS):
        W, V = (f"W_{t + 1}", f"V_{t}") if not shared else ("W", "V")
        names[f"∇_{{O_{t}}}"] = read(rf"-\frac{{1}}{{N}}(Y_{t} - s^1(O_{t}))", names)
        later = rf"∇_{{A_{t + 1}}}{W}^T + " if t < STEPS[-1] else ""
        text = rf"(\mathbf{{1}}\mathbf{{1}}^T - \tanh^2(A_{t})) \odot ({later}∇_{{O_{t}}}{V}^T)"
        names[f"∇_{{A_{t}}}"] = read(text, names)
    return names


CLOSED = {
    "W": "Z_{before}^T ∇_{A_#}",
    "U": "X_#^T ∇_{A_#}",
    "b": r"∇_{A_#}^T \mathbf{1}",
    "V": "Z_#^T ∇_{O_#}",
    "c": r"∇_{O_#}^T \mathbf{1}",
}


def at(text: str, t: int) -> str:
    return text.replace("{before}", str(t - 1)).replace("#", str(t))


def test_the_loss_in_rows_45() -> None:
    """J_t = -1/N Σ_i ln(s(O_{ti·})) · Y_{ti·}"""
    names = {**declare("O_t[3,k] Y_t[3,k]"), "s": bc.softmax}
    terms = [rf"\ln(s((O_t)_{{{i}\cdot}})) \cdot (Y_t)_{{{i}\cdot}}" for i in (1, 2, 3)]
    text = rf"-\frac{{1}}{{3}}({' + '.join(terms)})"
    assert_row(names, r"-\frac{1}{3}\ln(s^1(O_t)) \cdot Y_t", text)


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_final_equations(name: str) -> None:
    """∇_W J = Σ_t Z_{t-1}ᵀ∇_{A_t}J, ∇_U J = Σ_t X_tᵀ∇_{A_t}J, ∇_b J = Σ_t ∇_{A_t}Jᵀ𝟏 and so V and c"""
    names = network(shared=True)
    text = " + ".join(at(CLOSED[name], t) for t in STEPS)
    assert_all_equal(bc.gradient(names["J"], names[name]), read(text, names))


def test_the_gradients_of_every_step() -> None:
    """∇_{A_t}J with ∇_{A_{τ+1}}J = 0, and ∇_{O_t}J"""
    names = network(shared=True)
    for t in STEPS:
        for letter in "AO":
            found = bc.gradient(names["J"], names[f"{letter}_{t}"])
            assert_all_equal(found, names[f"∇_{{{letter}_{t}}}"])


def test_a_shared_parameter_has_the_sum_of_the_gradients() -> None:
    """∇_W J = Σ_t ∇_{W_t} J, where W_t = id(W)"""
    apart = network(shared=False)
    for name in PARAMETERS:
        for t in STEPS:
            found = bc.gradient(apart["J"], apart[f"{name}_{t}"])
            assert_all_equal(found, read(at(CLOSED[name], t), apart))
