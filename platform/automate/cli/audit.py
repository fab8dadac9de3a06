"""``automate audit``: export the audit record as JSONL, and verify its hashes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from automate.audit.lines import problem_of
from automate.cli.options import Tenant, chosen, read_file
from automate.cli.output import line, note
from automate.client import answers
from automate.client.feed import exported
from automate.kernel.errors import NormalizedError

audit = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Export the tenant's audit record, and verify its hashes."
)

MOST_SHOWN = 20
"""The maximum number of listed entries with a wrong hash. All of them are counted."""
After = Annotated[str | None, typer.Option(metavar="CURSOR", help="Resume after this cursor.")]


@audit.command()
def export(
    *,
    after: After = None,
    cursor_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Resume after the cursor in this file, and store the newest cursor in it."),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only entries since this time, such as 2026-11-01T00:00:00Z.")
    ] = "",
    tenant: Tenant = "",
) -> None:
    """Print entries as JSONL, oldest first. The last cursor goes to standard error, or to --cursor-file."""
    if cursor_file is not None and after is None and cursor_file.exists():
        after = read_file(cursor_file).decode(errors="replace").strip() or None
    for page in _pages(tenant, after, since):
        sys.stdout.write(page["jsonl"])
        sys.stdout.flush()
        after = page["cursor"]
        if cursor_file is not None and after is not None:
            # After the entries: an export that is interrupted in between repeats them.
            _keep(cursor_file, after)
    if cursor_file is None:
        line(f"cursor {after}", console=note)


@audit.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="JSONL of `automate audit export`. The default is the record of the server."
        ),
    ] = None,
    *,
    of_platform: Annotated[
        bool,
        typer.Option(
            "--platform", help="The platform's whole record. Uses the database role of AUTOMATE_ADMIN_DATABASE_URL."
        ),
    ] = False,
    tenant: Tenant = "",
) -> None:
    """Recompute the hash of each entry. Exits with 1 when an entry does not match."""
    checked, wrong = 0, list[str]()
    for number, text in enumerate(_lines_of_platform() if of_platform else _lines(file, tenant), start=1):
        checked = number
        problem = problem_of(text)
        if problem is not None:
            wrong.append(f"line {number}: {problem}")
    for text in wrong[:MOST_SHOWN]:
        line("fail", text)
    line("fail" if wrong else "ok", f"{checked - len(wrong)} of {checked} entries match their hashes")
    if wrong:
        raise typer.Exit(1)


def _lines(file: Path | None, tenant: str) -> Iterator[str]:
    if file is not None:
        yield from _split(read_file(file).decode(errors="replace"))
        return
    for page in _pages(tenant, None, ""):
        yield from _split(page["jsonl"])


def _lines_of_platform() -> Iterator[str]:
    # This module imports Django, which no other client command needs.
    found: Iterator[str] = importlib.import_module("automate.cli.platform_record").lines()
    yield from found


def _split(jsonl: str) -> list[str]:
    # Only at line feeds, because texts inside entries may contain other line separators.
    return jsonl.removesuffix("\n").split("\n") if jsonl else []


def _pages(tenant: str, after: str | None, since: str) -> Iterator[answers.ExportPage]:
    wanted = {"audit": {"since": since}} if since else {}
    return exported(lambda: chosen(tenant), "AUDIT", after, wanted, lambda text: line(text, console=note))


def _keep(file: Path, cursor: str) -> None:
    try:
        file.write_text(f"{cursor}\n")
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"The file {file} cannot be written: {error.strerror}.") from None
