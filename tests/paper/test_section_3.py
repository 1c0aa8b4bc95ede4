r"""The formulas of §3: differentials, Jacobians and their composition.

Wrong in the scan, or misprinted:

====  ==============================================  ==============================================
§     as scanned                                      corrected
====  ==============================================  ==============================================
3     df(x_0; dx)_i = Σ_{i=1}^n ∂f_i/∂x_j dx_j        the sum is over j
3     Mdx = Σ_{i=1}^n dx_j M_{i,j}                    Mdx = Σ_{j=1}^n dx_j M_{·j}
(14)  M^{512 · 123} dx                                M^{512} ·^{123} dx
3.1   ∂g/∂x^T = ∂g/∂f^T ^2·^1 ∂f/∂x^T                 (∂g/∂f^T)^2 ·^1 (∂f/∂x^T)
3.1   D_h(x_0) = D_q(f(x_0)) D_f(x_0)                 D_h(x_0) = D_g(f(x_0)) D_f(x_0)
====  ==============================================  ==============================================

False as printed: §3.1, dg = (M_g^{13} ·^{12} M_f)^{345} ·^{123} dx. The product in parentheses has four
dimensions; those of dx are 2, 3 and 4, so this is dg = (M_g^{13} ·^{12} M_f)^{234} ·^{123} dx.

Not typed in:

- f(x_0 + dx) = f(x_0) + df(x_0; dx) + o(dx) (11): o(dx) is a limit, which is measured.
- ∂f/∂x and df(x_0; dx): the value of ``jacobian`` and ``jvp`` has that meaning, and is given a name.
- Σ with limits: sums are written out, or letters repeat in an index form.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import bracketcalc as bc
from tests.paper.rows import (
    FUNCTIONS,
    Names,
    assert_all_equal,
    assert_differential,
    assert_gradient,
    assert_row,
    declare,
    differentials,
    draw,
    read,
    rows,
    value,
)

MAPS = {
    "ℝ → ℝ": ("x", "f(x)"),
    "ℝⁿ → ℝ": ("x[4] A[4,4]", "x^T A f(x)"),
    "ℝⁿ → ℝᵐ": ("x[4] A[3,4]", "A f(x)"),
    "T_3 → ℝ": ("x[2,3,4] M[2,3,4]", "M · f(x)"),
    "T_3 → T_2": ("x[2,3,4] M[5,4,2]", "M^{32} ·^{13} f(x)"),
}


def given(declarations: str) -> Names:
    return {**declare(declarations), **FUNCTIONS}


# -- §3 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", MAPS)
def test_the_best_linear_approximation_11(case: str) -> None:
    """f(x_0 + dx) = f(x_0) + df(x_0; dx) + o(dx): the error per length of dx falls with that length."""
    declarations, text = MAPS[case]
    names = differentials(given(declarations), "x")
    f = read(text, names)
    df = bc.differential(f, names["x"])
    arrays, sizes = draw([f, names["dx"]])
    errors = []
    for length in (1e-1, 1e-3):
        moved = {**arrays, "x": arrays["x"] + length * arrays["dx"]}
        change = value(f, moved, sizes) - value(f, arrays, sizes)
        linear = value(df, {**arrays, "dx": length * arrays["dx"]}, sizes)
        errors.append(np.max(np.abs(change - linear)) / length)
    assert 0 < errors[1] < 0.05 * errors[0]


@pytest.mark.parametrize("case", MAPS)
def test_the_differential_is_linear(case: str) -> None:
    """df(x_0; dx) = ‖dx‖ df(x_0; dx / ‖dx‖)"""
    declarations, text = MAPS[case]
    names = differentials(given(declarations), "x")
    f, x, dx = read(text, names), names["x"], names["dx"]
    length = "power(dx^2, 1/2)" if not x.ndim else "‖dx‖"
    names["dfu"] = bc.jvp(f, {x: read(f"1/{length} dx", names)})
    assert_all_equal(bc.jvp(f, {x: dx}), read(f"{length} dfu", names))


@pytest.mark.parametrize("case", MAPS)
def test_one_hot_directions_12(case: str) -> None:
    """df(x_0; e_J)_I = ∂f_I(x_0) / ∂x_J, and df(x_0; dx)_I = Σ_J ∂f_I(x_0)/∂x_J dx_J"""
    declarations, text = MAPS[case]
    names = differentials(given(declarations), "x")
    f, x = read(text, names), names["x"]
    names["D"], names["df"] = bc.jacobian(f, x), bc.differential(f, x)
    left, right = "ab"[: f.ndim], "ijk"[: x.ndim]
    assert_row(names, "df", f"(D_{{{left + right}}} dx_{{{right}}} | {left})" if x.ndim else "D dx")
    for J in product(*map(range, x.sizes)):
        names["dfe"] = bc.jvp(f, {x: bc.onehot(J, x.sizes) if J else bc.parse("1")})
        at = "".join(str(j + 1) for j in J)
        if at:
            assert bc.equal(read("dfe", names), read(f"(D_{{{left}{at}}} | {left})", names))
        else:
            assert bc.equal(names["dfe"], names["D"])


@pytest.mark.parametrize(
    ("declarations", "formula", "texts"),
    rows(
        ("f: ℝ → ℝ, df = f'(x) dx", "x", "f(x)", ["f'(x) dx", "dx f'(x)"]),
        ("f: ℝⁿ → ℝ, df = Σ_j ∂f/∂x_j dx_j", "x[n] a[n]", "a · f(x)", ["(a_j f'(x_j) dx_j |)"]),
        (
            "f: ℝⁿ → ℝᵐ, df_i = Σ_j ∂f_i/∂x_j dx_j",
            "x[n] A[m,n]",
            "A f(x)",
            ["(A_{ij} f'(x_j) dx_j | i)", "(A_{ij} diag(f'(x))_{jk} dx_k | i)"],
        ),
        ("df = M dx", "x[n] M[m,n]", "M x", ["M dx", "(M_{ij} dx_j | i)"]),
        (
            "df = M · dx = M^{123} ·^{123} dx = Σ M_{i_1i_2i_3} dx_{i_1i_2i_3}",
            "x[n,m,k] M[n,m,k]",
            "(M_I x_I |)",
            [r"M \cdot dx", r"M^{123} \cdot^{123} dx", "(M_{i_1i_2i_3} dx_{i_1i_2i_3} |)"],
        ),
        (
            "(13)",
            "x[n,m,k] M[p,q,n,m,k]",
            "(M_{ijK} x_K | ij)",
            [r"M^{345} \cdot^{123} dx", r"M \cdot_3 dx", "M ·_> dx", "(M_{ijpqr} dx_{pqr} | ij)"],
        ),
        (
            "(14)",
            "x[n,m,k] M[m,k,p,q,n]",
            "(M_{qrijp} x_{pqr} | ij)",
            [r"M^{512} \cdot^{123} dx", "(M_{p_2p_3ijp_1} dx_{p_1p_2p_3} | ij)"],
        ),
    ),
)
def test_differentials_of_section_3(declarations: str, formula: str, texts: list[str]) -> None:
    assert_differential(given(declarations), formula, "x", *texts)


def test_a_differential_is_a_sum_of_columns() -> None:
    """df(x_0; dx) = Σ_j dx_j ∂f/∂x_j = Mdx = Σ_j dx_j M_{·j}"""
    names = declare("x[3] dx[3] M[4,3]")
    columns = [rf"(dx_{{{j}}} |) M_{{\cdot {j}}}" for j in (1, 2, 3)]
    assert_row(names, "M dx", " + ".join(columns))


def test_where_the_partial_derivatives_are_14() -> None:
    """∂f_ij / ∂x_{p_1p_2p_3} = M_{p_2p_3ijp_1}, step by step"""
    names = declare("x[2,3,4] M[3,4,5,6,2]")
    f = read(r"M^{512} \cdot^{123} x", names)
    names["D"] = bc.jacobian(f, names["x"])
    assert_row(names, "(D_{ijp_1p_2p_3} | ijp_1p_2p_3)", "(M_{p_2p_3ijp_1} | ijp_1p_2p_3)", "M_{34512}")
    for at in product((1, 2), (1, 3), (2, 4)):
        one, two, three = at
        names["dfe"] = bc.jvp(f, {names["x"]: bc.onehot([p - 1 for p in at], (2, 3, 4))})
        assert_row(
            names,
            f"(D_{{ij{one}{two}{three}}} | ij)",
            "dfe",
            rf"M^{{512}} \cdot^{{123}} e_{{{one}{two}{three}}}",
            rf"M_{{{two}{three}\cdot\cdot{one}}}",
            rf"((M_{{{two}{three}\cdot\cdot{one}}})_{{ij}} | ij)",
            f"(M_{{{two}{three}ij{one}}} | ij)",
        )


def test_the_usual_layout_of_a_jacobian_13() -> None:
    """∂f_ij / ∂x_pqr = M_ijpqr and ∂f_i / ∂x_p = J_ip"""
    names = declare("x[n,m,k] M[p,q,n,m,k] v[n] J[m,n]")
    names["D"] = bc.jacobian(read(r"M \cdot_3 x", names), names["x"])
    assert_row(names, "D", "M", "(D_{ijpqr} | ijpqr)", "(M_{ijpqr} | ijpqr)")
    assert bc.equal(bc.jacobian(read("J v", names), names["v"]), names["J"])


# -- §3.1 -----------------------------------------------------------------------------------------------


def test_derivatives_contract_15() -> None:
    """∂g/∂x = ∂g/∂f ∂f/∂x = (∂g/∂fᵀ)² ·¹ (∂f/∂xᵀ)"""
    names = given("x[n] A[m,n] B[k,m] u[m]")
    inner, outer = read("A f(x)", names), read("B g(u)", names)
    names["Df"] = bc.jacobian(inner, names["x"])
    names["Dg"] = bc.parse("B diag(g'(A f(x)))", **names)
    names["Dh"] = bc.jacobian(bc.parse("B g(A f(x))", **names), names["x"])
    assert_all_equal(bc.jacobian(outer, names["u"]), read("B diag(g'(u))", names))
    assert_row(names, "Dh", "Dg Df", r"Dg^2 \cdot^1 Df", "(Dg_{kj} Df_{ji} | ki)")


def test_differentials_compose_by_substitution() -> None:
    """dg = M_g^{13} ·^{12} (M_f^{345} ·^{123} dx) = (M_g^{13} ·^{12} M_f)^{234} ·^{123} dx

    The paper has ^{345} in the last form.
    """
    names = declare("x[2,3,4] M_f[5,6,2,3,4] M_g[5,7,6]")
    assert_differential(names, r"M_f^{345} \cdot^{123} x", "x", r"M_f^{345} \cdot^{123} dx")
    substituted = r"M_g^{13} \cdot^{12} (M_f^{345} \cdot^{123} dx)"
    assert_differential(
        names,
        r"M_g^{13} \cdot^{12} (M_f^{345} \cdot^{123} x)",
        "x",
        substituted,
        r"(M_g^{13} \cdot^{12} M_f)^{234} \cdot^{123} dx",
    )
    with pytest.raises(bc.ShapeError):
        read(r"(M_g^{13} \cdot^{12} M_f)^{345} \cdot^{123} dx", differentials(names, "x"))


@pytest.mark.parametrize(
    ("declarations", "formula", "variable", "texts"),
    rows(
        ("df = A · dW, ∇_W f = A", "A[n,m,k] W[n,m,k]", "A · W", "W", ["A", "(A_{i_1i_2i_3} | i_1i_2i_3)"]),
        ("∇_{W_1} f = A_1", "A_1[n,m] W_1[n,m] A_2[k] W_2[k]", "A_1 · W_1 + A_2 · W_2", "W_1", ["A_1"]),
        ("∇_{W_2} f = A_2", "A_1[n,m] W_1[n,m] A_2[k] W_2[k]", "A_1 · W_1 + A_2 · W_2", "W_2", ["A_2"]),
    ),
)
def test_gradients(declarations: str, formula: str, variable: str, texts: list[str]) -> None:
    assert_gradient(declare(declarations), formula, variable, *texts)


def test_the_differential_in_several_parameters() -> None:
    """df = A_1 · dW_1 + … + A_k · dW_k ⇒ ∇_{W_i} f = A_i"""
    names = declare("A_1[n,m] W_1[n,m] A_2[k] W_2[k] A_3 W_3")
    formula = "A_1 · W_1 + A_2 · W_2 + A_3 · W_3"
    assert_differential(names, formula, "W_1 W_2 W_3", "A_1 · dW_1 + A_2 · dW_2 + A_3 · dW_3")
    found = bc.gradient(read(formula, names), [names[name] for name in ("W_1", "W_2", "W_3")])
    assert found == [names[name] for name in ("A_1", "A_2", "A_3")]
