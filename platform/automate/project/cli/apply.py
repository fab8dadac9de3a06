"""``automate apply``: bring a tenant to what a file says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from automate.project.cli.applying.changes import Changes
from automate.project.cli.applying.document import Document, Problem, Refused, parse
from automate.project.cli.applying.shape import SECTIONS, entries, problems_of
from automate.project.cli.options import Tenant, api_of, chosen, read_file
from automate.project.cli.output import columns, line, note, waiting


def apply(
    file: Annotated[Path, typer.Argument(help="YAML with sources, workflows and rules; see `automate init`.")],
    tenant: Tenant = "",
) -> None:
    """Save and publish what a file says. Run it again at will: what is so already stays untouched."""
    document = _checked(file)
    total = sum(len(entries(document, section)) for section in SECTIONS)
    changes: Changes | None = None
    try:
        with api_of(chosen(tenant)) as api, waiting(f"Applying {file}", total) as work:
            changes = Changes(api, document, work.advance)
            changes.make()
    finally:  # what was done is said, also where the API then went away
        for cells in columns(changes.said if changes else ()):
            line(*cells)
    if changes.problems:
        _report(file, changes.problems)
        line(_ending(changes), console=note)
        raise typer.Exit(1)


def _ending(changes: Changes) -> str:
    if not changes.published:
        return "Nothing was published; mend this and apply again."
    names, verb = ", ".join(changes.published), "were" if len(changes.published) > 1 else "was"
    return f"Refused after {names} {verb} published. Mend this and apply again; what is so already stays untouched."


def _checked(file: Path) -> Document:
    """The file's document. Prints its problems and exits with 1 where it has any."""
    try:
        document = parse(read_file(file))
        problems = problems_of(document)
    except Refused as refused:
        problems = list(refused.problems)
    if problems:
        _report(file, problems)
        raise typer.Exit(1)
    return document


def _report(file: Path, problems: Iterable[Problem]) -> None:
    for problem in sorted(problems, key=lambda problem: problem.line):
        where = f"{file}:{problem.line}" if problem.line else str(file)
        line(f"{where}: {_shown(problem)}", console=note)


def _shown(problem: Problem) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.path).lstrip(".")
    return f"{path}: {problem.message}" if path else problem.message
