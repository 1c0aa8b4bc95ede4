r"""How long reading a formula takes, in each of its spellings.

Every row is one call of ``parse`` or ``bracket``, from the text and the names to the expression; nothing is
remembered between two calls. The spellings of one formula must give one expression.

    python examples/benchmarks/parse.py [--quick]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import bracketcalc as bc

TARGET = 100
"""The microseconds that a formula of the paper's size may take."""


class Row(NamedTuple):
    """A formula: its place in the paper, how it is read, and its texts by spelling."""

    place: str
    read: Callable[..., bc.Expr]
    texts: dict[str, str]


def declared() -> dict[str, bc.Expr]:
    """Return the tensors of all formulas."""
    found = bc.tensors(
        "A[n,m] B[m,k] b[k] D[p] X[m,m,m] C[m,m,m] S[m,m] W[d,k] Y[n,k] Z[n,d] P[n,k] T[n,m,l]"
    )
    return {tensor.name: tensor for tensor in found}


ROWS = (
    Row(
        "§2.3.1 matrix form",
        bc.parse,
        {"Unicode": "Z W + 𝟏 bᵀ", "ASCII": "Z W + ones b^T", "LaTeX": r"Z W + \mathbf{1} b^T"},
    ),
    Row(
        "§2.2 contraction",
        bc.parse,
        {"Unicode": "A^{2} ·^{1} B", "ASCII": "A^{2} .^{1} B", "LaTeX": r"A^{2} \cdot^{1} B"},
    ),
    Row(
        "(3) with a summed position",
        bc.parse,
        {
            "Unicode": "T^{1,2̄} ⊙^{1,2} A",
            "ASCII": "T^{1,~2} .*^{1,2} A",
            "LaTeX": r"T^{1\bar{2}} \odot^{12} A",
        },
    ),
    Row("(1) index form", bc.parse, {"ASCII": "(A_{ij} B_{jk} | ik)"}),
    Row(
        "§2.3 portions",
        bc.bracket,
        {
            "Unicode": "A_1 [A̅_2 B_1] B_2",
            "ASCII": "A_1 [~A_2 B_1] B_2",
            "LaTeX": r"A_{1} [\overline{A_{2}} B_{1}] B_{2}",
        },
    ),
    Row(
        "§2.3 portions in a formula",
        bc.parse,
        {
            "Unicode": "⟨A_1 [A̅_2 B_1] B_2⟩ + P",
            "ASCII": "<|A_1 [~A_2 B_1] B_2|> + P",
            "LaTeX": r"\langle A_{1} [\overline{A_{2}} B_{1}] B_{2} \rangle + P",
        },
    ),
    Row(
        "§4.2 portions of four copies",
        bc.bracket,
        {
            "Unicode": "S_1 X [X_2 S_2] X_3 [X_1 C_2] C_1 D X_{23} [X̅_1 C_3]",
            "ASCII": "S_1 X [X_2 S_2] X_3 [X_1 C_2] C_1 D X_{23} [~X_1 C_3]",
            "LaTeX": r"S_1 X [X_2 S_2] X_3 [X_1 C_2] C_1 D X_{23} [\overline{X_1} C_3]",
        },
    ),
    Row(
        "§5 least squares",
        bc.parse,
        {
            "Unicode": "1/2 ‖Z W + 𝟏 bᵀ - Y‖^2",
            "ASCII": "1/2 norm(Z W + ones b^T - Y)^2",
            "LaTeX": r"\frac{1}{2} \|Z W + \mathbf{1} b^T - Y\|^2",
        },
    ),
    Row(
        "§6.3 cross entropy",
        bc.parse,
        {
            "Unicode": "-1/n ln(softmax^{1}(Z W + 𝟏 bᵀ)) · Y",
            "ASCII": "-1/n ln(softmax^{1}(Z W + ones b^T)) . Y",
            "LaTeX": r"-\frac{1}{n} \ln(softmax^{1}(Z W + \mathbf{1} b^T)) \cdot Y",
        },
    ),
    Row(
        "(46) a gradient",
        bc.parse,
        {
            "Unicode": "((𝟏 𝟏ᵀ - tanh²(Y)) ⊙ (Y Bᵀ B + P)) · Z W",
            "ASCII": "((ones ones^T - tanh^2(Y)) .* (Y B^T B + P)) . Z W",
            "LaTeX": r"((\mathbf{1}\mathbf{1}^T - \tanh^2(Y)) \odot (Y B^T B + P)) \cdot Z W",
        },
    ),
)


def measure(read: Callable[..., bc.Expr], text: str, names: dict[str, bc.Expr], calls: int) -> list[float]:
    """Return the microseconds of each of several calls."""
    found = []
    for _ in range(calls):
        begun = time.perf_counter()
        read(text, **names)
        found.append((time.perf_counter() - begun) * 1e6)
    return found


def main() -> None:
    """Compare the spellings, then print the times."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--quick", action="store_true", help="a twentieth of the calls")
    calls = 50 if options.parse_args().quick else 1000

    names = declared()
    print(f"{'formula':28}{'spelling':9}{'characters':>10}{'least µs':>10}{'median µs':>11}")
    slow = 0
    for row in ROWS:
        exprs = [row.read(text, **names) for text in row.texts.values()]
        if any(expr != exprs[0] for expr in exprs):
            sys.exit(f"{row.place}: the spellings give different expressions")
        for spelling, text in row.texts.items():
            times = measure(row.read, text, names, calls)
            slow += min(times) > TARGET
            print(f"{row.place:28}{spelling:9}{len(text):10}{min(times):10.1f}{median(times):11.1f}")
    print(f"{slow} of {sum(len(row.texts) for row in ROWS)} texts take more than {TARGET} µs")


if __name__ == "__main__":
    main()
