"""``automate apply``, ``plan`` and ``export``: read and write a tenant's configuration as a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.applying.changes import ApplyReport, make, plan
from automate.cli.applying.document import ConfigurationDocument, DocumentProblem, DocumentRefusedError, parse
from automate.cli.new_files import write_new
from automate.cli.options import Tenant, api_of, chosen, read_file
from automate.cli.output import columns, line, note, waiting
from automate.cli.rehearsing.writing import as_yaml
from automate.client.api import CONFIGURING_SECONDS, Api
from automate.client.operations import EXPORT_CONFIGURATION

ConfigurationFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="YAML with sources, workflows, rules and more; see `automate init`.")
]
Prune = Annotated[bool, typer.Option("--prune", help="Also disable the objects that the file does not name.")]


def apply(
    file: ConfigurationFile,
    *,
    prune: Prune = False,
    yes: Annotated[bool, typer.Option("--yes", help="Prune without asking.")] = False,
    tenant: Tenant = "",
) -> None:
    """Apply a configuration file to a tenant, completely or not at all.

    Objects that already match the file are not changed.
    """
    document = _read(file)
    with api_of(chosen(tenant)) as api:
        expected = _agreed(api, file, document, yes=yes) if prune else None
        with waiting(f"Applying {file}"):
            changes = make(api, document, prune=prune, expected=expected)
    _say(file, changes)
    if changes.problems:
        line("Nothing was changed. Correct the file, then apply again.", console=note)
        raise typer.Exit(1)


def plan_changes(
    file: ConfigurationFile,
    *,
    prune: Prune = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if anything would change.")] = False,
    tenant: Tenant = "",
) -> None:
    """Show what `automate apply` would change, line by line, and change nothing."""
    document = _read(file)
    with api_of(chosen(tenant)) as api, waiting(f"Planning {file}"):
        changes = plan(api, document, prune=prune)
    _say(file, changes, differences=True)
    if changes.problems:
        line("The file would be refused. Correct the file, then plan again.", console=note)
        raise typer.Exit(1)
    if not changes.changed:
        line("Nothing would change.")
        return
    line(f"Nothing was changed. To do this: automate apply {file}{' --prune' if prune else ''}")
    if check:
        raise typer.Exit(1)


def export(
    to: Annotated[Path | None, typer.Option(help="The file to write. It must not exist.")] = None,
    *,
    tenant: Tenant = "",
) -> None:
    """Print a tenant's configuration as YAML for `automate apply`. Secrets are printed as references, not as values."""
    with api_of(chosen(tenant)) as api, waiting("Exporting"):
        answer = api.query(EXPORT_CONFIGURATION, {}, seconds=CONFIGURING_SECONDS)["exportConfiguration"]
    text = as_yaml(answer["configuration"])
    if to is None:
        sys.stdout.write(text)
        return
    write_new(to, text)
    line(f"Wrote {to}. Set the variables of its secrets where you apply it: automate plan {to}")


def _agreed(api: Api, file: Path, document: ConfigurationDocument, *, yes: bool) -> str | None:
    # Returns the fingerprint of the current configuration. Exits with 1 if the user does not agree.
    planned = plan(api, document, prune=True)
    if planned.problems or not planned.pruned:
        return planned.before
    line("These objects are not in the file and will be disabled:", console=note)
    for kind, slug in planned.pruned:
        line(f"  {kind} {slug}", console=note)
    if yes or (sys.stdin.isatty() and typer.confirm("Continue?", err=True)):
        return planned.before
    line(
        f"Nothing was changed. To disable these objects without a question: automate apply {file} --prune --yes",
        console=note,
    )
    raise typer.Exit(1)


def _say(file: Path, changes: ApplyReport, *, differences: bool = False) -> None:
    for number, cells in enumerate(columns(changes.said)):
        line(*cells)
        for difference in changes.differences[number] if differences else ():
            line(f"  {difference}")
    _report(file, [*changes.warnings, *changes.problems])


def _read(file: Path) -> ConfigurationDocument:
    try:
        return parse(read_file(file))
    except DocumentRefusedError as refused:
        _report(file, refused.problems)
        raise typer.Exit(1) from None


def _report(file: Path, problems: Iterable[DocumentProblem]) -> None:
    for problem in sorted(problems, key=lambda problem: problem.line):
        where = f"{file}:{problem.line}" if problem.line else str(file)
        line(f"{where}: {_shown(problem)}", console=note)


def _shown(problem: DocumentProblem) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.path).lstrip(".")
    return f"{path}: {problem.message}" if path else problem.message
