"""``automate show``: one run with its steps, or one event with its decisions and runs."""

from __future__ import annotations

from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, bare_id, chosen, global_id
from automate.cli.output import columns, line
from automate.client.moments import clock, milliseconds
from automate.client.operations import SHOW_EVENT, SHOW_RUN
from automate.kernel.errors import Json, NormalizedError


def show(
    about: Annotated[str, typer.Argument(metavar="RUN|EVENT", help="The id of a run or of an event.")],
    *,
    tenant: Tenant = "",
) -> None:
    """Show a run with its steps, or an event with its decisions and runs."""
    missing = NormalizedError("NOT_FOUND", f"There is no run or event {about!r} here. Check the id and the tenant.")
    with api_of(chosen(tenant)) as api:
        for document, name, type_name, show_it in (
            (SHOW_RUN, "run", "ExecutionRun", _show_run),
            (SHOW_EVENT, "event", "Event", _show_event),
        ):
            try:
                found = api.query(document, {name: global_id(type_name, about)})[name]
            except NormalizedError as error:
                # An id of that time may be a run's or an event's.
                if error.code != "EXPIRED":
                    raise
                missing = error
                continue
            if found is not None:
                show_it(found)
                return
    raise missing


def _show_run(run: Json) -> None:
    version = run["workflowVersion"]
    line("run", bare_id(run["id"]), run["state"].lower())
    line(f"  workflow  {version['workflow']['slug']}, version {version['number']}")
    if run["event"] is not None:
        line(f"  event     {bare_id(run['event']['id'])} {run['event']['type']}")
    line(f"  trace     {run['traceId']}")
    line(f"  created   {clock(run['createdAt'])}")
    if run["retryOf"] is not None:
        line(f"  retry of  {bare_id(run['retryOf']['id'])}")
    if run["waitingFor"] is not None:
        line(f"  waits     {run['waitingFor']['sentence']}")
    if run["error"] is not None:
        line(f"  error     {run['error']['code']}: {run['error']['message']}")
    for cells in columns([_step(step) for step in run["steps"]]):
        line("  ", *cells)
    if len(run["steps"]) < run["stepCount"]:
        line(f"  {len(run['steps'])} of {run['stepCount']} steps are shown.")


def _step(step: Json) -> tuple[str, ...]:
    took = milliseconds(step["startedAt"], step["finishedAt"])
    return (
        step["key"],
        step["state"].lower(),
        f"attempt {step['attempt']}",
        f"{took} ms" if took else "",
        step["error"]["message"] if step["error"] else "",
    )


def _show_event(event: Json) -> None:
    line("event", bare_id(event["id"]), event["type"])
    line(f"  source    {event['source']['slug']}")
    line(f"  trace     {event['traceId']}")
    line(f"  received  {clock(event['receivedAt'])}")
    for decision in event["decisions"]:
        rule = decision["rule"]["slug"] if decision["rule"] else "(deleted)"
        line(f"  rule      {rule}", decision["verdict"].lower(), decision["reason"])
    for edge in event["runs"]["edges"]:
        run = edge["node"]
        line(f"  run       {bare_id(run['id'])}", run["state"].lower(), run["workflowVersion"]["workflow"]["slug"])
