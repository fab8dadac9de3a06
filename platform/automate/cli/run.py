"""``automate run``: start a workflow by hand, and wait for its end where that is asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from automate.cli.options import Key, Payload, Tenant, api_of, chosen, json_of
from automate.cli.output import columns, line, note, waiting
from automate.client.api import Api
from automate.client.feed import patiently
from automate.client.moments import milliseconds
from automate.client.operations import FINAL, RUN, RUN_STEPS, RUN_WORKFLOW
from automate.kernel.errors import NormalizedError

FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.02, 0.5
NOT_SEEN, INTERRUPTED = 75, 130
"""Statuses where how the run ends is not known: nothing answers the question, or nobody waits for the answer."""


def run(
    workflow: Annotated[str, typer.Argument(help="The workflow's slug.")],
    *,
    payload: Payload = "{}",
    key: Key = None,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Wait for the end; status 1 unless it succeeded, 75 where that cannot be learned."),
    ] = False,
    tenant: Tenant = "",
) -> None:
    """Start a workflow by hand."""
    values = {"workflow": workflow, "payload": json_of(payload, "--payload"), "idempotencyKey": key}
    target = chosen(tenant)
    with api_of(target) as api:
        started = api.mutate(RUN_WORKFLOW, values)["run"]
    line("run  ", started["id"])
    line("trace", started["traceId"])
    if not wait:
        return
    try:
        ended = _ended(started["id"], tenant, target.server)
        with api_of(chosen(tenant)) as api:
            steps = list(_steps(api, started["id"]))
    except KeyboardInterrupt:
        line("Nobody waits any longer; the run goes on.")
        raise typer.Exit(INTERRUPTED) from None
    except NormalizedError as error:
        line(error.message, console=note)
        line(f"Nobody waits any longer for run {started['id']}; where it has not ended, it goes on.", console=note)
        raise typer.Exit(NOT_SEEN) from None
    for cells in columns(list(_rows(ended, steps))):
        line(*cells)
    if ended["state"] != "SUCCEEDED":
        raise typer.Exit(1)


def _ended(run_id: str, tenant: str, server: str) -> dict[str, Any]:
    """The run in its final state. Whoever does not answer just now is asked again: the run outlives a restart of web."""
    with waiting("Waiting for the run"):
        return patiently(
            lambda: _looked_for(run_id, tenant), server, lambda text: line(text, console=note), answered=True
        )


def _looked_for(run_id: str, tenant: str) -> dict[str, Any]:
    """Looks ever less often. The token is read at each connection: `make up` makes new ones at each start."""
    pause = FIRST_LOOK_SECONDS
    with api_of(chosen(tenant)) as api:
        while True:
            seen: dict[str, Any] | None = api.query(RUN, {"id": run_id})["run"]
            if seen is None:
                raise NormalizedError("NOT_FOUND", "The run is gone: retention has removed it.")
            if seen["state"] in FINAL:
                return seen
            time.sleep(pause)
            pause = min(pause * 1.5, LAST_LOOK_SECONDS)


def _steps(api: Api, run_id: str) -> Iterator[dict[str, Any]]:
    """All steps that have begun, in the order of execution."""
    after: str | None = None
    while True:
        run = api.query(RUN_STEPS, {"id": run_id, "after": after})["run"]
        if run is None:
            return
        page = run["stepConnection"]
        yield from (edge["node"] for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _rows(run: dict[str, Any], steps: Sequence[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Name, outcome, how long it took, and why it failed."""
    for step in steps:
        yield f"step {step['key']}", step["state"].lower(), _took(step["startedAt"], step["finishedAt"]), _why(step)
    yield "run", run["state"].lower(), _took(run["createdAt"], run["finishedAt"]), _why(run) or run["stateReason"] or ""


def _took(earlier: str | None, later: str | None) -> str:
    took = milliseconds(earlier, later)
    return f"{took} ms" if took else ""


def _why(row: dict[str, Any]) -> str:
    return str(row["error"]["message"]) if row["error"] else ""
