"""``automate runs``: list the newest runs. Other commands accept the ids of the listed runs."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, bare_id, chosen
from automate.cli.output import line, table
from automate.client import answers
from automate.client.operations import LIST_RUNS
from automate.client.timestamps import clock, milliseconds
from automate.kernel.json_values import JsonValue

MOST_RUNS = 100


class State(str, Enum):
    queued = "queued"
    running = "running"
    waiting = "waiting"
    paused = "paused"
    cancelling = "cancelling"
    succeeded = "succeeded"
    failed = "failed"
    cancelled = "cancelled"
    timed_out = "timed_out"


def runs(
    *,
    state: Annotated[list[State] | None, typer.Option(help="Only runs in this state; may be repeated.")] = None,
    workflow: Annotated[str, typer.Option(help="Only runs of the workflow with this slug.", metavar="SLUG")] = "",
    event: Annotated[str, typer.Option(help="Only runs of the event with this id.", metavar="EVENT")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_RUNS, help="The maximum number of runs.")] = 20,
    tenant: Tenant = "",
) -> None:
    """List runs, newest first. Other commands accept the listed ids."""
    wanted: dict[str, JsonValue] = {"states": [one.name.upper() for one in state]} if state else {}
    wanted |= {"workflow": workflow} if workflow else {}
    wanted |= {"event": event} if event else {}
    with api_of(chosen(tenant)) as api:
        found = api.query(LIST_RUNS, {"first": limit, "filter": wanted})["runs"]["edges"]
    if not found:
        line("No run matches.")
    table(_cells(edge["node"]) for edge in found)


def _cells(run: answers.ExecutionRun) -> tuple[str, ...]:
    took = milliseconds(run["startedAt"], run["finishedAt"])
    return (
        clock(run["createdAt"]),
        bare_id(run["id"]),
        run["state"].lower(),
        run["workflowVersion"]["workflow"]["slug"],
        f"{took} ms" if took else "",
        run["error"]["message"] if run["error"] else "",
    )
