"""Places for probes, so that every test that reaches a fault's code is found.

A probe is one call before the changed statement. Code of modules and classes runs once, at import. There a probe
goes into every function that refers to a name which the statement binds, directly or through other module-level
names. A statement that binds nothing is probed itself: a test reaches it when a process of the test imports the
module.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from scripts.faults.model import Fault
from scripts.faults.placing import place
from scripts.faults.sources import Source, Tree

CALL = '__import__("automate.fault_probe", fromlist=["hit"]).hit({fault!r})'
"""Works in any function of any package, and leaves imports unchanged."""

N = TypeVar("N", bound=ast.AST)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Places = Mapping[str, Mapping[int, Sequence[str]]]
"""File -> row from 0 -> the faults whose probes go before that row."""


def places(faults: Sequence[Fault], tree: Tree) -> Places:
    """The probes of all faults in a tree."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    sources = {name: Source(name, text) for name, text in tree.items()}
    for fault in faults:
        source = sources[fault.file]
        row = place(fault, source.text)
        statement = _statement_at(source, row + 1)
        if statement is None and not _bound(source, row + 1):
            statement = _innermost(source.module, row + 1, (ast.stmt,))
        if statement is not None:
            found[fault.file][_row_of(statement)].append(fault.id)
        else:
            for name, first in _users(sources, source, row + 1):
                found[name][first].append(fault.id)
    return found


def with_probes(text: str, rows: Mapping[int, Sequence[str]]) -> str:
    """The text with a probe before each row. ``elif`` allows none, so rows are those of whole statements."""
    lines = text.split("\n")
    for row in sorted(rows, reverse=True):
        indent = lines[row][: len(lines[row]) - len(lines[row].lstrip())]
        lines[row:row] = [indent + CALL.format(fault=fault) for fault in rows[row]]
    return "\n".join(lines)


def insert(faults: Sequence[Fault], tree: Tree, root: Path) -> int:
    """Write the probes into a tree on disk. Returns their number."""
    found = places(faults, tree)
    for name, rows in found.items():
        (root / name).write_text(with_probes(tree[name], rows), "utf-8")
    return sum(len(faults) for rows in found.values() for faults in rows.values())


def _statement_at(source: Source, line: int) -> ast.stmt | None:
    """The innermost statement of a function that contains a line; None outside functions."""
    function = _innermost(source.module, line, FUNCTIONS)
    if not isinstance(function, FUNCTIONS) or line < function.body[0].lineno:
        return None
    return _innermost(function, line, (ast.stmt,))


def _innermost(node: ast.AST, line: int, kinds: tuple[type[N], ...]) -> N | None:
    """The deepest node below one that contains a line and can follow a probe."""
    best = None
    for child in ast.walk(node):  # from the outside in
        if isinstance(child, kinds) and child is not node and _holds(child, line) and not _is_elif(node, child):
            best = child
    return best


def _holds(node: ast.AST, line: int) -> bool:
    first: int = getattr(node, "lineno", line + 1)
    last: int = getattr(node, "end_lineno", None) or first
    return first <= line <= last


def _is_elif(root: ast.AST, node: ast.AST) -> bool:
    return isinstance(node, ast.If) and any(
        isinstance(parent, ast.If) and parent.orelse == [node] and node.col_offset == parent.col_offset
        for parent in ast.walk(root)
    )


def _row_of(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def _users(sources: Mapping[str, Source], home: Source, line: int) -> Iterator[tuple[str, int]]:
    """File and first row of the body of every function that refers to a name which the line's statement binds."""
    reached = {home.name: _bound(home, line)}
    grown = True
    while grown:
        grown = False
        for name, source in sources.items():
            before = reached.get(name, set())
            known = before | _imported(source, reached)
            for statement in source.module.body:
                if any(_refers(part, known) for part in _at_import(statement)):
                    known |= _binds(statement)
            if known - before:
                reached[name] = known
                grown = True
    for name, known in reached.items():
        for node in ast.walk(sources[name].module):
            if isinstance(node, FUNCTIONS) and _refers(node, known):
                row = _first_row(node, sources[name])
                if row is not None:
                    yield name, row


def _bound(source: Source, line: int) -> set[str]:
    """Names that the module-level statement at a line binds, and those of the class body's statement there."""
    return {
        name
        for outer in source.module.body
        if _holds(outer, line)
        for statement in (outer, *(outer.body if isinstance(outer, ast.ClassDef) else ()))
        if _holds(statement, line)
        for name in _binds(statement)
    }


def _at_import(statement: ast.stmt) -> list[ast.AST]:
    """The parts of a module-level statement that run at import: for a class all except its methods."""
    if isinstance(statement, ast.ClassDef):
        inside = [one for one in statement.body if not isinstance(one, FUNCTIONS)]
        return [*statement.bases, *statement.keywords, *statement.decorator_list, *inside]
    return [] if isinstance(statement, (*FUNCTIONS, ast.Import, ast.ImportFrom)) else [statement]


def _binds(statement: ast.AST) -> set[str]:
    """Names that a statement of a module or class binds."""
    if isinstance(statement, (ast.ClassDef, *FUNCTIONS)):
        return {statement.name}
    targets = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {node.id for node in targets}


def _imported(source: Source, reached: Mapping[str, set[str]]) -> set[str]:
    """Names that a file imports from modules that bind them; ``.name`` for names that it reads from a module."""
    modules = {_dotted(name): names for name, names in reached.items() if name != source.name}
    modules["django.conf.settings"] = modules.get("automate.project.settings", set())
    found = set()
    for node in ast.walk(source.module):
        if isinstance(node, ast.ImportFrom):
            names = modules.get(node.module or "", set())
            found |= {alias.asname or alias.name for alias in node.names if alias.name in names}
            for alias in node.names:
                inside = modules.get(f"{node.module}.{alias.name}", set())
                found |= {f".{name.lstrip('.')}" for name in inside}
    return found


def _dotted(name: str) -> str:
    return name.removeprefix("platform/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _refers(node: ast.AST, names: set[str]) -> bool:
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and child.id in names:
            return True
        if isinstance(child, ast.Attribute) and (child.attr in names or f".{child.attr}" in names):
            return True
    return False


def _first_row(function: ast.FunctionDef | ast.AsyncFunctionDef, source: Source) -> int | None:
    """The row of a function's first statement after its docstring, or None for a stub and for a body on the line of ``def``."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body:
        return None
    row = _row_of(body[0])
    return None if source.lines[row][: body[0].col_offset].strip() else row
