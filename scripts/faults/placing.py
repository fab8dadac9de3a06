"""Find a fault's place in a tree by its surroundings, and put the fault there."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from scripts.faults.model import CONTEXT_LINES, Fault


class NotPlacedError(Exception):
    """The tree does not contain the changed lines of a fault, or contains them more than once."""


def place(fault: Fault, text: str) -> int:
    """The row, from 0, of the first changed line.

    The largest matching context decides: three lines above and below, then two, one, none, each within the fault's
    scope.
    """
    lines = text.split("\n")
    first, last = _rows_of(fault.scope, text, len(lines))
    for size in range(CONTEXT_LINES, -1, -1):
        above = fault.above[len(fault.above) - min(size, len(fault.above)) :]
        wanted = [*above, *fault.before, *fault.below[:size]]
        found = [row + len(above) for row in range(len(lines)) if lines[row : row + len(wanted)] == wanted]
        within = [row for row in found if first <= row < last]
        if len(within) == 1:
            return within[0]
        if within:
            break
    raise NotPlacedError(
        f"{fault.id}: {fault.file} does not contain the fault's lines exactly once in {fault.scope or 'the module'}. "
        f"The code has changed since {fault.id} was drawn. Check out the commit of the draw, or draw again."
    )


def apply(fault: Fault, root: Path) -> Path:
    """Write the fault into a tree. Returns the changed file.

    Raises NotPlacedError if the file or the place is missing.
    """
    path = root / fault.file
    if not path.is_file():
        raise NotPlacedError(f"{fault.id}: {fault.file} does not exist in this tree. Draw again.")
    text = path.read_text("utf-8")
    row = place(fault, text)
    lines = text.split("\n")
    lines[row : row + len(fault.before)] = fault.after
    path.write_text("\n".join(lines), "utf-8")
    return path


def _rows_of(scope: str, text: str, count: int) -> tuple[int, int]:
    """The rows of a function or class by its qualified name; those of the whole file if it does not exist."""
    body: Sequence[ast.AST] = ast.parse(text).body
    rows = (0, count)
    for name in scope.split(".") if scope else ():
        named = [
            node
            for parent in body
            for node in ast.walk(parent)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
        ]
        if not named:
            return 0, count
        start = min((decorator.lineno for node in named for decorator in node.decorator_list), default=named[0].lineno)
        rows = (min(start, named[0].lineno) - 1, max(node.end_lineno or node.lineno for node in named))
        body = [statement for node in named for statement in node.body]
    return rows
