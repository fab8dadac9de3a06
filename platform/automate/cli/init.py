"""``automate init``: write an example configuration."""

from __future__ import annotations

import shlex
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.output import line
from automate.kernel.errors import NormalizedError

EXAMPLE = "first.yaml"


def init(path: Annotated[Path, typer.Argument(help="The file to write, or a folder for it.")] = Path(EXAMPLE)) -> None:
    """Write the example first.yaml: a workflow and the rule that starts it."""
    file = path / EXAMPLE if path.is_dir() else path
    text = resources.files("automate.cli").joinpath(EXAMPLE).read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise NormalizedError(
            "CONFLICT", f"The file {file} exists already and was not changed. Name another file."
        ) from None
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"The file {file} cannot be written: {error.strerror}.") from None
    line(f"Wrote {file}. Read it, then: automate apply {shlex.quote(str(file))}")
