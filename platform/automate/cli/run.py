"""``automate run``: start a workflow manually, and optionally wait for the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from automate.cli.options import Key, Payload, Tenant, api_of, chosen, json_of
from automate.cli.output import line, note, table, waiting
from automate.client import answers
from automate.client.feed import patiently
from automate.client.operations import FINAL, RUN, RUN_STEPS, RUN_WORKFLOW
from automate.client.timestamps import milliseconds
from automate.kernel.errors import NormalizedError

FIRST_POLL_SECONDS, LAST_POLL_SECONDS = 0.02, 0.5
NOT_SEEN, INTERRUPTED = 75, 130
"""Exit statuses for an unknown outcome: the server did not answer, or the wait was interrupted."""


def run(
    workflow: Annotated[str, typer.Argument(help="The workflow's slug.")],
    *,
    payload: Payload = "{}",
    key: Key = None,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Wait for the end. Exits with 1 unless the run succeeded, and with 75 if the end is unknown."
        ),
    ] = False,
    tenant: Tenant = "",
) -> None:
    """Start a run of a workflow."""
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
            steps = list(api.rows(RUN_STEPS, {"id": started["id"]}, of="run"))
    except KeyboardInterrupt:
        line("Stopped waiting. The run continues.")
        raise typer.Exit(INTERRUPTED) from None
    except NormalizedError as error:
        line(error.message, console=note)
        line(f"Stopped waiting for run {started['id']}. The run continues if it has not ended.", console=note)
        raise typer.Exit(NOT_SEEN) from None
    table(_rows(ended, steps))
    if ended["state"] != "SUCCEEDED":
        raise typer.Exit(1)


def _ended(run_id: str, tenant: str, server: str) -> answers.ExecutionRun:
    # If the server does not answer, ask again, because the run survives a restart of the web process.
    with waiting("Waiting for the run"):
        return patiently(
            lambda: _looked_for(run_id, tenant), server, lambda text: line(text, console=note), answered=True
        )


def _looked_for(run_id: str, tenant: str) -> answers.ExecutionRun:
    # Reads the token for each connection, because `make up` creates new tokens at each start.
    pause = FIRST_POLL_SECONDS
    with api_of(chosen(tenant)) as api:
        while True:
            seen: answers.ExecutionRun | None = api.query(RUN, {"id": run_id})["run"]
            if seen is None:
                raise NormalizedError("NOT_FOUND", "The run does not exist any more, because retention has removed it.")
            if seen["state"] in FINAL:
                return seen
            time.sleep(pause)
            pause = min(pause * 1.5, LAST_POLL_SECONDS)


def _rows(run: answers.ExecutionRun, steps: Sequence[answers.StepRun]) -> Iterator[tuple[str, ...]]:
    for step in steps:
        yield f"step {step['key']}", step["state"].lower(), _took(step["startedAt"], step["finishedAt"]), _why(step)
    yield "run", run["state"].lower(), _took(run["createdAt"], run["finishedAt"]), _why(run) or run["stateReason"] or ""


def _took(earlier: str | None, later: str | None) -> str:
    took = milliseconds(earlier, later)
    return f"{took} ms" if took else ""


def _why(row: answers.ExecutionRun | answers.StepRun) -> str:
    return str(row["error"]["message"]) if row["error"] else ""
