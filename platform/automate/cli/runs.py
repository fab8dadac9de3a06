"""``automate runs``: the newest runs, with the ids that other commands take."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, bare_id, chosen
from automate.cli.output import columns, line
from automate.client.moments import clock, milliseconds
from automate.client.operations import LIST_RUNS
from automate.kernel.errors import Json

MOST_RUNS = 100


class State(str, Enum):
    """The states of a run."""

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
    state: Annotated[list[State] | None, typer.Option(help="Only runs in this state. Repeat it for several.")] = None,
    workflow: Annotated[str, typer.Option(help="Only runs of this workflow: its slug.", metavar="SLUG")] = "",
    event: Annotated[str, typer.Option(help="Only runs of this event: its id.", metavar="EVENT")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_RUNS, help="How many runs.")] = 20,
    tenant: Tenant = "",
) -> None:
    """List runs, newest first, with the ids that other commands take."""
    wanted: dict[str, Json] = {"states": [one.name.upper() for one in state]} if state else {}
    wanted |= {"workflow": workflow} if workflow else {}
    wanted |= {"event": event} if event else {}
    with api_of(chosen(tenant)) as api:
        found = api.query(LIST_RUNS, {"first": limit, "filter": wanted})["runs"]["edges"]
    if not found:
        line("There are no such runs.")
    for cells in columns([_cells(edge["node"]) for edge in found]):
        line(*cells)


def _cells(run: Json) -> tuple[str, ...]:
    took = milliseconds(run["startedAt"], run["finishedAt"])
    return (
        clock(run["createdAt"]),
        bare_id(run["id"]),
        run["state"].lower(),
        run["workflowVersion"]["workflow"]["slug"],
        f"{took} ms" if took else "",
        run["error"]["message"] if run["error"] else "",
    )
