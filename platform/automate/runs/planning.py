"""Decides what a run does next. Uses no clock and no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject
from automate.kernel.large import turn_of
from automate.rules.predicate import EvaluationResult, Predicate, verdict
from automate.runs import states
from automate.runs.compiled import CompiledStep
from automate.runs.step_state import HeldBack, LatestAttempt
from automate.runs.work import HeldRun
from automate.workflows.definition import ON_FAILURE_CONTINUE, ON_FAILURE_FAIL
from automate.workflows.templates import LazyContext

REST_SECONDS = 0.0001
"""A run waits at least this many seconds for each ended item before it tries items again."""

BESIDE_SECONDS = 60.0
"""While a run also waits for something else, it asks for a budget again after this time. No change of the
budget wakes such a run."""

End = tuple[str, str, JsonObject | None]
"""A final state, its reason and its error."""


HELD_BACK_SECONDS = 1.0
"""A run checks for room for more calls after this time. It also checks when one of its calls ends."""


@dataclass
class AdvancePlan:
    """The plan for one round of a run."""

    start: list[tuple[CompiledStep, int]] = field(default_factory=list)
    """Steps to start, each with its attempt number."""
    skip: list[tuple[CompiledStep, str]] = field(default_factory=list)
    """Steps to skip, each with the reason."""
    broken: list[tuple[CompiledStep, NormalizedError]] = field(default_factory=list)
    """Steps whose ``if`` failed."""
    items: list[tuple[CompiledStep, int, int]] = field(default_factory=list)
    """Items of for_each steps to start: step, index and attempt number."""
    compensate: tuple[CompiledStep, int] | None = None
    """The compensation to start, with its attempt number."""
    final: End | None = None
    """The end of the run."""
    pause: bool = False
    """Pause the run."""
    held_back: bool = False
    """Work is ready, but has no room among the calls in flight."""
    wait_seconds: float | None = None
    """Seconds in which the run has nothing to do. While calls are in flight: seconds until the next check."""
    wait_until: datetime | None = None
    """The same time as a timestamp, if it was given as a timestamp."""
    wait_reason: str = ""
    cause: str = ""
    """The cause for which the job is parked until then."""

    @property
    def starts(self) -> bool:
        return bool(self.start or self.items or self.compensate)


def plan(run: HeldRun, now: float) -> AdvancePlan:
    """Plan the next round of a run. ``now`` is the current time on the monotonic clock."""
    end = _end_in_sight(run, now)
    in_flight = run.in_flight
    if end is not None:
        return AdvancePlan() if in_flight else _compensate(run, end, now)
    if run.pausing or run.state == states.PAUSED:
        return AdvancePlan() if in_flight else AdvancePlan(pause=True, wait_seconds=run.remaining_seconds(now))
    planned = _ready(run, now)
    if planned.starts or planned.skip or planned.broken:
        return planned
    dues = [
        (_seconds(run, step, now, in_flight=in_flight), step.until)
        for step in run.active.values()
        if step.due is not None and run.held_back_call(step.key, step.item, now) is None
    ]
    held_back = [held for held in run.held_back.values() if held.until > now]
    if not in_flight and (run.active or held_back):
        planned.wait_reason = held_back[0].reason if held_back else _reason(run)
        planned.cause = _cause(run, held_back)
        dues.append((run.remaining_seconds(now), None))
    dues.extend((_seconds_held(held, now, in_flight=in_flight, woken=bool(planned.cause)), None) for held in held_back)
    if any(step.looks_back for step in run.in_state(states.WAITING)):
        # The wait is committed first; the next transaction looks back for its event.
        dues.append((0.0, None))
    if planned.held_back:
        dues = [(max(seconds, HELD_BACK_SECONDS), until) for seconds, until in dues] + [(HELD_BACK_SECONDS, None)]
    if dues:
        seconds, planned.wait_until = min(dues, key=lambda due: due[0])
        planned.wait_seconds = max(0.0, seconds)
    elif not in_flight:
        planned.final = states.SUCCEEDED, "", None
    return planned


def needs_slot(run: HeldRun, now: float) -> bool:
    # A run can end or pause without a slot.
    if any(True for _ in run.in_state(states.RUNNING, states.UNCERTAIN)):
        return True
    end = _end_in_sight(run, now)
    if end is not None:
        return _compensate(run, end, now).final is None
    return not (run.pausing or run.state == states.PAUSED)


def _cause(run: HeldRun, held_back: Sequence[HeldBack]) -> str:
    # Empty if the run waits for several causes, or if something else can wake the run.
    others = any(step.state == states.WAITING and step.key not in run.items for step in run.active.values())
    causes = {held.cause for held in held_back}
    return causes.pop() if len(causes) == 1 and not others else ""


def _seconds_held(held: HeldBack, now: float, *, in_flight: bool, woken: bool) -> float:
    # `woken`: the end of the cause wakes the run too.
    if held.alone is None or in_flight:
        return held.until - now
    return held.alone - now if woken else min(held.alone - now, BESIDE_SECONDS)


def _seconds(run: HeldRun, step: LatestAttempt, now: float, *, in_flight: bool) -> float:
    # An item of a long list waits longer: the next worker must first read the results of all ended items.
    seconds = (step.due or now) - now
    if step.item < 0 or in_flight:
        return seconds
    return max(seconds, len(run.items[step.key].results) * REST_SECONDS)


def _end_in_sight(run: HeldRun, now: float) -> End | None:
    # Calls may still be in flight. None if the end is not yet certain.
    if run.state == states.CANCELLING:
        return states.CANCELLED, run.reason, None
    for step in run.failed.values():
        if not _is_handled(run, step):
            return states.FAILED, f"step {step.key} failed", step.error
    if run.remaining_seconds(now) <= 0:
        return _timed_out(run)
    return None


def _is_handled(run: HeldRun, step: LatestAttempt) -> bool:
    after = run.version.steps[step.key].step.on_failure
    if after == ON_FAILURE_CONTINUE:
        return True
    if after == ON_FAILURE_FAIL:
        return False
    # A failed handler is judged by its own on_failure. A handler that its ``if`` skipped has handled nothing.
    handler = run.steps.get(after)
    return handler is None or handler.state != states.SKIPPED


def _compensate(run: HeldRun, end: End, now: float) -> AdvancePlan:
    # The last one first. Once they are compensated, plan the end of the run.
    failures = [key for key, step in run.compensations.items() if step.state == states.FAILED]
    if end[0] != states.SUCCEEDED:
        for key in reversed(run.done):
            compiled = run.version.steps[key]
            step = run.compensations.get(key)
            if compiled.compensation is None or (step is not None and step.state in states.STEP_FINAL):
                continue
            held = run.held_back_call(key, COMPENSATION_ITEM, now)
            if held is not None:
                seconds = _seconds_held(held, now, in_flight=False, woken=bool(held.cause))
                return AdvancePlan(wait_seconds=seconds, wait_reason=held.reason, cause=held.cause)
            if step is None or (step.state == states.RETRYING and step.due is not None and step.due <= now):
                return AdvancePlan(compensate=(compiled, step.attempt + 1 if step else 1))
            if step.state == states.RETRYING and step.due is not None:
                return AdvancePlan(
                    wait_seconds=step.due - now, wait_reason=f"waiting to retry the compensation of step {key}"
                )
            seconds = run.version.definition.timeout_seconds if step.due is None else step.due - now
            return AdvancePlan(wait_seconds=max(0.0, seconds), wait_reason="the outcome of a call is uncertain")
    state, reason, error = end
    if failures:
        reason = f"{reason}; not compensated: {', '.join(failures)}"
    return AdvancePlan(final=(state, reason, error))


def _timed_out(run: HeldRun) -> End:
    seconds = run.version.definition.timeout_seconds
    error = NormalizedError(
        "RUN_TIMED_OUT",
        f"The run did not end within its timeout_seconds of {seconds:g}. Raise timeout_seconds, or shorten the waits of its steps.",
        details={"timeout_seconds": seconds},
    )
    return states.TIMED_OUT, "run timed out", error.as_json()


def _reason(run: HeldRun) -> str:
    if any(True for _ in run.in_state(states.RETRYING)):
        return "waiting to retry"
    for step in run.in_state(states.WAITING):
        if step.key not in run.items:
            return f"step {step.key} waits"
    if any(step.due is not None for step in run.in_state(states.UNCERTAIN)):
        return "looking up the outcome of a call"
    return "the outcome of a call is uncertain"


def _ready(run: HeldRun, now: float) -> AdvancePlan:
    # Steps that need a skipped step are checked in the next round.
    room = _room(run)
    planned = _begun(run, now, room)
    room -= len(planned.start) + len(planned.items)
    for key in list(run.ready):
        compiled = run.version.steps[key]
        if not all(need in run.steps and run.steps[need].state in states.STEP_FINAL for need in compiled.needs):
            # Checked again when one of them ends.
            del run.ready[key]
            continue
        if run.held_back_call(key, NO_ITEM, now) is not None:
            continue
        if not compiled.flow and room <= 0:
            planned.held_back = True
            continue
        hindrance = run.hindrance_of(compiled)
        if hindrance:
            planned.skip.append((compiled, hindrance))
        elif compiled.condition is None:
            planned.start.append((compiled, 1))
        else:
            _judge(run, compiled, compiled.condition, planned)
        room -= not compiled.flow and not hindrance
    return planned


def _judge(run: HeldRun, compiled: CompiledStep, condition: Predicate, planned: AdvancePlan) -> None:
    try:
        with turn_of(run):
            seen = run.seen()
            data = seen.read(compiled.condition_reads) if isinstance(seen, LazyContext) else seen
            answer = verdict(condition, data)
    except NormalizedError as error:
        planned.broken.append((compiled, error))
        return
    if answer.verdict == "matched":
        planned.start.append((compiled, 1))
    elif answer.verdict == "unmatched":
        planned.skip.append((compiled, "its if is false"))
    else:
        planned.broken.append((compiled, _condition_failed(compiled.step.key, answer)))


def _begun(run: HeldRun, now: float, room: int) -> AdvancePlan:
    # As far as the limit of calls in flight allows.
    planned = AdvancePlan()
    for step in run.in_state(states.RETRYING):
        held_back = run.held_back_call(step.key, step.item, now) is not None
        if step.due is not None and step.due <= now and step.item < 0 and not held_back:
            planned.start.append((run.version.steps[step.key], step.attempt + 1))
    for key, items in run.items.items():
        planned.items.extend(
            (run.version.steps[key], index, attempt)
            for index, attempt in items.next_up(now)
            if run.held_back_call(key, index, now) is None
        )
    planned.held_back = len(planned.start) + len(planned.items) > room
    del planned.start[room:], planned.items[max(0, room - len(planned.start)) :]
    return planned


def _room(run: HeldRun) -> int:
    in_flight = sum(1 for step in run.active.values() if step.calling)
    return max(0 if in_flight else 1, run.most_calls - in_flight)


def _condition_failed(key: str, answer: EvaluationResult) -> NormalizedError:
    return NormalizedError(
        "INVALID_RULE",
        f"The `if` of step {key} cannot be evaluated with the data of this run: {answer.reason}",
        details={"verdict": answer.verdict},
    )
