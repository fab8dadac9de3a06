"""``automate cancel``, ``retry``, ``replay``, ``pause`` and ``resume``: control runs through the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from automate.cli.options import Key, Tenant, api_of, chosen, global_id
from automate.cli.output import line, note, table
from automate.client import answers
from automate.client.api import Api
from automate.client.operations import (
    CANCEL_RUNS,
    PAUSE_RUNS,
    PLAN_RETRY,
    REPLAY_EVENT,
    RESUME_RUNS,
    RETRY_RUNS,
)

Runs = Annotated[list[str], typer.Argument(metavar="RUN...", help="Ids of runs, from the API or log lines.")]
Reason = Annotated[str, typer.Option(help="The reason, for the run's log and the audit record.")]
Begin = Annotated[
    str,
    typer.Option("--from", metavar="STEP|start|failed", help="The step to begin with: its key, or one of these words."),
]
Latest = Annotated[bool, typer.Option("--latest", help="Use the workflow's current version.")]
RepeatEffects = Annotated[bool, typer.Option("--repeat-effects", help="Use new keys: finished effects are made again.")]
BY_HAND = "by hand, from the command line"
FAILED, START = "failed", "start"


def cancel(runs: Runs, *, reason: Reason = BY_HAND, key: Key = None, tenant: Tenant = "") -> None:
    """Cancel runs. Their finished steps are compensated."""
    _control(CANCEL_RUNS, runs, {"reason": reason, "idempotencyKey": key}, tenant)


def pause(runs: Runs, *, reason: Reason = BY_HAND, key: Key = None, tenant: Tenant = "") -> None:
    """Pause runs. They start no step until they are resumed."""
    _control(PAUSE_RUNS, runs, {"reason": reason, "idempotencyKey": key}, tenant)


def resume(runs: Runs, *, reason: Reason = BY_HAND, key: Key = None, tenant: Tenant = "") -> None:
    """Resume paused runs."""
    _control(RESUME_RUNS, runs, {"reason": reason, "idempotencyKey": key}, tenant)


def retry(
    runs: Runs,
    *,
    begin: Begin = FAILED,
    latest: Latest = False,
    repeat_effects: RepeatEffects = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would happen.")] = False,
    reason: Reason = "",
    key: Key = None,
    tenant: Tenant = "",
) -> None:
    """Retry runs that have ended. Each retry is a new run."""
    values = {
        **begun_at(begin),
        "version": "LATEST" if latest else "SAME",
        "repeatEffects": repeat_effects,
        "reason": reason,
        "idempotencyKey": key,
    }
    if not plan:
        _control(RETRY_RUNS, runs, values, tenant)
        return
    with api_of(chosen(tenant)) as api:
        _plan(api, {**values, "runs": [global_id("ExecutionRun", run) for run in runs]})


def replay(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="An event's id.")],
    *,
    key: Key = None,
    tenant: Tenant = "",
) -> None:
    """Match a stored event again, with the current rules."""
    with api_of(chosen(tenant)) as api:
        values = {"event": global_id("Event", event), "idempotencyKey": key}
        made = api.mutate(REPLAY_EVENT, values)["runs"]
    _show(made)
    if not made:
        line("No current rule matches the event.")


def begun_at(begin: str) -> dict[str, str | None]:
    """Return the API fields ``from`` and ``fromStep``. These fields determine the step at which a retry begins."""
    word = {FAILED: "FAILED_STEP", START: "START"}.get(begin, "STEP")
    return {"from": word, "fromStep": begin if word == "STEP" else None}


def _control(document: str, runs: list[str], values: Mapping[str, object], tenant: str) -> None:
    # Prints the changed runs, then the errors. Exits with 1 after an error.
    with api_of(chosen(tenant)) as api:
        answer = api.attempt(document, {**values, "runs": [global_id("ExecutionRun", run) for run in runs]})
    _show(answer["runs"])
    for error in answer["errors"]:
        named = error["path"][1] if error["path"][:1] == ["runs"] and len(error["path"]) > 1 else ""
        line(f"{runs[int(named)]}: {error['message']}" if named else error["message"], console=note)
    if answer["errors"]:
        raise typer.Exit(1)


def _show(runs: list[answers.ExecutionRun]) -> None:
    table(("run", run["id"], run["state"].lower()) for run in runs)


def _plan(api: Api, values: Mapping[str, object]) -> None:
    plan = api.query(PLAN_RETRY, {"input": values})["planRetry"]
    line("kept    ", ", ".join(plan["skippedSteps"]) or "nothing")
    line("repeated", ", ".join(plan["repeatedSteps"]) or "nothing")
    for dropped in plan["droppedSteps"]:
        line("dropped ", dropped["step"], dropped["reason"])
    for effect in plan["effectsThatRepeat"]:
        key = f"under its key {effect['key']}" if effect["key"] else "under a new key"
        line("effect  ", effect["step"], effect["connector"], f"({effect['effect'].lower()})", key)
    for error in plan["errors"]:
        line(error["message"], console=note)
    if plan["errors"]:
        raise typer.Exit(1)
