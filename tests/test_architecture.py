"""The rules of the architecture, read from the source: layers, sizes, no hidden state, no text as code."""

from __future__ import annotations

import ast
import io
import re
import shutil
import subprocess
import tokenize
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "bracketcalc"
NAME = "bracketcalc"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("expr",),
    ("traverse",),
    ("functions",),
    ("reference",),
    ("notation",),
    ("simplify",),
    ("calculus",),
    ("render",),
    ("rewrite",),
    ("backends",),
    ("compiler",),
    ("interop",),
    ("layers",),
    ("testing", "cli", "notebook"),
    ("__init__", "__main__"),
)
"""A module imports from its own layer and from those before it."""

COMPILER = (
    "paths",
    "rewrites",
    "layouts",
    "program",
    "lowering",
    "memory",
    "emission",
    "reports",
    "compressed",
)
"""The same inside the compiler, whose own modules are below its folders."""

MAX_LINES = 330
LONGER: Mapping[str, int] = MappingProxyType({"expr/core.py": 614})
"""The nodes and their operators need each other, so they are one module."""

MAX_FUNCTION_LINES = 50

GENERATES_CODE = frozenset({"compiler/emission/load.py"})
"""Modules that may compile text, which must be made of their own words only."""

MUTABLE_NODES = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_TYPES = {
    "list",
    "dict",
    "set",
    "bytearray",
    "defaultdict",
    "OrderedDict",
    "Counter",
    "deque",
    "ChainMap",
}
CACHES = {"cache", "lru_cache"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def short(path: Path) -> str:
    """Return the path of a module inside the package."""
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def rank(path: Path) -> int:
    """Return the number of a module's layer."""
    head = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for number, names in enumerate(LAYERS):
        if head in names:
            return number
    raise AssertionError(f"{short(path)} is in no layer")


def compiler_rank(path: Path) -> int:
    """Return the number of the folder of a module of the compiler; -1 for what is in another package."""
    folders = path.relative_to(PACKAGE).parts[:-1]
    if folders[:1] != ("compiler",):
        return -1
    return COMPILER.index(folders[1]) if len(folders) > 1 else len(COMPILER)


def target(name: str) -> Path | None:
    """Return the file of a dotted module name of the package, if there is one."""
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.exists():
            return candidate
    return None


def imported(path: Path, node: ast.AST) -> Iterator[Path]:
    """Yield the modules of the package that an import statement names."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        package = path.parent if node.level else ROOT
        for _ in range(node.level - 1):
            package = package.parent
        dotted = ".".join(package.relative_to(ROOT).parts) if node.level else ""
        base = ".".join(part for part in (dotted, node.module or "") if part)
        names = [f"{base}.{alias.name}" if target(f"{base}.{alias.name}") else base for alias in node.names]
    for name in names:
        if name.split(".")[0] == NAME:
            found = target(name)
            assert found is not None, f"{short(path)} imports {name}, which does not exist"
            yield found


@cache
def for_typing_only(path: Path) -> set[ast.AST]:
    """Return the nodes below ``if TYPE_CHECKING``."""
    return {
        inner
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_there_are_modules() -> None:
    assert len(MODULES) > 30


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_imports_go_to_the_same_layer_or_to_one_above(path: Path) -> None:
    downward = [
        short(other)
        for node in ast.walk(tree(path))
        for other in imported(path, node)
        if rank(other) > rank(path)
    ]
    assert downward == []


@pytest.mark.parametrize("path", [path for path in MODULES if "compiler" in path.parts], ids=short)
def test_folders_of_the_compiler_import_one_way(path: Path) -> None:
    downward = [
        short(other)
        for node in ast.walk(tree(path))
        for other in imported(path, node)
        if compiler_rank(other) > compiler_rank(path)
    ]
    assert downward == []


def test_no_module_imports_itself_through_others() -> None:
    graph = {
        path: {
            other
            for node in ast.walk(tree(path))
            if node not in for_typing_only(path)
            for other in imported(path, node)
            if other != path
        }
        for path in MODULES
    }
    while leaves := [path for path, others in graph.items() if not others & graph.keys()]:
        for path in leaves:
            del graph[path]
    assert sorted(map(short, graph)) == [], "these modules import each other"


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_no_function_imports_the_package(path: Path) -> None:
    hidden = [
        f"{function.name}, line {node.lineno}"
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and list(imported(path, node))
    ]
    assert hidden == []


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_modules_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGER.get(short(path), MAX_LINES)


def test_the_exceptions_are_needed() -> None:
    for name in LONGER:
        assert len((PACKAGE / name).read_text(encoding="utf-8").splitlines()) > MAX_LINES


@cache
def code_lines(path: Path) -> frozenset[int]:
    """Return the numbers of the lines that hold code, neither comments nor docstrings."""
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type not in skipped:
            found.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(found)


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_functions_are_short(path: Path) -> None:
    lengths = {
        f"{node.name}, line {node.lineno}": len(
            code_lines(path).intersection(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        )
        for node in functions(path)
    }
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


def own_names(path: Path) -> set[str]:
    """Return the names that a module defines or imports at its top level, or takes as arguments."""
    found: set[str] = set()
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in node.names)
    return found


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_no_text_becomes_code(path: Path) -> None:
    if short(path) in GENERATES_CODE:
        return
    banned = {"eval", "exec", "compile", "__import__"} - own_names(path)
    calls = [
        f"{ast.unparse(node)}, line {node.lineno}"
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Name) and node.id in banned)
        or (isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("builtins", "__builtins__"))
        or (isinstance(node, ast.Import | ast.ImportFrom) and "builtins" in ast.unparse(node))
    ]
    assert calls == []


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import: those of the module, its classes and its branches."""
    for node in body:
        yield node
        if isinstance(node, ast.ClassDef | ast.If | ast.With | ast.For):
            yield from statements(node.body)
        if isinstance(node, ast.Try):
            yield from statements([*node.body, *node.finalbody])


def is_mutable(value: ast.expr | None) -> bool:
    """Return whether an expression makes a list, a dictionary, a set or the like."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).split(".")[-1] in MUTABLE_TYPES
    return isinstance(value, MUTABLE_NODES)


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_no_module_holds_mutable_state(path: Path) -> None:
    found = []
    for node in statements(tree(path).body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_mutable(node.value):
            names = ast.unparse(node).split("=")[0].strip()
            if names.split(":")[0] != "__all__":
                found.append(f"{names}, line {node.lineno}")
    for inner in ast.walk(tree(path)):
        if isinstance(inner, ast.Global):
            found.append(f"global, line {inner.lineno}")
        if isinstance(inner, ast.Name) and inner.id in CACHES:
            found.append(f"{inner.id}, line {inner.lineno}")
    assert found == []


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function is only a signature of the one that follows."""
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def undocumented(body: list[ast.stmt], inside: str = "") -> Iterator[str]:
    """Yield the public classes and functions without a docstring."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            # A method may fill in an interface, which is described there.
            classes = [inner for inner in node.body if isinstance(inner, ast.ClassDef)]
            yield from undocumented([*classes], f"{inside}{node.name}.")
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_overload(node):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield inside + node.name


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_every_public_name_is_documented(path: Path) -> None:
    assert ast.get_docstring(tree(path)), "the module has no docstring"
    assert list(undocumented(tree(path).body)) == []


# -- words ----------------------------------------------------------------------------------------------

# Spelled in pieces, so that this file does not hold them.
BANNED = re.compile(
    "|".join(
        [
            r"\bses" + r"sions?\b",
            r"(?<![\w.~])/t" + r"mp\b",
            r"(?<![\w.~-])/wo" + r"rk\b",
            r"\bpy" + r"pi\.",
            r"\bsha" + r"red/",
            r"\bSP" + r"EC\.md\b",
            r"\bsand" + r"box\b",
        ]
    ),
    re.IGNORECASE,
)
TEXT = {".py", ".md", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".sh", ".ipynb", ".txt", ".tex", ""}


def tracked_files() -> list[Path]:
    """Return the text files under version control, or those of the package and the tests."""
    git = shutil.which("git")
    if git is not None and (ROOT / ".git").exists():
        listing = subprocess.run(
            [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        files = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        files = [*PACKAGE.rglob("*"), *(ROOT / "tests").rglob("*")]
    return sorted(path for path in files if path.is_file() and path.suffix in TEXT)


def test_no_text_tells_where_it_was_written() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if BANNED.search(line)
    ]
    assert found == []


# -- the checks themselves ------------------------------------------------------------------------------


def test_the_checks_find_what_they_look_for() -> None:
    assert is_mutable(ast.parse("x = {}", mode="exec").body[0].value)  # type: ignore[attr-defined]
    assert is_mutable(ast.parse("x = collections.defaultdict(list)").body[0].value)  # type: ignore[attr-defined]
    assert not is_mutable(ast.parse("x = MappingProxyType({})").body[0].value)  # type: ignore[attr-defined]
    assert list(
        undocumented(ast.parse("def f(): pass\ndef _g(): pass\nclass C:\n  def m(self): pass").body)
    ) == [
        "f",
        "C",
    ]
    assert rank(PACKAGE / "errors.py") < rank(PACKAGE / "expr/core.py") < rank(PACKAGE / "__init__.py")
    with pytest.raises(AssertionError, match="is in no layer"):
        rank(PACKAGE / "utilities.py")
    relative = ast.parse("from ..expr import core\nfrom . import engine").body
    path = PACKAGE / "simplify" / "sums.py"
    assert [short(other) for node in relative for other in imported(path, node)] == [
        "expr/core.py",
        "simplify/engine.py",
    ]
    assert BANNED.search("in /t" + "mp/x") and not BANNED.search("work/tmp and shared nodes")  # noqa: PT018
