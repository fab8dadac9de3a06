"""Explains in one sentence why a run waits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timezone

import orjson

from automate.effects import states as effect_states
from automate.kernel.limits import LIMITS
from automate.outbox.states import CLAIMED
from automate.rules.windows.deciding import turn_at
from automate.rules.windows.options import Throttle as Throttled
from automate.rules.windows.words import runs_in_words
from automate.runs import states

SOURCE_RATE, RULE, TENANT, WORKFLOW, KEY, BUDGET, LIMIT = (
    "source_rate",
    "rule",
    "tenant",
    "workflow",
    "key",
    "budget",
    "limit",
)
"""The throttles, in the order in which they are checked."""
PAUSED, QUEUE, RETRY, DELAY, EVENT, APPROVAL, RUN, UNCERTAIN, BREAKER = (
    "paused",
    "queue",
    "retry",
    "delay",
    "event",
    "approval",
    "run",
    "uncertain",
    "breaker",
)


RESTORED = (
    "The database was restored while the run was open, so its next effect may have happened already. Compare its effects "
    "with the receivers' records, then release the run with releaseRestored."
)


@dataclass(frozen=True)
class Hold:
    """The state of a run, and all facts that can keep the run from proceeding."""

    run_id: uuid.UUID
    state: str
    reason: str
    job_state: str | None
    """None if its job is gone."""
    parked: str | None
    """The cause that its job waits for."""
    due_at: datetime | None
    suspended: bool | None
    tenant_paused: bool | None
    workflow: str
    workflow_paused: bool
    rule: str | None
    rule_paused: bool
    position: int | None
    """The place among jobs parked for the same cause."""
    step_key: str | None
    """step_*: the step that continues first."""
    step_state: str | None
    step_due_at: datetime | None
    step_error: str | None
    wait_kind: str | None
    """The kind of the step's wait; None for a time."""
    event_type: str | None
    paused: bool
    """The run itself is paused."""
    breaker_state: str | None
    """breaker_*: the circuit breaker that the run is parked for."""
    breaker_forced: str | None
    breaker_connector: str | None
    breaker_target: str | None
    breaker_probe_at: datetime | None
    breaker_code: str | None
    turn: int | None
    """The place in the queue of the rule's throttle."""
    throttle: str | None
    """The throttle's setting as JSON."""
    throttle_free_at: datetime | None
    """The end of the throttle's window."""
    restored: bool = False


@dataclass(frozen=True)
class RunThrottle:
    """The throttle that holds a queued or woken run. If several throttles hold the run, this is the first one."""

    run_id: uuid.UUID
    kind: str
    """``key``, ``budget`` or ``limit``."""
    name: str
    """The key, the budget's metric, or the limit."""
    position: int
    """The place among the runs that wait for the same throttle, from 1."""
    holder_id: uuid.UUID | None
    """The earliest run that holds the key."""
    looks_again_at: datetime | None
    """The time at which the run continues, or reaches its time limit in the queue. None if only the end of another
    run releases it."""
    limit: int | None = None
    """The limit of the budget, if the budget counts within a window."""
    resets_at: datetime | None = None
    """The end of the budget's window."""
    reserves: bool = False
    """Whether calls in flight reserve amounts of the budget."""


@dataclass(frozen=True)
class WaitingFor:
    """The first reason why a run waits."""

    cause: str
    position: int | None
    """The place among the runs that wait for the same cause."""
    until: datetime | None
    """The earliest time at which the run continues, or stops waiting."""
    sentence: str


def waiting_for(hold: Hold, throttle: RunThrottle | None) -> WaitingFor | None:
    """Return the first reason why a run waits, or None."""
    if hold.restored or hold.state == states.PAUSED:
        return _paused(hold)
    if hold.job_state == CLAIMED:
        # A worker has the run in hand, so waits beside its calls do not hold it.
        return None
    above = _above(hold)
    if above is not None:
        return above
    if hold.breaker_state is not None:
        return _unhealthy(hold)
    return _queued(hold, throttle) if hold.state == states.QUEUED or throttle is not None else _step(hold)


def _paused(hold: Hold) -> WaitingFor:
    if hold.restored:
        return WaitingFor(PAUSED, None, None, RESTORED)
    if hold.workflow_paused and not hold.paused:
        return _by_workflow(hold)
    why = f": {hold.reason}" if hold.reason and hold.reason != states.PAUSED else ""
    return WaitingFor(PAUSED, None, None, f"The run is paused until it is resumed{why}.")


def _turn(hold: Hold, place: int, paid_until: datetime, throttle: Throttled) -> WaitingFor:
    until = turn_at(paid_until, throttle, place)
    pace = f"{runs_in_words(throttle.limit)} in {throttle.period_seconds} s"
    sentence = (
        f"The rule {hold.rule or 'that started it'} starts at most {pace}. The run is number {place} in the queue."
    )
    return WaitingFor(RULE, place, until, sentence)


def _unhealthy(hold: Hold) -> WaitingFor:
    who = f"{hold.breaker_target}, which {hold.breaker_connector} calls,"
    place = f" The run is number {hold.position} in the queue."
    if hold.breaker_forced == effect_states.BREAKER_OPEN:
        sentence = f"An operator holds calls to {who} until they are released with setBreaker.{place}"
        return WaitingFor(BREAKER, hold.position, None, sentence)
    probe = hold.breaker_probe_at
    at = "" if probe is None else f" at {probe.astimezone(timezone.utc):%H:%M:%S} UTC"
    if hold.breaker_state == effect_states.BREAKER_OPEN:
        last = f" (last error {hold.breaker_code})" if hold.breaker_code else ""
        sentence = f"{who} is unhealthy{last}. The next probe is due{at}.{place}"
    elif hold.breaker_state == effect_states.BREAKER_HALF_OPEN:
        sentence = f"{who} was unhealthy. A probe is in flight. The next probe is due{at}.{place}"
    else:
        return WaitingFor(QUEUE, None, hold.due_at, "The run is next in the queue for a worker.")
    return WaitingFor(BREAKER, hold.position, probe, sentence[0].upper() + sentence[1:])


def _above(hold: Hold) -> WaitingFor | None:
    # The tenant counts for every run. The rule and the workflow count only for a run that has not started.
    if hold.state == states.QUEUED and hold.rule_paused:
        return WaitingFor(
            RULE, hold.position, None, f"The rule {hold.rule} is paused, so its runs wait. Resume it to continue."
        )
    if hold.suspended:
        return WaitingFor(
            TENANT, None, None, "The tenant is suspended. Its work waits until the platform resumes the tenant."
        )
    if hold.tenant_paused:
        return WaitingFor(TENANT, None, None, "The tenant's work is paused until an owner or admin resumes it.")
    if hold.state == states.QUEUED and hold.workflow_paused:
        return _by_workflow(hold)
    return None


def _by_workflow(hold: Hold) -> WaitingFor:
    place = hold.position if hold.state == states.QUEUED else None
    return WaitingFor(
        WORKFLOW, place, None, f"The workflow {hold.workflow} is paused, so its runs wait. Resume it to continue."
    )


def _queued(hold: Hold, throttle: RunThrottle | None) -> WaitingFor:
    if (
        hold.state == states.QUEUED
        and hold.throttle is not None
        and hold.turn is not None
        and hold.throttle_free_at is not None
    ):
        return _turn(hold, hold.turn, hold.throttle_free_at, Throttled(**orjson.loads(hold.throttle)))
    if throttle is None:
        return WaitingFor(QUEUE, None, hold.due_at, "The run is next in the queue for a worker.")
    if throttle.kind == KEY:
        holder = f"; the earliest is run {throttle.holder_id}" if throttle.holder_id else ""
        why = f"other runs hold the concurrency key {throttle.name}{holder}"
    elif throttle.kind == LIMIT:
        why = f"the limit {throttle.name} of {LIMITS.waiting_runs:,} open runs is reached"
    else:
        why = f'the budget "{throttle.name}" is full'
        if throttle.resets_at is not None:
            resets = throttle.resets_at.astimezone(timezone.utc)
            used = "all" if throttle.limit is None else f"{throttle.limit:,}"
            counted = "used or reserved" if throttle.reserves else "used"
            why = f"{why}: {used} are {counted}, and the budget resets at {resets:%Y-%m-%d %H:%M} UTC"
    if hold.state != states.QUEUED and throttle.resets_at is None:
        why = f"{why}, and started runs resume before new ones start"
    sentence = f"The run waits because {why}. The run is number {throttle.position} in the queue."
    return WaitingFor(throttle.kind, throttle.position, throttle.looks_again_at, sentence)


def _step(hold: Hold) -> WaitingFor | None:
    step, until = hold.step_key, hold.step_due_at
    if hold.step_state == states.RETRYING:
        return WaitingFor(RETRY, None, until, f"Step {step} is retried after {hold.step_error or 'a failure'}.")
    if hold.step_state == states.UNCERTAIN:
        if until is not None:
            sentence = f"The outcome of the call of step {step} is unknown. The connector looks up the outcome again."
            return WaitingFor(UNCERTAIN, None, until, sentence)
        sentence = f"The outcome of the call of step {step} is unknown. Decide the outcome with resolveEffect."
        return WaitingFor(UNCERTAIN, None, hold.due_at, sentence)
    if hold.step_state == states.WAITING:
        words = {
            None: (DELAY, f"Step {step} waits for a time."),
            "event": (EVENT, f"Step {step} waits for an event of type {hold.event_type}."),
            "run": (RUN, f"Step {step} waits for the end of a run that it started."),
            "approval": (APPROVAL, f"Step {step} waits for an approval."),
        }
        cause, sentence = words.get(hold.wait_kind, (DELAY, f"Step {step} waits."))
        return WaitingFor(cause, None, until, sentence)
    return WaitingFor(QUEUE, None, hold.due_at, "The run is next in the queue for a worker.")
