"""The steps that the run engine executes itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from automate.kernel.canonical import checksum
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_text
from automate.kernel.large import HeldJson, opened
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.approvals import step as approvals
from automate.runs.changes import ChildRun, EmittedEvent, NewStepWait
from automate.runs.compiled import CompiledStep
from automate.runs.items import engine as for_each
from automate.runs.step_state import LatestAttempt
from automate.runs.storable import storable
from automate.workflows.flow_steps import check_rendered
from automate.workflows.flow_steps.delay import DelayInput, DelayOutput, timestamp
from automate.workflows.flow_steps.emit_event import EventEmitted, EventToEmit
from automate.workflows.flow_steps.fail import FailInput
from automate.workflows.flow_steps.run_workflow import WorkflowCall
from automate.workflows.flow_steps.transform import TransformInput
from automate.workflows.flow_steps.wait_for_event import EventAwaited, EventWait
from automate.workflows.parts import read_part, written

FOR_EVENT, FOR_RUN = "event", "run"
"""The kinds of a ``step_wait`` row."""

Given = Mapping[str, JsonValue]


def start(made: Advance, compiled: CompiledStep, given: Given, now: float) -> None:
    """Start a flow step. Raises NormalizedError for invalid input."""
    check_rendered(compiled.step.uses, {**given, **compiled.raw})
    _STARTS[compiled.step.uses](made, compiled, given, now)


def check_step(made: Advance, step: LatestAttempt, now: float) -> None:
    if step.key in made.run.items:
        # A for_each waits for its items, which are checked separately.
        return
    if step.outcome is not None:
        if "error" in step.outcome:
            error = as_object(opened(step.outcome["error"]))
            step.output, step.error = None, error
            made.move_step(step, states.FAILED, as_text(error["code"]))
        else:
            _succeed(made, step, step.outcome["output"])
    elif step.due is not None and step.due <= now and made.run.remaining_seconds(now) > 0:
        # If the run's timeout has passed as well, the run has timed out.
        uses = made.run.version.steps[step.key].step.uses
        if uses == approvals.USES:
            made.changes.ended_approvals[step.id] = states.EXPIRED
        late = _LATE.get(uses)
        if step.output is not None or late is None:
            _succeed(made, step, step.output)
        else:
            made.fail_step(step, late)


def child_failed(run_id: uuid.UUID, state: str, words: str) -> JsonObject:
    """Return the error of a step whose child run failed."""
    return NormalizedError(
        "CHILD_RUN_FAILED",
        f"The run {run_id} ended {state}. {words}".strip(),
        details={"run": str(run_id), "state": state},
    ).as_json()


def give_up(made: Advance, step: LatestAttempt) -> None:
    uses = made.run.version.steps[step.key].step.uses
    if uses == approvals.USES and step.state == states.WAITING and step.outcome is None:
        made.changes.ended_approvals[step.id] = states.CANCELLED
    made.move_step(step, states.CANCELLED, "the run has ended")


def _succeed(made: Advance, step: LatestAttempt, output: HeldJson) -> None:
    try:
        held = made.accept(step.id, step.key, output)
    except NormalizedError as refusal:
        made.fail_step(step, refusal)
    else:
        step.output, step.size = held.output, held.size
        made.move_step(step, states.SUCCEEDED)


def _ended(made: Advance, compiled: CompiledStep, output: JsonValue) -> LatestAttempt:
    # The step fails instead if its output cannot be stored.
    step_id = made.nondeterminism.new_id()
    try:
        held = made.accept(step_id, compiled.step.key, output)
    except NormalizedError as refusal:
        return _failed(made, compiled, refusal)
    return made.new_step(compiled.step.key, 1, states.SUCCEEDED, id=step_id, output=held.output, size=held.size)


def _failed(made: Advance, compiled: CompiledStep, error: NormalizedError) -> LatestAttempt:
    stored = storable(error).as_json()
    return made.new_step(compiled.step.key, 1, states.FAILED, error=stored, reason=error.code)


def _transform(made: Advance, compiled: CompiledStep, given: Given, _now: float) -> LatestAttempt:
    return _ended(made, compiled, read_part(TransformInput, given).output)


def _fail(made: Advance, compiled: CompiledStep, given: Given, _now: float) -> LatestAttempt:
    wanted, hider = read_part(FailInput, given), made.run.hider
    message, details = wanted.message, {**(wanted.details or {})}
    if hider is not None:
        message, details = hider.scrub_text(message), as_object(hider.scrub(details))
    return _failed(made, compiled, NormalizedError("FAILED_ON_PURPOSE", message, details=details))


def _emit_event(made: Advance, compiled: CompiledStep, given: Given, _now: float) -> LatestAttempt:
    wanted = read_part(EventToEmit, given)
    event = EmittedEvent(
        id=made.nondeterminism.new_id(),
        type=wanted.type,
        payload=wanted.payload,
        subject=wanted.subject,
        key=f"{made.run.origin_id}/{compiled.step.key}",
    )
    step = _ended(made, compiled, written(EventEmitted(str(event.id))))
    if step.state == states.SUCCEEDED:
        made.changes.events.append(event)
    return step


def _delay(made: Advance, compiled: CompiledStep, given: Given, now: float) -> LatestAttempt:
    wanted = read_part(DelayInput, given)
    if wanted.seconds is not None:
        until = None
        seconds = wanted.seconds
        shown = datetime.fromtimestamp(made.nondeterminism.seconds() + seconds, timezone.utc)
    else:
        shown = until = timestamp(wanted.until or "")
        seconds = max(0.0, until.timestamp() - made.nondeterminism.seconds())
    step = made.new_step(compiled.step.key, 1, states.WAITING, output=written(DelayOutput(shown.isoformat())))
    made.wait(step, seconds, now, until)
    return step


def _wait_for_event(made: Advance, compiled: CompiledStep, given: Given, now: float) -> LatestAttempt:
    wanted = read_part(EventWait, given)
    continues = wanted.on_timeout == "continue"
    step = made.new_step(
        compiled.step.key,
        1,
        states.WAITING,
        output=written(EventAwaited(None, timed_out=True)) if continues else None,
        looks_back=True,
    )
    correlation = wanted.correlation
    most = compiled.step.timeout_seconds if wanted.timeout_seconds is None else wanted.timeout_seconds
    seconds = min(most, made.run.remaining_seconds(now))
    made.wait(step, float(seconds), now)
    made.changes.waits.append(
        NewStepWait(
            step.id,
            made.run.id,
            FOR_EVENT,
            type=wanted.type,
            path=correlation.event if correlation else "",
            digest=checksum(correlation.equals) if correlation else "",
            match=compiled.raw.get("match"),
        )
    )
    return step


def _run_workflow(made: Advance, compiled: CompiledStep, given: Given, now: float) -> LatestAttempt:
    wanted = read_part(WorkflowCall, given)
    step = made.new_step(compiled.step.key, 1, states.WAITING)
    seconds = min(compiled.step.timeout_seconds, made.run.remaining_seconds(now))
    made.wait(step, seconds, now)
    made.changes.waits.append(NewStepWait(step.id, made.run.id, FOR_RUN))
    made.changes.children.append(
        ChildRun(
            id=made.nondeterminism.new_id(),
            step_id=step.id,
            workflow=wanted.workflow,
            version=wanted.version,
            payload=wanted.payload,
            awaited=wanted.wait,
        )
    )
    return step


_STARTS: Mapping[str, Callable[[Advance, CompiledStep, Given, float], object]] = {
    "flow.transform": _transform,
    "flow.fail": _fail,
    "flow.emit_event": _emit_event,
    "flow.delay": _delay,
    "flow.wait_for_event": _wait_for_event,
    "flow.run_workflow": _run_workflow,
    approvals.USES: approvals.start,
    "flow.for_each": for_each.start,
}
_LATE: Mapping[str, NormalizedError] = {
    "flow.wait_for_event": NormalizedError(
        "WAIT_TIMED_OUT",
        "The event that the step waits for did not arrive in time. Check that the event is sent, or raise timeout_seconds.",
    ),
    "flow.run_workflow": NormalizedError(
        "STEP_TIMED_OUT",
        "The run that the step waits for did not end in time. Raise the step's timeout_seconds, or shorten that run.",
    ),
    approvals.USES: approvals.EXPIRED,
}
"""The error of an expired wait, if the step has no output for this case."""
