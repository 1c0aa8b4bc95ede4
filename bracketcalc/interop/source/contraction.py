"""Contractions as Python: two factors at a time, each time as a person would write it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from bracketcalc.interop.source.code import Code, Level, atom, times
from bracketcalc.interop.source.rows import added_at, taken
from bracketcalc.interop.source.sheet import Block
from bracketcalc.interop.source.values import Labels, Part, aligned
from bracketcalc.interop.source.windows import Viewing

LONGEST = 72
"""A value whose code is longer than this gets a name."""

LONGEST_OPERAND = 30
"""A product inside of another one gets a name if it is longer than this."""

LETTERS = "ijklmnopqrstuvwxyzabcdefgh"


class Contraction:
    """Writes the contraction of one product.

    Args:
        block: where it is written.
        extents: the code of the size of each label.
    """

    def __init__(self, block: Block, extents: Mapping[int, str]) -> None:
        self.block = block
        self.target = block.target
        self.extents = extents

    def code(self, parts: Sequence[Part], output: Labels) -> Code:
        """Return the product of the parts, summed over the labels that are not in the output."""
        parts = taken(self.block, parts, output)
        windows = Viewing(self.block, self.extents, self.part)
        without = (
            added_at(self.block, parts, output, self.extents, self.part)
            or windows.folded(parts, output)
            or windows.viewed(parts, output)
        )
        return self._dense(parts, output) if without is None else self.code(without, output)

    def part(self, parts: Sequence[Part], output: Labels) -> Part:
        """Return the product of some of the parts."""
        code = self._short(self.code(parts, output))
        return Part(code, output, all(part.is_real for part in parts))

    def _short(self, code: Code) -> Code:
        """Return a name for what is too long as an operand."""
        return self.block.named(code) if len(code.text) > LONGEST_OPERAND else code

    def _dense(self, parts: Sequence[Part], output: Labels) -> Code:
        """Contract two at a time, those first whose product has the fewest labels."""
        left = [self._alone(part, parts, output) for part in parts]
        while len(left) > 2:
            one, two = min(combinations(left, 2), key=lambda pair: _weight(pair, left, output))
            left = [part for part in left if part is not one and part is not two]
            kept = _kept((one, two), left, output)
            code = self._short(self._few((one, two), kept))
            left.append(Part(code, kept, one.is_real and two.is_real))
        return self._few(left, output)

    def _alone(self, part: Part, parts: Sequence[Part], output: Labels) -> Part:
        """Return a part summed over the labels that nothing else has, where others are left."""
        others = {label for other in parts if other is not part for label in other.labels}
        kept = tuple([label for label in part.labels if label in others or label in output])
        if kept == part.labels or not kept or not part.is_plain:
            return part
        return Part(self.summed(part, kept), kept, part.is_real)

    def _few(self, parts: Sequence[Part], output: Labels) -> Code:
        """Return the product of one part or two."""
        plain = all(part.is_plain for part in parts)
        if plain and all(set(part.labels) <= set(output) for part in parts):
            return self.elementwise(parts, output)
        if plain and len(parts) == 1:
            return self.summed(parts[0], output)
        if plain and len(parts) == 2:
            one, two = self.matched(parts)
            found = self.matrix_product(one, two, output) or self.matrix_product(two, one, output)
            if found is not None:
                return found
            if not output and set(one.labels) == set(two.labels):
                both = times(one.code, aligned(self.target, two, one.labels), len(one.labels))
                return atom(f"({both.text}).sum()", 0)
        return self.einsum(parts, output)

    def elementwise(self, parts: Sequence[Part], output: Labels) -> Code:
        """A[:, None] * B: factors that are repeated along the axes they have not"""
        codes = [aligned(self.target, part, output) for part in parts]
        if sum(len(code.text) for code in codes) > LONGEST:
            codes = [self._short(code) for code in codes]
        body = codes[0]
        for code in codes[1:]:
            body = times(body, code, len(output))
        return body

    def summed(self, part: Part, output: Labels) -> Code:
        """A.sum(axis=..): one factor"""
        axes = [axis for axis, label in enumerate(part.labels) if label not in output]
        text = self.target.total(part.code.at_least(Level.ATOM), axes, len(part.labels))
        kept = tuple([label for label in part.labels if label in output])
        return aligned(self.target, Part(atom(text, len(kept)), kept), output)

    def matched(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Return the parts, all complex if one is, where the library does not multiply others."""
        if self.target.mixes or len({part.is_real for part in parts}) == 1:
            return parts
        return [as_complex(part) if part.is_real else part for part in parts]

    def matrix_product(self, left: Part, right: Part, output: Labels) -> Code | None:
        """A @ B: one label is summed, and at most ``left`` has more than two axes"""
        shared = set(left.labels) & set(right.labels)
        if len(shared) != 1 or shared & set(output) or len(right.labels) > 2:
            return None
        (label,) = shared
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

    def einsum(self, parts: Sequence[Part], output: Labels) -> Code:
        """einsum for everything else"""
        names: dict[int, str] = {}
        for part in parts:
            for label in part.labels:
                names.setdefault(label, LETTERS[len(names)])
        equation = ",".join("".join(names[label] for label in part.labels) for part in parts)
        result = "".join(names[label] for label in output)
        operands = ", ".join(part.code.text for part in self.matched(parts))
        option = self.target.einsum if len(parts) > 1 and set(names) - set(output) else ""
        return atom(f'{self.block.xp}.einsum("{equation}->{result}", {operands}{option})', len(output))


def as_complex(part: Part) -> Part:
    """Return a real array as a complex one."""
    return Part(Code(f"{part.code.text} + 0j", Level.SUM, part.code.ndim), part.labels, False)


def _kept(pair: Iterable[Part], rest: Iterable[Part], output: Labels) -> Labels:
    """Return the labels of the product of two parts: those that the rest or the output needs."""
    needed = {*output, *(label for part in rest for label in part.labels)}
    return tuple(dict.fromkeys(label for part in pair for label in part.labels if label in needed))


def _weight(pair: tuple[Part, Part], parts: Sequence[Part], output: Labels) -> tuple[int, int]:
    """Return how many labels the product of two parts has, and how many it runs over."""
    rest = [part for part in parts if part is not pair[0] and part is not pair[1]]
    return len(_kept(pair, rest, output)), len({*pair[0].labels, *pair[1].labels})
