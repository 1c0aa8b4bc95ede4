"""Rules for conj, real, imag and abs of complex expressions.

In the form that the rules lead to, conj stands on tensors, names and functions only, never on a product or
a sum that nothing else uses; functions stand inside conj; real and imag stand on what they cannot be
taken into.
"""

from __future__ import annotations

from collections.abc import Callable

from bracketcalc.expr.core import (
    POWER,
    Elementwise,
    Expr,
    ImaginaryUnit,
    Product,
    Sum,
    conjugate,
    product,
    scale,
)
from bracketcalc.expr.nodes import Map, Operator
from bracketcalc.expr.parts import CONJ, IMAG, REAL, REAL_LINEAR
from bracketcalc.expr.records import HOLOMORPHIC, ElementwiseFunction, whole_line
from bracketcalc.functions.piecewise import ABS
from bracketcalc.simplify.powers import as_power, is_whole
from bracketcalc.simplify.products import operands, zero
from bracketcalc.simplify.rule import Rule, rule
from bracketcalc.traverse import postorder


def may_be_complex(expr: Expr) -> bool:
    """Return whether a rule for complex expressions can apply to a node."""
    if not expr.is_real:
        return True
    return isinstance(expr, Elementwise) and expr.function.on_complex not in (None, HOLOMORPHIC)


def argument_of(expr: Expr, *functions: ElementwiseFunction) -> Expr | None:
    """Return x where the expression is f(x) for one of the functions."""
    return expr.argument if isinstance(expr, Elementwise) and expr.function in functions else None


def conjugated(expr: Expr, known: dict[Expr, Expr]) -> Expr:
    """Return the conjugate with conj on what is no product, sum, whole power or conj itself.

    Args:
        expr: any expression.
        known: the conjugates found so far, to which those of the parts are added.
    """
    for node in postorder([expr], stop=lambda node: node in known or node.is_real or _is_atom(node)):
        if node in known:
            continue
        inner = argument_of(node, CONJ)
        if node.is_real or inner is not None:
            known[node] = node if inner is None else inner
        elif isinstance(node, ImaginaryUnit):
            known[node] = scale(-1, node)
        elif _is_atom(node):
            known[node] = conjugate(node)
        else:
            known[node] = type(node).build(node.data, tuple([known[child] for child in node.children]))
    return known[expr]


def _is_atom(expr: Expr) -> bool:
    """Return whether conj stays on the outside of an expression."""
    if isinstance(expr, Product | Sum | Operator | ImaginaryUnit):
        return False
    base, exponent = as_power(expr)
    return base is expr or not is_whole(exponent)


# -- conj -----------------------------------------------------------------------------------------------


def conj_of_real(expr: Expr) -> Expr | None:
    """conj(x) = x for real x

    Decreases: the number of functions.
    """
    inner = argument_of(expr, CONJ)
    return inner if inner is not None and inner.is_real else None


def conj_of_conj(expr: Expr) -> Expr | None:
    """conj(conj(z)) = z

    Decreases: the number of functions.
    """
    inner = argument_of(expr, CONJ)
    return None if inner is None else argument_of(inner, CONJ)


def conj_of_imaginary_unit(expr: Expr) -> Expr | None:
    """conj(i) = -i

    Decreases: the number of functions.
    """
    return scale(-1, ImaginaryUnit()) if isinstance(argument_of(expr, CONJ), ImaginaryUnit) else None


def conj_of_power(expr: Expr) -> Expr | None:
    """conj(z^p) = conj(z)^p for an integer p

    Decreases: the powers below conj.
    """
    inner = argument_of(expr, CONJ)
    if inner is None or inner.is_real:
        return None
    base, exponent = as_power(inner)
    if base is inner or not is_whole(exponent):
        return None
    return Elementwise(POWER, (exponent,), conjugate(base))


def conj_of_product(may_open: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that conjugates the factors of a product that nothing else needs."""

    def conj_of_product(expr: Expr) -> Expr | None:
        """conj(c A B ..) = c conj(A) conj(B) .. for a real number c

        Decreases: the products below conj.
        """
        inner = argument_of(expr, CONJ)
        if not isinstance(inner, Product) or inner.is_real or not may_open(inner):
            return None
        factors = [(conjugate(factor), labels) for factor, labels in operands(inner)]
        return product(inner.coefficient, factors, inner.output)

    return conj_of_product


def conj_of_sum(may_open: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that conjugates the terms of a sum that nothing else needs."""

    def conj_of_sum(expr: Expr) -> Expr | None:
        """conj(A + B) = conj(A) + conj(B)

        Decreases: the sums below conj.
        """
        inner = argument_of(expr, CONJ)
        if not isinstance(inner, Sum) or inner.is_real or not may_open(inner):
            return None
        return Sum([conjugate(term) for term in inner.terms])

    return conj_of_sum


def conj_of_operator(expr: Expr) -> Expr | None:
    """conj(f(A)[E]) = f(conj(A))[conj(E)] for a linear operator, such as that of solve

    Decreases: the operators below conj.
    """
    inner = argument_of(expr, CONJ)
    if not isinstance(inner, Operator) or inner.is_real:
        return None
    return Operator.build(inner.data, tuple([conjugate(child) for child in inner.children]))


def function_of_conj(expr: Expr) -> Expr | None:
    """f(conj(z)) = conj(f(z)) for a holomorphic f without a cut along the real axis, as exp or inv

    Decreases: the conj below functions.
    """
    if isinstance(expr, Map) and expr.function.on_complex == HOLOMORPHIC:
        inner = argument_of(expr.argument, CONJ)
        if inner is not None and not inner.is_real:
            return conjugate(Map(expr.function, inner, expr.batch))
    if not isinstance(expr, Elementwise) or expr.function == POWER:
        return None
    inner = argument_of(expr.argument, CONJ)
    if inner is None or inner.is_real or expr.function.on_complex != HOLOMORPHIC:
        return None
    if expr.function.domain(*expr.parameters) != whole_line():
        return None
    return conjugate(Elementwise(expr.function, expr.parameters, inner))


def abs_of_conj(expr: Expr) -> Expr | None:
    """|conj(z)| = |z|

    Decreases: the number of functions.
    """
    argument = argument_of(expr, ABS)
    inner = None if argument is None else argument_of(argument, CONJ)
    return None if inner is None else Elementwise(ABS, (), inner)


# -- real and imag --------------------------------------------------------------------------------------


def part_of_real(expr: Expr) -> Expr | None:
    """real(x) = x and imag(x) = 0 for real x

    Decreases: the number of functions.
    """
    inner = argument_of(expr, REAL, IMAG)
    if inner is None or not inner.is_real:
        return None
    return inner if argument_of(expr, REAL) is inner else zero(expr.sizes)


def part_of_conj(expr: Expr) -> Expr | None:
    """real(conj(z)) = real(z) and imag(conj(z)) = -imag(z)

    Decreases: the number of functions.
    """
    argument = argument_of(expr, REAL, IMAG)
    inner = None if argument is None else argument_of(argument, CONJ)
    if inner is None or not isinstance(expr, Elementwise):
        return None
    part = Elementwise(expr.function, (), inner)
    return part if expr.function == REAL else scale(-1, part)


def part_of_sum(may_open: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that takes the parts of the terms of a sum that nothing else needs."""

    def part_of_sum(expr: Expr) -> Expr | None:
        """real(A + B) = real(A) + real(B), and the same for imag

        Decreases: the sums below real and imag.
        """
        inner = argument_of(expr, REAL, IMAG)
        if not isinstance(expr, Elementwise) or not isinstance(inner, Sum) or inner.is_real:
            return None
        if not may_open(inner):
            return None
        return Sum([Elementwise(expr.function, (), term) for term in inner.terms])

    return part_of_sum


def part_of_product(may_open: Callable[[Expr], bool]) -> Callable[[Expr], Expr | None]:
    """Return the rule that takes what is real out of real and imag, and i with a change of the part."""

    def part_of_product(expr: Expr) -> Expr | None:
        """real(c x z) = c x real(z), real(i z) = -imag(z) and imag(i z) = real(z), for real c and x

        Real factors go out where only one factor is left inside.
        Decreases: the numbers, the i and the real factors below real and imag.
        """
        inner = argument_of(expr, REAL, IMAG)
        if not isinstance(expr, Elementwise) or not isinstance(inner, Product):
            return None
        if inner.is_real or not may_open(inner):
            return None
        units = sum(isinstance(factor, ImaginaryUnit) for factor in inner.factors)
        found = [item for item in operands(inner) if not isinstance(item[0], ImaginaryUnit)]
        mixed = [place for place, (factor, _) in enumerate(found) if not factor.is_real]
        if len(mixed) > 1 and units == 0 and inner.coefficient == 1:
            return None
        # real(iᵏ w) is one of real(w), -imag(w), -real(w), imag(w); imag is real of -i w.
        turns = (units - (expr.function == IMAG)) % 4
        function = REAL if turns % 2 == 0 else IMAG
        sign = -1 if turns in (1, 2) else 1
        number = sign * inner.coefficient
        if not mixed:
            whole = product(number, found, inner.output)
            return whole if function == REAL else zero(expr.sizes)
        if len(mixed) == 1:
            (place,) = mixed
            factor, labels = found[place]
            found[place] = (Elementwise(function, (), factor), labels)
            return product(number, found, inner.output)
        return scale(number, Elementwise(function, (), product(1, found, inner.output)))

    return part_of_product


def conjugate_rules(may_open: Callable[[Expr], bool]) -> tuple[Rule, ...]:
    """Return the rules for conj, real and imag, in the order in which they are tried.

    Args:
        may_open: whether nothing else needs the value of a product or a sum.
    """
    return (
        rule(conj_of_real),
        rule(conj_of_conj),
        rule(conj_of_imaginary_unit),
        rule(conj_of_power),
        rule(conj_of_product(may_open)),
        rule(conj_of_sum(may_open)),
        rule(conj_of_operator, Elementwise),
        rule(function_of_conj),
        rule(abs_of_conj),
        rule(part_of_real),
        rule(part_of_conj),
        rule(part_of_sum(may_open)),
        rule(part_of_product(may_open)),
    )


def is_part(expr: Expr) -> bool:
    """Return whether an expression is conj, real or imag of another.

    Example:
        >>> from bracketcalc.expr.build import tensor
        >>> z = tensor("z", "n", assume="complex")
        >>> is_part(z.H), is_part(z)
        (True, False)
    """
    return argument_of(expr, *REAL_LINEAR) is not None
