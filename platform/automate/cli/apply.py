"""``automate apply``, ``plan`` and ``export``: a tenant's configuration as a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.applying.changes import Changes, make, plan
from automate.cli.applying.document import Document, Problem, Refused, parse
from automate.cli.options import Tenant, api_of, chosen, read_file
from automate.cli.output import columns, line, note, waiting
from automate.cli.rehearsing.writing import as_yaml
from automate.client.api import CONFIGURING_SECONDS, Api
from automate.client.operations import EXPORT_CONFIGURATION
from automate.kernel.errors import NormalizedError

ConfigurationFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="YAML with sources, workflows, rules and more; see `automate init`.")
]
Prune = Annotated[bool, typer.Option("--prune", help="Take out of force, too, what the file does not name.")]


def apply(
    file: ConfigurationFile,
    *,
    prune: Prune = False,
    yes: Annotated[bool, typer.Option("--yes", help="Prune without asking.")] = False,
    tenant: Tenant = "",
) -> None:
    """Bring a tenant to what a file says, whole or not at all. Run it again at will: what is so already stays untouched."""
    document = _read(file)
    with api_of(chosen(tenant)) as api:
        expected = _agreed(api, file, document, yes=yes) if prune else None
        with waiting(f"Applying {file}"):
            changes = make(api, document, prune=prune, expected=expected)
    _say(file, changes)
    if changes.problems:
        line("Nothing was changed; mend this and apply again.", console=note)
        raise typer.Exit(1)


def plan_changes(
    file: ConfigurationFile,
    *,
    prune: Prune = False,
    check: Annotated[bool, typer.Option("--check", help="Status 1 where anything would change.")] = False,
    tenant: Tenant = "",
) -> None:
    """Say what `automate apply` would change, place by place, and change nothing."""
    document = _read(file)
    with api_of(chosen(tenant)) as api, waiting(f"Planning {file}"):
        changes = plan(api, document, prune=prune)
    _say(file, changes, differences=True)
    if changes.problems:
        line("It would be refused; mend this and plan again.", console=note)
        raise typer.Exit(1)
    if not changes.changed:
        line("Nothing would change.")
        return
    line(f"Nothing was changed. To do this: automate apply {file}{' --prune' if prune else ''}")
    if check:
        raise typer.Exit(1)


def export(
    to: Annotated[Path | None, typer.Option(help="The file to write, which must not be there yet.")] = None,
    *,
    tenant: Tenant = "",
) -> None:
    """Print a tenant's configuration as YAML that `automate apply` takes. Secrets are references."""
    with api_of(chosen(tenant)) as api, waiting("Exporting"):
        answer = api.query(EXPORT_CONFIGURATION, {}, seconds=CONFIGURING_SECONDS)["exportConfiguration"]
    if answer["errors"]:
        raise NormalizedError(answer["errors"][0]["code"], answer["errors"][0]["message"])
    text = as_yaml(answer["configuration"])
    if to is None:
        sys.stdout.write(text)
        return
    try:
        with to.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise NormalizedError("CONFLICT", f"{to} exists already and is left as it is; name another file.") from None
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"{to} cannot be written: {error.strerror}.") from None
    line(f"Wrote {to}. What its secrets are, variables say where it is applied: automate plan {to}")


def _agreed(api: Api, file: Path, document: Document, *, yes: bool) -> str | None:
    """The fingerprint of what somebody agreed to prune from, after they have seen the list. Exits with 1 where nobody did."""
    planned = plan(api, document, prune=True)
    if planned.problems or not planned.pruned:
        return planned.before
    line("This takes out of force what the file does not name:", console=note)
    for kind, slug in planned.pruned:
        line(f"  {kind} {slug}", console=note)
    if yes or (sys.stdin.isatty() and typer.confirm("Go on?", err=True)):
        return planned.before
    line(f"Nothing was changed. To agree without being asked: automate apply {file} --prune --yes", console=note)
    raise typer.Exit(1)


def _say(file: Path, changes: Changes, *, differences: bool = False) -> None:
    for number, cells in enumerate(columns(changes.said)):
        line(*cells)
        for told in changes.differences[number] if differences else ():
            line(f"  {told}")
    _report(file, [*changes.warnings, *changes.problems])


def _read(file: Path) -> Document:
    """The file's document. Prints its problems and exits with 1 where it is none."""
    try:
        return parse(read_file(file))
    except Refused as refused:
        _report(file, refused.problems)
        raise typer.Exit(1) from None


def _report(file: Path, problems: Iterable[Problem]) -> None:
    for problem in sorted(problems, key=lambda problem: problem.line):
        where = f"{file}:{problem.line}" if problem.line else str(file)
        line(f"{where}: {_shown(problem)}", console=note)


def _shown(problem: Problem) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.path).lstrip(".")
    return f"{path}: {problem.message}" if path else problem.message
