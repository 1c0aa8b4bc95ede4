"""Products as Python: a number, scalars, and the contraction of the rest.

A value may have fewer axes than its expression where the library repeats it: in front, as for the bias
in ``X @ W + b``, or along axes of size 1. Whoever needs the whole array asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bracketcalc.expr.core import Delta, OneHot, Product
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.interop.source.code import Code, atom, scaled, times
from bracketcalc.interop.source.contraction import LETTERS, Contraction
from bracketcalc.interop.source.sheet import Block
from bracketcalc.interop.source.values import Known, Part, Spread, whole_value


def write_product(block: Block, node: Product, values: Sequence[Spread]) -> Spread:
    """Return the code of a product whose factors have the given values."""
    parts: list[Part] = []
    scalars: list[Code] = []
    for factor, labels, value in zip(node.factors, node.labels, values, strict=True):
        own = tuple([label for label, here in zip(labels, value.present, strict=True) if here])
        if own:
            parts.append(Part(value.code, own, factor.is_real, value.known))
        elif value.code.text != "1.0":
            scalars.append(value.code)
    carried = {label for part in parts for label in part.labels}
    extents = label_sizes(node.factors, node.labels)
    lost = [label for label in extents if label not in carried and label not in node.output]
    scalars += [atom(block.extent(extents[label]), 0) for label in lost]
    output = tuple([label for label in node.output if label in carried])
    codes = scalars
    if parts:
        shown = {label: block.extent(extents[label]) for label in carried}
        codes = [*scalars, Contraction(block, shown).code(parts, output)]
    body = codes[0] if codes else atom(repr(float(node.coefficient)), 0)
    for code in codes[1:]:
        body = times(body, code, code.ndim)
    found = scaled(node.coefficient, body) if codes else body
    is_number = not parts and all(value.is_number for value in values)
    return Spread(found, tuple([label in output for label in node.output]), node.sizes, is_number)


def write_structure(block: Block, node: Delta | OneHot) -> Spread:
    """Return the array of an identity of any order, or of a vector with a single 1."""
    eye = atom(block.made("eye", block.extent(node.sizes[0])), 2)
    if isinstance(node, OneHot):
        return whole_value(atom(f"{eye.text}[{node.index}]", 1), node.sizes, Known(index=node.index))
    if node.ndim == 2:
        return whole_value(eye, node.sizes)
    letters = LETTERS[: node.ndim]
    pairs = ",".join(letters[0] + letter for letter in letters[1:])
    operands = ", ".join([block.named(eye, "eye").text] * (node.ndim - 1))
    return whole_value(atom(f'{block.xp}.einsum("{pairs}->{letters}", {operands})', node.ndim), node.sizes)
