"""The first thing that holds a run, in words: whoever asks why nothing happens gets one answer. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timezone

import orjson

from automate.kernel.limits import LIMITS
from automate.outbox.states import CLAIMED
from automate.rules.windows.deciding import turn_at
from automate.rules.windows.options import Throttle as Throttled
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
"""The throttles, in the order in which they hold."""
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
    "The database was restored while the run was open. Its next effect may have happened already: compare its effects with "
    "the other side, then release it with releaseRestored."
)


@dataclass(frozen=True)
class Hold:
    """A run's state and all that may hold it. job_state is None where its job is gone. parked: the cause that its job waits
    for. position: its place among those. step_*: of the step that goes on first; wait_kind: what that step waits for, None
    for a time. paused: the run by itself. breaker_*: of the circuit breaker that it is parked for. turn,
    throttle, throttle_free_at: of the rule's throttle that it waits for, its place there, the setting as JSON, and its window's end.
    """

    run_id: uuid.UUID
    state: str
    reason: str
    job_state: str | None
    parked: str | None
    due_at: datetime | None
    suspended: bool | None
    tenant_paused: bool | None
    workflow: str
    workflow_paused: bool
    rule: str | None
    rule_paused: bool
    position: int | None
    step_key: str | None
    step_state: str | None
    step_due_at: datetime | None
    step_error: str | None
    wait_kind: str | None
    event_type: str | None
    paused: bool
    breaker_state: str | None
    breaker_forced: str | None
    breaker_connector: str | None
    breaker_target: str | None
    breaker_probe_at: datetime | None
    breaker_code: str | None
    turn: int | None
    throttle: str | None
    throttle_free_at: datetime | None
    restored: bool = False


@dataclass(frozen=True)
class Throttle:
    """The first throttle that holds a run: a queued one, or one that was woken and waits for a run slot. kind: ``key``, ``budget`` or ``limit``. name: the key, the budget's metric,
    or the limit.
    position: from 1, among the runs that wait for the same. holder_id: of the runs that hold the key, the one that
    came first.
    looks_again_at: when it goes on by itself, be it only to time out in the queue; None where only an end lets it.
    limit, resets_at: of a budget that counts within a window.
    """

    run_id: uuid.UUID
    kind: str
    name: str
    position: int
    holder_id: uuid.UUID | None
    looks_again_at: datetime | None
    limit: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True)
class WaitingFor:
    """position: among those that wait for the same. until: when it goes on at the earliest, or gives up waiting."""

    cause: str
    position: int | None
    until: datetime | None
    sentence: str


def waiting_for(hold: Hold, throttle: Throttle | None) -> WaitingFor | None:
    """None for a run that is at work, or has ended. throttle: the key or the budget that holds it, where one does."""
    if hold.restored or hold.state == states.PAUSED:
        return _paused(hold)
    if hold.job_state == CLAIMED:
        # A worker has it in hand: what waits beside its calls is not what holds it.
        return None
    above = _above(hold)
    if above is not None:
        return above
    if hold.breaker_state is not None:
        return _ill(hold)
    return _queued(hold, throttle) if hold.state == states.QUEUED or throttle is not None else _step(hold)


def _paused(hold: Hold) -> WaitingFor:
    if hold.restored:
        return WaitingFor(PAUSED, None, None, RESTORED)
    if hold.workflow_paused and not hold.paused:
        return _by_workflow(hold)
    why = f": {hold.reason}" if hold.reason and hold.reason != states.PAUSED else ""
    return WaitingFor(PAUSED, None, None, f"The run is paused until somebody resumes it{why}.")


def _turn(hold: Hold, place: int, paid_until: datetime, throttle: Throttled) -> WaitingFor:
    """A run that a rule's throttle lets begin in its turn."""
    until = turn_at(paid_until, throttle, place)
    pace = f"{throttle.limit} in {throttle.period_seconds} s"
    sentence = f"The rule {hold.rule or 'that started it'} lets {pace} begin; it is number {place} in line."
    return WaitingFor(RULE, place, until, sentence)


def _ill(hold: Hold) -> WaitingFor:
    """A run that a circuit breaker has parked."""
    who = f"{hold.breaker_target}, which {hold.breaker_connector} calls,"
    place = f"; it is number {hold.position} in line"
    if hold.breaker_forced == states.BREAKER_OPEN:
        sentence = f"Calls to {who} are held by hand until somebody lets them go: setBreaker{place}."
        return WaitingFor(BREAKER, hold.position, None, sentence)
    probe = hold.breaker_probe_at
    at = "" if probe is None else f" at {probe.astimezone(timezone.utc):%H:%M:%S} UTC"
    if hold.breaker_state == states.BREAKER_OPEN:
        last = f", last with {hold.breaker_code}" if hold.breaker_code else ""
        sentence = f"{who} is ill{last}; the next probe is due{at}{place}."
    elif hold.breaker_state == states.BREAKER_HALF_OPEN:
        sentence = f"{who} was ill; a probe is under way, and another one is due{at}{place}."
    else:
        return WaitingFor(QUEUE, None, hold.due_at, "The run is next in the queue for a worker.")
    return WaitingFor(BREAKER, hold.position, probe, sentence[0].upper() + sentence[1:])


def _above(hold: Hold) -> WaitingFor | None:
    """What keeps all work of the tenant, or all that begins of a rule or workflow."""
    if hold.state == states.QUEUED and hold.rule_paused:
        return WaitingFor(RULE, hold.position, None, f"The rule {hold.rule} is paused; what it starts waits.")
    if hold.suspended:
        return WaitingFor(TENANT, None, None, "The tenant is suspended; its work waits until the platform resumes it.")
    if hold.tenant_paused:
        return WaitingFor(TENANT, None, None, "The tenant's work is paused until an owner or admin resumes it.")
    if hold.state == states.QUEUED and hold.workflow_paused:
        return _by_workflow(hold)
    return None


def _by_workflow(hold: Hold) -> WaitingFor:
    place = hold.position if hold.state == states.QUEUED else None
    return WaitingFor(WORKFLOW, place, None, f"The workflow {hold.workflow} is paused; its runs wait.")


def _queued(hold: Hold, throttle: Throttle | None) -> WaitingFor:
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
        holder = f"; {throttle.holder_id} came first of those" if throttle.holder_id else ""
        why = f"other runs of the concurrency key {throttle.name} are under way{holder}"
    elif throttle.kind == LIMIT:
        why = f"as many runs have begun and not ended as the limit {throttle.name} allows, {LIMITS.waiting_runs:,}"
    else:
        why = f"the budget {throttle.name} has no room"
        if throttle.resets_at is not None:
            resets = throttle.resets_at.astimezone(timezone.utc)
            used = "all" if throttle.limit is None else f"{throttle.limit:,}"
            why = f"{why}: {used} are used, and it resets at {resets:%Y-%m-%d %H:%M} UTC"
    if hold.state != states.QUEUED and throttle.resets_at is None:
        why = f"{why}; it was woken, and begun runs resume before new ones start"
    sentence = f"The run waits because {why}; it is number {throttle.position} in line."
    return WaitingFor(throttle.kind, throttle.position, throttle.looks_again_at, sentence)


def _step(hold: Hold) -> WaitingFor | None:
    step, until = hold.step_key, hold.step_due_at
    if hold.step_state == states.RETRYING:
        return WaitingFor(RETRY, None, until, f"Step {step} is tried again after {hold.step_error or 'a failure'}.")
    if hold.step_state == states.UNCERTAIN:
        if until is not None:
            sentence = f"Nobody knows whether the call of step {step} arrived; its connector is asked again."
            return WaitingFor(UNCERTAIN, None, until, sentence)
        sentence = f"Nobody knows whether the call of step {step} arrived; a person has to say: resolveEffect."
        return WaitingFor(UNCERTAIN, None, hold.due_at, sentence)
    if hold.step_state == states.WAITING:
        words = {
            None: (DELAY, f"Step {step} waits for a time."),
            "event": (EVENT, f"Step {step} waits for an event {hold.event_type}."),
            "run": (RUN, f"Step {step} waits for the end of a run that it started."),
            "approval": (APPROVAL, f"Step {step} waits for an approval."),
        }
        cause, sentence = words.get(hold.wait_kind, (DELAY, f"Step {step} waits."))
        return WaitingFor(cause, None, until, sentence)
    return WaitingFor(QUEUE, None, hold.due_at, "The run is next in the queue for a worker.")
