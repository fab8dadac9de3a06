"""Processes windows that are due. A window is due in three cases:

- No further match has arrived for a debounce window.
- The event of an absence window has not arrived.
- A throttle window may start its next runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from automate.events.queries import records_by_id
from automate.events.records import EventRecord
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.outbox.settling import settle
from automate.outbox.wakeups import wake_relay
from automate.rules.matching import StandingRule, compiled_options
from automate.rules.new_runs import NewRun
from automate.rules.predicate.verdict import MATCHED
from automate.rules.standing_queries import read_standing, read_starts
from automate.rules.windows import deciding
from automate.rules.windows import transitions as windows
from automate.rules.windows.deciding import TimerDecision, TooManyWindowsError, Window
from automate.rules.windows.taking import open_store, run_event_of, set_timers, throttle_decision, throttle_place
from automate.rules.windows.words import ABSENCE, DEBOUNCE, DISABLED, FIRED, SUPERSEDED
from automate.runs import hold_queries as holds
from automate.runs import matching
from automate.runs.run_set import RunSet
from automate.runs.services import create_runs
from automate.runs.step_call import StepCall
from automate.runs.versions import compiled_versions
from automate.runs.windows import transitions
from automate.runs.windows.starting import queue_runs

BACKLOG = timedelta(seconds=1)
"""Seconds until the next check whether all events that could end an absence are matched."""
BUSY_SECONDS = 1.0
"""Seconds until the next check of a queue whose rule or workflow is just being paused or resumed."""


@dataclass(frozen=True)
class _Timer:
    job: ClaimedJob
    window: Window
    due: TimerDecision
    """The due actions of the window."""
    release: claims.JobRelease | None
    """How the job is handed back; None if the job has nothing more to do."""


@dataclass(frozen=True)
class _Firing:
    run: NewRun
    rule: StandingRule
    event: EventRecord


def close_windows(_run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    # Returns no calls.
    with in_transaction():
        now, found = windows.lock_windows([job.subject_id for job in jobs])
        stopped = _stopped(found.values())
        timers = [_timer(job, found.get(job.subject_id), now, stopped) for job in jobs]
        again = [one.release for one in timers if one is not None and one.release is not None]
        held = settle(jobs, again)
        mine = [one for one in timers if one is not None and one.job.id in held]
        if mine:
            _act(mine)
        after_commit(wake_relay)
    return []


def _stopped(found: Collection[Window]) -> dict[uuid.UUID, str]:
    # Without this check, the runs of a queue would all start together at the end of the pause.
    fronts = transitions.fronts([window.id for window in found if window.waiting])
    holding = holds.holding(current_tenant().id, list(fronts.values()))
    return {window_id: holding[run_id] for window_id, run_id in fronts.items() if run_id in holding}


def _timer(
    job: ClaimedJob, window: Window | None, now: datetime | None, stopped: Mapping[uuid.UUID, str]
) -> _Timer | None:
    if window is None or now is None or not window.open or window.job_id != job.id:
        return None
    if (what := stopped.get(window.id)) is not None:
        cause = transitions.STILL.get(what, "")
        return _Timer(job, window, TimerDecision(), claims.JobRelease(job, None if cause else BUSY_SECONDS, cause))
    due = deciding.due(window, now)
    if due.fires and window.place.option == ABSENCE and transitions.is_behind(current_tenant().id, window.closes_at):
        # The event that would end it may have been delayed by the same outage.
        due = TimerDecision(again=now + BACKLOG)
    if due.fires or window.waiting == due.released > 0 or due.again is None:
        return _Timer(job, window, due, None)
    return _Timer(job, window, due, claims.JobRelease(job, until=due.again))


def _act(timers: Sequence[_Timer]) -> None:
    firing = _firing([one.window for one in timers if one.due.fires])
    for one in timers:
        if one.release is None:
            one.window.job_id, one.window.changed = None, True
        if one.due.released:
            _, left = transitions.let_go(one.window.id, one.due.released)
            one.window.waiting -= left
    windows.write([one.window for one in timers if one.window.changed])
    if firing:
        _begin(firing)


def _firing(due: Sequence[Window]) -> list[_Firing]:
    # If a rule was disabled meanwhile, its window starts no run.
    if not due:
        return []
    standing = read_standing([window.place.rule_id for window in due])
    starts = read_starts(current_tenant().id, list(standing.values()))
    versions = compiled_versions([start.version_id for start in starts.values() if start.version_id])
    events = records_by_id([window.event_id for window in due if window.event_id is not None])
    firing = []
    for window in due:
        rule, start = standing.get(window.place.rule_id), starts.get(window.place.rule_id)
        event = events.get(window.event_id) if window.event_id is not None else None
        run: NewRun | None = None
        if rule is not None and start is not None and event is not None and start.enabled:
            if window.place.option == ABSENCE and rule.generation != window.place.generation:
                window.close(SUPERSEDED)
                continue
            run, _ = matching.start_of(event, MATCHED, start, versions)
        if run is None or rule is None or event is None or window.run_id is None:
            window.close(DISABLED)
            continue
        window.close(FIRED)
        firing.append(_Firing(replace(run, run_id=window.run_id, reason=_reason(window)), rule, event))
    return firing


def _reason(window: Window) -> str:
    if window.place.option == DEBOUNCE:
        return f"debounce of {window.matches} matches"
    return "the awaited event did not arrive"


def _begin(firing: Sequence[_Firing]) -> None:
    # If the queue is full, the run starts at once: a window has already used its event.
    turns = _turns(firing)
    if begun := [one.run for one in firing if one.run.run_id not in turns]:
        create_runs(begun)
    if queued := [one.run for one in firing if one.run.run_id in turns]:
        queue_runs(queued)
        windows.queue([(run.run_id, *turns[run.run_id], run.event_id) for run in queued])


def _turns(firing: Sequence[_Firing]) -> dict[uuid.UUID, tuple[uuid.UUID, int]]:
    placed = {}
    for one in firing:
        compiled = compiled_options(one.rule.options) if one.rule.options else None
        if compiled is not None and compiled.options.throttle is not None:
            with suppress(NormalizedError):
                place = throttle_place(one.rule.id, compiled, one.event.seen_by_templates(), one.event.hider())
                placed[one.run.run_id] = compiled, place, run_event_of(one.event, one.run)
    if not placed:
        return {}
    window_store = open_store([place for _, place, _ in placed.values()])
    held = {one.run.run_id: one.run.held for one in firing}
    turns = {}
    for run_id, (compiled, place, seen) in placed.items():
        with suppress(TooManyWindowsError):
            window_decision = throttle_decision(window_store, place, compiled, seen, held=held[run_id])
            if window_decision.queued is not None and window_decision.window is not None:
                turns[run_id] = window_decision.window.id, window_decision.queued
    changed = list(window_store.changed())
    set_timers(changed)
    windows.write(changed)
    return turns
