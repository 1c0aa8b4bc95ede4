"""Products as Python: ``@`` and ``*`` where a person would write them, einsum otherwise.

A value may have fewer axes than its expression where the library repeats it: in front, as for the bias
in ``X @ W + b``, or along axes of size 1. Whoever needs the whole array asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bracketcalc.expr.core import Delta, Expr, Extent, OneHot, Product
from bracketcalc.expr.shapes import label_sizes
from bracketcalc.interop.source.code import Code, Level, atom, scaled, times
from bracketcalc.interop.source.targets import Target

LETTERS = "ijklmnopqrstuvwxyzabcdefgh"


@dataclass(frozen=True, slots=True)
class Part:
    """A factor: its code and the label of each of its axes."""

    code: Code
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A value that may lack axes of its expression, along which it is repeated.

    Attributes:
        code: the value.
        present: for each axis of the expression whether the value has it.
        sizes: the sizes of the axes of the expression.
    """

    code: Code
    present: tuple[bool, ...]
    sizes: tuple[Extent, ...]


class ProductWriter:
    """Writes products for one library.

    Args:
        target: the library.
        sizes: the code of each symbolic size.
        like: the code of an array from which new arrays take their type.
    """

    def __init__(self, target: Target, sizes: Mapping[object, str], like: str) -> None:
        self.target = target
        self.sizes = sizes
        self.like = target.like.format(like)

    def write(self, node: Product, values: Sequence[Spread]) -> Spread:
        """Return the code of a product whose factors have the given values."""
        parts: list[Part] = []
        scalars: list[Code] = []
        for factor, labels, value in zip(node.factors, node.labels, values, strict=True):
            own = tuple([label for label, here in zip(labels, value.present, strict=True) if here])
            if own:
                parts.append(Part(self.structure(factor, value.code), own))
            elif value.code.text != "1.0":
                scalars.append(value.code)
        carried = {label for part in parts for label in part.labels}
        extents = label_sizes(node.factors, node.labels)
        lost = [label for label in extents if label not in carried and label not in node.output]
        scalars += [atom(self.extent(extents[label]), 0) for label in lost]
        output = tuple([label for label in node.output if label in carried])
        codes = [*scalars, self.contracted(parts, output)] if parts else scalars
        number = float(node.coefficient)
        if not codes:
            return self._spread(node, atom(repr(number), 0), output)
        body = codes[0]
        for code in codes[1:]:
            body = times(body, code, code.ndim)
        return self._spread(node, scaled(number, body), output)

    def _spread(self, node: Product, code: Code, output: tuple[int, ...]) -> Spread:
        return Spread(code, tuple([label in output for label in node.output]), node.sizes)

    def extent(self, size: object) -> str:
        """Return the code of a size."""
        return str(size) if isinstance(size, int) else self.sizes[size]

    def shape(self, sizes: Sequence[object]) -> str:
        """Return the code of a shape."""
        inner = ", ".join(self.extent(size) for size in sizes)
        return f"({inner},)" if len(sizes) == 1 else f"({inner})"

    def structure(self, factor: Expr, code: Code) -> Code:
        """Return the array of an identity or a one-hot vector; other factors are what they are."""
        if isinstance(factor, Delta):
            eye = f"{self.target.xp}.eye({self.extent(factor.sizes[0])}, {self.like})"
            if factor.ndim == 2:
                return atom(eye, 2)
            letters = LETTERS[: factor.ndim]
            pairs = ",".join(letters[0] + letter for letter in letters[1:])
            operands = ", ".join([eye] * (factor.ndim - 1))
            return atom(f'{self.target.xp}.einsum("{pairs}->{letters}", {operands})', factor.ndim)
        if isinstance(factor, OneHot):
            return atom(
                f"{self.target.xp}.eye({self.extent(factor.sizes[0])}, {self.like})[{factor.index}]", 1
            )
        return code

    # -- contractions ---------------------------------------------------------------------------------

    def contracted(self, parts: Sequence[Part], output: tuple[int, ...]) -> Code:
        """Return the product of the parts, summed over the labels that are not in the output.

        Two at a time, those first whose product has the fewest labels.
        """
        left = [self._alone(part, parts, output) for part in parts]
        while len(left) > 2:
            one, two = min(combinations(left, 2), key=lambda pair: _weight(pair, left, output))
            left = [part for part in left if part is not one and part is not two]
            kept = _kept((one, two), left, output)
            left.append(Part(self._few((one, two), kept), kept))
        return self._few(left, output)

    def _alone(self, part: Part, parts: Sequence[Part], output: tuple[int, ...]) -> Part:
        """Return a part summed over the labels that nothing else has, where others are left."""
        others = {label for other in parts if other is not part for label in other.labels}
        kept = tuple([label for label in part.labels if label in others or label in output])
        if kept == part.labels or not kept or len(set(part.labels)) < len(part.labels):
            return part
        return Part(self.summed(part, kept), kept)

    def _few(self, parts: Sequence[Part], output: tuple[int, ...]) -> Code:
        """Return the product of one part or two."""
        plain = all(len(set(part.labels)) == len(part.labels) for part in parts)
        if plain and all(set(part.labels) <= set(output) for part in parts):
            return self.elementwise(parts, output)
        if plain and len(parts) == 1:
            return self.summed(parts[0], output)
        if plain and len(parts) == 2:
            one, two = parts
            found = self.matrix_product(one, two, output) or self.matrix_product(two, one, output)
            if found is not None:
                return found
            if not output and set(one.labels) == set(two.labels):
                both = times(one.code, self.aligned(two, one.labels), len(one.labels))
                return atom(f"({both.text}).sum()", 0)
        return self.einsum(parts, output)

    def elementwise(self, parts: Sequence[Part], output: tuple[int, ...]) -> Code:
        """A[:, None] * B: factors that are repeated along the axes they have not"""
        codes = [self.aligned(part, output) for part in parts]
        body = codes[0]
        for code in codes[1:]:
            body = times(body, code, len(output))
        return body

    def aligned(self, part: Part, output: tuple[int, ...]) -> Code:
        """Return a factor with its axes in the order of the output, and axes of size 1 between them."""
        order = [part.labels.index(label) for label in output if label in part.labels]
        code = part.code
        if order != sorted(order):
            code = atom(self.target.permuted(code.at_least(Level.ATOM), order), code.ndim)
        present = [label in part.labels for label in output]
        if True not in present:
            return code
        first = present.index(True)
        if all(present[first:]):
            return code
        index = ", ".join(":" if here else "None" for here in present[first:])
        return atom(f"{code.at_least(Level.ATOM)}[{index}]", len(output) - first)

    def summed(self, part: Part, output: tuple[int, ...]) -> Code:
        """A.sum(axis=..): one factor"""
        axes = [axis for axis, label in enumerate(part.labels) if label not in output]
        text = self.target.total(part.code.at_least(Level.ATOM), axes, len(part.labels))
        kept = tuple([label for label in part.labels if label in output])
        return self.aligned(Part(atom(text, len(kept)), kept), output)

    def matrix_product(self, left: Part, right: Part, output: tuple[int, ...]) -> Code | None:
        """A @ B: one label is summed, and at most ``left`` has more than two axes"""
        shared = set(left.labels) & set(right.labels)
        free = set(output)
        plain = len(set(left.labels)) == len(left.labels) and len(set(right.labels)) == len(right.labels)
        if not plain or len(shared) != 1 or shared & free or len(right.labels) > 2:
            return None
        (label,) = shared
        if (set(left.labels) | set(right.labels)) - shared != free:
            return None
        ahead = [x for x in left.labels if x != label]
        behind = [x for x in right.labels if x != label]
        if tuple(ahead + behind) != output:
            return None
        first, second = left.code, right.code
        if left.labels[-1] != label:
            if len(left.labels) != 2:
                return None
            first = atom(f"{first.at_least(Level.ATOM)}.T", 2)
        if right.labels[0] != label:
            second = atom(f"{second.at_least(Level.ATOM)}.T", 2)
        return times(first, second, len(output), "@")

    def einsum(self, parts: Sequence[Part], output: tuple[int, ...]) -> Code:
        """einsum for everything else"""
        names: dict[int, str] = {}
        for part in parts:
            for label in part.labels:
                names.setdefault(label, LETTERS[len(names)])
        equation = ",".join("".join(names[label] for label in part.labels) for part in parts)
        result = "".join(names[label] for label in output)
        operands = ", ".join(part.code.text for part in parts)
        return atom(f'{self.target.xp}.einsum("{equation}->{result}", {operands})', len(output))


def _kept(pair: Iterable[Part], rest: Iterable[Part], output: tuple[int, ...]) -> tuple[int, ...]:
    """Return the labels of the product of two parts: those that the rest or the output needs."""
    needed = {*output, *(label for part in rest for label in part.labels)}
    return tuple(dict.fromkeys(label for part in pair for label in part.labels if label in needed))


def _weight(pair: tuple[Part, Part], parts: Sequence[Part], output: tuple[int, ...]) -> tuple[int, int]:
    """Return how many labels the product of two parts has, and how many it runs over."""
    rest = [part for part in parts if part is not pair[0] and part is not pair[1]]
    return len(_kept(pair, rest, output)), len({*pair[0].labels, *pair[1].labels})
