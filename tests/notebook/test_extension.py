from __future__ import annotations

import atexit
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

import bracketcalc as bc
from bracketcalc.errors import ParseError, ShapeError
from bracketcalc.notebook.completion import IDENTIFIER, SYMBOLS
from bracketcalc.notebook.extension import load_ipython_extension, unload_ipython_extension

pytest.importorskip("IPython")

from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.latex_symbols import latex_symbols
from IPython.utils.capture import capture_output
from traitlets.config import Config

# The shell's own libraries deprecate parts of each other.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::PendingDeprecationWarning", "ignore::ResourceWarning"
)


class Run(NamedTuple):
    """What a cell did: its error, its value, what it displayed, and what it printed."""

    error: BaseException | None
    value: object
    displayed: list[dict[str, str]]
    printed: str


@pytest.fixture(scope="module")
def only_shell() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "NoColor"
        InteractiveShell.clear_instance()
        made = InteractiveShell.instance(config=config)
        yield made
        made.restore_sys_module_state()
        atexit.unregister(made.atexit_operations)
        made.atexit_operations()
        InteractiveShell.clear_instance()


@pytest.fixture
def bare(only_shell: Any) -> Iterator[Any]:
    only_shell.reset()
    yield only_shell
    unload_ipython_extension(only_shell)


@pytest.fixture
def shell(bare: Any) -> Any:
    load_ipython_extension(bare)
    return bare


def run(shell: Any, cell: str) -> Run:
    with capture_output() as captured:
        result = shell.run_cell(cell)
    displayed = [dict(output.data) for output in captured.outputs]
    return Run(result.error_in_exec, result.result, displayed, captured.stdout + captured.stderr)


def completions(shell: Any, text: str) -> list[tuple[int, int, str]]:
    with provisionalcompleter():
        found = list(rectify_completions(text, shell.Completer.completions(text, len(text))))
    return [(one.start, one.end, one.text) for one in found]


# -- the cell magic -------------------------------------------------------------------------------------


def test_a_cell_declares_defines_and_shows(shell: Any) -> None:
    done = run(shell, "%%bracket\nX[n,d] W[d,k] b[k]\nZ = tanh(X W + 𝟏 bᵀ)\nW_1 = Zᵀ Z\n2 W_1")
    assert done.error is None
    X, W, b = bc.tensors("X[n,d] W[d,k] b[k]")
    Z = bc.define("Z", bc.tanh(X @ W + bc.outer(bc.ones("n"), b)))
    names = shell.user_ns
    assert [names[name] for name in ("X", "W", "b", "Z")] == [X, W, b, Z]
    assert names["W_1"] == bc.define("W_1", bc.parse("Zᵀ Z", Z=Z))
    assert done.value == bc.parse("2 W_1", W_1=names["W_1"])
    assert done.displayed == [
        {
            "text/plain": "  Z = tanh(X W + 𝟏 bᵀ)\nW_1 = Zᵀ Z",
            "text/latex": bc.Expr.display.equations(  # type: ignore[union-attr]
                [("Z", Z.body), ("W_1", names["W_1"].body)]
            ),
        }
    ]


def test_the_value_of_a_cell_is_shown_by_its_own_printers(shell: Any) -> None:
    done = run(shell, "%%bracket\nA[m,n] x[n]\nAᵀ (A x)")
    assert done.displayed == []
    assert "Aᵀ A x" in done.printed
    data, _ = shell.display_formatter.format(done.value)
    assert data == {"text/plain": "Aᵀ A x", "text/latex": "$\\displaystyle A^{T} A x$"}


def test_the_cells_share_variables_with_python(shell: Any) -> None:
    run(shell, "import bracketcalc as bc\nX, w = bc.tensors('X[n,d] w_1[d]')\nlam = 0.5\nact = bc.tanh")
    done = run(shell, "%%bracket\nJ = (lam/n) (act(X w_1) · act(X w))")
    assert done.error is None
    X, w = bc.tensors("X[n,d] w_1[d]")
    assert shell.user_ns["J"].body == bc.parse("(0.5/n) (tanh(X w) · tanh(X w))", X=X, w=w)
    assert run(shell, "bc.gradient(J, w).sizes == w.sizes").value is True


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_shows_nothing(shell: Any, option: str) -> None:
    done = run(shell, f"%%bracket {option}\nx[n]\ny = 2 x\ny")
    assert done == Run(None, None, [], "")
    assert shell.user_ns["y"] == bc.define("y", 2 * bc.tensor("x", "n"))


def test_an_unknown_option_is_refused(shell: Any) -> None:
    done = run(shell, "%%bracket --loud\nx[n]")
    assert "unrecognized arguments: --loud" in done.printed
    assert "x" not in shell.user_ns


def test_an_error_changes_nothing_and_shows_no_traceback(shell: Any) -> None:
    run(shell, "X = 5")
    done = run(shell, "%%bracket\nX[2,3]\nA = X Xᵀ\nB = A X + X A\nC = B")
    assert isinstance(done.error, ShapeError)
    assert shell.user_ns["X"] == 5
    assert not {"A", "B", "C"} & shell.user_ns.keys()
    assert done.displayed == []
    assert done.printed.splitlines()[:3] == [
        "ShapeError: line 4: position 2 of X has size 3, but position 1 of A has size 2",
        "    B = A X + X A",
        "              ^ ^",
    ]
    assert "Traceback" not in done.printed
    assert "cell.py" not in done.printed


def test_names_that_python_cannot_write_stay_in_the_cell(shell: Any) -> None:
    done = run(shell, "%%bracket\nx'[n]\nβ = x' · x'\nlambda = β")
    assert done.error is None
    assert shell.user_ns["β"].body == bc.dot(bc.tensor("x'", "n"), bc.tensor("x'", "n"))
    assert not {"x'", "lambda"} & shell.user_ns.keys()


def test_the_help_of_the_magic(shell: Any) -> None:
    text = shell.magics_manager.magics["cell"]["bracket"].__doc__
    assert "--quiet" in text
    assert "Z = tanh(X W + 𝟏 bᵀ)" in text


# -- the line magic -------------------------------------------------------------------------------------


def test_a_line_returns_its_expression(shell: Any) -> None:
    run(shell, "%%bracket\nX[3,4] Y[3,4]")
    done = run(shell, "P = %bracket X^{1,~2} .*^{1,2} Y   # braces and all")
    assert done.error is None
    X, Y = bc.tensors("X[3,4] Y[3,4]")
    assert shell.user_ns["P"] == bc.odot(X, Y, axes=((0, 1), (0, 1)), sum=(1,))
    assert run(shell, "%bracket P + P").value == shell.user_ns["P"] * 1 + shell.user_ns["P"]
    assert run(shell, "%bracket").value is None


def test_a_line_is_never_evaluated(shell: Any) -> None:
    done = run(shell, "x = 'X'\n%bracket X^{__import__('os').getcwd()} $x {x}")
    assert isinstance(done.error, ParseError)
    assert "X^{__import__('os').getcwd()} $x {x}" in done.printed


def test_a_line_can_define(shell: Any) -> None:
    run(shell, "%bracket x[n]")
    assert shell.user_ns["x"] == bc.tensor("x", "n")
    assert run(shell, "%bracket y = 2 x").value == shell.user_ns["y"]
    assert shell.user_ns["y"] == bc.define("y", 2 * bc.tensor("x", "n"))


def test_an_error_of_a_line_has_no_line_number(shell: Any) -> None:
    done = run(shell, "%bracket 2 q")
    assert isinstance(done.error, ParseError)
    assert done.printed.splitlines()[:3] == [
        "ParseError: unknown name 'q'; known: none was given",
        "    2 q",
        "      ^",
    ]


# -- completion -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["", "bc.parse('A ", 'r"""A ', "%%bracket\nX[n]\nA ", "%bracket A "])
def test_symbols_are_completed_everywhere(shell: Any, before: str) -> None:
    start = len(before)
    for typed in (r"\odot", r"\cdot", r"\bar", r"\langle", r"\^T", r"\^1", r"\_2"):
        text = before + typed
        assert completions(shell, text) == [(start, len(text), SYMBOLS[typed])]
    assert completions(shell, before + r"\od") == [(start, start + 3, r"\odot")]
    assert completions(shell, before + r"\^12") == [(start, start + 4, "¹²")]


def test_ipython_completes_its_own_symbols(shell: Any) -> None:
    assert completions(shell, r"'\alpha") == [(1, 7, "α")]
    assert completions(shell, r"'\alp") == [(1, 5, r"\alpha")]
    offered = {text for _, _, text in completions(shell, r"'\ov")}
    assert offered == {r"\overline", *(name for name in latex_symbols if name.startswith(r"\ov"))}


def test_the_older_way_to_complete(shell: Any) -> None:
    assert shell.complete(r"\odot") == (r"\odot", ["⊙"])
    assert shell.complete(None, r"bc.parse('A \os", 15) == (r"\os", [r"\oslash"])


# -- loading --------------------------------------------------------------------------------------------


def state(shell: Any) -> tuple[object, ...]:
    magics = {kind: dict(table) for kind, table in shell.magics_manager.magics.items()}
    return magics, list(shell.Completer.custom_matchers), list(shell.Completer.disable_matchers)


def test_unloading_restores_the_shell(bare: Any) -> None:
    before = state(bare)
    assert completions(bare, r"'\odot") == []
    load_ipython_extension(bare)
    assert state(bare) != before
    unload_ipython_extension(bare)
    assert state(bare) == before
    assert completions(bare, r"'\odot") == []
    unload_ipython_extension(bare)
    assert state(bare) == before


def test_loading_twice_is_loading_once(bare: Any) -> None:
    load_ipython_extension(bare)
    load_ipython_extension(bare)
    identifiers = [one.matcher_identifier for one in bare.Completer.custom_matchers]
    assert identifiers == [IDENTIFIER]
    assert completions(bare, r"'\odot") == [(1, 6, "⊙")]
    assert run(bare, "%%bracket\nx[n]\nx").error is None


def test_what_others_added_stays(bare: Any) -> None:
    def other(text: str) -> list[str]:
        return []

    def bracket(line: str) -> str:
        return line

    bare.Completer.custom_matchers.append(other)
    bare.register_magic_function(bracket, "line", "bracket")
    try:
        unload_ipython_extension(bare)
        assert bare.Completer.custom_matchers == [other]
        assert bare.magics_manager.magics["line"]["bracket"] is bracket
    finally:
        bare.Completer.custom_matchers.remove(other)
        del bare.magics_manager.magics["line"]["bracket"]


def test_importing_the_package_does_not_import_ipython() -> None:
    code = "import sys, bracketcalc.notebook.extension; print([*{'IPython', 'jedi'} & sys.modules.keys()])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_kernel_loads_the_package_as_an_extension() -> None:
    extension = (
        "bracketcalc" if hasattr(bc, "load_ipython_extension") else load_ipython_extension.__module__
    )
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    sources = [f"%load_ext {extension}", "%%bracket\nA[m,n] x[n]\ny = A x\ny · y", "y.sizes"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    nbformat.validate(notebook)
    loading, formulas, sizes = [cell.outputs for cell in notebook.cells]
    assert loading == []
    assert [output.output_type for output in formulas] == ["display_data", "execute_result"]
    assert formulas[0].data["text/plain"] == "y = A x"
    assert formulas[0].data["text/latex"].startswith("$\\displaystyle \\begin{aligned}\ny &= A x")
    assert formulas[1].data["text/latex"] == "$\\displaystyle y \\cdot y$"
    assert "m" in sizes[0].data["text/plain"]
