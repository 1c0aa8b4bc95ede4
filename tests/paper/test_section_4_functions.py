r"""The formulas of §4.3.4 and §4.3.5: functions on sub-tensors, and softmax.

Wrong in the scan, or misprinted:

=====  ===============================================  ================================================
§      as scanned                                       corrected
=====  ===============================================  ================================================
(26)   f^P(X)_{I_ν^P I_m} = f(X_{I_ν^P})_{I_m}          f^P(X)_{I_k^P I_m} = f(X_{I_k^P ·})_{I_m}
(27)   f(X_{I_k^P})_{I_m}                               f(X_{I_k^P ·})_{I_m}
(30)   df^P(X; …)I_k I_m, and so up to (31)             indices are subscripts: df^P(X; …)_{I_k I_m}
(32)   behind (31) the scan repeats fragments           [∇f^P(X)_{·_k J_{n-k} I_m} ⊙^{1…k} e_{J_k}]_{I_k}
                                                        [(∇f^P(X)_{·_n I_m}^{1…k} ⊙^{1…k} e_{J_k})
                                                        ^{(k+1)…n} ·^{1…(n-k)} e_{J_{n-k}}]_{I_k}
                                                        [∇f^P(X)_{·_n I_m}^{1…k \overline{(k+1)…n}}
                                                        ⊙^{1…n} e_{J_k J_{n-k}}]_{I_k}
                                                        [∇f^P(X)^{1…k \overline{(k+1)…n}}
                                                        ⊙^{P(-P)} e_{J_k^P J_{n-k}}]_{I_k I_m}
(32)   lost                                             df^P(X; dX) = ∇f^P(X)^{1…k \overline{(k+1)…n}}
                                                        ⊙^{P(-P)} dX
4.3.5  dZ = ∇s^1(A)^{12} ⊙^{1\overline{2}} dA           dZ = ∇s^1(A)^{1\overline{2}} ⊙^{12} dA
4.3.5  [\overline{das}M_2]M_1                           [\overline{da}sM_2]M_1
=====  ===============================================  ================================================

Not typed in:

- lists P and -P: several instances of each.
- ∇f(X) and ∇f^P(X) as operations: ∇f is the name of a function, whose value is given in NumPy. What
  ``generalized_gradient`` and ``subtensor_gradient`` derive is compared with it.
"""

from __future__ import annotations

from itertools import product

import pytest

import bracketcalc as bc
from tests.paper.rows import (
    Names,
    assert_all_equal,
    assert_differential,
    assert_row,
    declare,
    differentials,
    read,
    rows,
)
from tests.paper.subtensors import FUNCTIONS

# -- §4.3.4 ---------------------------------------------------------------------------------------------


CASES = [("s", "[n,m]", "1"), ("s", "[n,m]", "2"), ("s", "[n,m,k]", "31"), ("s", "[n,m,k]", "23")]
CASES += [("q", "[n,m,k]", "2"), ("q", "[n,m,k]", "3"), ("q", "[n,m,k,l]", "41"), ("t", "[n,m,k]", "31")]
"""f, the sizes of X, P"""


def given(sizes: str) -> Names:
    return differentials({**declare(f"X{sizes}"), **FUNCTIONS}, "X")


def others(X: bc.Expr, P: str) -> str:
    """Return -P."""
    return "".join(str(at) for at in range(1, X.ndim + 1) if str(at) not in P)


@pytest.mark.parametrize(("f", "sizes", "P"), [case for case in CASES if "l" not in case[1]])
def test_a_function_on_sub_tensors_27(f: str, sizes: str, P: str) -> None:
    """f^P(X)_{I_kI_m} = f(X_{I_k^P·})_{I_m}"""
    names = {**given(sizes), "X": bc.tensor("X", [2, 3, 4][: given(sizes)["X"].ndim])}
    X = names["X"]
    for values in product((1, 2), repeat=len(P)):
        index = dict(zip(P, map(str, values), strict=True))
        at = "".join(index.get(str(position), "·") for position in range(1, X.ndim + 1))
        left = f"({f}^{{{P}}}(X))_{{{''.join(map(str, values))}·}}"
        assert_row(names, left, f"{f}(X_{{{at}}})")


def test_the_definition_that_is_not_used_26() -> None:
    """With f^P(X)_{I_k^PI_m} = f(X_{I_k^P·})_{I_m}, f²(M) would leave the columns in place."""
    names = {**given(""), "M": bc.tensor("M", [3, 4])}
    for j in range(1, 5):
        assert_row(names, rf"(s^2(M)_{{21}})_{{\cdot {j}}}", rf"s(M_{{\cdot {j}}})")


@pytest.mark.parametrize(("f", "sizes"), [("s", "[n]"), ("q", "[n,m]"), ("t", "[n]")])
def test_the_generalized_gradient_28(f: str, sizes: str) -> None:
    """∇f(X)_{I_nI_m} = ∂f(X)_{I_m}/∂X_{I_n} = Jf(X)_{I_mI_n}; df = Jf(X) ·_> dX = dX ·_< ∇f(X) (29)"""
    names = given(sizes)
    F, X = read(f"{f}(X)", names), names["X"]
    names["J"], names["G"] = bc.jacobian(F, X), bc.generalized_gradient(F, X)
    n, m = "abcd"[: X.ndim], "ijkl"[: F.ndim]
    assert_row(names, "G", f"∇{f}(X)", f"(J_{{{m}{n}}} | {n}{m})", f"(G_{{{n}{m}}} | {n}{m})")
    forms = [r"J \cdot_> dX", rf"J \cdot_{X.ndim} dX", r"dX \cdot_< G", rf"dX \cdot_{X.ndim} ∇{f}(X)"]
    assert_differential(names, f"{f}(X)", "X", *forms)


@pytest.mark.parametrize(("f", "sizes", "P"), CASES)
def test_the_differential_on_sub_tensors_32(f: str, sizes: str, P: str) -> None:
    r"""df^P(X; dX) = ∇f^P(X)^{1…k \overline{(k+1)…n}} ⊙^{P(-P)} dX, where ∇f^P is (∇f)^P"""
    names = given(sizes)
    X = names["X"]
    k, n = len(P), X.ndim
    lead, rest = "12345"[:k], "".join(rf"\overline{{{at}}}" for at in range(k + 1, n + 1))
    names["G"] = bc.subtensor_gradient(FUNCTIONS[f], X, [int(p) - 1 for p in P])
    assert_row(names, "G", f"∇{f}^{{{P}}}(X)")
    at = P + others(X, P)
    assert_differential(
        names,
        f"{f}^{{{P}}}(X)",
        "X",
        rf"∇{f}^{{{P}}}(X)^{{{lead}{rest}}} \odot^{{{at}}} dX",
        rf"G^{{{lead}{rest}}} \odot^{{{at}}} dX",
    )


def test_the_proof_of_32() -> None:
    """From (30) to the formula before (32), for q: T_2 → T_1, X with sizes 2, 3, 2, 3 and P = 41"""
    names = {**given(""), "X": bc.tensor("X", [2, 3, 2, 3])}
    X = names["X"]
    F = read("q^{41}(X)", names)
    names["D"], names["G"] = bc.jacobian(F, X), read("∇q^{41}(X)", names)
    # a and b are J_k, c and d are J_{n-k}, J_k^P J_{n-k} is bcda.
    for a, b, c, d in [(1, 1, 1, 1), (3, 2, 1, 2), (2, 1, 3, 1)]:
        names["dFe"] = bc.jvp(F, {X: bc.onehot((b - 1, c - 1, d - 1, a - 1), X.sizes)})
        assert_row(
            names,
            "(dFe_{ijm} | ijm)",
            f"(D_{{ijm{b}{c}{d}{a}}} | ijm)",
            f"(G_{{ij{c}{d}m}} δ_{{i{a}}} δ_{{j{b}}} | ijm)",
            rf"G_{{\cdot\cdot {c}{d}\cdot}}^{{12}} \odot^{{12}} e_{{{a}{b}}}",
            rf"(G^{{12}} \odot^{{12}} e_{{{a}{b}}})^{{34}} \cdot^{{12}} e_{{{c}{d}}}",
            rf"G^{{12\overline{{34}}}} \odot^{{1234}} e_{{{a}{b}{c}{d}}}",
            rf"G^{{12\overline{{34}}}} \odot^{{4123}} e_{{{b}{c}{d}{a}}}",
        )


def test_the_generalized_jacobian_in_31() -> None:
    """With Jf^P(X)_{I_kI_mJ_{n-k}} δ_{I_k=J_k} the dimensions of J_{n-k} are behind those of I_m."""
    names = given("[n,m,k]")
    X = names["X"]
    names["D"] = bc.jacobian(read("q^{2}(X)", names), X)
    names["G"] = read("∇q^{2}(X)", names)
    names["Jf"] = read("(G_{icdm} | imcd)", names)
    assert_row(names, "(D_{imcbd} | imcbd)", "(Jf_{imcd} δ_{ib} | imcbd)", "(G_{icdm} δ_{ib} | imcbd)")


# -- §4.3.5 ---------------------------------------------------------------------------------------------


def test_softmax() -> None:
    """s(a) = e^a / (𝟏ᵀe^a), and s is applied to the rows of A in Z = s¹(A)."""
    names = {**declare("a[n] A[3,m]"), "s": bc.softmax}
    assert_row(names, "s(a)", r"\frac{e^a}{\mathbf{1}^T e^a}", "exp(a) / (𝟏ᵀ exp(a))")
    for i in (1, 2, 3):
        assert_row(names, rf"(s^1(A))_{{{i}\cdot}}", rf"s(A_{{{i}\cdot}})")


def test_the_differential_of_softmax_of_the_rows() -> None:
    r"""dZ = ∇s^1(A)^{1\overline{2}} ⊙^{12} dA: ∇s is symmetric, so the other bar gives the same here."""
    names = {**declare("A[n,m]"), **FUNCTIONS}
    assert_differential(
        names,
        "s^1(A)",
        "A",
        r"∇s^1(A)^{1\overline{2}} \odot^{12} dA",
        r"∇s^1(A)^{1\overline{3}} \odot^{12} dA",
        "(∇s^1(A)_{ijk} dA_{ij} | ik)",
    )


def softmax_names() -> Names:
    """Return a, da, s = s(a), ds and M = I - s𝟏ᵀ."""
    names = differentials(declare("a[n]"), "a")
    names["s"] = bc.parse("exp(a) / (𝟏ᵀ exp(a))", **names)
    names["ds"] = bc.differential(names["s"], names["a"])
    names["M"] = read(r"I - s\mathbf{1}^T", names)
    return names


@pytest.mark.parametrize(
    "texts",
    rows(
        ("e^a = (𝟏ᵀe^a)s = s𝟏ᵀe^a", [r"e^a", r"(\mathbf{1}^T e^a)s", r"s\mathbf{1}^T e^a"]),
        (
            "e^a ⊙ da = ds𝟏ᵀe^a + s𝟏ᵀ(e^a ⊙ da)",
            [
                r"e^a \odot da",
                r"ds\mathbf{1}^T e^a + s\mathbf{1}^T(e^a \odot da)",
            ],
        ),
        (
            "ds𝟏ᵀe^a = e^a ⊙ da - s𝟏ᵀ(e^a ⊙ da) = (I - s𝟏ᵀ)(e^a ⊙ da) = M(e^a ⊙ da)",
            [
                r"ds\mathbf{1}^T e^a",
                r"e^a \odot da - s\mathbf{1}^T(e^a \odot da)",
                r"(I - s\mathbf{1}^T)(e^a \odot da)",
                r"M(e^a \odot da)",
            ],
        ),
        (
            "ds = M(s ⊙ da) = M_1[M̄_2 s da] = [da̅ s M_2]M_1 = da ·_1 [sM_2]M_1 = da ·_1 (s ⊙_1 Mᵀ)",
            [
                "ds",
                r"M(s \odot da)",
                r"⟨M_1[\overline{M_2}s da]⟩",
                r"⟨[\overline{da} s M_2]M_1⟩",
                r"da \cdot_1 ⟨[sM_2]M_1⟩",
                r"da \cdot_1 (s \odot_1 M^T)",
            ],
        ),
        (
            "s ⊙_1 Mᵀ = … = diag(s) - ssᵀ",
            [
                r"s \odot_1 M^T",
                r"s \odot_1 (I - s\mathbf{1}^T)^T",
                r"s \odot_1 (I - \mathbf{1}s^T)",
                r"s\mathbf{1}^T \odot (I - \mathbf{1}s^T)",
                r"s\mathbf{1}^T \odot I - s\mathbf{1}^T \odot \mathbf{1}s^T",
                r"\operatorname{diag}(s) - ss^T",
            ],
        ),
    ),
)
def test_the_derivation_of_the_gradient_of_softmax(texts: list[str]) -> None:
    assert_row(softmax_names(), *texts)


def test_the_gradient_of_softmax_29() -> None:
    """ds = da ·_1 (s ⊙_1 Mᵀ) ⇒ ∇s = s ⊙_1 Mᵀ = diag(s) - ssᵀ"""
    names = softmax_names()
    gradient = bc.generalized_gradient(names["s"], names["a"])
    assert_all_equal(gradient, read(r"s \odot_1 M^T", names), read(r"\operatorname{diag}(s) - ss^T", names))
    assert_row({**names, "∇s": FUNCTIONS["∇s"]}, "∇s(a)", r"\operatorname{diag}(s) - ss^T")
