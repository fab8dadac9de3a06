"""Prints output for people, with colours on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

from rich.console import Console
from rich.text import Text

from automate.client import answers
from automate.devserver import progress
from automate.devserver.progress import BlockProgress

out = Console(highlight=False, soft_wrap=True)
note = Console(highlight=False, soft_wrap=True, stderr=True)
"""Messages about the work. They go to standard error, so that a pipe after the command does not get them."""

STYLES = {
    "succeeded": "green", "matched": "green", "created": "green", "ok": "green", "NEW": "green",
    "failed": "red", "timed_out": "red", "fail": "red", "type_error": "red", "CONFLICT": "red",
    "changed": "yellow", "unmatched": "yellow", "warn": "yellow", "running": "cyan", "unchanged": "dim",
}  # fmt: skip
"""The colour of a word that is a state or an outcome."""


def printable(text: str) -> str:
    """Replace control characters by spaces, because a terminal would obey them."""
    return "".join(character if character.isprintable() else " " for character in text)


def line(*cells: str, console: Console = out) -> None:
    """Print one line. A cell that names a state gets a colour."""
    text = Text(" ").join([Text(printable(cell), style=STYLES.get(cell.strip(), "")) for cell in cells])
    text.rstrip()
    console.print(text)


def part_of(step: str, about: answers.StepRun | answers.Effect) -> str:
    if about["compensates"]:
        return f"compensation of {step}"
    return step if about["item"] is None else f"item {about['item']} of {step}"


def columns(rows: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """Pad the cells of all rows, so that the columns are aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
    for *padded, last in rows:
        yield [*(cell.ljust(width) for cell, width in zip(padded, widths, strict=True)), last]


def table(rows: Iterable[Sequence[str]], lead: str | None = None) -> None:
    """Print rows with aligned columns. ``lead`` is the first cell of each line."""
    for cells in columns(list(rows)):
        line(*cells if lead is None else (lead, *cells))


def waiting(what: str, total: int | None = None) -> AbstractContextManager[BlockProgress]:
    """Show progress on standard output if standard output is a terminal. Otherwise, use standard error."""
    return progress.waiting(what, total, console=out if out.is_terminal else note)
