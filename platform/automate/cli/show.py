"""``automate show``: show a run with its steps, an event with its decisions and runs, or the content of a trace."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, bare_id, chosen, global_id
from automate.cli.output import line, table
from automate.client import answers
from automate.client.api import GraphqlData
from automate.client.operations import SHOW_EVENT, SHOW_RUN, SHOW_TRACE
from automate.client.timestamps import clock, milliseconds
from automate.kernel.errors import NormalizedError

TRACE = re.compile(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?")
"""A trace id, or a whole ``traceparent``."""


def show(
    about: Annotated[
        str,
        typer.Argument(metavar="RUN|TRACE|EVENT", help="The id of a run or of an event, a trace id or a traceparent."),
    ],
    *,
    tenant: Tenant = "",
) -> None:
    """Show a run with its steps, an event with its decisions and runs, or the events and runs of a trace."""
    missing = NormalizedError(
        "NOT_FOUND", f"This tenant has no run, event or trace {about!r}. Check the id and the tenant."
    )
    with api_of(chosen(tenant)) as api:
        for document, name, type_name, show_it in (
            (SHOW_RUN, "run", "ExecutionRun", _show_run),
            (SHOW_EVENT, "event", "Event", _show_event),
        ):
            try:
                found = api.query(document, {name: global_id(type_name, about)})[name]
            except NormalizedError as error:
                # The id may belong to a run or to an event.
                if error.code != "EXPIRED":
                    raise
                missing = error
                continue
            if found is not None:
                show_it(found)
                return
        trace = TRACE.fullmatch(about)
        if trace is not None and _show_trace(trace[1], api.query(SHOW_TRACE, {"trace": trace[1]})):
            return
    raise missing


def _show_trace(trace: str, found: GraphqlData) -> bool:
    # False if this tenant has no event or run of the trace.
    events, runs = ([edge["node"] for edge in found[name]["edges"]] for name in ("events", "runs"))
    if not (events or runs):
        return False
    line("trace", trace)
    rows = [(one["receivedAt"], "event", one["id"], one["type"], f"from {one['source']['slug']}") for one in events]
    for run in runs:
        outcome = run["error"]["message"] if run["error"] else run["state"].lower()
        rows.append((run["createdAt"], "run", run["id"], run["workflowVersion"]["workflow"]["slug"], outcome))
    table(((clock(at), kind, bare_id(row_id), *rest) for at, kind, row_id, *rest in sorted(rows)), "  ")
    for name in ("events", "runs"):
        if found[name]["pageInfo"]["hasNextPage"]:
            line(f"  More {name} follow: these are the newest {len(found[name]['edges'])}.")
    return True


def _show_run(run: answers.ExecutionRun) -> None:
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
    table((_step(step) for step in run["steps"]), "  ")
    if len(run["steps"]) < run["stepCount"]:
        line(f"  {len(run['steps'])} of {run['stepCount']} steps are shown.")


def _step(step: answers.StepRun) -> tuple[str, ...]:
    took = milliseconds(step["startedAt"], step["finishedAt"])
    return (
        step["key"],
        step["state"].lower(),
        f"attempt {step['attempt']}",
        f"{took} ms" if took else "",
        step["error"]["message"] if step["error"] else "",
    )


def _show_event(event: answers.Event) -> None:
    line("event", bare_id(event["id"]), event["type"])
    line(f"  source    {event['source']['slug']}")
    line(f"  trace     {event['traceId']}")
    line(f"  received  {clock(event['receivedAt'])}")
    if event["waitingFor"] is not None:
        line(f"  waits     {event['waitingFor']['sentence']}")
    for decision in event["decisions"]:
        rule = decision["rule"]["slug"] if decision["rule"] else "(deleted)"
        line(f"  rule      {rule}", decision["verdict"].lower(), decision["reason"])
    for edge in event["runs"]["edges"]:
        run = edge["node"]
        line(f"  run       {bare_id(run['id'])}", run["state"].lower(), run["workflowVersion"]["workflow"]["slug"])
