"""``automate init``: write an example configuration."""

from __future__ import annotations

import shlex
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.new_files import write_new
from automate.cli.output import line

EXAMPLE = "first.yaml"


def init(path: Annotated[Path, typer.Argument(help="The file to write, or a folder for it.")] = Path(EXAMPLE)) -> None:
    """Write the example file first.yaml: a workflow, and a rule that starts the workflow."""
    file = path / EXAMPLE if path.is_dir() else path
    text = resources.files("automate.cli").joinpath(EXAMPLE).read_text(encoding="utf-8")
    write_new(file, text)
    line(f"Wrote {file}. Read it, then: automate apply {shlex.quote(str(file))}")
