"""The sets of tests as the Makefile of a tree defines them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

FAST, ALL = "test", "test-all"
"""Targets. A tree from before the split has only the first one, which runs every test."""


def arguments_of(root: Path, target: str) -> tuple[str, ...]:
    """The arguments that a make target passes to pytest, without the number of processes.

    Raises KeyError if the Makefile has no such target.
    """
    makefile = (root / "Makefile").read_text("utf-8")
    recipe = re.search(rf"^{re.escape(target)}:.*\n\t@\$\(python\) -m pytest (.*)$", makefile, re.MULTILINE)
    if recipe is None:
        raise KeyError(f"The Makefile of {root} has no target {target} that runs pytest.")
    given = re.sub(r"\$\(or \$\(ARGS\),(.*)\)$", r"\1", recipe[1])
    return tuple(shlex.split(given.replace("-n auto", "")))
