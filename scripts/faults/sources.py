"""Product code for the draw: files of a tree, and every place for a fault in them."""

from __future__ import annotations

import ast
import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PRODUCT = ("platform/automate", "tenants", "graphql_schema", "rest_api", "actors")
LEFT_OUT = "/migrations/"
LOGGERS = {"log", "_log", "logger", "logging", "structlog", "warnings"}
SHOWN_ONLY = {"__repr__", "__str__"}

Tree = Mapping[str, str]
"""Path relative to the project -> text."""


def is_product(name: str) -> bool:
    return name.endswith(".py") and name.startswith(tuple(f"{folder}/" for folder in PRODUCT)) and LEFT_OUT not in name


def tree_of_commit(root: Path, commit: str) -> Tree:
    """Product code of a commit."""
    archive = subprocess.run(["git", "archive", commit], check=True, capture_output=True, cwd=root).stdout
    texts = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            if member.isfile() and is_product(member.name) and (opened := files.extractfile(member)):
                texts[member.name] = opened.read().decode()
    return texts


def tree_of_folder(root: Path) -> Tree:
    """Product code of a folder, and the scripts that create pages from it, because they read its tables as well."""
    found = (path for folder in PRODUCT for path in (root / folder).rglob("*.py"))
    names = {path.relative_to(root).as_posix(): path for path in found}
    product = {name: path for name, path in names.items() if is_product(name)}
    pages = {path.relative_to(root).as_posix(): path for path in (root / "scripts").glob("*_page.py")}
    return {name: path.read_text("utf-8") for name, path in sorted({**product, **pages}.items())}


@dataclass(frozen=True)
class Site:
    """A node, its statement, and the names of the functions and classes around both.

    function: the innermost enclosing function; None at module or class level.
    """

    node: ast.AST
    statement: ast.stmt
    scope: str
    function: ast.FunctionDef | ast.AsyncFunctionDef | None


@dataclass
class Source:
    """One parsed file. AST columns count bytes; ``span`` turns them into indices of the text."""

    name: str
    text: str
    lines: list[str] = field(init=False)
    module: ast.Module = field(init=False)
    _starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self.module = ast.parse(self.text)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Start and end of a node in the text."""
        places = ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))  # type: ignore[attr-defined]
        start, end = (self._starts[row - 1] + self._column(row, column) for row, column in places)
        return start, end

    def segment(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def row(self, index: int) -> int:
        """The line, from 0, of an index of the text."""
        return self.text.count("\n", 0, index)

    def _column(self, row: int, column: int) -> int:
        line = self.lines[row - 1]
        return column if line.isascii() else len(line.encode()[:column].decode())

    def sites(self) -> Iterator[Site]:
        """Every node that may be changed, by general rules: no annotation, docstring, log call or ``__repr__``."""
        for statement in _body(self.module):
            yield from _walk(Site(statement, statement, "", None))


def _body(node: ast.AST) -> list[ast.stmt]:
    body: list[ast.stmt] = list(getattr(node, "body", []))
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return body


def _walk(site: Site) -> Iterator[Site]:
    node = site.node
    if _is_left_out(node):
        return
    yield site
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        scope = f"{site.scope}.{node.name}".lstrip(".")
        for outside in (*node.decorator_list, *_defaults(node)):
            yield from _walk(Site(outside, node, site.scope, site.function))
        function = None if isinstance(node, ast.ClassDef) else node
        for statement in _body(node):
            yield from _walk(Site(statement, statement, scope, function))
        return
    if isinstance(node, ast.JoinedStr):
        return  # Python 3.10 does not know the positions of the parts of an f-string
    for child in ast.iter_child_nodes(node):
        if child is not getattr(node, "annotation", None):
            statement = child if isinstance(child, ast.stmt) else site.statement
            yield from _walk(Site(child, statement, site.scope, site.function))


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.expr]:
    if isinstance(node, ast.ClassDef):
        return [keyword.value for keyword in node.keywords]
    return [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]


def _is_left_out(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name in SHOWN_ONLY
    if isinstance(node, ast.Expr):
        # A bare string documents the line above it.
        return isinstance(node.value, ast.Constant) or _logs(node.value)
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.Import | ast.ImportFrom)


def _logs(node: ast.expr) -> bool:
    while isinstance(node, ast.Await | ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id in LOGGERS
