"""What a run does next, decided from its steps alone. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automate.kernel.errors import Json, NormalizedError
from automate.rules.predicate import Verdict, verdict
from automate.runs import states
from automate.runs.versions import CompiledStep
from automate.runs.work import RunState, StepState

SATISFIED = frozenset({states.SUCCEEDED, states.SKIPPED})
IN_FLIGHT = frozenset({states.RUNNING})


@dataclass
class Plan:
    """One round. start: steps with their attempt number. skip: steps whose ``if`` is false. broken: steps whose
    ``if`` failed. final: the run's last state, its reason and error. wait_seconds: nothing to do before then, for wait_reason.
    """

    start: list[tuple[CompiledStep, int]] = field(default_factory=list)
    skip: list[CompiledStep] = field(default_factory=list)
    broken: list[tuple[CompiledStep, NormalizedError]] = field(default_factory=list)
    final: tuple[str, str, Json] | None = None
    wait_seconds: float | None = None
    wait_reason: str = ""


def plan(run: RunState, remaining_seconds: float) -> Plan:
    """The next round of a run. remaining_seconds: to its deadline."""
    steps = dict(run.steps)
    flying = any(step.state in IN_FLIGHT for step in steps.values())
    failed = next((step for step in steps.values() if step.state == states.FAILED), None)
    if failed is not None:
        return Plan() if flying else Plan(final=(states.FAILED, f"step {failed.key} failed", failed.error))
    if remaining_seconds <= 0:
        return Plan() if flying else Plan(final=_timed_out(run))
    planned = _ready(run, steps)
    if planned.start or planned.skip or planned.broken or flying:
        return planned
    waits = [step.retry_in_seconds for step in steps.values() if step.state == states.RETRYING]
    if waits:
        return Plan(wait_seconds=min(*waits, remaining_seconds), wait_reason="waiting to try again")
    if any(step.state == states.UNCERTAIN for step in steps.values()):
        return Plan(wait_seconds=remaining_seconds, wait_reason="the outcome of a call is uncertain")
    return Plan(final=(states.SUCCEEDED, "", None))


def _timed_out(run: RunState) -> tuple[str, str, Json]:
    seconds = run.version.definition.timeout_seconds
    error = NormalizedError(
        "RUN_TIMED_OUT",
        f"The run did not end within its timeout_seconds of {seconds:g}. Raise it, or shorten what it waits for.",
        details={"timeout_seconds": seconds},
    )
    return states.TIMED_OUT, "run timed out", error.as_json()


def _ready(run: RunState, steps: Mapping[str, StepState]) -> Plan:
    """Everything that may start now; a skipped step lets its followers be looked at in the same round."""
    planned = Plan()
    settled = {key for key, step in steps.items() if step.state in SATISFIED}
    context: dict[str, Json] | None = None
    for key, compiled in run.version.steps.items():
        step = steps.get(key)
        if step is not None:
            if step.state == states.RETRYING and step.retry_in_seconds <= 0:
                planned.start.append((compiled, step.attempt + 1))
            continue
        if not settled.issuperset(compiled.needs):
            continue
        if compiled.condition is None:
            planned.start.append((compiled, 1))
            continue
        if context is None:
            context = run.context()
        answer = verdict(compiled.condition, context)
        if answer.verdict == "matched":
            planned.start.append((compiled, 1))
        elif answer.verdict == "unmatched":
            planned.skip.append(compiled)
            settled.add(key)
        else:
            planned.broken.append((compiled, _condition_failed(key, answer)))
    return planned


def _condition_failed(key: str, answer: Verdict) -> NormalizedError:
    return NormalizedError(
        "INVALID_RULE",
        f"The if of step {key} could not be evaluated on this data: {answer.reason}",
        details={"verdict": answer.verdict},
    )
