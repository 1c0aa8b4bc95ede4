"""For each named rule, random nodes to which it applies, and nodes that only look like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from bracketcalc.expr.algebra import outer
from bracketcalc.expr.core import (
    POWER,
    Delta,
    Elementwise,
    Expr,
    Extent,
    OneHot,
    Ones,
    Product,
    Size,
    Sum,
    Tensor,
    constant,
    product,
    scale,
    spread,
)
from bracketcalc.expr.facts import AnyFact, Fact, SumsToOne
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.number import Number
from bracketcalc.functions.exponential import TANH
from bracketcalc.functions.solving import SOLVE, transposed
from bracketcalc.functions.square_matrix import INV
from tests.strategies import (
    Sizes,
    expressions,
    extents,
    named,
    numbers,
    positives,
    products,
    rewritten,
    shapes,
    tensors,
)


def power(base: Expr, exponent: Number) -> Expr:
    """Return base^exponent as a node."""
    return Elementwise(POWER, (exponent,), base)


def beside(expr: Expr, other: Expr) -> Product:
    """Return the product of two expressions with equal axes, element by element."""
    axes = range(expr.ndim)
    return product(1, [(expr, axes), (other, axes)], axes)


@st.composite
def redex(draw: st.DrawFn, name: str) -> Expr:
    """Return a node to which the rule of the given name applies."""
    sizes = draw(shapes(0, 2))
    node = _REDEXES[name](draw, sizes)
    assert isinstance(node, Expr)
    return node


@st.composite
def near_miss(draw: st.DrawFn, name: str) -> Expr:
    """Return a node that looks like a place for the rule of the given name, but is none."""
    sizes = draw(shapes(0, 2))
    node = _NEAR_MISSES[name](draw, sizes)
    assert isinstance(node, Expr)
    return node


def _some(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return draw(expressions(sizes, depth=1))


def _trivial_power(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return draw(
        st.sampled_from(
            [
                power(OneHot(1, 4), draw(numbers(2, Fraction(1, 2)))),
                power(_some(draw, sizes), 1),
                power(_some(draw, sizes), 0),
                power(Ones(sizes), Fraction(-1, 2)),
                power(spread(constant(4), sizes), Fraction(1, 2)),
                power(spread(constant(-2), sizes), -3),
            ]
        )
    )


def _power_of_power(draw: st.DrawFn, sizes: Sizes) -> Expr:
    inner = draw(numbers(2, -1, 3, Fraction(1, 2), -0.5))
    return power(power(draw(positives(sizes)), inner), draw(numbers(2, -1, 3, -2)))


def _power_of_product(draw: st.DrawFn, sizes: Sizes) -> Expr:
    order = draw(st.permutations(range(len(sizes))))
    tensor = draw(tensors(tuple([sizes[place] for place in order]), "PQ"))
    factors = [(tensor, order)] + ([] if sizes else [(draw(tensors((), "PQ")), ())])
    base = product(draw(numbers()), factors, range(len(sizes)))
    return power(base, draw(numbers(2, -1, 3, -2)))


def _merge_powers(draw: st.DrawFn, sizes: Sizes) -> Expr:
    base = draw(tensors(sizes, "PQ"))
    exponents = draw(st.lists(numbers(-1, 2, Fraction(1, 2), -2), min_size=1, max_size=2))
    labels = draw(st.permutations(range(len(sizes))))
    factors: list[tuple[Expr, Any]] = [(power(base, exponent), labels) for exponent in exponents]
    factors.insert(draw(st.integers(0, len(factors))), (base, labels))
    return product(draw(numbers()), factors, range(len(sizes)))


def _zero_product(draw: st.DrawFn, sizes: Sizes) -> Expr:
    nothing = spread(constant(0), sizes)
    if draw(st.booleans()):
        return beside(_some(draw, sizes), nothing)
    return Product(0, (named("A", sizes),), (tuple(range(len(sizes))),), tuple(range(len(sizes))))


def _fold_numbers(draw: st.DrawFn, sizes: Sizes) -> Expr:
    axes = range(len(sizes))
    found = [(_some(draw, sizes), axes), (constant(draw(numbers())), ())]
    return product(draw(numbers()), draw(st.permutations(found)), axes)


def _contract_delta(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """A delta that ties a label of another factor, a label of another delta, or only summed labels."""
    size = draw(extents())
    tensor = _some(draw, (*sizes, size))
    axes = list(range(len(sizes)))
    order = draw(st.integers(2, 3))
    ties = draw(st.permutations(["in", "out", "more"]))[:order]
    if "in" not in ties:
        return product(2, [(tensor, [*axes, "in"]), (Delta(size, 2), ["a", "a"])], [*axes, "in"])
    free = ["out"] if "out" in ties else []
    return product(2, [(Delta(size, order), ties), (tensor, [*axes, "in"])], [*axes, *free])


def _drop_ones(draw: st.DrawFn, sizes: Sizes) -> Expr:
    axes = range(len(sizes))
    size = draw(extents())
    found: list[tuple[Expr, Any]] = [(_some(draw, sizes), axes)]
    if draw(st.booleans()) and sizes:
        found.append((Ones(sizes), axes))
    else:
        found.append((Ones((size,)), ["summed"]))
    return product(1, draw(st.permutations(found)), axes)


def _unwrap_single_factor(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return product(1, [(_some(draw, sizes), range(len(sizes)))], range(len(sizes)))


def _drop_zero_terms(draw: st.DrawFn, sizes: Sizes) -> Expr:
    terms = [*draw(st.lists(expressions(sizes, depth=1), max_size=2)), spread(constant(0), sizes)]
    return Sum(draw(st.permutations(terms)))


def _unwrap_single_term(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return Sum([_some(draw, sizes)])


def _collect_like_terms(draw: st.DrawFn, sizes: Sizes) -> Expr:
    term = draw(products(sizes, most=3))
    again = draw(rewritten(term))
    other = _some(draw, sizes)
    return Sum(draw(st.permutations([scale(draw(numbers()), term), scale(draw(numbers()), again), other])))


def _factor_common(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """Two terms with one tensor tied alike: to the output, to a summed label, or repeated in it."""
    if draw(st.booleans()):
        return _powers_in_common(draw, sizes)
    size = draw(extents())
    tensor = named("P", (*sizes, size))
    axes = list(range(len(sizes)))
    labels = [*axes, "k"]
    rests = draw(st.permutations([named("A", (size,)), named("B", (size,))]))
    terms: list[Expr] = [
        product(draw(numbers()), draw(st.permutations([(tensor, labels), (rest, ["k"])])), axes)
        for rest in rests
    ]
    if draw(st.booleans()):
        terms.append(product(draw(numbers()), [(tensor, labels)], axes))
    return Sum(terms)


def _take_out_number(draw: st.DrawFn, sizes: Sizes) -> Expr:
    number = draw(numbers().filter(lambda number: number not in {0, 1, -1}))
    first, second = scale(number, named("A", sizes)), scale(number, named("B", sizes))
    return Sum((first, draw(st.sampled_from([second, -second]))))


def _numbers_apart(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """2 A + 3 B, 2 A + B and A - B have no common number but 1."""
    first, second = named("A", sizes), named("B", sizes)
    return draw(st.sampled_from([2 * first + 3 * second, 2 * first + second, -first + -1 * second]))


def _unit(draw: st.DrawFn, size: Extent = 4) -> OneHot:
    """Return a one-hot with its 1 at one of two indices."""
    return OneHot(draw(st.integers(0, 1)), size)


def _pin_delta(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """A delta with a one-hot on one of its labels, which is free or summed."""
    axes = list(range(len(sizes)))
    size = draw(extents((Size("n"), 4)))
    ties = draw(st.permutations(["a", "b", "c"]))[: draw(st.integers(2, 3))]
    found: list[tuple[Expr, Any]] = [
        (Delta(size, len(ties)), ties),
        (_unit(draw, size), ties[:1]),
        (_some(draw, sizes), axes),
    ]
    return product(2, draw(st.permutations(found)), [*axes, *ties[draw(st.integers(0, 1)) :]])


def _meet_onehots(draw: st.DrawFn, sizes: Sizes) -> Expr:
    axes = list(range(len(sizes)))
    free = draw(st.sampled_from([["a"], []]))
    found: list[tuple[Expr, Any]] = [(_unit(draw), ["a"]), (_some(draw, sizes), axes), (_unit(draw), ["a"])]
    return product(3, found, [*axes, *free])


def _unlike_a_unit(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """Return an expression that is no one-hot and no delta, for which there are other rules."""
    expr = _some(draw, sizes)
    return named("A", sizes) if isinstance(expr, OneHot | Delta) else expr


def _separate_onehots(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """A one-hot beside two axes, beside one axis on a free label, or summed alone."""
    axes = list(range(len(sizes)))
    unit: tuple[Expr, Any] = (_unit(draw), ["a"])
    wide: tuple[Expr, Any] = (_unlike_a_unit(draw, (*sizes, 4)), [*axes, "a"])
    found: list[tuple[Expr, Any]]
    free: list[str]
    kind = draw(st.integers(0, 2))
    if kind == 0:
        other = (_unlike_a_unit(draw, (4, 4)), draw(st.sampled_from([["a", "a"], ["a", "b"]])))
        found, free = [wide, other, unit], draw(st.sampled_from([["a"], []]))
    elif kind == 1:
        found, free = [wide, unit], ["a"]
    else:
        found, free = [(_some(draw, sizes), axes), unit], []
    return product(2, draw(st.permutations(found)), [*axes, *free])


def _slices_and_units(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """A_..i e_i B_..j e'_j e_k: every one-hot has one axis, and no delta has one."""
    axes = list(range(len(sizes)))
    wide = named("A", (*sizes, 4))
    found: list[tuple[Expr, Any]] = [(wide, [*axes, "i"]), (_unit(draw), ["i"])]
    found += [(named("B", (4,)), ["j"]), (_unit(draw), ["j"])]
    free: list[tuple[Expr, Any]] = [(_unit(draw), ["k"]), (Delta(Size("n"), 2), ["l", "m"])]
    return product(2, [*found, *free], [*axes, "k", "l", "m"])


def _square(draw: st.DrawFn) -> Expr:
    return draw(st.sampled_from([named("P", (3, 3)), named("Q", (3, 3)), 2 * named("P", (3, 3)) + 1]))


def _scaled_structure(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """s_i (δ_ij + u_i v_j) beside other axes, with or without the result's axis i."""
    size = draw(extents())
    first, second, third = draw(st.permutations([named(letter, (size,)) for letter in "ABC"]))
    structured = draw(st.sampled_from([Sum((Delta(size, 2), outer(second, third))), _rank_two(size)]))
    items = [(first, "i"), (structured, "ij")]
    if draw(st.booleans()):
        return product(draw(numbers()), items, "ij")
    return product(draw(numbers()), [*items, (named("A", (size, *sizes)), ["i", *range(len(sizes))])], "j")


def _rank_two(size: Extent) -> Sum:
    a, b = named("A", (size,)), named("B", (size,))
    return Sum((scale(2, outer(a, b)), outer(b, b)))


def _unscaled_structure(draw: st.DrawFn, _sizes: Sizes) -> Expr:
    """A matrix product with a structured sum, one with all its axes beside it, and a dense sum."""
    size = draw(extents())
    matrix, vector = named("A", (size, size)), named("B", (size,))
    dense = Sum((matrix, outer(vector, vector)))
    return draw(
        st.sampled_from(
            [
                _rank_two(size) @ vector,
                matrix @ _rank_two(size),
                beside(matrix, _rank_two(size)),
                outer(vector, _rank_two(size)),
                product(1, [(vector, "i"), (dense, "ij")], "ij"),
            ]
        )
    )


def _inverse(expr: Expr) -> Map:
    return Map(INV, expr, expr.ndim - 2)


def _inverse_of_inverse(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return _inverse(_inverse(_square(draw)))


def _inverse_of_moved(draw: st.DrawFn, sizes: Sizes) -> Expr:
    matrix = draw(st.sampled_from([named("P", (3, 3)), named("Q", (2, 3, 3))]))
    lead = list(range(matrix.ndim - 2))
    labels = draw(st.sampled_from([[*lead, "i", "j"], [*lead, "j", "i"]]))
    return _inverse(product(draw(numbers(2, Fraction(-1, 3))), [(matrix, labels)], [*lead, "i", "j"]))


def _cancel_inverse(draw: st.DrawFn, sizes: Sizes) -> Expr:
    matrix = _square(draw)
    pair = draw(st.permutations([(matrix, "ij"), (_inverse(matrix), "jk")]))
    swapped = draw(st.permutations([(matrix, "jk"), (_inverse(matrix), "ij")]))
    return product(2, [*draw(st.sampled_from([pair, swapped])), (named("C", (3, 4)), "kl")], "il")


def _symmetric_inverse(draw: st.DrawFn, sizes: Sizes) -> Expr:
    matrix = named("P", (3, 3))
    symmetric = draw(st.sampled_from([matrix + matrix.T, matrix @ matrix.T]))
    return product(draw(numbers()), [(named("C", (4, 3)), "ij"), (_inverse(symmetric), "kj")], "ik")


def _permute_terms(draw: st.DrawFn, sizes: Sizes) -> Expr:
    first, second = draw(tensors((3, 4))), draw(tensors((3, 4)))
    return product(draw(numbers()), [(Sum((first, 2 * second)), "ij")], "ji")


def _other_inverses(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """Inverses of other matrices, of a product, in other places, and of one that is not symmetric."""
    one, two = named("P", (3, 3)), named("Q", (3, 3))
    return draw(
        st.sampled_from(
            [
                _inverse(one),
                _inverse(one @ two),
                _inverse(one + two.T),
                product(1, [(one, "ij"), (_inverse(two), "jk")], "ik"),
                product(1, [(one, "ij"), (_inverse(one), "kj")], "ik"),
                product(1, [(one, "ij"), (_inverse(one), "jk"), (two, "jl")], "ikl"),
                product(1, [(one, "ij"), (_inverse(two), "kj")], "ik"),
                product(1, [(_inverse(one + one.T), "ij")], "ij"),
            ]
        )
    )


def _sums_in_place(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """2 (A + B), Σ_j (A + B)_ij and (A + B)_ii: no other order of the axes."""
    total = Sum((named("A", (3, 3)), named("B", (3, 3))))
    return draw(st.sampled_from([2 * total, total.sum(axis=1), product(1, [(total, "ii")], "i")]))


def _summed_square(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """(Σ_k A_..k)^2 is not Σ_k (A_..k)^2."""
    tensor = named("P", (*sizes, Size("n")))
    return power(tensor.sum(axis=len(sizes)), draw(numbers(2, -1)))


def _broken_power_of_square(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """(x^2)^(1/2) = |x|."""
    return power(power(named("A", sizes), 2), Fraction(1, 2))


def _powers_apart(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """x_i x_j^-1 and x_i y_i^-1 are no powers of one base, and x x stays as it is written."""
    x, y = named("P", (4,)), named("Q", (4,))
    return draw(
        st.sampled_from(
            [
                product(1, [(x, "i"), (power(x, -1), "j")], "ij"),
                product(1, [(x, "i"), (power(y, -1), "i")], "i"),
                product(1, [(x, "i"), (x, "i")], "i"),
            ]
        )
    )


def _no_number_power(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """x^2, and powers of numbers that are no number or too large for one."""
    return draw(
        st.sampled_from(
            [
                power(named("P", sizes), 2),
                power(OneHot(1, 4), -1),
                power(constant(0), -1),
                power(constant(-4), Fraction(1, 2)),
                power(constant(1e200), 2),
                power(constant(Fraction(2, 3)), 10**7),
            ]
        )
    )


def _free_delta(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """A_..i δ_jk with all labels free: nothing to contract."""
    axes = list(range(len(sizes)))
    return product(2, [(named("A", sizes), axes), (Delta(Size("n"), 2), "jk")], [*axes, "j", "k"])


def _spreading_ones(draw: st.DrawFn, sizes: Sizes) -> Expr:
    axes = list(range(len(sizes)))
    return product(2, [(named("A", sizes), axes), (Ones((Size("n"),)), "j")], [*axes, "j"])


def _scaled_or_moved(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return draw(st.sampled_from([2 * named("A", sizes), named("A", (4, 4)).T, named("A", (4,)).sum()]))


def _unlike_terms(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """A + B, A + Aᵀ, A + A_ii 1, A B + Aᵀ C and v wᵀ + w vᵀ: the factors sit elsewhere in the terms.

    And x² y + x w: nothing would be left of no term.
    """
    square, other, third = [named(letter, (4, 4)) for letter in "ABC"]
    v, w = named("A", (4,)), named("B", (4,))
    diagonal = product(1, [(square, "ii"), (Ones((4,)), "j")], "ij")
    return draw(
        st.sampled_from(
            [
                Sum((named("A", sizes), named("B", sizes))),
                Sum((square, square.T)),
                Sum((square, diagonal)),
                Sum((square @ other, square.T @ third)),
                Sum((outer(v, w), outer(w, v))),
                Sum((beside(named("C", (4,)), power(v, 2)), beside(v, w))),
            ]
        )
    )


# -- what cancels -----------------------------------------------------------------------------------------


def _powers_in_common(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """x - x², x² y + x² and x² y + x³ + 2 x."""
    x, y = draw(tensors(sizes)), named("Q", sizes)
    square = power(x, 2)
    terms = draw(
        st.sampled_from(
            [[x, -square], [beside(y, square), square], [beside(y, square), power(x, 3), 2 * x]]
        )
    )
    return Sum(draw(st.permutations(terms)))


def _cancel_opened(draw: st.DrawFn, sizes: Sizes) -> Expr:
    first, second, third = [named(letter, sizes) for letter in "ABC"]
    inner = Sum(draw(st.permutations([first, draw(numbers()) * second, third])))
    terms = draw(st.permutations([draw(numbers(2, -1)) * inner, draw(numbers()) * first, third]))
    return Sum(terms)


def _cancel_multiplied(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """x (a/x + b), (1 - x) (a/(1 - x) + b) and x (1 - x) ((1 - y)/(1 - x) - y/x)."""
    x, y, a, b = named("P", sizes), named("Q", sizes), named("A", sizes), named("B", sizes)
    rest, other = 1 + x, 1 - y
    near = Sum((beside(a, power(x, -1)), b))
    far = Sum((b, beside(power(rest, -1), a)))
    both = Sum((beside(other, power(rest, -1)), beside(y, power(x, -1))))
    axes = range(len(sizes))
    kind = draw(st.sampled_from([[x, near], [rest, far], [rest, both, x]]))
    return product(draw(numbers()), draw(st.permutations([(factor, axes) for factor in kind])), axes)


def _nothing_cancels(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """Sums and products with the look of something that cancels, and what would become longer."""
    x, a, b, c = named("P", sizes), named("A", sizes), named("B", sizes), named("C", sizes)
    vector, other = named("P", (4,)), named("A", (4,))
    crossed = Sum((product(1, [(other, "i"), (power(vector, -1), "i")], "i"), other))
    axes = range(len(sizes))
    longer = Sum((beside(a, power(x, -1)), b, c))
    return draw(
        st.sampled_from(
            [
                Sum((Sum((a, b)), c)),
                Sum((Sum((a, b, x, x * x)), -a)),
                product(1, [(a, axes), (Sum((beside(b, power(x, -1)), c)), axes)], axes),
                product(1, [(vector, "j"), (crossed, "i")], "ij"),
                product(1, [(x, axes), (Sum((a, b)), axes)], axes),
                product(1, [(x, axes), (a, axes), (b, axes), (c, axes), (longer, axes)], axes),
            ]
        )
    )


# -- tensors with facts -----------------------------------------------------------------------------------


def _with(fact: AnyFact, sizes: Sizes = (3, 3)) -> Tensor:
    """Return a tensor of positive values, or of those that its fact allows."""
    return Tensor(f"P_{fact}_{len(sizes)}", sizes, frozenset({fact}))


def _matrix(draw: st.DrawFn, *facts: AnyFact) -> tuple[Tensor, list[str]]:
    """Return a matrix or a stack of matrices with one of the facts, and labels for the leading axes."""
    sizes = draw(st.sampled_from([(3, 3), (2, 3, 3)]))
    return _with(draw(st.sampled_from(facts)), sizes), ["b"][: len(sizes) - 2]


def _orthogonal_inverse(draw: st.DrawFn, sizes: Sizes) -> Expr:
    return _inverse(_matrix(draw, Fact.ORTHOGONAL)[0])


def _cancel_orthogonal(draw: st.DrawFn, sizes: Sizes) -> Expr:
    matrix, lead = _matrix(draw, Fact.ORTHOGONAL)
    pair = draw(st.sampled_from([("ij", "kj"), ("ji", "jk"), ("ij", "ij")]))
    found: list[tuple[Expr, Any]] = [(matrix, [*lead, *labels]) for labels in pair]
    if pair == ("ij", "ij"):
        return product(2, found, lead)
    return product(3, draw(st.permutations([*found, (named("C", (3, 4)), "kl")])), [*lead, "i", "l"])


def _sum_to_one(draw: st.DrawFn, sizes: Sizes) -> Expr:
    axis = draw(st.integers(0, 2))
    labels = list("ijk")
    kept = labels[:axis] + labels[axis + 1 :]
    found: list[tuple[Expr, Any]] = [(_with(SumsToOne(axis), (3, 4, 2)), labels), (_some(draw, (4,)), "l")]
    return product(2, draw(st.permutations(found)), draw(st.permutations([*kept, "l"])))


def _diagonal_sum(draw: st.DrawFn, sizes: Sizes) -> Expr:
    matrix, lead = _matrix(draw, Fact.DIAGONAL)
    found: list[tuple[Expr, Any]] = [(matrix, [*lead, "i", "j"]), (named("C", (3, 4)), "jk")]
    rest = draw(st.sampled_from([["j"], ["k"], ["j", "k"], []]))
    return product(2, draw(st.permutations(found)), [*lead, *rest])


def _diagonal_delta(draw: st.DrawFn, sizes: Sizes) -> Expr:
    matrix, lead = _matrix(draw, Fact.DIAGONAL)
    found: list[tuple[Expr, Any]] = [(matrix, [*lead, "i", "i"]), (Delta(3, 2), "ij")]
    return product(2, draw(st.permutations(found)), [*lead, *draw(st.permutations("ij"))])


def _symmetric_axes(draw: st.DrawFn, sizes: Sizes) -> Expr:
    matrix, lead = _matrix(draw, Fact.SYMMETRIC, Fact.POSITIVE_DEFINITE, Fact.DIAGONAL)
    value = draw(st.sampled_from([matrix, _inverse(matrix), Elementwise(TANH, (), matrix)]))
    if draw(st.booleans()):
        return product(draw(numbers()), [(value, [*lead, "j", "i"])], [*lead, "i", "j"])
    return product(
        draw(numbers()), [(named("C", (4, 3)), "ij"), (value, [*lead, "k", "j"])], ["i", *lead, "k"]
    )


def _other_matrices(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """Products in which nothing was declared of the matrices, or its sums and meetings are others."""
    plain, turn = named("P", (3, 3)), _with(Fact.ORTHOGONAL)
    even, scales, labels = _with(Fact.SYMMETRIC), _with(Fact.DIAGONAL), _with(SumsToOne(1))
    return draw(
        st.sampled_from(
            [
                _inverse(plain),
                _inverse(even),
                product(1, [(plain, "ij"), (plain, "kj")], "ik"),
                product(1, [(turn, "ij"), (turn, "jk")], "ik"),
                product(1, [(turn, "ij"), (turn, "kj"), (named("C", (3,)), "j")], "ik"),
                product(1, [(turn, "ij"), (turn, "kj")], "ijk"),
                product(1, [(turn, "ij"), (plain, "kj")], "ik"),
                product(1, [(labels, "ij")], "j"),
                product(1, [(labels, "ij"), (named("C", (3,)), "j")], "i"),
                product(1, [(scales, "ij"), (named("C", (3, 3)), "jk")], "ik"),
                product(1, [(even, "ii"), (Delta(3, 2), "ij")], "ij"),
                product(1, [(plain, "ij")], "ji"),
                product(1, [(turn, "ij")], "ji"),
                product(1, [(named("C", (4, 3)), "ij"), (even, "jk")], "ik"),
            ]
        )
    )


def _matrix_of(draw: st.DrawFn, batch: Sizes) -> Expr:
    """Return a matrix with a large diagonal, or a stack of them."""
    axes = list(range(len(batch)))
    large = product(9, [(Delta(3, 2), "ij"), (Ones(batch), axes)], [*axes, "i", "j"])
    return named("M", (*batch, 3, 3)) + large


def _zero_operand(draw: st.DrawFn, sizes: Sizes) -> Expr:
    operand = scale(0, named("E", (3, *sizes)))
    return Operator(SOLVE, _matrix_of(draw, ()), (operand,), 0)


def _out_of_operator(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """An operand with a number, with factors on other axes only, or with one on the axes of the stack."""
    kind = draw(st.integers(0, 3))
    axes = list(range(len(sizes)))
    if kind == 0:
        return Operator(SOLVE, _matrix_of(draw, ()), (scale(draw(numbers(2, -1)), named("E", (3, 4))),), 0)
    if kind == 1:
        found: list[tuple[Expr, Any]] = [(named("v", (3,)), "i"), (named("w", (*sizes, 2)), [*axes, "s"])]
        operand = product(draw(numbers()), draw(st.permutations(found)), ["i", *axes])
        return Operator(SOLVE, _matrix_of(draw, ()), (operand,), 0)
    if kind == 2:
        found = [(named("E", (2, 3)), "bi"), (named("w", (2, 4)), "br")]
        operand = product(1, draw(st.permutations(found)), "bir")
        return Operator(SOLVE, _matrix_of(draw, (2,)), (operand,), 1)
    stack = product(1, [(named("v", (3,)), "i"), (named("w", (2, 4)), "br")], "bir")
    return Operator(SOLVE, _matrix_of(draw, (2,)), (stack,), 1)


def _under_the_operator(draw: st.DrawFn, sizes: Sizes) -> Expr:
    """Factors that a sum connects with the axis to solve for, sums, and operands that are no product."""
    matrix = _matrix_of(draw, ())
    operands: list[Expr] = [
        named("E", (3, *sizes)),
        product(1, [(named("E", (3, 4)), "ik"), (named("F", (4, 2)), "kr")], "ir"),
        product(1, [(named("v", (3,)), "i"), (named("E", (3, 4)), "ir")], "ir"),
        named("v", (3,)) + 2 * named("w", (3,)),
        transposed(named("E", (4, 3)), 0),
    ]
    return Operator(SOLVE, matrix, (draw(st.sampled_from(operands)),), 0)


_REDEXES: Mapping[str, Callable[[st.DrawFn, Sizes], Expr]] = MappingProxyType(
    {
        "trivial_power": _trivial_power,
        "power_of_power": _power_of_power,
        "power_of_product": _power_of_product,
        "merge_powers": _merge_powers,
        "zero_product": _zero_product,
        "fold_numbers": _fold_numbers,
        "contract_delta": _contract_delta,
        "drop_ones": _drop_ones,
        "pin_delta": _pin_delta,
        "meet_onehots": _meet_onehots,
        "separate_onehots": _separate_onehots,
        "unwrap_single_factor": _unwrap_single_factor,
        "drop_zero_terms": _drop_zero_terms,
        "unwrap_single_term": _unwrap_single_term,
        "collect_like_terms": _collect_like_terms,
        "factor_common": _factor_common,
        "take_out_number": _take_out_number,
        "permute_terms": _permute_terms,
        "multiply_out": _scaled_structure,
        "inverse_of_inverse": _inverse_of_inverse,
        "inverse_of_moved": _inverse_of_moved,
        "cancel_inverse": _cancel_inverse,
        "symmetric_inverse": _symmetric_inverse,
        "cancel_opened": _cancel_opened,
        "cancel_multiplied": _cancel_multiplied,
        "orthogonal_inverse": _orthogonal_inverse,
        "cancel_orthogonal": _cancel_orthogonal,
        "sum_to_one": _sum_to_one,
        "diagonal_sum": _diagonal_sum,
        "diagonal_delta": _diagonal_delta,
        "symmetric_axes": _symmetric_axes,
        "zero_operand": _zero_operand,
        "out_of_operator": _out_of_operator,
    }
)

_NEAR_MISSES: Mapping[str, Callable[[st.DrawFn, Sizes], Expr]] = MappingProxyType(
    {
        "trivial_power": _no_number_power,
        "power_of_power": _broken_power_of_square,
        "power_of_product": _summed_square,
        "merge_powers": _powers_apart,
        "zero_product": lambda draw, sizes: draw(
            st.sampled_from([named("A", sizes), 2 * named("A", sizes)])
        ),
        "fold_numbers": lambda draw, sizes: 2 * named("A", sizes),
        "contract_delta": _free_delta,
        "drop_ones": _spreading_ones,
        "pin_delta": _slices_and_units,
        "meet_onehots": _slices_and_units,
        "separate_onehots": _slices_and_units,
        "unwrap_single_factor": _scaled_or_moved,
        "drop_zero_terms": lambda draw, sizes: Sum((named("A", sizes), named("B", sizes))),
        "unwrap_single_term": lambda draw, sizes: Sum((named("A", sizes), named("B", sizes))),
        "collect_like_terms": _unlike_terms,
        "factor_common": _unlike_terms,
        "take_out_number": _numbers_apart,
        "permute_terms": _sums_in_place,
        "multiply_out": _unscaled_structure,
        **dict.fromkeys(("zero_operand", "out_of_operator"), _under_the_operator),
        **dict.fromkeys(
            ("inverse_of_inverse", "inverse_of_moved", "cancel_inverse", "symmetric_inverse"),
            _other_inverses,
        ),
        **dict.fromkeys(("cancel_opened", "cancel_multiplied"), _nothing_cancels),
        **dict.fromkeys(
            (
                "orthogonal_inverse",
                "cancel_orthogonal",
                "sum_to_one",
                "diagonal_sum",
                "diagonal_delta",
                "symmetric_axes",
            ),
            _other_matrices,
        ),
    }
)

RULE_NAMES = tuple(_REDEXES)
"""The names of all rules for which there are redexes."""
