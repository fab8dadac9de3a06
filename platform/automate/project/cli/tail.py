"""``automate tail``: the run feed, one line for each transition."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

import typer

from automate.project.cli.options import Tenant, chosen
from automate.project.cli.output import line, note
from automate.project.client.feed import follow
from automate.project.client.moments import clock

TRACE_CHARACTERS = 8
"""Enough to tell the runs of a screen apart, and to find the event that `send` printed."""


def tail(
    workflow: Annotated[str, typer.Option(help="Only this workflow: its slug.")] = "",
    after: Annotated[str | None, typer.Option(help="Begin behind this cursor instead of now.")] = None,
    tenant: Tenant = "",
) -> None:
    """Follow the transitions of runs and steps as they happen. Ctrl-C ends it and says how to go on."""
    target = chosen(tenant)
    wanted = {"workflow": workflow} if workflow else {}
    cursor, live = after, False
    try:
        for item in follow(target, after, wanted, lambda text: line(text, console=note)):
            cursor = item["cursor"]
            if not live:
                live = True
                line(f"Following {workflow or 'all workflows'} at {target.server}; Ctrl-C ends.", console=note)
            if item["kind"] == "TRANSITION":
                line(*_cells(item))
            elif item["kind"] == "GAP":
                line(f"Some transitions are gone: from {item['gap']['from']} to {item['gap']['to']}")
    except KeyboardInterrupt:
        if cursor:
            only = ["--workflow", workflow] if workflow else []
            whose = ["--tenant", tenant] if tenant else []
            again = shlex.join(["automate", "tail", *only, *whose, "--after", cursor])
            line(f"Go on with: {again}", console=note)


def _cells(item: dict[str, Any]) -> list[str]:
    run, step = item["run"], item["step"]
    slug = run["workflowVersion"]["workflow"]["slug"] if run else "(removed)"
    what = f"{slug} {step['key']}" if step else slug
    attempt = f"(attempt {step['attempt']})" if step and step["attempt"] > 1 else ""
    before, now = (str(item[name] or "new").lower() for name in ("fromState", "toState"))
    trace = run["traceId"][:TRACE_CHARACTERS] if run else ""
    cells = [clock(item["occurredAt"]), trace, what.ljust(24), before, "->", now, attempt, item["reason"] or ""]
    return [cell for cell in cells if cell]
