"""What the options of rules make of a set of matches: some start runs, some are queued, dropped, or taken in by a window."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from automate.events.records import EventRecord
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.sensitive_values import Hider
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import after_commit, require_transaction
from automate.outbox import transitions as jobs
from automate.outbox.hints import wake_relay
from automate.outbox.transitions import LaterJob
from automate.rules.matching import RuleDecision, StandingRule, compiled_options
from automate.rules.predicate import Verdict
from automate.rules.windows import deciding, transitions
from automate.rules.windows.compiled import CompiledOptions
from automate.rules.windows.deciding import Book, Fate, FullError, Place, Seen, Window
from automate.rules.windows.words import ABSENCE, COUNT, DEBOUNCE, RATE_LIMIT, THROTTLE
from automate.runs.services import MAX_ATTEMPTS, NewRun, create_runs
from automate.runs.windows.transitions import TURN

RULE_WINDOW = "rule.window"
"""The topic of its jobs."""

PAST_WINDOWS = "The rule matched, but a replay starts nothing of what several events have to bring about together."


@dataclass(frozen=True)
class Outcome:
    """What came of a decision. run: what it starts; None where nothing. window_id: what took the match in. turn: its place
    in the queue of that window, of a run that waits for its turn.
    """

    decision: RuleDecision
    said: Verdict
    run: NewRun | None = None
    window_id: uuid.UUID | None = None
    turn: int | None = None

    def row(self) -> dict[str, Json]:
        """As ``write_decisions`` takes it."""
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
    """The places of a match: of the option that says whether it starts a run, of the throttle that says when, and of what it
    ends.
    """

    options: CompiledOptions
    first: Place | None = None
    throttle: Place | None = None
    ends: Place | None = None

    def places(self) -> Iterator[Place]:
        return (place for place in (self.first, self.throttle, self.ends) if place is not None)


def past_windows(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Of a replay: it counts nothing and waits for nothing, and what events over time have to bring about it leaves alone."""
    return [
        replace(one, said=Verdict(one.said.verdict, PAST_WINDOWS), run=None)
        if one.run is not None and one.decision.rule.options and _is_over_time(one.decision.rule)
        else one
        for one in outcomes
    ]


def _is_over_time(rule: StandingRule) -> bool:
    options = compiled_options(rule.options).options
    return options.count is not None or options.absence is not None


def take_in(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same outcomes, as the options of their rules let them be; windows and timers are written. Requires the transaction
    that finishes the match jobs. Costs no statement where no rule that matched has such options.
    """
    require_transaction()
    told = list(outcomes)
    asked: dict[int, _Keyed] = {}
    for number, one in enumerate(outcomes):
        rule = one.decision.rule
        if rule.options and (one.run is not None or one.decision.ends):
            try:
                keyed = _keyed(rule, one)
            except NormalizedError as error:
                told[number] = replace(one, said=_no_key(error), run=None)
            else:
                if any(keyed.places()):
                    asked[number] = keyed
    if asked:
        book = _open([place for keyed in asked.values() for place in keyed.places()])
        for number, keyed in asked.items():
            told[number] = _taken(book, told[number], keyed)
        _write(book, [told[number] for number in asked])
    return told


def _keyed(rule: StandingRule, one: Outcome) -> _Keyed:
    """Raises NormalizedError where the event has no key."""
    compiled = compiled_options(rule.options)
    record = one.decision.event
    event, hider = record.seen_by_templates(), record.hider()
    first = throttle = ends = None
    if one.run is not None and compiled.options.first is not None:
        name, _ = compiled.options.first
        first = Place.of(rule.id, rule.generation, name, compiled.keys[name].of(event, hider))
    if one.run is not None and compiled.options.throttle is not None:
        throttle = throttle_place(rule.id, compiled, event, hider)
    if one.decision.ends and compiled.end_key is not None:
        ends = Place.of(rule.id, rule.generation, ABSENCE, compiled.end_key.of(event, hider))
    return _Keyed(compiled, first, throttle, ends)


def throttle_place(
    rule_id: uuid.UUID, compiled: CompiledOptions, event: Mapping[str, Json], hider: Hider | None
) -> Place:
    """A throttle's queue outlives a change of its rule: its pace is what the rule says by then."""
    return Place.of(rule_id, 0, THROTTLE, compiled.keys[THROTTLE].of(event, hider))


def _no_key(error: NormalizedError) -> Verdict:
    return Verdict("type_error", error.message, tuple(str(part) for part in error.path))


def _open(places: Sequence[Place]) -> Book:
    """The windows of these places as they stand, their rules locked."""
    transitions.lock([place.rule_id for place in places])
    return open_book(places)


def open_book(places: Sequence[Place]) -> Book:
    """The windows of these places, whose rules are locked."""
    now, found = transitions.find(places)
    missing = len(set(places)) - len({window.place for window in found})
    return Book(now, found, lambda: transitions.room(max(missing, 1)))


def _taken(book: Book, one: Outcome, keyed: _Keyed) -> Outcome:
    """By what it ends, then by what decides whether its run starts, then by what decides when."""
    try:
        if keyed.ends is not None:
            one = _ended(book, one, keyed.ends, keyed.options)
        if keyed.first is not None and one.run is not None:
            one = _applied(one, first_fate(book, keyed.first, keyed.options, seen_of(one.decision.event, one.run)))
        if keyed.throttle is not None and one.run is not None:
            seen = seen_of(one.decision.event, one.run)
            one = _applied(one, throttle_fate(book, keyed.throttle, keyed.options, seen, held=one.run.held))
    except FullError:
        one = _applied(one, deciding.full()) if one.run is not None else one
    return one


def _ended(book: Book, one: Outcome, place: Place, options: CompiledOptions) -> Outcome:
    absence = options.options.absence
    if absence is None:
        return one
    fate = deciding.end_absence(book, place, absence, options.settings[ABSENCE], one.decision.event.received_at)
    if one.run is not None:
        return one
    return replace(one, said=Verdict(one.said.verdict, fate.reason), window_id=fate.window.id if fate.window else None)


def seen_of(event: EventRecord, run: NewRun) -> Seen:
    return Seen(event.id, event.received_at, run.run_id)


def first_fate(book: Book, place: Place, compiled: CompiledOptions, seen: Seen) -> Fate:
    """Whether a match starts its run now. Raises FullError."""
    options, settings = compiled.options, compiled.settings[place.option]
    if place.option == RATE_LIMIT and options.rate_limit is not None:
        return deciding.rate_limit(book, place, options.rate_limit, settings)
    if place.option == DEBOUNCE and options.debounce is not None:
        return deciding.debounce(book, place, options.debounce, settings, seen)
    if place.option == COUNT and options.count is not None:
        return deciding.count(book, place, options.count, settings, seen)
    if place.option == ABSENCE and options.absence is not None:
        return deciding.absence(book, place, options.absence, settings, seen)
    raise AssertionError(place.option)


def throttle_fate(book: Book, place: Place, compiled: CompiledOptions, seen: Seen, *, held: bool) -> Fate:
    """Whether a run begins now or is queued. held: it may not begin now. Raises FullError."""
    if compiled.options.throttle is None:
        raise AssertionError(place)
    return deciding.throttle(book, place, compiled.options.throttle, compiled.settings[THROTTLE], seen, held=held)


def _applied(one: Outcome, fate: Fate) -> Outcome:
    said = Verdict(fate.verdict, fate.reason) if fate.reason else one.said
    run = one.run if fate.starts or fate.queued is not None else None
    window_id = fate.window.id if fate.window is not None else one.window_id
    return replace(one, said=said, run=run, window_id=window_id, turn=fate.queued)


def _write(book: Book, outcomes: Sequence[Outcome]) -> None:
    changed = list(book.changed())
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
    """A job for each window that something is due of by itself and that has none; its row, written after this, names it."""
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
    """A timer stands for several events, so it has a trace of its own."""
    return window.id.hex


def queue_runs(runs: Sequence[NewRun]) -> None:
    """Make runs that wait for their turn. Requires a transaction."""
    create_runs(runs)
    jobs.park({run.run_id: None for run in runs}, TURN)
