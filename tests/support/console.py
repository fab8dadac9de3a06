"""Console blocks of a page: its commands, and the lines that each is said to print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
ANYTHING = "…"


@dataclass(frozen=True)
class Told:
    """A command of the page, and the lines that it is said to print."""

    command: str
    lines: tuple[str, ...]


def told(page: str) -> list[Told]:
    commands: list[Told] = []
    for block in CONSOLE.findall(page):
        for part in ("\n" + block).split("\n$ ")[1:]:
            command, *lines = part.rstrip("\n").split("\n")
            commands.append(Told(command, tuple(lines)))
    return commands


def matches(said: Sequence[str], wanted: Sequence[str]) -> bool:
    """``…`` within a line stands for any text, as a line of its own for any lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line == ANYTHING else ".*".join(map(re.escape, line.split(ANYTHING))) + r"\n" for line in wanted
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in said)) is not None
