"""``automate test``: run workflows on events of files, with connectors that answer as the files say. Needs no server, unless
what is tested stands there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automate.cli.applying.document import Refused
from automate.cli.options import Tenant, api_of, chosen, global_id, json_of
from automate.cli.output import line, note
from automate.cli.rehearsing import SUFFIX
from automate.cli.rehearsing.files import Tested, find, load, run_file
from automate.cli.rehearsing.writing import as_yaml
from automate.cli.testing_there import Wanted, run_there
from automate.client.operations import STORED_EVENT
from automate.kernel.errors import NormalizedError
from automate.simulation.rehearsal.case import Case, event_of


def run_cases(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help=f"Files or folders of *{SUFFIX}.")
    ] = None,
    *,
    event: Annotated[str, typer.Option(help="Run the cases on this stored event instead, by its id.")] = "",
    show: Annotated[bool, typer.Option("--show", help="Print what came of each, as `expect` says it.")] = False,
    workflow: Annotated[str, typer.Option(help="Test this workflow of the server instead, by its slug.")] = "",
    version: Annotated[int, typer.Option(help="Its version; left out: its draft.")] = 0,
    step: Annotated[str, typer.Option(help="Only this step of it, with what it needs.")] = "",
    recorded: Annotated[str, typer.Option(help="Let the world say what it said to this run, by its id.")] = "",
    outputs: Annotated[str, typer.Option(help="What its steps give: JSON, or @FILE.", metavar="JSON")] = "",
    live: Annotated[bool, typer.Option("--live", help="With its real effects: the test is a run.")] = False,
    tenant: Tenant = "",
) -> None:
    """Test workflows against recorded or mocked connectors; status 1 unless all is as expected."""
    if workflow:
        given = json_of(outputs, "--outputs") if outputs else None
        wanted = Wanted(workflow, version, step, event, recorded, given, live)
        if places or show:
            message = "A workflow of the server is tested without files; leave FILE and --show out."
            raise NormalizedError("BAD_USER_INPUT", message)
        run_there(wanted, tenant)
        return
    if version or step or recorded or outputs or live:
        message = "--version, --step, --recorded, --outputs and --live are for a workflow of the server: name it by --workflow."
        raise NormalizedError("BAD_USER_INPUT", message)
    files = find(places or [Path()])
    if not files:
        raise NormalizedError(
            "NOT_FOUND", f"There is no file *{SUFFIX} here; name one, or record a run: automate record"
        )
    failed = 0
    for path in files:
        tested = run_file(path, case=_on_stored(path, event, tenant) if event else None)
        failed += bool(tested.problems)
        _tell(tested)
        if show and tested.seen is not None:
            for row in as_yaml({"expect": tested.seen.as_json()}).splitlines():
                line(row)
    if failed:
        line(f"{failed} of {len(files)} failed.", console=note)
        raise typer.Exit(1)


def _on_stored(path: Path, event: str, tenant: str) -> Case | None:
    """The file's case on an event that the tenant has, redacted as the API shows it."""
    with api_of(chosen(tenant)) as api:
        found = api.query(STORED_EVENT, {"id": global_id("Event", event)})["event"]
    if found is None or found["payload"] is None:
        raise NormalizedError("NOT_FOUND", f"There is no event {event}, or its payload is gone.")
    given = {"type": found["type"], "source": found["source"]["slug"], "subject": found["subject"] or ""}
    stored = event_of({**given, "payload": found["payload"], "occurred_at": found["occurredAt"]}, number=0)
    try:
        return load(path).case.on(stored)
    except (Refused, OSError):
        return None  # told when it is run


def _tell(tested: Tested) -> None:
    seen = tested.seen
    if not tested.problems and seen is not None:
        calls = f"{len(seen.calls)} {'call' if len(seen.calls) == 1 else 'calls'}"
        line("ok   ", str(tested.path), seen.state, f"{calls}, {seen.seconds:g} s")
        return
    line("fail ", str(tested.path))
    for problem in tested.problems:
        where = f"{tested.path}:{problem.line}" if problem.line else str(tested.path)
        line(f"      {where}: {problem.message}")
