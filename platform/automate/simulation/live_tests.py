"""Live tests: runs of a draft, a version or one step, with real effects. Each run is marked as a test."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.conf import settings

from automate.audit import services as audit
from automate.effects.states import NO_ITEM
from automate.events.models import MANUAL_SOURCE
from automate.events.queries import records_by_id
from automate.events.records import EventRecord
from automate.events.services import NewEvent, record_events
from automate.heavy.services import compute
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue, as_list, as_number, as_objects
from automate.kernel.principals import current_principal
from automate.kernel.trace import current_trace
from automate.recovery.once import OperationResult, once
from automate.retention.classes import PAYLOADS, RUNS
from automate.retention.expiry_queries import expired
from automate.retention.lock_queries import keep_events
from automate.rules.new_runs import NewRun, WorkflowVersionRef
from automate.runs import states, transitions
from automate.runs.changes import NewStep, RunChanges
from automate.runs.services import by_hand, create_runs
from automate.simulation.rehearsal.bounds import RehearsalMeter
from automate.simulation.rehearsal.simulator import Rehearsal
from automate.simulation.testing.asked import RequestedTest
from automate.simulation.testing.playing import played
from automate.simulation.testing.queries import RecordedRun
from automate.simulation.testing.services import settled
from automate.simulation.testing.subject import VersionUnderTest, case_for, event_for, recording_for, subject_of
from automate.triggers.services import check_depth, manual_source_id
from automate.workflows.definition import RUN_TIMEOUT_SECONDS
from automate.workflows.services import trial_version


def run_live(asked: RequestedTest, meter: RehearsalMeter, *, idempotency_key: str | None = None) -> uuid.UUID:
    """Queue the run of a live test, and return the id of this run. Budgets and limits apply.

    Raises the errors of ``run_mocked``, and BAD_USER_INPUT for input that only mocked tests accept. Raises
    LIMIT_EXCEEDED if the chain of runs would be too long. In such a chain, each run has started the next run. Raises
    CONFLICT if the idempotency key belongs to another request.
    """
    check_depth(asked.depth)
    _refuse_world(asked)
    subject = subject_of(asked)
    if subject.archived:
        raise NormalizedError("CONFLICT", "This workflow is archived. Unarchive it first.", path=["workflow"])
    recorded = recording_for(asked, subject)
    event = event_for(asked, recorded)
    before = None if asked.step is None else _before(asked, subject, event, recorded, meter)

    return once("test", idempotency_key, _content(asked), lambda: _queue(asked, subject, event, before)).run_ids[0]


def _content(asked: RequestedTest) -> JsonValue:
    # Equal for two requests with the same idempotency key.
    sample = asked.sample
    occurred_at = None if sample is None or sample.occurred_at is None else sample.occurred_at.isoformat()
    return {
        "workflow": asked.workflow,
        "version": asked.version,
        "step": asked.step,
        "event": str(asked.event_id),
        "sample": None if sample is None else {**vars(sample), "occurred_at": occurred_at},
        "recorded": str(asked.recorded_id),
        "outputs": asked.outputs,
    }


def _refuse_world(asked: RequestedTest) -> None:
    said: dict[str, object] = {
        "stopAfterSeconds": asked.stop_after_seconds,
        "world": next((said for said in asked.world.values() if said is not None), None),
    }
    if asked.step is None:
        said |= {"outputs": asked.outputs, "recorded": None if asked.event_id is None else asked.recorded_id}
    for name, value in said.items():
        if value is not None:
            message = f"{name} is only for mocked tests, because a live test gets real answers. Leave {name} out, or set connectors to MOCKED."
            raise NormalizedError("BAD_USER_INPUT", message, path=[name])
    if asked.sample is not None and asked.sample.source not in {"", MANUAL_SOURCE}:
        message = "A sample event of a live test always has the source manual. Leave `source` out."
        raise NormalizedError("BAD_USER_INPUT", message, path=["sample", "source"])


def _before(
    asked: RequestedTest,
    subject: VersionUnderTest,
    event: EventRecord,
    recorded: RecordedRun | None,
    meter: RehearsalMeter,
) -> Rehearsal:
    case = case_for(asked, subject, event, recorded, lambda value: value)
    seen = settled(asked, meter, compute(played, settings.AUTOMATE_CONNECTOR_SPECS, case, meter)).seen
    if seen is None:
        raise TypeError("a test that was answered was seen")
    if seen.stopped is not None:
        raise seen.stopped
    came = seen.steps.get(asked.step or "")
    if came is None or came["state"] == states.SKIPPED:
        why = seen.reason or next((move.reason for move in reversed(seen.moves) if move.step == asked.step), "")
        message = f"With this event, the step is not executed: {why or 'the run does not reach it'}. Pass the outputs of the earlier steps."
        raise NormalizedError("BAD_USER_INPUT", message, path=["step"])
    return seen


def _queue(
    asked: RequestedTest, subject: VersionUnderTest, event: EventRecord, before: Rehearsal | None
) -> OperationResult:
    definition = subject.part.definition if before is None else _only(subject.part.definition, asked.step)
    version_id = subject.version_id if before is None else None
    version_id = version_id or trial_version(subject.workflow_id, definition)
    if asked.sample is None or asked.event_id is not None:
        event_id = event.id
        _keep(event_id)
    else:
        event_id = _record(event, asked.depth)
    run_id = new_id()
    timeout = float(as_number(definition.get("timeout_seconds", RUN_TIMEOUT_SECONDS)))
    create_runs(
        [
            NewRun(
                run_id=run_id,
                workflow_id=subject.workflow_id,
                version=WorkflowVersionRef(version_id, len(as_list(definition["steps"])), timeout),
                event_id=event_id,
                rule_id=None,
                trace_id=current_trace().trace_id,
                depth=max(asked.depth, event.depth) + 1,
                reason=f"test by {current_principal().name}" + (f" of step {asked.step}" if asked.step else ""),
                started_by=by_hand(),
                test=True,
                origin_id=None if before is None else new_id(),
            )
        ]
    )
    if before is not None:
        transitions.write([RunChanges(new_steps=_rows(run_id, before, asked.step))])
    changes: audit.Changes = {
        "version": (None, subject.number),
        "step": (None, asked.step),
        "event": (None, str(event_id)),
    }
    audit.record("workflow.test", "execution_run", run_id, subject.slug, changes)
    return OperationResult([run_id])


def _keep(event_id: uuid.UUID) -> None:
    # Raises EXPIRED if the event or its payload is already removed.
    keep_events([event_id])
    found = records_by_id([event_id]).get(event_id)
    if found is None or found.body is None:
        raise expired(RUNS if found is None else PAYLOADS)


def _only(definition: Mapping[str, JsonValue], step: str | None) -> dict[str, JsonValue]:
    # The test does not execute the other steps, so their compensations are removed.
    steps: list[JsonValue] = [
        one if one["key"] == step else {name: value for name, value in one.items() if name != "compensate"}
        for one in as_objects(definition["steps"])
    ]
    return {**definition, "steps": steps}


def _rows(run_id: uuid.UUID, before: Rehearsal, step: str | None) -> list[NewStep]:
    return [
        NewStep(
            new_id(), run_id, key, NO_ITEM, 1, came["state"], output=came["output"], error=came["error"], final=True
        )
        for key, came in before.steps.items()
        if key != step and came["state"] in states.STEP_FINAL
    ]


def _record(event: EventRecord, depth: int) -> uuid.UUID:
    new = NewEvent(
        source_id=manual_source_id(),
        type=event.type,
        body=event.body or b"null",
        trace_id=current_trace().trace_id,
        subject=event.subject,
        headers={name: str(value) for name, value in event.headers.items()},
        occurred_at=event.occurred_at,
        depth=depth,
        matched=False,
    )
    (made,) = record_events([new], audited=True)
    return made.event_id
