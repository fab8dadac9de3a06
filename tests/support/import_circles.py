"""Circles of imports among modules, whichever way an import hides: in a function, or behind TYPE_CHECKING."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = Mapping[str, frozenset[str]]


def module_of(path: Path, base: Path) -> str:
    """The dotted name of a file. base: the folder of its top package."""
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


def graph_of(sources: Mapping[str, str]) -> Graph:
    """Which of some modules import which others. sources: text by dotted name."""
    return {name: frozenset(_imports(name, text, sources)) for name, text in sources.items()}


def _imports(name: str, text: str, known: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        named: list[str] = []
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # ``from a import b`` needs the module a.b where there is one, else the module a.
            named = [full if (full := f"{node.module}.{alias.name}") in known else node.module for alias in node.names]
        yield from (one for one in named if one in known and one != name)


def circles(graph: Graph) -> list[list[str]]:
    """Each set of modules that need each other, sorted."""
    core = {name: set(others) for name, others in graph.items()}
    while ends := [
        name for name, others in core.items() if not others or not any(name in them for them in core.values())
    ]:
        for name in ends:
            del core[name]
        for others in core.values():
            others.difference_update(ends)
    reach = {name: _reached(name, core) for name in core}
    found = {frozenset(other for other in reach[name] if name in reach[other]) for name in core if name in reach[name]}
    return sorted(sorted(circle) for circle in found)


def _reached(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen
