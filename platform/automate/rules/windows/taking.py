"""Applies the options of a rule to the events that match the rule."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from automate.events.records import EventRecord
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject
from automate.kernel.sensitive_values import Hider
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import after_commit, require_transaction
from automate.outbox import transitions as jobs
from automate.outbox.transitions import LaterJob
from automate.outbox.wakeups import wake_relay
from automate.rules.matching import RuleDecision, StandingRule, compiled_options
from automate.rules.new_runs import NewRun
from automate.rules.predicate import EvaluationResult
from automate.rules.windows import absences, deciding, transitions
from automate.rules.windows.compiled import CompiledOptions
from automate.rules.windows.deciding import (
    MatchedEvent,
    TooManyWindowsError,
    Window,
    WindowDecision,
    WindowSlot,
    WindowStore,
)
from automate.rules.windows.words import ABSENCE, COUNT, DEBOUNCE, RATE_LIMIT, THROTTLE

RULE_WINDOW = "rule.window"
"""The topic of timer jobs."""
MAX_ATTEMPTS = 5
"""The number of workers that may be lost at a timer before the job of the timer becomes dead."""

PAST_WINDOWS = "The rule matched, but a replay does not start rules that act on several events together."


@dataclass(frozen=True)
class WindowOutcome:
    decision: RuleDecision
    said: EvaluationResult
    run: NewRun | None = None
    """The run that the match starts. None without one."""
    window_id: uuid.UUID | None = None
    """The window that collected the match."""
    turn: int | None = None
    """The run's place in the window's queue, if the run waits for its turn."""

    def row(self) -> dict[str, object]:
        """Return this decision as a row for ``write_decisions``."""
        return {
            "id": new_id(),
            "event_id": self.decision.event.id,
            "rule_id": self.decision.rule.id,
            "version": self.decision.version,
            "verdict": self.said.verdict,
            "reason": self.said.reason,
            "path": list(self.said.path),
            "run_id": self.run.run_id if self.run else None,
            "window_id": self.window_id,
        }


@dataclass(frozen=True)
class _Keyed:
    options: CompiledOptions
    first: WindowSlot | None = None
    """The window of the option that decides whether the match starts a run."""
    throttle: WindowSlot | None = None
    """The window of the throttle that decides when the run starts."""
    ends: WindowSlot | None = None
    """The window of the absence that the match ends."""

    def places(self) -> Iterator[WindowSlot]:
        return (place for place in (self.first, self.throttle, self.ends) if place is not None)


def past_windows(outcomes: Sequence[WindowOutcome]) -> list[WindowOutcome]:
    """Decide which matches of a replay start a run.

    A rule with the option ``count`` or ``absence`` starts no run in a replay. The reason is that a replay
    changes no counter, and that its matches never wait.
    """
    return [
        replace(one, said=EvaluationResult(one.said.verdict, PAST_WINDOWS), run=None)
        if one.run is not None and one.decision.rule.options and _is_over_time(one.decision.rule)
        else one
        for one in outcomes
    ]


def _is_over_time(rule: StandingRule) -> bool:
    options = compiled_options(rule.options).options
    return options.count is not None or options.absence is not None


def apply_options(outcomes: Sequence[WindowOutcome]) -> list[WindowOutcome]:
    """Apply the options of rules to matches. Write the windows and their timers.

    Call this function in the transaction that ends the jobs of the matches.
    """
    require_transaction()
    decided = list(outcomes)
    asked: dict[int, _Keyed] = {}
    for number, one in enumerate(outcomes):
        rule = one.decision.rule
        if rule.options and (one.run is not None or one.decision.ends):
            try:
                keyed = _keyed(rule, one)
            except NormalizedError as error:
                decided[number] = replace(one, said=_no_key(error), run=None)
            else:
                if any(keyed.places()):
                    asked[number] = keyed
    if asked:
        window_store = _open([place for keyed in asked.values() for place in keyed.places()])
        for number, keyed in asked.items():
            decided[number] = _taken(window_store, decided[number], keyed)
        _write(window_store, [decided[number] for number in asked])
    return decided


def _keyed(rule: StandingRule, one: WindowOutcome) -> _Keyed:
    # Raises NormalizedError if the event has no key.
    compiled = compiled_options(rule.options)
    record = one.decision.event
    event, hider = record.seen_by_templates(), record.hider()
    first = throttle = ends = None
    if one.run is not None and compiled.options.first is not None:
        name, _ = compiled.options.first
        first = WindowSlot.of(rule.id, rule.generation, name, compiled.keys[name].of(event, hider))
    if one.run is not None and compiled.options.throttle is not None:
        throttle = throttle_place(rule.id, compiled, event, hider)
    if one.decision.ends and compiled.end_key is not None:
        ends = WindowSlot.of(rule.id, rule.generation, ABSENCE, compiled.end_key.of(event, hider))
    return _Keyed(compiled, first, throttle, ends)


def throttle_place(rule_id: uuid.UUID, compiled: CompiledOptions, event: JsonObject, hider: Hider | None) -> WindowSlot:
    """Return the window slot in which a rule's option ``throttle`` counts an event."""
    return WindowSlot.of(rule_id, 0, THROTTLE, compiled.keys[THROTTLE].of(event, hider))


def _no_key(error: NormalizedError) -> EvaluationResult:
    return EvaluationResult("type_error", error.message, tuple(str(part) for part in error.path))


def _open(places: Sequence[WindowSlot]) -> WindowStore:
    transitions.lock([place.rule_id for place in places])
    return open_store(places)


def open_store(places: Sequence[WindowSlot]) -> WindowStore:
    """Return a store with the open windows of the slots ``places``. The caller must hold the locks of the windows' rules."""
    now, found = transitions.find(places)
    missing = len(set(places)) - len({window.place for window in found})
    return WindowStore(now, found, lambda: transitions.room(max(missing, 1)))


def _taken(window_store: WindowStore, one: WindowOutcome, keyed: _Keyed) -> WindowOutcome:
    # In this order: the match may end an absence; one option decides whether a run starts; the throttle decides when.
    try:
        if keyed.ends is not None:
            one = _ended(window_store, one, keyed.ends, keyed.options)
        if keyed.first is not None and one.run is not None:
            one = _applied(
                one, first_decision(window_store, keyed.first, keyed.options, run_event_of(one.decision.event, one.run))
            )
        if keyed.throttle is not None and one.run is not None:
            seen = run_event_of(one.decision.event, one.run)
            one = _applied(one, throttle_decision(window_store, keyed.throttle, keyed.options, seen, held=one.run.held))
    except TooManyWindowsError:
        one = _applied(one, deciding.full()) if one.run is not None else one
    return one


def _ended(window_store: WindowStore, one: WindowOutcome, place: WindowSlot, options: CompiledOptions) -> WindowOutcome:
    absence = options.options.absence
    if absence is None:
        return one
    window_decision = absences.end_absence(
        window_store, place, absence, options.settings[ABSENCE], one.decision.event.received_at
    )
    if one.run is not None:
        return one
    return replace(
        one,
        said=EvaluationResult(one.said.verdict, window_decision.reason),
        window_id=window_decision.window.id if window_decision.window else None,
    )


def run_event_of(event: EventRecord, run: NewRun) -> MatchedEvent:
    return MatchedEvent(event.id, event.received_at, run.run_id)


def first_decision(
    window_store: WindowStore, place: WindowSlot, compiled: CompiledOptions, seen: MatchedEvent
) -> WindowDecision:
    # Raises TooManyWindowsError.
    options, settings = compiled.options, compiled.settings[place.option]
    if place.option == RATE_LIMIT and options.rate_limit is not None:
        return deciding.rate_limit(window_store, place, options.rate_limit, settings)
    if place.option == DEBOUNCE and options.debounce is not None:
        return deciding.debounce(window_store, place, options.debounce, settings, seen)
    if place.option == COUNT and options.count is not None:
        return deciding.count(window_store, place, options.count, settings, seen)
    if place.option == ABSENCE and options.absence is not None:
        return absences.absence(window_store, place, options.absence, settings, seen)
    raise AssertionError(place.option)


def throttle_decision(
    window_store: WindowStore, place: WindowSlot, compiled: CompiledOptions, seen: MatchedEvent, *, held: bool
) -> WindowDecision:
    """Decide whether a run starts now or is queued. Raises TooManyWindowsError if the tenant can open no more windows."""
    if compiled.options.throttle is None:
        raise AssertionError(place)
    return deciding.throttle(
        window_store, place, compiled.options.throttle, compiled.settings[THROTTLE], seen, held=held
    )


def _applied(one: WindowOutcome, window_decision: WindowDecision) -> WindowOutcome:
    said = EvaluationResult(window_decision.verdict, window_decision.reason) if window_decision.reason else one.said
    run = one.run if window_decision.starts or window_decision.queued is not None else None
    window_id = window_decision.window.id if window_decision.window is not None else one.window_id
    return replace(one, said=said, run=run, window_id=window_id, turn=window_decision.queued)


def _write(window_store: WindowStore, outcomes: Sequence[WindowOutcome]) -> None:
    changed = list(window_store.changed())
    set_timers(changed)
    transitions.write(changed)
    queued = [
        (one.run.run_id, one.window_id, one.turn, one.run.event_id)
        for one in outcomes
        if one.run and one.window_id and one.turn
    ]
    if queued:
        transitions.queue(queued)


def set_timers(windows: Sequence[Window]) -> None:
    """Create a timer job for each window that needs a timer. The caller must write the rows of the windows afterwards."""
    timers: dict[uuid.UUID, LaterJob] = {}
    for window in windows:
        at = deciding.timer_at(window)
        if window.open and window.job_id is None and at is not None:
            window.job_id = new_id()
            timers[window.id] = LaterJob(window.job_id, window.id, timer_trace(window), at)
    if timers:
        jobs.put_off(current_tenant().id, RULE_WINDOW, list(timers.values()), max_attempts=MAX_ATTEMPTS)
        after_commit(wake_relay)


def timer_trace(window: Window) -> str:
    # A timer belongs to several events, so the trace of one event does not fit.
    return window.id.hex
