"""A product of tensors as an einsum equation."""

from __future__ import annotations

from opt_einsum import get_symbol

from bracketcalc.errors import ArgumentError
from bracketcalc.expr.core import Delta, Expr, OneHot, Ones, Product, Size, Tensor
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.shapes import describe
from bracketcalc.simplify.products import as_product, open_nested, operands

MAX_OPERANDS = 1000
"""The most operands of one equation."""

Operand = tuple[Expr, tuple[int, ...]]


def to_einsum(x: Expr) -> tuple[str, tuple[Expr, ...]]:
    """Return a product of tensors as an einsum equation and its operands.

    Nested products are opened. A label is the name of its size where that is one letter.

    Args:
        x: one product of tensors, definitions, ones, identities and one-hots.

    Returns:
        The equation, and the operands in its order.

    Raises:
        ArgumentError: for a coefficient, a sum or a function; the hint says what to do.

    Example:
        >>> from bracketcalc.expr.build import tensors
        >>> X, G = tensors("X[n,d] G[n,k]")
        >>> equation, operands = to_einsum(X.T @ G)
        >>> equation, [operand.name for operand in operands]
        ('nd,nk->dk', ['X', 'G'])
    """
    if not isinstance(x, Expr):
        raise ArgumentError(f"expected an expression, got {type(x).__name__}")
    _check_length(x)
    found = open_nested(as_product(x), lambda _: True)
    if found.coefficient != 1:
        raise ArgumentError(
            f"an einsum equation has no coefficient, but the product has {found.coefficient}",
            hint="multiply the result by it",
        )
    for factor in found.factors:
        _check_operand(factor)
    letters = _letters(operands(found))
    terms = ["".join([letters[label] for label in labels]) for labels in found.labels]
    output = "".join([letters[label] for label in found.output])
    return f"{','.join(terms)}->{output}", found.factors


def _check_length(x: Expr) -> None:
    """Refuse a product whose nested products have too many factors together, before opening it."""
    count, stack = 0, [x]
    while stack:
        node = stack.pop()
        if isinstance(node, Product):
            stack += node.factors
            continue
        count += 1
        if count > MAX_OPERANDS:
            raise ArgumentError(
                f"the product has more than {MAX_OPERANDS} factors", hint="name parts of it with define"
            )


def _check_operand(factor: Expr) -> None:
    if isinstance(factor, Tensor | Definition | Ones | Delta | OneHot):
        return
    if isinstance(factor, Size):
        raise ArgumentError(
            f"the size {factor.name} is a number, which an einsum equation cannot contain",
            hint="multiply the result by it",
        )
    raise ArgumentError(
        f"{describe(factor)} is not a tensor: an einsum equation is one product of tensors",
        hint="name it with define",
    )


def _letters(found: list[Operand]) -> dict[int, str]:
    """Return one letter for each label: its size's name, or the next letter that no size is named by."""
    letters: dict[int, str] = {}
    later: list[int] = []
    for factor, labels in found:
        for label, size in zip(labels, factor.sizes, strict=True):
            if label in letters or label in later:
                continue
            name = size.name if isinstance(size, Size) else ""
            if len(name) == 1 and name.isascii() and name.isalpha() and name not in letters.values():
                letters[label] = name
            else:
                later.append(label)
    used = set(letters.values())
    number = 0
    for label in later:
        while get_symbol(number) in used:
            number += 1
        letters[label] = get_symbol(number)
        number += 1
    return letters
