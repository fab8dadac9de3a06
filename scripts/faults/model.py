"""A seeded fault: one small change of product code, located by its surroundings and not by a line number."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DRAWN = Path(__file__).with_name("drawn.json")
BASE = "27eb98b"
"""The commit that the committed faults were drawn from."""

CONTEXT_LINES = 3


@dataclass(frozen=True)
class Fault:
    """One fault.

    scope: qualified name of the enclosing function or class, "" for the module.
    before, after: whole lines. above, below: the lines around them, at most three each.
    line: position in the tree of the draw; it only informs readers.
    """

    id: str
    stratum: str
    operator: str
    file: str
    scope: str
    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def module(self) -> str:
        """The dotted name under which Python imports the file."""
        return self.file.removeprefix("platform/").removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    def diff(self) -> str:
        """A unified diff of one hunk."""
        old = [f"{line}\n" for line in (*self.above, *self.before, *self.below)]
        new = [f"{line}\n" for line in (*self.above, *self.after, *self.below)]
        hunk = list(unified_diff(old, new, f"a/{self.file}", f"b/{self.file}", n=CONTEXT_LINES))
        first = self.line - len(self.above)
        hunk[2] = f"@@ -{first},{len(old)} +{first},{len(new)} @@ {self.scope}".rstrip() + "\n"
        return "".join(hunk)


def save(faults: Iterable[Fault], path: Path) -> None:
    path.write_text(json.dumps([asdict(fault) for fault in faults], indent=1, ensure_ascii=False) + "\n", "utf-8")


def load(path: Path = DRAWN) -> list[Fault]:
    return [Fault(**{key: _frozen(value) for key, value in row.items()}) for row in json.loads(path.read_text("utf-8"))]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
