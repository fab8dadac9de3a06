"""``automate tail``: follow the run feed, with one line for each transition."""

from __future__ import annotations

import shlex
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, bare_id, chosen
from automate.cli.output import line, note, part_of
from automate.client import answers
from automate.client.feed import follow, patiently
from automate.client.operations import WORKFLOW
from automate.client.target import ServerTarget
from automate.client.timestamps import clock
from automate.kernel.errors import NormalizedError

WITH_MESSAGE = ("failed", "timed_out", "retrying", "uncertain")
"""States of runs and steps that are shown with their error."""
ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def tail(
    workflow: Annotated[str, typer.Option(help="Only the workflow with this slug.")] = "",
    after: Annotated[str | None, typer.Option(help="Begin after this cursor. The default is now.")] = None,
    tenant: Tenant = "",
) -> None:
    """Show the transitions of runs and steps as they happen. When the command ends, it prints how to resume."""
    target = chosen(tenant)
    if workflow:
        patiently(lambda: _require(target, workflow), target.server, _note)
    wanted = {"workflow": workflow} if workflow else {}
    cursor, live = after, False
    earlier = {number: signal.signal(number, _end) for number in ENDINGS if signal.getsignal(number) != signal.SIG_IGN}
    try:
        for item in follow(lambda: chosen(tenant), after, wanted, _note):
            cursor = item["cursor"]
            if not live:
                live = True
                line(f"Following {workflow or 'all workflows'} at {target.server}; Ctrl-C ends.", console=note)
            if item["kind"] == "TRANSITION":
                line(*_cells(item))
            elif gap := item["gap"]:
                line(f"Some transitions are gone: from {gap['from']} to {gap['to']}")
    except KeyboardInterrupt:
        live = True
    finally:  # for any end; without a cursor there is nothing to resume
        for number, handler in earlier.items():
            signal.signal(number, handler)
        if live and cursor:
            _say_how_to_go_on(workflow, tenant, cursor)


def _note(text: str) -> None:
    line(text, console=note)


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _require(target: ServerTarget, workflow: str) -> None:
    # Its feed would stay empty without an explanation.
    with api_of(target) as api:
        found = api.query(WORKFLOW, {"slug": workflow, "id": workflow})
    if not any(found.values()):
        raise NormalizedError(
            "NOT_FOUND", f"There is no workflow {workflow!r}. Check the slug, or save the workflow first."
        )


def _say_how_to_go_on(workflow: str, tenant: str, cursor: str) -> None:
    only = ["--workflow", workflow] if workflow else []
    whose = ["--tenant", tenant] if tenant else []
    again = shlex.join(["automate", "tail", *only, *whose, "--after", cursor])
    line(f"Resume with: {again}", console=note)


def _cells(item: answers.RunFeedItem) -> list[str]:
    at, run, step = item["occurredAt"], item["run"], item["step"]
    slug = run["workflowVersion"]["workflow"]["slug"] if run else "(removed)"
    what = f"{slug} {part_of(step['key'], step)}" if step else slug
    attempt = f"(attempt {step['attempt']})" if step and step["attempt"] > 1 else ""
    before, now = ((state or "new").lower() for state in (item["fromState"], item["toState"]))
    run_id = bare_id(run["id"]) if run else ""
    error = step.get("error") if step else run.get("error") if run else None
    message = error["message"] if error and now in WITH_MESSAGE else ""
    cells = [
        clock(at) if at else "",
        run_id,
        what.ljust(24),
        before,
        "->",
        now,
        attempt,
        item["reason"] or "",
        message,
    ]
    return [cell for cell in cells if cell]
