"""``automate test``: test workflows with events and connector answers from files.

The command needs no server, unless the tested workflow is on a server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automate.cli.applying.document import DocumentRefusedError
from automate.cli.options import Tenant, api_of, chosen, global_id, json_of
from automate.cli.output import line, note
from automate.cli.rehearsing import SUFFIX
from automate.cli.rehearsing.files import Tested, find, load, run_file
from automate.cli.rehearsing.writing import as_yaml
from automate.cli.testing_there import ServerTestOptions, run_there
from automate.client.operations import STORED_EVENT
from automate.kernel.errors import NormalizedError
from automate.simulation.rehearsal.case import Case, event_of


def run_cases(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help=f"Files or folders of *{SUFFIX}.")
    ] = None,
    *,
    event: Annotated[str, typer.Option(help="Run the cases on the stored event with this id.")] = "",
    show: Annotated[
        bool, typer.Option("--show", help="Print the result of each case in the form of `expect`.")
    ] = False,
    workflow: Annotated[str, typer.Option(help="Test the server's workflow with this slug.")] = "",
    version: Annotated[int, typer.Option(help="The version of the workflow. The default is the draft.")] = 0,
    step: Annotated[str, typer.Option(help="Only this step of the workflow, with the steps that it needs.")] = "",
    recorded: Annotated[str, typer.Option(help="Use the connector answers of the run with this id.")] = "",
    outputs: Annotated[str, typer.Option(help="The outputs of steps: JSON, or @FILE.", metavar="JSON")] = "",
    live: Annotated[bool, typer.Option("--live", help="Make real effects: the test is a run.")] = False,
    tenant: Tenant = "",
) -> None:
    """Test workflows with recorded or mocked connectors. Exits with 1 unless all cases pass."""
    if workflow:
        given = json_of(outputs, "--outputs") if outputs else None
        wanted = ServerTestOptions(workflow, version, step, event, recorded, given, live)
        if places or show:
            message = "--workflow tests a workflow of the server. Remove FILE and --show."
            raise NormalizedError("BAD_USER_INPUT", message)
        run_there(wanted, tenant)
        return
    if version or step or recorded or outputs or live:
        message = "--version, --step, --recorded, --outputs and --live need a workflow of the server. Name it with --workflow."
        raise NormalizedError("BAD_USER_INPUT", message)
    files = find(places or [Path()])
    if not files:
        raise NormalizedError(
            "NOT_FOUND", f"No file `*{SUFFIX}` was found. Name a file, or create one from a run with `automate record`."
        )
    failed = 0
    for path in files:
        tested = run_file(path, case=_on_stored(path, event, tenant) if event else None)
        failed += bool(tested.problems)
        _print_test(tested)
        if show and tested.seen is not None:
            for row in as_yaml({"expect": tested.seen.as_json()}).splitlines():
                line(row)
    if failed:
        line(f"{failed} of {len(files)} failed.", console=note)
        raise typer.Exit(1)


def _on_stored(path: Path, event: str, tenant: str) -> Case | None:
    # The API has redacted the stored event.
    with api_of(chosen(tenant)) as api:
        found = api.query(STORED_EVENT, {"id": global_id("Event", event)})["event"]
    if found is None or found["payload"] is None:
        raise NormalizedError(
            "NOT_FOUND", f"The event {event} does not exist, or its payload has been removed. Choose another event."
        )
    given = {"type": found["type"], "source": found["source"]["slug"], "subject": found["subject"] or ""}
    stored = event_of({**given, "payload": found["payload"], "occurred_at": found["occurredAt"]}, number=0)
    try:
        return load(path).case.on(stored)
    except (DocumentRefusedError, OSError):
        return None  # reported when the case runs


def _print_test(tested: Tested) -> None:
    seen = tested.seen
    if not tested.problems and seen is not None:
        calls = f"{len(seen.calls)} {'call' if len(seen.calls) == 1 else 'calls'}"
        line("ok   ", str(tested.path), seen.state, f"{calls}, {seen.seconds:g} s")
        return
    line("fail ", str(tested.path))
    for problem in tested.problems:
        where = f"{tested.path}:{problem.line}" if problem.line else str(tested.path)
        line(f"      {where}: {problem.message}")
