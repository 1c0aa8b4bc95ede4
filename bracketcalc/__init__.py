"""Tensor bracket notation: write a tensor expression, read its derivative, run it fast."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bracketcalc.calculus.derivation import Derivation, Step
from bracketcalc.calculus.derivatives import (
    differential,
    gradient,
    hessian,
    jacobian,
    jvp,
    vjp,
)
from bracketcalc.calculus.derive import derive
from bracketcalc.calculus.generalized import generalized_gradient, subtensor_gradient
from bracketcalc.errors import (
    ArgumentError,
    BracketCalcError,
    DerivativeError,
    MemoryLimitError,
    ParseError,
    ShapeError,
    SingularMatrixError,
)
from bracketcalc.expr.algebra import diag, dot, einsum, norm, odot, outer, trace
from bracketcalc.expr.build import define, identity, onehot, ones, scalar, tensor, tensors
from bracketcalc.expr.core import Expr, Size, Tensor
from bracketcalc.expr.facts import Fact, sums_to_one
from bracketcalc.expr.nodes import Definition
from bracketcalc.expr.records import (
    HOLOMORPHIC,
    ElementwiseFunction,
    LinearOperator,
    OnComplex,
    TensorFunction,
)
from bracketcalc.functions import forms as _forms
from bracketcalc.functions.forms import *  # noqa: F403
from bracketcalc.functions.one_hot import one_hot
from bracketcalc.functions.recurrent import final_state, previous_state, recurrence
from bracketcalc.notation.bracket.bracket import bracket
from bracketcalc.notation.parse import parse
from bracketcalc.render.derivations import DerivationPrinter
from bracketcalc.render.display import ExprDisplay
from bracketcalc.render.einsum import to_einsum
from bracketcalc.render.text import to_latex, to_text
from bracketcalc.simplify.engine import simplify
from bracketcalc.simplify.equality import equal

if TYPE_CHECKING:
    from bracketcalc.calculus.directional import directional, hvp, multidirectional
    from bracketcalc.calculus.higher import derivative
    from bracketcalc.calculus.implicit import (
        implicit_gradient,
        implicit_jacobian,
        newton_step,
        quadratic_model,
        root,
    )
    from bracketcalc.calculus.kronecker import KroneckerForm
    from bracketcalc.calculus.operators import LinearMap, linear_map
    from bracketcalc.calculus.rank import RankBound, rank_bound
    from bracketcalc.calculus.taylor import taylor
    from bracketcalc.compiler.compile import (
        Compiled,
        Compressed,
        CompressedProgram,
        compile,
        evaluate,
    )
    from bracketcalc.interop.jax import jax_function
    from bracketcalc.interop.source.module import to_source
    from bracketcalc.interop.torch import torch_function
    from bracketcalc.notebook.extension import load_ipython_extension, unload_ipython_extension
    from bracketcalc.render.graph.diagram import Graph, to_graph
    from bracketcalc.testing import (
        GradientCheck,
        NotFinite,
        StepStudy,
        check_gradient,
        first_not_finite,
        step_study,
    )

# Deriving needs no compiler; what only some programs use is loaded when it is first used.
_LATER = MappingProxyType(
    {
        **dict.fromkeys(("directional", "hvp", "multidirectional"), "bracketcalc.calculus.directional"),
        "derivative": "bracketcalc.calculus.higher",
        **dict.fromkeys(("LinearMap", "linear_map"), "bracketcalc.calculus.operators"),
        **dict.fromkeys(
            ("implicit_gradient", "implicit_jacobian", "newton_step", "quadratic_model", "root"),
            "bracketcalc.calculus.implicit",
        ),
        "KroneckerForm": "bracketcalc.calculus.kronecker",
        **dict.fromkeys(("RankBound", "rank_bound"), "bracketcalc.calculus.rank"),
        "taylor": "bracketcalc.calculus.taylor",
        **dict.fromkeys(
            ("Compiled", "Compressed", "CompressedProgram", "compile", "evaluate"),
            "bracketcalc.compiler.compile",
        ),
        **dict.fromkeys(
            ("load_ipython_extension", "unload_ipython_extension"), "bracketcalc.notebook.extension"
        ),
        "torch_function": "bracketcalc.interop.torch",
        "jax_function": "bracketcalc.interop.jax",
        "to_source": "bracketcalc.interop.source.module",
        **dict.fromkeys(("Graph", "to_graph"), "bracketcalc.render.graph.diagram"),
        **dict.fromkeys(
            (
                "GradientCheck",
                "NotFinite",
                "StepStudy",
                "check_gradient",
                "first_not_finite",
                "step_study",
            ),
            "bracketcalc.testing",
        ),
    }
)


_MODULES = frozenset({"layers", "rewrite", "testing"})
"""The modules that users name behind the package's name, like ``bc.layers``."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *_MODULES})


# The printers are a layer above the nodes; this is the one place where the two are put together.
Expr.display = ExprDisplay()
Derivation.display = DerivationPrinter()

__version__ = "0.1.0"

__all__ = [
    # declarations
    "tensor",
    "tensors",
    "scalar",
    "ones",
    "identity",
    "onehot",
    "one_hot",
    "define",
    "sums_to_one",
    "parse",
    "bracket",
    # the algebra
    "outer",
    "dot",
    "odot",
    "einsum",
    "trace",
    "diag",
    "norm",
    "recurrence",
    "previous_state",
    "final_state",
    # the calculus
    "differential",
    "gradient",
    "jacobian",
    "hessian",
    "derivative",
    "hvp",
    "directional",
    "multidirectional",
    "taylor",
    "linear_map",
    "implicit_gradient",
    "implicit_jacobian",
    "root",
    "newton_step",
    "quadratic_model",
    "rank_bound",
    "generalized_gradient",
    "subtensor_gradient",
    "jvp",
    "vjp",
    "derive",
    "check_gradient",
    "step_study",
    "first_not_finite",
    # forms
    "simplify",
    "equal",
    "to_text",
    "to_latex",
    "to_einsum",
    "to_graph",
    # running
    "compile",
    "evaluate",
    "to_source",
    "torch_function",
    "jax_function",
    # notebooks: %load_ext bracketcalc
    "load_ipython_extension",
    "unload_ipython_extension",
    # types
    "Expr",
    "Tensor",
    "Size",
    "Fact",
    "Definition",
    "Derivation",
    "LinearMap",
    "KroneckerForm",
    "RankBound",
    "Step",
    "Compiled",
    "Compressed",
    "CompressedProgram",
    "Graph",
    "GradientCheck",
    "NotFinite",
    "StepStudy",
    "ElementwiseFunction",
    "TensorFunction",
    "LinearOperator",
    "OnComplex",
    "HOLOMORPHIC",
    # errors
    "BracketCalcError",
    "ParseError",
    "ShapeError",
    "DerivativeError",
    "ArgumentError",
    "MemoryLimitError",
    "SingularMatrixError",
]
__all__ += _forms.__all__
