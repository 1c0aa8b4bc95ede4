r"""The formulas of §6.1 and §6.2: fully connected networks for regression.

Wrong in the scan, or misprinted:

====  ===============================================  ===============================================
§     as scanned                                       corrected
====  ===============================================  ===============================================
6.1   [ZC(\overline{X_1}d\overline{W_2})]              [ZC(\overline{X_1}\overline{dW_2})]
6.1   [ZC(\overline{1}db)]                             [ZC(\overline{1}\overline{db})]
6.2   [PQ(\overline{R_1}S_2)][\overline{R_2}S_1]       [PQ(\overline{R_1}\overline{S_2})]
                                                       [\overline{R_2}S_1]
6.2   [R_2\overline{S_1}][PQ(\overline{R_1}S_2)]       [R_2\overline{S_1}]
                                                       [PQ(\overline{R_1}\overline{S_2})]
6.2   [PQ(\overline{1}d)]                              [PQ(\overline{1}\overline{d})]
6.2   [PQ(\overline{1}d)] · d                          [PQ(\overline{1}1)] · d
6.2   (Z_{J-1}^T (∇_{Z_j}J_1 ⊙ f'_j(A_j))) · dW_j      (Z_{j-1}^T (∇_{Z_j}J_1 ⊙ f'_j(A_j))) · dW_j
6.2   (∇_{W_i}J_1 + λW_j) · dW_j                       (∇_{W_j}J_1 + λW_j) · dW_j
6.2   "Here are the final formulas:" is followed by    ∇_{Z_L}J_1 = 1/N (Z_L - Y),
      nothing                                          ∇_{Z_j}J_1 = S_{j+1}W_{j+1}^T,
                                                       ∇_{W_j}J_1 = Z_{j-1}^T S_j, ∇_{b_j}J_1 = S_j^T 1
6.2   ∇_{Z_j} J … S_j = ∇_{Z_j}J ⊙ f'_i(A_j)           f'_j
====  ===============================================  ===============================================

Not typed in:

- XW + b^T with a broadcast row: nothing is broadcast; the paper's 𝟏b^T is typed.
- ∇_{Z_j}J: a name is ∇_{Z_j}, as a letter behind a subscript begins another name.
- j = 1, …, L and Σ_k: three layers with three functions.
"""

from __future__ import annotations

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
    read,
    rows,
)

# -- §6.1 -----------------------------------------------------------------------------------------------

LOSS = r"\frac{1}{2}(f(XW + \mathbf{1}b^T) - Y) \cdot (f(XW + \mathbf{1}b^T) - Y)"


def single_layer() -> Names:
    """Return X, W, b, Y, h, Z = h - Y, C = f'(XW + 𝟏bᵀ), dh and dJ."""
    names = differentials({**declare("X[N,d] W[d,k] b[k] Y[N,k]"), **FUNCTIONS}, "W", "b")
    variables = [names["W"], names["b"]]
    names["h"] = read(r"f(XW + \mathbf{1}b^T)", names)
    names["C"] = read(r"f'(XW + \mathbf{1}b^T)", names)
    names["Z"] = read("h - Y", names)
    names["dh"] = bc.differential(names["h"], variables)
    names["dJ"] = bc.differential(read(LOSS, names), variables)
    return names


@pytest.mark.parametrize(
    "texts",
    rows(
        (
            "J = 1/2 ‖h - Y‖² = 1/2 (h - Y) · (h - Y)",
            [r"\frac{1}{2} \|h - Y\|^2", r"\frac{1}{2}(h - Y) \cdot (h - Y)", LOSS],
        ),
        (
            "dh",
            [
                "dh",
                r"f'(XW + \mathbf{1}b^T) \odot (XdW + \mathbf{1}db^T)",
                r"C \odot (XdW + \mathbf{1}db^T)",
            ],
        ),
        ("2dJ", ["2dJ", r"dh \cdot (h - Y) + (h - Y) \cdot dh", r"2(h - Y) \cdot dh"]),
        (
            "dJ",
            [
                "dJ",
                r"(h - Y) \cdot dh",
                r"Z \cdot dh",
                r"Z \cdot (C \odot (XdW)) + Z \cdot (C \odot (\mathbf{1}db^T))",
                r"⟨[\overline{Z}C(X_1[X_2\overline{dW_1}]dW_2)] + [\overline{Z}C(1db)]⟩",
                r"⟨[X_2\overline{dW_1}][ZC(\overline{X_1}\overline{dW_2})] + [ZC(1̄\overline{db})]⟩",
                r"⟨X_2[ZC(\overline{X_1}1)]⟩ \cdot dW + ⟨[ZC(\overline{1}1)]⟩ \cdot db",
                r"(X^T⟨[ZC(11)]⟩) \cdot dW + (⟨[ZC(11)]⟩^T\mathbf{1}) \cdot db",
                r"(X^T(Z \odot C)) \cdot dW + ((Z \odot C)^T\mathbf{1}) \cdot db",
            ],
        ),
        ("Z ⊙ C", [r"Z \odot C", r"(h - Y) \odot f'(XW + \mathbf{1}b^T)", "⟨[ZC(11)]⟩"]),
    ),
)
def test_single_layer(texts: list[str]) -> None:
    assert_row(single_layer(), *texts)


def test_the_differential_of_a_single_layer() -> None:
    names = single_layer()
    text = r"(X^T(Z \odot C)) \cdot dW + ((Z \odot C)^T\mathbf{1}) \cdot db"
    assert_differential(names, LOSS, "W b", text)
    assert_gradient(names, LOSS, "W", r"X^T(Z \odot C)")
    assert_gradient(names, LOSS, "b", r"(Z \odot C)^T\mathbf{1}")


# -- §6.2: one layer ------------------------------------------------------------------------------------

LAYER = r"∇_{Z_j} \cdot f(Z_{j-1}W_j + \mathbf{1}b_j^T)"
STEP = r"∇_{Z_j} \odot f'(A_j)"


def layer(variable: str) -> Names:
    """Return a layer with P = ∇_{Z_j}J_1, Q = f'(A_j), and R, S or d as the paper names them."""
    names = {**declare("Z_{j-1}[N,d] W_j[d,k] b_j[k] ∇_{Z_j}[N,k]"), **FUNCTIONS}
    names = differentials(names, "Z_{j-1}", "W_j", "b_j")
    names["A_j"] = read(r"Z_{j-1}W_j + \mathbf{1}b_j^T", names)
    names["dZ_j"] = bc.differential(read("f(A_j)", names), names[variable])
    names["P"], names["Q"] = names["∇_{Z_j}"], read("f'(A_j)", names)
    names["R"] = names["dZ_{j-1}" if variable == "Z_{j-1}" else "Z_{j-1}"]
    names["S"] = names["dW_j" if variable == "W_j" else "W_j"]
    names["d"] = names["db_j"]
    return names


@pytest.mark.parametrize(
    ("variable", "texts"),
    rows(
        (
            "d_{Z_{j-1}} J_1",
            "Z_{j-1}",
            [
                r"∇_{Z_j} \cdot dZ_j",
                r"∇_{Z_j} \cdot (f'(A_j) \odot (dZ_{j-1}W_j))",
                r"∇_{Z_j} \cdot f'(A_j) \odot (dZ_{j-1}W_j)",
                r"P \cdot Q \odot (RS)",
                r"⟨[\overline{P}Q(R_1[\overline{R_2}S_1]S_2)]⟩",
                r"⟨[PQ(\overline{R_1}\overline{S_2})][\overline{R_2}S_1]⟩",
                r"⟨[PQ(1\overline{S_2})]S_1⟩ \cdot R",
                r"((P \odot Q)S^T) \cdot R",
                rf"(({STEP})W_j^T) \cdot dZ_{{j-1}}",
            ],
        ),
        (
            "d_{W_j} J_1",
            "W_j",
            [
                r"∇_{Z_j} \cdot dZ_j",
                r"∇_{Z_j} \cdot (f'(A_j) \odot (Z_{j-1}dW_j))",
                r"∇_{Z_j} \cdot f'(A_j) \odot (Z_{j-1}dW_j)",
                r"P \cdot Q \odot (RS)",
                r"⟨[\overline{P}Q(R_1[R_2\overline{S_1}]S_2)]⟩",
                r"⟨[R_2\overline{S_1}][PQ(\overline{R_1}\overline{S_2})]⟩",
                r"⟨R_2[PQ(\overline{R_1}1)]⟩ \cdot S",
                r"(R^T(P \odot Q)) \cdot S",
                rf"(Z_{{j-1}}^T({STEP})) \cdot dW_j",
            ],
        ),
        (
            "d_{b_j} J_1",
            "b_j",
            [
                r"∇_{Z_j} \cdot dZ_j",
                r"∇_{Z_j} \cdot (f'(A_j) \odot (\mathbf{1}db_j^T))",
                r"∇_{Z_j} \cdot f'(A_j) \odot (\mathbf{1}db_j^T)",
                r"P \cdot Q \odot (\mathbf{1}d^T)",
                r"⟨[PQ(\overline{1}\overline{d})]⟩",
                r"⟨[PQ(\overline{1}1)]⟩ \cdot d",
                r"((P \odot Q)^T\mathbf{1}) \cdot d",
                rf"(({STEP})^T\mathbf{{1}}) \cdot db_j",
            ],
        ),
    ),
)
def test_one_layer(variable: str, texts: list[str]) -> None:
    assert_differential(layer(variable), LAYER, variable, *texts)


@pytest.mark.parametrize(
    ("formula", "variable", "texts"),
    rows(
        (
            "d_{Z_L} J_1",
            r"\frac{1}{2N}(Z_L - Y) \cdot (Z_L - Y)",
            "Z_L",
            [
                r"\frac{1}{2N}(dZ_L \cdot (Z_L - Y) + (Z_L - Y) \cdot dZ_L)",
                r"\frac{1}{N}(Z_L - Y) \cdot dZ_L",
            ],
        ),
        (
            "d_{W_j} of the regularization",
            r"\frac{1}{2} \lambda (W_1 \cdot W_1 + W_2 \cdot W_2)",
            "W_2",
            [r"\frac{1}{2} \lambda (dW_2 \cdot W_2 + W_2 \cdot dW_2)", r"\lambda W_2 \cdot dW_2"],
        ),
        (
            "d_{W_j} J",
            r"G \cdot W_2 + \frac{1}{2} \lambda (W_1 \cdot W_1 + W_2 \cdot W_2)",
            "W_2",
            [r"G \cdot dW_2 + \lambda W_2 \cdot dW_2", r"(G + \lambda W_2) \cdot dW_2"],
        ),
    ),
)
def test_losses(formula: str, variable: str, texts: list[str]) -> None:
    names = declare("Z_L[N,k] Y[N,k] W_1[d,m] W_2[m,k] G[m,k] λ")
    assert_differential(names, formula, variable, *texts)


# -- §6.2: the final equations --------------------------------------------------------------------------

DEPTH = 3


def network() -> Names:
    """Return the names of three layers: Z_j and A_j are defined names, f_2 is another function."""
    names = declare("Z_0[N,d] W_1[d,m] W_2[m,h] W_3[h,k] b_1[m] b_2[h] b_3[k] Y[N,k] λ")
    for j in range(1, DEPTH + 1):
        name = "g" if j == 2 else "f"
        names |= {f"f_{j}": FUNCTIONS[name], f"f'_{j}": FUNCTIONS[f"{name}'"]}
        text = rf"Z_{j - 1}W_{j} + \mathbf{{1}}b_{j}^T"
        names[f"A_{j}"] = bc.define(f"A_{j}", read(text, names))
        names[f"Z_{j}"] = bc.define(f"Z_{j}", read(f"f_{j}(A_{j})", names))
    return names


def test_the_final_equations() -> None:
    """∇_{Z_L}J, ∇_{Z_j}J, ∇_{W_j}J and ∇_{b_j}J of the regularized loss, and without λ those of J_1"""
    names = network()
    regular = r"\frac{1}{2} \lambda (W_1 \cdot W_1 + W_2 \cdot W_2 + W_3 \cdot W_3)"
    loss = read(rf"\frac{{1}}{{2N}}(Z_3 - Y) \cdot (Z_3 - Y) + {regular}", names)
    J_1 = read(r"\frac{1}{2N}(Z_3 - Y) \cdot (Z_3 - Y)", names)
    for j in range(DEPTH, 0, -1):
        above = r"\frac{1}{N}(Z_3 - Y)" if j == DEPTH else f"S_{j + 1} W_{j + 1}^T"
        names[f"∇_{{Z_{j}}}"] = read(above, names)
        names[f"S_{j}"] = read(rf"∇_{{Z_{j}}} \odot f'_{j}(A_{j})", names)
        Z, W, b = (names[f"{name}_{j}"] for name in "ZWb")
        assert_all_equal(bc.gradient(loss, Z), names[f"∇_{{Z_{j}}}"], bc.gradient(J_1, Z))
        found = rf"Z_{j - 1}^T S_{j}"
        assert_all_equal(bc.gradient(loss, W), read(rf"{found} + \lambda W_{j}", names))
        assert_all_equal(bc.gradient(J_1, W), read(found, names))
        text = rf"S_{j}^T\mathbf{{1}}"
        assert_all_equal(bc.gradient(loss, b), read(text, names), bc.gradient(J_1, b))
