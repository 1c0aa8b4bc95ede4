"""The LaTeX commands that a formula may contain."""

from __future__ import annotations

from types import MappingProxyType

from bracketcalc.notation.tokens import Kind

SIGNS = MappingProxyType(
    {
        "otimes": "⊗",
        "odot": "⊙",
        "oslash": "⊘",
        "ominus": "⊖",
        "cdot": "·",
        "cdotp": "·",
        "circ": "⊙",
        "bullet": "",
        "times": "",
        "leadsto": "",
        "rightsquigarrow": "",
    }
)
"""Operators; an empty sign is a command that people use for several of them."""

DELIMITERS = MappingProxyType(
    {
        **dict.fromkeys(("|", "Vert", "lVert", "rVert"), (Kind.BARS, "")),
        **dict.fromkeys(("vert", "lvert", "rvert", "mid"), (Kind.RULE, "")),
        "lbrack": (Kind.SQUARE, "["),
        "rbrack": (Kind.SQUARE, "]"),
        **dict.fromkeys(("{", "lbrace"), (Kind.OPEN_BRACE, "\\{")),
        **dict.fromkeys(("}", "rbrace"), (Kind.CLOSE_BRACE, "\\{")),
        "langle": (Kind.ANGLE, "⟨"),
        "rangle": (Kind.ANGLE, "⟩"),
        "sum": (Kind.SUM, ""),
        "\\": (Kind.SEMICOLON, ""),
        **dict.fromkeys(("cdots", "ldots", "dots"), (Kind.RANGE, "")),
    }
)

FRACTIONS = frozenset(["frac", "dfrac", "tfrac"])

SPACES = frozenset(
    [
        ",",
        ";",
        ":",
        "!",
        " ",
        "quad",
        "qquad",
        "left",
        "middle",
        "right",
        "displaystyle",
        "textstyle",
        "limits",
        "nolimits",
    ]
    + [size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")]
)
"""Commands that change only the look."""

ALPHABETS = frozenset(
    (
        *("mathrm", "mathit", "mathbf", "mathsf", "mathtt", "mathcal", "mathbb", "mathfrak", "mathnormal"),
        *("boldsymbol", "bm", "text", "textrm", "textit", "textbf", "operatorname"),
    )
)
"""Commands whose argument is one name."""

SWITCHES = frozenset(("rm", "bf", "it", "sf", "tt", "cal"))
"""Commands for the rest of their braces, which is one name: ``{\\rm tr}``."""

ACCENTS = MappingProxyType(
    {
        "hat": "\u0302",
        "widehat": "\u0302",
        "tilde": "\u0303",
        "widetilde": "\u0303",
        "bar": "\u0304",
        "overline": "\u0304",
        "dot": "\u0307",
        "ddot": "\u0308",
        "check": "\u030c",
        "vec": "\u20d7",
    }
)
"""Commands that put a combining character on the name in their argument."""

_SMALL = (
    *(
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
    ),
    *("nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
_SMALL_LETTERS = "αβγδεζηθικλμνξοπρστυφχψω"
_CAPITAL_LETTERS = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"

LETTERS = MappingProxyType(
    {
        **{name: (letter,) for name, letter in zip(_SMALL, _SMALL_LETTERS, strict=True)},
        **{name.title(): (letter,) for name, letter in zip(_SMALL, _CAPITAL_LETTERS, strict=True)},
        "epsilon": ("ϵ", "ε"),
        "varepsilon": ("ε", "ϵ"),
        "theta": ("θ",),
        "vartheta": ("ϑ",),
        "phi": ("ϕ", "φ"),
        "varphi": ("φ", "ϕ"),
        "varrho": ("ϱ",),
        "varsigma": ("ς",),
        "ell": ("ℓ",),
        "nabla": ("∇",),
        "partial": ("∂",),
    }
)
"""Commands for one letter, with the letters that a given name may have for it, the best first."""
