"""The names that mean something in every formula, unless they are given another meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from bracketcalc.expr.core import Expr, ImaginaryUnit
from bracketcalc.functions.application import ElementwiseForm, SubtensorForm
from bracketcalc.functions.forms import FORMS, OPERATOR_FORMS
from bracketcalc.functions.operators import OperatorForm
from bracketcalc.notation.choice import Choice


class MatrixForm(Choice):
    """The matrix forms that are written like functions (§4.4)."""

    __slots__ = ()

    TRACE: ClassVar[MatrixForm]
    DIAGONAL: ClassVar[MatrixForm]
    NORM: ClassVar[MatrixForm]


MatrixForm.TRACE = MatrixForm("tr")
MatrixForm.DIAGONAL = MatrixForm("diag")
MatrixForm.NORM = MatrixForm("norm")


class Constant(Choice):
    """𝟏 and I, whose sizes follow from their use.

    Attributes:
        order: the number of axes.
    """

    __slots__ = ("order",)

    ONES: ClassVar[Constant]
    IDENTITY: ClassVar[Constant]

    def __init__(self, value: str, order: int) -> None:
        super().__init__(value)
        self.order = order


Constant.ONES = Constant("𝟏", 1)
Constant.IDENTITY = Constant("I", 2)

Function = ElementwiseForm | SubtensorForm | OperatorForm | MatrixForm
Meaning = Expr | Function | Constant

ROOT, ROOT_OF_DEGREE = r"\sqrt", r"\sqrt[]"
"""The names of the functions that LaTeX's roots are; the second takes a power behind its argument."""

BUILT_IN: Mapping[str, Meaning] = MappingProxyType(
    {
        **FORMS,
        **OPERATOR_FORMS,
        "tr": MatrixForm.TRACE,
        "trace": MatrixForm.TRACE,
        "diag": MatrixForm.DIAGONAL,
        "norm": MatrixForm.NORM,
        ROOT: FORMS["sqrt"],
        ROOT_OF_DEGREE: FORMS["power"],
        "ones": Constant.ONES,
        "I": Constant.IDENTITY,
    }
)
"""The functions and constants."""

IMAGINARY = ("i", "im", "imaginary")
"""The names of the imaginary unit: each, unless something else has it."""

IMAGINARY_UNIT = ImaginaryUnit()
