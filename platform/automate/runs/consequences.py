"""Writes the results of planning rounds: events, child runs, approvals, and the outcomes of waits."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.events.bodies import event_body
from automate.events.models import RUNS_SOURCE
from automate.events.queries import source_id_of
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue, as_text
from automate.kernel.limits import LIMITS
from automate.kernel.text import RUN_CALLED, RUN_FAILED
from automate.kernel.transactions import require_transaction
from automate.rules.new_runs import NewRun, WorkflowVersionRef
from automate.runs import control, loaded_queries, states
from automate.runs.advance import Advance
from automate.runs.approvals import endings as approvals
from automate.runs.changes import ChildRun, RunMove
from automate.runs.flow import child_failed
from automate.runs.noticing import causes as notices
from automate.runs.parents import Outcomes, notify
from automate.runs.services import create_runs
from automate.runs.work import HeldRun
from automate.workflows.flow_steps.run_workflow import CalledRun
from automate.workflows.parts import written
from automate.workflows.queries import not_startable, startable


def write(rounds: Sequence[Advance]) -> bool:
    """Write the results of planning rounds: events, child runs, approvals, and the outcomes of waits.

    Returns whether work is due now.
    """
    require_transaction()
    if any(this.changes.approvals or this.changes.ended_approvals for this in rounds):
        approvals.write(rounds)
    if any(this.changes.approvals or _failed(this) for this in rounds):
        notices.of_rounds(rounds)
    outcomes: dict[uuid.UUID, Mapping[str, object]] = {}
    events = [event for this in rounds for event in _events_of(this)]
    if events:
        record_events(events, audited=False)
    children = [(this.run, child) for this in rounds for child in this.changes.children]
    if children:
        outcomes |= _start_children(children)
    ended = [this.run for this in rounds if this.final]
    outcomes |= {run.parent_step_id: _outcome_of(run) for run in ended if run.parent_step_id is not None}
    if outcomes:
        notify(outcomes)
    orphans = [run.id for run in ended if run.state != states.SUCCEEDED and run.version.has_children]
    if orphans:
        control.cancel(
            loaded_queries.open_children_of(orphans), "the run that waits for this run has ended", wait=False
        )
    return bool(children or outcomes or orphans)


def _failed(this: Advance) -> bool:
    return this.final and this.run.state in {states.FAILED, states.TIMED_OUT}


def _events_of(this: Advance) -> list[NewEvent]:
    run = this.run
    events = [
        _event(run, event.type, event.payload, subject=event.subject, key=event.key, event_id=event.id)
        for event in this.changes.events
    ]
    # The person who tests a workflow watches its run; its failure notifies no one else.
    if _failed(this) and not run.test and this.changes.run is not None:
        events.append(
            _event(
                run,
                RUN_FAILED,
                _failure(run, this.changes.run),
                subject=run.version.workflow_slug,
                key=f"{run.id}/failed",
            )
        )
    return events


def _event(
    run: HeldRun,
    kind: str,
    payload: JsonValue,
    *,
    subject: str = "",
    key: str = "",
    event_id: uuid.UUID | None = None,
    matched: bool = True,
) -> NewEvent:
    return NewEvent(
        id=event_id or new_id(),
        source_id=source_id_of(RUNS_SOURCE),
        type=kind,
        body=event_body(payload),
        trace_id=run.trace_id,
        idempotency_key=key,
        subject=subject,
        depth=run.depth,
        matched=matched,
    )


def _failure(run: HeldRun, change: RunMove) -> dict[str, JsonValue]:
    return {
        "run": str(run.id),
        "workflow": run.version.workflow_slug,
        "version": run.version.number,
        "state": run.state,
        "reason": change.reason,
        "error": change.error,
        "event": {"id": run.event["id"], "type": run.event["type"]},
    }


def _outcome_of(run: HeldRun) -> Mapping[str, object]:
    if run.state != states.SUCCEEDED:
        return {"error": child_failed(run.id, run.state, _first_words(run))}
    if run.output_bytes > LIMITS.step_output_bytes:
        refusal = NormalizedError(
            "LIMIT_EXCEEDED",
            f"The run {run.id} succeeded, but its outputs have {run.output_bytes} bytes of JSON. The step that waits for this run cannot "
            f"take these outputs, because the limit step_output_bytes is {LIMITS.step_output_bytes}. Reduce the outputs of the run's steps.",
            details={"run": str(run.id), "limit": "step_output_bytes", "maximum": LIMITS.step_output_bytes},
        )
        return {"error": refusal.as_json()}
    outputs = {key: run.steps[key].output for key in run.done}
    return {"output": written(CalledRun(str(run.id), run.state, outputs))}


def _first_words(run: HeldRun) -> str:
    return next((as_text(step.error["message"]) for step in run.failed.values() if step.error), run.reason)


def _start_children(children: Sequence[tuple[HeldRun, ChildRun]]) -> Outcomes:
    # An outcome is known at once if the step does not wait, or if the child run cannot start.
    found = startable({(child.workflow, child.version) for _, child in children})
    outcomes: dict[uuid.UUID, Mapping[str, object]] = {}
    events: list[NewEvent] = []
    runs: list[NewRun] = []
    for run, child in children:
        version = found.get((child.workflow, child.version))
        why = not_startable(child.workflow, child.version, version)
        if why is None and run.depth >= LIMITS.causation_depth:
            why = f"This run is the last of a chain in which each run started the next. The limit causation_depth allows {run.depth} runs in a chain. Start the workflow from an earlier run of the chain."
        if version is None or version.version_id is None or why is not None:
            refusal = NormalizedError("CHILD_RUN_FAILED", why or "", details={"workflow": child.workflow})
            outcomes[child.step_id] = {"error": refusal.as_json()}
            continue
        # The key names the calling run, whether or not that run waits.
        event = _event(
            run, RUN_CALLED, child.payload, subject=child.workflow, key=f"{run.id}/{child.step_id}", matched=False
        )
        events.append(event)
        runs.append(
            NewRun(
                run_id=child.id,
                workflow_id=version.workflow_id,
                version=WorkflowVersionRef(version.version_id, version.step_count, version.timeout_seconds),
                event_id=event.id,
                rule_id=None,
                trace_id=run.trace_id,
                depth=run.depth + 1,
                parent_step_id=child.step_id if child.awaited else None,
                test=run.test,
            )
        )
        if not child.awaited:
            outcomes[child.step_id] = {"output": written(CalledRun(str(child.id), states.QUEUED, {}))}
    if events:
        record_events(events, audited=False)
        create_runs(runs)
    return outcomes
