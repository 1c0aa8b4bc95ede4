"""The whole message of every error, with the line of the text and its carets."""

from __future__ import annotations

import re

import pytest

from bracketcalc.errors import ArgumentError, BracketCalcError, ParseError, ShapeError
from bracketcalc.expr.build import tensor, tensors
from bracketcalc.expr.core import Expr
from bracketcalc.notation.parse import parse

X, W, b, Y, S, u, v, T, A, B, lam = tensors(
    "X[n,d] W[d,k] b[k] Y[n,k] S[n,n] u[n] v[n] T[n,d,k] A[2,3] B[4,5] lam"
)
NAMES: dict[str, Expr] = {
    "X": X,
    "W": W,
    "b": b,
    "Y": Y,
    "S": S,
    "u": u,
    "v": v,
    "T": T,
    "A": A,
    "B": B,
    "lam": lam,
}

Case = tuple[str, type[BracketCalcError], str, str, str]
"""A text, the class of its error, the message, the carets under the text, and the hint."""

SYNTAX: list[Case] = [
    ("", ParseError, "the formula is empty", "^", ""),
    (" \n ", ParseError, "the formula is empty", "^", ""),
    ("(", ParseError, "'(' is never closed", "^", "write ')' behind its content"),
    ("(X", ParseError, "'(' is never closed", "^", "write ')' behind its content"),
    ("((X) + X", ParseError, "'(' is never closed", "^", "write ')' behind its content"),
    ("X)", ParseError, "')' closes nothing", " ^", "leave it out, or open a bracket before"),
    ("(X‖", ParseError, "'‖' is never closed", "  ^", "write '‖' behind its content"),
    ("‖X", ParseError, "'‖' is never closed", "^", "write '‖' behind its content"),
    ("{X", ParseError, "'{' is never closed", "^", "write '}' behind its content"),
    (r"\{X", ParseError, r"'\{' is never closed", "^^", r"write '\}' behind its content"),
    (r"\{X}", ParseError, r"expected '\}', got '}'", "^^ ^", "close brackets in order"),
    (r"{X\}", ParseError, r"expected '}', got '\}'", "^ ^^", "close brackets in order"),
    (r"\frac{1}+2", ParseError, "a fraction needs two parts in braces", "^^^^^", r"write \frac{a}{b}"),
    (r"\frac\{1\}{2} X", ParseError, "a fraction needs two parts in braces", "^^^^^", r"write \frac{a}{b}"),
    (r"X {}", ParseError, "a group in braces is empty", "  ^^", "write a formula in it"),
    ("X +", ParseError, "+ has no right operand", "  ^", "write a formula behind it, or leave it out"),
    (
        "X ⊙ + X",
        ParseError,
        "a sign stands between ⊙ and its right operand",
        "    ^",
        "put the operand with its sign in parentheses",
    ),
    ("⊙ X", ParseError, "⊙ has no left operand", "^", "write a formula before it"),
    ("X ⊙ ⊙ X", ParseError, "⊙ has no left operand", "    ^", "leave out one of the operators"),
    (
        "u · -v",
        ParseError,
        "a sign stands between · and its right operand",
        "    ^",
        "put the operand with its sign in parentheses",
    ),
    ("()", ParseError, "a group is empty", "^^", "write a formula in it"),
    ("tanh()", ParseError, "the argument of a function is empty", "    ^^", "write a formula in it"),
    ("tanh(X,)", ParseError, "an argument is missing before it", "       ^", "leave out the comma"),
    (
        "X, Y",
        ParseError,
        "a comma separates the arguments of a function",
        " ^",
        "write one formula, without a comma",
    ),
    ("2 3", ParseError, "two numbers stand beside each other", "^ ^", "write · between them"),
    (
        "X ^ ",
        ParseError,
        "expected a superscript after '^'",
        "  ^",
        "put it in braces, as in A^{1,2} or A_{21}",
    ),
    ("^2", ParseError, "a superscript stands on nothing", "^^", "write its base before it"),
    ("_1", ParseError, "a subscript stands on nothing", "^^", "write a name before it"),
    ("(_1)", ParseError, "a subscript stands on nothing", " ^^", "write a name before it"),
    (
        "X^",
        ParseError,
        "expected a superscript after '^'",
        " ^",
        "put it in braces, as in A^{1,2} or A_{21}",
    ),
    ("X_", ParseError, "expected a subscript after '_'", " ^", "put it in braces, as in A^{1,2} or A_{21}"),
    ("X^{1", ParseError, "'{' is never closed", "  ^", "write }"),
    (
        "[X]",
        ParseError,
        "square brackets group portions in the general bracket notation",
        "^",
        "write parentheses",
    ),
    (r"\frac1\cdot", ParseError, "a fraction needs two parts in braces", "^^^^^", r"write \frac{a}{b}"),
    (r"\frac{X}", ParseError, "a fraction needs two parts in braces", "^^^^^", r"write \frac{a}{b}"),
    (
        "lam/2 (u · v)",
        ParseError,
        "this can be read as a fraction times a factor, or as a division by a product",
        "   ^  ^^^^^^^",
        "put parentheses around the fraction, or around the product",
    ),
    (
        "1/lamu",
        ParseError,
        "it is not clear how much stands under the number",
        "  ^^^^",
        "put the fraction in parentheses",
    ),
    ("tanh X", ParseError, "tanh is a function", "^^^^", "write tanh(…) with its argument"),
    ("tanh", ParseError, "tanh is a function", "^^^^", "write tanh(…) with its argument"),
    ("X ⊗^{1} Y", ParseError, "⊗ takes no positions", "   ^^^^", "only ⊙ and · do"),
    ("X ⊘_1 X", ParseError, "⊘ takes no positions", "   ^^", "only ⊙ and · do"),
    (
        "X ·_k W",
        ParseError,
        "the subscript of an operator says how many positions it takes",
        "   ^^",
        "write a number, > for all positions of the right operand, or < for all of the left",
    ),
    (
        "X ·_{~1} W",
        ParseError,
        "the subscript of an operator says how many positions it takes",
        "   ^^^^^",
        "write a number, > for all positions of the right operand, or < for all of the left",
    ),
]

POSITIONS: list[Case] = [
    (
        "X .^{1} X",
        ParseError,
        "· has positions of its right operand, but none of its left operand",
        "   ^^^^",
        "write both lists, as in A^{2} ·^{1} B",
    ),
    (
        "X^{1,~2} .*^{1} X",
        ParseError,
        "the left list has 2 positions, the right list has 1",
        " ^^^^^^^   ^^^^",
        "pair each position of the left operand with one of the right",
    ),
    (
        "X^{1} ⊙^{1̄} X",
        ParseError,
        "a bar stands in the list of the right operand",
        "         ^",
        "put the bar on its partner in the left list",
    ),
    ("X^{~1} .^{1} X", ParseError, "· sums all of its positions", "   ^^", "leave out the bar, or write ⊙"),
    (
        "X^{1,1} .^{1,2} X",
        ParseError,
        "position 1 occurs twice in one list",
        "   ^ ^",
        "name each position once",
    ),
    (
        "X^{2,1} .^{3,1} W",
        ShapeError,
        "W has 2 axes: there is no position 3",
        "           ^    ^",
        "positions count from 1 to 2",
    ),
    ("X^{2} .^{0} W", ParseError, "there is no position 0", "         ^", "positions count from 1"),
    ("X^{} .^{1} W", ParseError, "a list of positions is empty", " ^^^", "write positions, as in A^{1,2}"),
    (
        "X^{1,,2} .^{1,2} W",
        ParseError,
        "a position is missing before the comma",
        "     ^",
        "write one, or leave the comma out",
    ),
    (
        "X^{12345,1} .^{1,2} W",
        ParseError,
        "a position has too many digits",
        "   ^^^^^",
        "separate positions with commas",
    ),
    (
        "X^{1,~2} .* X",
        ParseError,
        "the superscript of X is neither a power nor a transposition",
        " ^^^^^^^",
        "write a number, T, or lists of positions before and after ⊙ or ·",
    ),
    (
        "X^{i} .^{1} X",
        ParseError,
        "i in a list of positions has no value",
        "   ^",
        "give it one, as in i=2, or write positions, as in A^{1,~2}",
    ),
    ("X^{~} .^{1} X", ParseError, "a bar stands over nothing", "   ^", "write ~2 or 2̄"),
    ("X^{~T} .^{1} X", ParseError, "a bar stands over no position", "   ^^", "write ~2 or 2̄"),
    (
        "X^{(2)} ·^{1} W",
        ParseError,
        "a position in parentheses is a sum of letters and numbers",
        "   ^^^",
        "write it as in (k+1), or write positions, as in A^{1,~2}",
    ),
    (
        "T_{12}",
        ShapeError,
        "T has 3 axes, but its subscript names 2",
        "^",
        "name every position once, or give the name with its subscript a meaning",
    ),
    ("T_{1[23}", ParseError, "'[' is never closed", "    ^", "write ]"),
    (
        "S_{[~1~2]}",
        ParseError,
        "two bars in one group of positions",
        "    ^^^^",
        "put the bar on one member of the group",
    ),
    (
        "S_{[[12]]}",
        ParseError,
        "square brackets stand in square brackets",
        "   ^^",
        "close the first before",
    ),
    (
        "S_{~[12]}",
        ParseError,
        "a bar stands over a square bracket",
        "   ^^",
        "put the bar on one member: [2~3]",
    ),
    ("S_{[]}", ParseError, "a group of positions is empty", "   ^^", "leave out the brackets"),
    (
        "X_{1,3}",
        ShapeError,
        "X has 2 axes: there is no position 3",
        "^    ^",
        "positions count from 1 to 2",
    ),
    ("lam_{1}", ShapeError, "lam is a scalar: there is no position 1", "^^^  ^", "leave out the positions"),
    ("X ·_3 Y", ShapeError, "·_3 pairs 3 axes, but X has 2 axes", "^", "write a smaller number"),
    (
        "T_{ab}",
        ParseError,
        "the index a has no value",
        "   ^",
        "give it one behind the text, as in a=2, or write the index form (A_{ij} | ji)",
    ),
    (
        "tanh^{1,2}(X)",
        ParseError,
        "the superscript of tanh is not a positive power",
        "    ^^^^^^",
        "write tanh(…) and put the superscript behind it",
    ),
    (
        "tanh^{-1}(X)",
        ParseError,
        "the superscript of tanh is not a positive power",
        "    ^^^^^",
        "write tanh(…) and put the superscript behind it",
    ),
    (
        "softmax^{~1}(Y)",
        ParseError,
        "the positions of softmax select sub-tensors and cannot be summed",
        "         ^^",
        "leave out the bar, and sum the result",
    ),
    (
        "softmax^{3}(Y)",
        ShapeError,
        "Y has 2 axes: there is no position 3",
        "         ^  ^",
        "positions count from 1 to 2",
    ),
    (
        "softmax^{1}(T)",
        ShapeError,
        "softmax takes 1 axis, but T has 2 axes outside its list",
        "            ^",
        "name in the list the positions that select sub-tensors, as in softmax^{1}(A)",
    ),
    (
        "softmax(lam)",
        ShapeError,
        "softmax takes 1 axis, but lam is a scalar",
        "        ^^^",
        "apply it to a tensor with at least 1 axis",
    ),
    ("diag^2(u)", ParseError, "diag takes no power", "    ^^", "put the superscript behind diag(…)"),
]

ORIENTATION: list[Case] = [
    (
        "𝟏ᵀ u v",
        ParseError,
        "𝟏ᵀ u has the sizes 1 × 1, which a column cannot follow",
        "   ^ ^",
        "put the scalar in parentheses: (𝟏ᵀ u) v",
    ),
    (
        "lam uᵀ v X",
        ParseError,
        "uᵀ v has the sizes 1 × 1, which a matrix cannot follow",
        "       ^ ^",
        "put the scalar in parentheses: (uᵀ v) X",
    ),
    (
        "u v",
        ParseError,
        "u is a column and v is a column: they have no matrix product in this order",
        "^ ^",
        "write u · v for their inner product, or transpose one of them",
    ),
    (
        "(u + v) u",
        ParseError,
        "(u + v) is a column and u is a column: they have no matrix product in this order",
        "^^^^^^^ ^",
        "transpose one of them, or write · or ⊙ between them",
    ),
    (
        "u S",
        ParseError,
        "u is a column and S is a matrix: they have no matrix product in this order",
        "^ ^",
        "transpose the column, or write it behind the matrix",
    ),
    (
        "uᵀ vᵀ",
        ParseError,
        "uᵀ is a row and vᵀ is a row: they have no matrix product in this order",
        "^^ ^^",
        "leave out the transposition of the second",
    ),
    (
        "S uᵀ",
        ParseError,
        "S is a matrix and uᵀ is a row: they have no matrix product in this order",
        "^ ^^",
        "leave out the transposition of the row, or put a row times a column in parentheses",
    ),
    (
        "X W uᵀ",
        ParseError,
        "W is a matrix and uᵀ is a row: they have no matrix product in this order",
        "  ^ ^^",
        "leave out the transposition of the row, or put a row times a column in parentheses",
    ),
    (
        "uᵀ + v",
        ParseError,
        "uᵀ is a row, but v is a column",
        "^^   ^",
        "leave out the transposition, or transpose both",
    ),
    (
        "uᵀ ⊗ v",
        ParseError,
        "uᵀ is a row, but ⊗ knows no rows and columns",
        "^^",
        "leave out the transposition",
    ),
    (
        "uᵀ^{1} ·^{1} v",
        ParseError,
        "uᵀ is a row, but · knows no rows and columns",
        "^^",
        "leave out the transposition",
    ),
    (
        "(uᵀ)_{1}",
        ParseError,
        "(uᵀ) is a row, but a subscript knows no rows and columns",
        "^^^^",
        "leave out the transposition",
    ),
    (
        "diag(uᵀ)",
        ParseError,
        "uᵀ is a row, but diag knows no rows and columns",
        "     ^^",
        "leave out the transposition",
    ),
    (
        "uᵀ · v",
        ParseError,
        "uᵀ is a row, but v is a column",
        "^^   ^",
        "leave out the transposition, or transpose both",
    ),
]

SHAPES: list[Case] = [
    (
        "X Y",
        ShapeError,
        "position 2 of X has size d, but position 1 of Y has size n",
        "^ ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "X W Y",
        ShapeError,
        "position 2 of W has size k, but position 1 of Y has size n",
        "  ^ ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "A B",
        ShapeError,
        "position 2 of A has size 3, but position 1 of B has size 4",
        "^ ^",
        "axes that are multiplied or added together must have one size",
    ),
    (
        "X + W",
        ShapeError,
        "position 1 of X has size n, but position 1 of W has size d",
        "^   ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "X ⊙ W",
        ShapeError,
        "position 1 of X has size n, but position 1 of W has size d",
        "^   ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "A + B",
        ShapeError,
        "position 1 of A has size 2, but position 1 of B has size 4",
        "^   ^",
        "axes that are multiplied or added together must have one size",
    ),
    (
        "X + b",
        ShapeError,
        "X has 2 axes, but b has 1 axis",
        "^   ^",
        "spread a vector with ones: 𝟏 bᵀ repeats it in every row",
    ),
    (
        "X + T",
        ShapeError,
        "X has 2 axes, but T has 3 axes",
        "^   ^",
        "only numbers and scalars combine with any tensor",
    ),
    ("X · b", ShapeError, "X has 2 axes, but b has 1 axis", "^   ^", "name positions, as in A^{1} ·^{1} B"),
    (
        "X · lam",
        ShapeError,
        "· contracts all positions, but lam is a scalar and X has 2 axes",
        "^   ^^^",
        "put a scalar in parentheses beside what it multiplies: (x · y) z",
    ),
    (
        "X^{1} ·^{1} W",
        ShapeError,
        "position 1 of X has size n, but position 1 of W has size d",
        "^           ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "X ·_1 Y",
        ShapeError,
        "position 2 of X has size d, but position 1 of Y has size n",
        "^     ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "T_{1[23]}",
        ShapeError,
        "position 2 of T has size d, but position 3 of T has size k",
        "^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "T X",
        ShapeError,
        "T has 3 axes, but factors beside each other are matrices or vectors",
        "^",
        "write ·_1 to contract the last position with the first of the next factor",
    ),
    (
        "X / Y",
        ShapeError,
        "/ divides by a scalar, but Y has 2 axes",
        "    ^",
        "write ⊘ to divide element by element, or A^{-1} for an inverse",
    ),
    (
        "1/X",
        ShapeError,
        "/ divides by a scalar, but X has 2 axes",
        "  ^",
        "write ⊘ to divide element by element, or A^{-1} for an inverse",
    ),
    (
        r"\frac{X}{X}",
        ShapeError,
        "/ divides by a scalar, but X has 2 axes",
        "         ^",
        "write ⊘ to divide element by element, or A^{-1} for an inverse",
    ),
    (
        "Tᵀ",
        ShapeError,
        "T has 3 axes; only vectors and matrices can be transposed",
        "^",
        "name the order of its positions in a subscript, as in A_{321}",
    ),
    (
        "T^{-1}",
        ShapeError,
        "T has 3 axes; only scalars and matrices have powers and inverses",
        "^",
        "write power(x, -1) to apply it element by element",
    ),
    (
        "u^2",
        ShapeError,
        "u has 1 axis; only scalars and matrices have powers and inverses",
        "^",
        "write power(x, 2) to apply it element by element",
    ),
    (
        "X^2",
        ShapeError,
        "a power of a matrix needs equal numbers of rows and columns, but X has n rows and d columns",
        "^",
        "write power(x, 2) to apply it element by element",
    ),
    (
        "X^{-1}",
        ShapeError,
        "an inverse needs equal numbers of rows and columns, but X has n rows and d columns",
        "^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "A^2",
        ShapeError,
        "a power of a matrix needs equal numbers of rows and columns, but A has 2 rows and 3 columns",
        "^",
        "write power(x, 2) to apply it element by element",
    ),
    (
        "S^{1/2}",
        ShapeError,
        "S is a matrix, and 1/2 is not a whole number",
        "^",
        "write power(x, 1/2) to apply it element by element",
    ),
    (
        "det(X)",
        ShapeError,
        "det takes a square matrix, but there are n rows and d columns",
        "    ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "tr(X)",
        ShapeError,
        "position 1 of X has size n, but position 2 of X has size d",
        "   ^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "tr(u)",
        ShapeError,
        "tr takes a matrix, but u has 1 axis",
        "   ^",
        "name positions in a subscript, as in A_{1[23]}",
    ),
    (
        "diag(T)",
        ShapeError,
        "diag takes a vector or a matrix, but T has 3 axes",
        "     ^",
        "name positions in a subscript, as in A_{1[23]}",
    ),
    (
        "Xᵀ (𝟏 + u) + Wᵀ 𝟏 + v",
        ShapeError,
        "position 1 of Xᵀ (𝟏 + u) has size d, but position 1 of Wᵀ 𝟏 has size k",
        "^^^^^^^^^^   ^^^^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "(𝟏 + u) ⊙ (𝟏 + b)",
        ShapeError,
        "position 1 of (𝟏 + u) has size n, but position 1 of (𝟏 + b) has size k",
        "^^^^^^^   ^^^^^^^",
        "give both axes one name if their sizes are always equal",
    ),
    (
        "𝟏",
        ParseError,
        "the size of 𝟏 does not follow from the formula",
        "^",
        "write its size as a subscript, as in 𝟏_n or 𝟏_3",
    ),
    (
        "𝟏ᵀ 𝟏 + lam",
        ParseError,
        "the size of 𝟏 does not follow from the formula",
        "^  ^",
        "write its size as a subscript, as in 𝟏_n or 𝟏_3",
    ),
    (
        "I",
        ParseError,
        "the size of I does not follow from the formula",
        "^",
        "write its size as a subscript, as in I_n or I_3",
    ),
    (
        "u + 𝟏 (𝟏ᵀ 𝟏)",
        ParseError,
        "the size of 𝟏 does not follow from the formula",
        "       ^  ^",
        "write its size as a subscript, as in 𝟏_n or 𝟏_3",
    ),
    (
        "X ⊙ 𝟏",
        ShapeError,
        "X has 2 axes, but 𝟏 has 1 axis",
        "^   ^",
        "spread a vector with ones: 𝟏 bᵀ repeats it in every row",
    ),
    (
        "softmax(Y, 1)",
        ParseError,
        "softmax takes one argument, got 2",
        "           ^",
        "write positions as a superscript, as in softmax^{1}(A)",
    ),
    (
        "leaky_relu(X, lam)",
        ParseError,
        "the parameter slope of leaky_relu must be a number",
        "              ^^^",
        "write a number",
    ),
    (
        "leaky_relu(X, 1, 2)",
        ArgumentError,
        "leaky_relu takes x and 1 parameters ('slope',), got 2",
        "^^^^^^^^^^^^^^^^^^^",
        "",
    ),
    ("power(X)", ArgumentError, "power needs a value for exponent", "^^^^^^^^", "write power(x, exponent)"),
    ("2/0", ParseError, "a number is divided by 0", "^^^", ""),
    ("lam / 0", ArgumentError, "lam is divided by the number 0", "^^^^^^^", ""),
    ("0^{-1}", ArgumentError, "the number 0 has no power -1", "^^^^^^", ""),
    (
        "X \nu",
        ShapeError,
        "position 2 of X has size d, but position 1 of u has size n",
        "^",
        "give both axes one name if their sizes are always equal",
    ),
]

NAMES_: list[Case] = [
    (
        "Z",
        ParseError,
        "unknown name 'Z'; known: A, B, S, T, W, X, Y, b, …",
        "^",
        "give its meaning behind the text: Z=…",
    ),
    (
        "W_1",
        ShapeError,
        "W has 2 axes, but its subscript names 1",
        "^",
        "name every position once, or give the name with its subscript a meaning",
    ),
    ("XZ", ParseError, "unknown name 'XZ'; known: A, B, S, T, W, X, Y, b, …", "^^", "did you mean X?"),
    (
        "tanhh(X)",
        ParseError,
        "unknown name 'tanhh'; known: A, B, S, T, W, X, Y, b, …",
        "^^^^^",
        "did you mean tanh?",
    ),
    (
        "e ^{u}",
        ParseError,
        "unknown name 'e'; known: A, B, S, T, W, X, Y, b, …",
        "^",
        "write e^{…} without a space, or exp(…), for a power of e",
    ),
    ("e^{u) + (b}", ParseError, "')' closes nothing in the exponent", "    ^", "leave it out"),
    ("e^{(u}", ParseError, "'(' is never closed in the exponent", "   ^", "write )"),
    ("e^{}", ParseError, "the argument of a function is empty", " ^^^", "write a formula in it"),
    ("⊖ u", ParseError, "⊖ has no left operand", "^", "write a formula before it"),
    (
        "u ⊖ b",
        ShapeError,
        "⊖ subtracts a scalar, but b has 1 axis",
        "    ^",
        "write - to subtract a tensor",
    ),
    (
        "(A_{i} ⊖ A_{i} | i)",
        ParseError,
        "⊖ has no meaning in an index form",
        "       ^",
        "write - between terms",
    ),
    (
        r"\foo X",
        ParseError,
        r"unknown name '\foo'; known: A, B, S, T, W, X, Y, b, …",
        "^^^^",
        "give its meaning behind the text: foo=…",
    ),
    (
        r"\alpha",
        ParseError,
        r"unknown name '\alpha'; known: A, B, S, T, W, X, Y, b, …",
        "^^^^^^",
        "give its meaning behind the text: alpha=…",
    ),
    (
        "ι u",
        ParseError,
        "unknown name 'ι'; known: A, B, S, T, W, X, Y, b, …",
        "^",
        "a row is written bᵀ; ι stands only inside ⟨ ⟩",
    ),
    (
        "Wx_{12}",
        ParseError,
        "unknown name 'Wx_{12}'; known: A, B, S, T, W, X, Y, b, …",
        "^^^^^^^",
        "give its meaning behind the text: Wx_12=…",
    ),
    (
        "sigmod(X)",
        ParseError,
        "unknown name 'sigmod'; known: A, B, S, T, W, X, Y, b, …",
        "^^^^^^",
        "did you mean sigmoid?",
    ),
]

CHARACTERS: list[Case] = [
    (
        "X • W",
        ParseError,
        "unexpected character '•' (U+2022 BULLET)",
        "  ^",
        "write · (U+00B7), or . in ASCII",
    ),
    (
        "X * W",
        ParseError,
        "unexpected character '*' (U+002A ASTERISK)",
        "  ^",
        "write .* (⊙) to multiply element by element, or a space for the matrix product",
    ),
    (
        "X @ W",
        ParseError,
        "unexpected character '@' (U+0040 COMMERCIAL AT)",
        "  ^",
        "write a space for the matrix product, or ._1",
    ),
    (
        "X × W",
        ParseError,
        "unexpected character '×' (U+00D7 MULTIPLICATION SIGN)",
        "  ^",
        "write ⊗ (U+2297), or (x) in ASCII, for the outer product, or a space for the matrix product",
    ),
    ("X – W", ParseError, "unexpected character '–' (U+2013 EN DASH)", "  ^", "write - or − (U+2212)"),
    ("X ∕ lam", ParseError, "unexpected character '∕' (U+2215 DIVISION SLASH)", "  ^", "write /"),
    (
        "X = W",
        ParseError,
        "unexpected character '=' (U+003D EQUALS SIGN)",
        "  ^",
        "a formula has no equality sign: give one side of it",
    ),
    (
        "∥u∥",
        ParseError,
        "unexpected character '∥' (U+2225 PARALLEL TO)",
        "^",
        "write ‖ (U+2016), or norm(x)",
    ),
    (
        "X²³ₓ",
        ParseError,
        "the index ₓ has no value",
        "   ^",
        "give it one behind the text, as in x=2, or write the index form (A_{ij} | ji)",
    ),
    (
        "X ☉ W",
        ParseError,
        "unexpected character '☉' (U+2609 SUN)",
        "  ^",
        "write ⊙ (U+2299), or .* in ASCII, to multiply element by element",
    ),
    (
        "x¹²½",
        ParseError,
        "unexpected character '½' (U+00BD VULGAR FRACTION ONE HALF)",
        "   ^",
        "write digits 0 to 9",
    ),
    ("X ´", ParseError, "unexpected character '´' (U+00B4 ACUTE ACCENT)", "  ^", "write ' or ′ (U+2032)"),
    (
        "〈X〉",
        ParseError,
        "unexpected character '〈' (U+3008 LEFT ANGLE BRACKET)",
        "^^",
        "write ⟨ (U+27E8) and ⟩ (U+27E9)",
    ),
    (
        "X \u200b W",
        ParseError,
        "the text contains U+200B ZERO WIDTH SPACE, which cannot be seen",
        "  ^",
        "delete it",
    ),
    (
        "X \xa0 W",
        ParseError,
        "the text contains U+00A0 NO-BREAK SPACE, which cannot be seen",
        "  ^",
        "write an ordinary space",
    ),
    ("X\x00", ParseError, "the text contains U+0000, which cannot be seen", " ^", "delete it"),
    (
        "\tanh(X)",
        ParseError,
        r"the text contains the control character U+0009, which Python writes as \t",
        "^",
        'write a raw string, r"…", so that Python keeps the backslashes of LaTeX commands',
    ),
    (
        "\x08ar",
        ParseError,
        r"the text contains the control character U+0008, which Python writes as \b",
        "^",
        'write a raw string, r"…", so that Python keeps the backslashes of LaTeX commands',
    ),
    (
        r"\times",
        ParseError,
        r"unknown command \times",
        "^^^^^^",
        r"write \odot to multiply element by element, \cdot to sum these products, "
        r"\otimes for the outer product, or a space for the matrix product",
    ),
    (r"\top", ParseError, r"unknown command \top", "^^^^", r"write X^{\top}"),
    (
        r"\od",
        ParseError,
        r"unknown name '\od'; known: A, B, S, T, W, X, Y, b, …",
        "^^^",
        r"did you mean \odot?",
    ),
    ("\\", ParseError, "unknown command \\", "^", "leave it out"),
    (r"\mathrm", ParseError, r"\mathrm needs a name", "^^^^^^^", r"write \mathrm{…}"),
    (
        r"\mathrm{a b}",
        ParseError,
        r"\mathrm needs one name",
        "^^^^^^^^^^^^",
        "write letters and digits in it",
    ),
    (
        "X\u2062Y",
        ParseError,
        "the text contains U+2062 INVISIBLE TIMES, which cannot be seen",
        " ^",
        "delete it",
    ),
    ("1e999", ParseError, "the number 1e999 is too large", "^^^^^", "declare it as a scalar"),
    (
        "٣ u",
        ParseError,
        "unexpected character '٣' (U+0663 ARABIC-INDIC DIGIT THREE)",
        "^",
        "write digits 0 to 9",
    ),
    (
        "u٣",
        ParseError,
        "unexpected character '٣' (U+0663 ARABIC-INDIC DIGIT THREE)",
        " ^",
        "write digits 0 to 9",
    ),
    (
        "́",
        ParseError,
        "unexpected character '́' (U+0301 COMBINING ACUTE ACCENT)",
        "^",
        "write the mark after a letter or a digit",
    ),
    (
        "A ⟩",
        ParseError,
        "'⟩' closes nothing",
        "  ^",
        "leave it out, or write ⟨ before",
    ),
    (
        "<|A",
        ParseError,
        "'<|' is never closed",
        "^^",
        "write |> behind its content",
    ),
    (
        "A_{ij} B_{jk} | ik",
        ParseError,
        "'|' stands in no parentheses",
        "              ^",
        "write (A_{ij} | ji) for an index form, ‖…‖ for a norm, det(X), or abs(x)",
    ),
    (
        r"A \rangle",
        ParseError,
        r"'\rangle' closes nothing",
        "  ^^^^^^^",
        "leave it out, or write ⟨ before",
    ),
]


def _shown(text: str) -> str:
    """Return the first line of a text, with a stand-in for each character that cannot be seen."""
    return re.sub("[\t\0\x08\u200b\u2062]", "\ufffd", text.partition("\n")[0])


@pytest.mark.parametrize(
    ("text", "kind", "message", "carets", "hint"),
    [*SYNTAX, *POSITIONS, *ORIENTATION, *SHAPES, *NAMES_, *CHARACTERS],
)
def test_the_message(text: str, kind: type[BracketCalcError], message: str, carets: str, hint: str) -> None:
    with pytest.raises(BracketCalcError) as caught:
        parse(text, **NAMES)
    error = caught.value
    lines = [message, "    " + _shown(text), "    " + carets]
    if hint:
        lines.append(f"  hint: {hint}")
    assert str(error) == "\n".join(lines)
    assert type(error) is kind
    assert isinstance(error, ValueError | TypeError)
    assert error.spans[0].source == text


def test_a_name_that_is_ambiguous_shows_both_readings() -> None:
    with pytest.raises(ParseError) as caught:
        parse("abc + abc", ab=u, c=lam, a=lam, bc=u)
    assert str(caught.value) == "\n".join(
        [
            "'abc' can be read as 'ab c' or as 'a bc'",
            "    abc + abc",
            "    ^^^",
            "  hint: put spaces between the names",
        ]
    )


def test_a_name_x_in_parentheses_without_spaces_is_ambiguous() -> None:
    x = tensor("x", "n")
    with pytest.raises(ParseError) as caught:
        parse("2 S(x) x", x=x, S=S)
    assert str(caught.value) == "\n".join(
        [
            "'(x)' can be read as ⊗ or as the name x in parentheses",
            "    2 S(x) x",
            "       ^^^",
            "  hint: put spaces around it for ⊗, or leave out the parentheses",
        ]
    )


def test_no_names_were_given() -> None:
    with pytest.raises(ParseError) as caught:
        parse("foo")
    assert str(caught.value) == "\n".join(
        [
            "unknown name 'foo'; known: none was given",
            "    foo",
            "    ^^^",
            "  hint: give its meaning behind the text: foo=…",
        ]
    )


def test_positions_are_counted_in_the_normalized_text() -> None:
    """NFC makes one character of e and its accent; the span counts characters of that text."""
    with pytest.raises(ParseError) as caught:
        parse("e\u0301 + q", **{"é": u})
    error = caught.value
    assert (error.text, error.position, error.caret) == ("é + q", 4, "        ^")


def test_a_long_text_is_clipped_around_the_error() -> None:
    text = " + ".join(["u"] * 5000) + " + q" + " + u" * 5000
    with pytest.raises(ParseError) as caught:
        parse(text, u=u)
    lines = str(caught.value).split("\n")
    assert lines[0] == "unknown name 'q'; known: u"
    assert len(lines[1]) <= 4 + 74
    assert lines[1][lines[2].index("^")] == "q"


def test_the_error_is_in_the_second_line() -> None:
    with pytest.raises(ParseError) as caught:
        parse("u +\nq +\nu", u=u)
    assert str(caught.value).split("\n")[1:3] == ["    q +", "    ^"]


def test_a_long_name_is_clipped() -> None:
    with pytest.raises(ParseError) as caught:
        parse("q" * 100_000, u=u)
    assert len(str(caught.value)) < 400


def test_exponents_in_one_another_have_a_limit() -> None:
    assert parse("e^{" * 50 + "u" + "}" * 50, u=u).sizes == u.sizes
    with pytest.raises(ParseError, match="more than 50 exponents stand in one another here") as caught:
        parse("e^{" * 51 + "u" + "}" * 51, u=u)
    assert caught.value.hint == "name parts of the formula with define"


def test_a_number_has_a_limit() -> None:
    assert parse("7" * 400) == parse("7" * 400)
    with pytest.raises(ParseError, match="a number has 401 characters, the most is 400"):
        parse("7" * 401)


def test_a_definition_of_the_wrong_kind_of_parameter() -> None:
    with pytest.raises(ArgumentError) as caught:
        parse("X + leaky_relu(X, 1, 2)", X=X)
    assert caught.value.spans[0].text == "leaky_relu(X, 1, 2)"
    with pytest.raises(ShapeError, match="axes"):
        parse("softmax^{12}(X)", X=X)


@pytest.mark.parametrize("name", ["norm", "tanh", "tr"])
def test_positions_of_a_function_that_takes_none(name: str) -> None:
    with pytest.raises(
        ParseError, match=f"the superscript of {name} is a power, and the power 1 changes nothing"
    ):
        parse(f"{name}^{{1}}(A)", A=tensor("A", ("n", "n")))
