"""What a derivation consists of: equations, their rules, and how they follow from each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Protocol

from bracketcalc.calculus.derivatives import Variable
from bracketcalc.expr.core import Expr


class StepKind(Enum):
    """What an equation of a derivation is about."""

    DEFINITION = "definition"
    DIFFERENTIAL = "differential"
    PART = "part"
    COTANGENT = "cotangent"
    GRADIENT = "gradient"


@dataclass(frozen=True, slots=True)
class Times:
    """The times from the first to the last one, both as they are written."""

    letter: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Step:
    """One equation ``left = right`` of a derivation, and the rule that gives it.

    A step with ``rewrites`` goes on where another one ended: its right side equals that of the other, and
    it is written without its left side. In a right side, d(…) stands for a differential that is not
    worked out yet.

    Attributes:
        kind: what the equation is about. A ``PART`` is about d_{Z}J, what dJ owes to the change of the
            definition Z; it equals ∇_{Z}J · dZ (paper §6.2).
        rule: the name of the rule, with its place in the paper. It ends with the ``symbols``.
        left: the name of what the equation is about.
        right: the expression.
        stage: the name of the tensor, the definition or the scalar that the equation belongs to.
        symbols: the differentials that the rule names.
        rewrites: the number of the step, counted from 0, whose right side is rewritten.
        uses: the numbers of other steps from which this one follows: the equation that is substituted,
            or those from which a coefficient is read off.
        times: the times for which the equation holds, where it is about one time.
    """

    kind: StepKind
    rule: str
    left: str
    right: Expr
    stage: str
    symbols: tuple[str, ...] = ()
    rewrites: int | None = None
    uses: tuple[int, ...] = ()
    times: Times | None = None


class DerivationDisplay(Protocol):
    """The printers, as a derivation knows them."""

    def text(self, derivation: Derivation) -> str: ...

    def latex(self, derivation: Derivation) -> str: ...

    def html(self, derivation: Derivation) -> str: ...

    def mimebundle(self, derivation: Derivation) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Derivation:
    """The equations from a scalar expression to its gradients.

    Printing it gives text; a notebook shows it in parts that fold.

    Attributes:
        expression: the differentiated expression.
        name: what it is called in the equations.
        wrt: the variables.
        steps: the equations, in order.
        gradients: one expression for each variable, in terms of the named cotangents.
        detail: ``"result"``, ``"steps"`` or ``"full"``.
    """

    display: ClassVar[DerivationDisplay | None] = None

    expression: Expr
    name: str
    wrt: tuple[Variable, ...]
    steps: tuple[Step, ...]
    gradients: tuple[Expr, ...]
    detail: str = "steps"

    def equations(self) -> list[Step]:
        """Return the final equations: the definitions, the named cotangents and the gradients.

        The differentials, which lead there, are left out.
        """
        ways = (StepKind.DIFFERENTIAL, StepKind.PART)
        return [step for step in self.steps if step.kind not in ways]

    def latex(self) -> str:
        r"""Return an ``align*`` environment: names, right sides, and the rules as a column of comments."""
        return "" if self.display is None else self.display.latex(self)

    def html(self) -> str:
        """Return HTML in which each part folds, with formulas for MathJax; long ones are shortened."""
        return "" if self.display is None else self.display.html(self)

    def __str__(self) -> str:
        return repr(self) if self.display is None else self.display.text(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self)} if self.display is None else self.display.mimebundle(self)
