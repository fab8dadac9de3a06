"""Decides when a match starts a run, and what the timer of a window does. This module does no input or output."""

from __future__ import annotations

import uuid
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.shapes import FieldValue
from automate.rules.predicate.verdict import VerdictName
from automate.rules.windows.keys import WindowKey
from automate.rules.windows.options import Count, Debounce, RateLimit, Throttle
from automate.rules.windows.words import (
    ABSENCE,
    DEBOUNCE,
    FIRED,
    THROTTLE,
    clock,
    limit_reached,
    of_key,
    runs_in_words,
)

REMEMBERED_SECONDS = 600.0
"""How long the time of an event that ends an absence is stored, because earlier events can be matched later.

- If further events of the key arrive, the time is stored at least this long.
- Otherwise the following period counts: ``within_seconds``, but at most this long. The time is stored until
  all events of this period are matched.
"""
CATCH_UP = timedelta(seconds=1)
"""The maximum delay of a timer that a throttle makes up for. Otherwise too many runs would start at once after
an outage."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class WindowSlot:
    """Identifies a sequence of windows by rule, option and key. Only one open window of a sequence accepts matches."""

    rule_id: uuid.UUID
    generation: int
    option: str
    key: WindowKey = field(compare=False)
    digest: str

    @classmethod
    def of(cls, rule_id: uuid.UUID, generation: int, option: str, key: WindowKey) -> WindowSlot:
        return cls(rule_id, generation, option, key, key.digest)


@dataclass(frozen=True)
class MatchedEvent:
    """An event that matched a rule, and the id of the run that the event can start."""

    event_id: uuid.UUID
    received_at: datetime
    run_id: uuid.UUID

    @property
    def place(self) -> int:
        """The position of the event in a queue: the time at which the event was received, in microseconds."""
        return micros(self.received_at)


@dataclass
class Window:
    """A row of ``rule_window``."""

    id: uuid.UUID
    place: WindowSlot
    settings: Mapping[str, FieldValue]
    """The option's fields. Each option has its own fields."""
    opened_at: datetime
    closes_at: datetime
    times: list[int] = field(default_factory=list)
    since: datetime | None = None
    matches: int = 0
    waiting: int = 0
    event_id: uuid.UUID | None = None
    run_id: uuid.UUID | None = None
    job_id: uuid.UUID | None = None
    outcome: str = ""
    open: bool = True
    changed: bool = False
    """Whether the window differs from its row."""

    def close(self, outcome: str) -> None:
        self.open, self.outcome, self.changed = False, outcome, True


@dataclass(frozen=True)
class WindowDecision:
    """The decision about one match."""

    verdict: VerdictName
    reason: str
    window: Window | None = None
    """The window that accepted the match."""
    starts: bool = False
    """Whether the run starts now."""
    queued: int | None = None
    """Set for a run that is created but waits. It is the position of the run's event in the window's queue."""


class TooManyWindowsError(Exception):
    """Raised if an event needs a new window, but the tenant has the maximum number of open windows."""


class WindowStore:
    """The windows that a set of matches needs. ``room`` returns how many more windows the tenant is allowed to open."""

    def __init__(self, now: datetime, found: Iterable[Window], room: Callable[[], int]) -> None:
        self.now = now
        self._all = sorted(found, key=lambda one: one.opened_at)
        self._at: dict[WindowSlot, list[Window]] = {}
        for window in self._all:
            self._at.setdefault(window.place, []).append(window)
        self._ask_room = room
        self._room: int | None = None
        self._more = 0

    def standing(self, place: WindowSlot) -> list[Window]:
        """Return the open windows with this combination of rule, option and key, earliest first."""
        return sorted((one for one in self._at.get(place, ()) if one.open), key=lambda one: one.opened_at)

    def get(self, place: WindowSlot) -> Window | None:
        """Return the newest open window of this slot, and mark this window as changed. Return None if no window is open."""
        standing = self.standing(place)
        if not standing:
            return None
        standing[-1].changed = True
        return standing[-1]

    def begin(
        self, place: WindowSlot, settings: Mapping[str, JsonValue], opened_at: datetime, closes_at: datetime
    ) -> Window:
        """Open a window. Raises TooManyWindowsError if the tenant can open no more windows.

        If the new window replaces a window that this store has closed, the tenant can always open the new window.
        """
        if self._more >= 0:
            if self._room is None:
                self._room = self._ask_room()
            if self._more >= self._room:
                raise TooManyWindowsError
        self._more += 1
        window = Window(new_id(), place, settings, opened_at, closes_at, changed=True)
        self._at.setdefault(place, []).append(window)
        self._all.append(window)
        return window

    def close(self, window: Window, outcome: str) -> None:
        window.close(outcome)
        self._more -= 1

    def changed(self) -> Iterator[Window]:
        """Yield the changed windows in the order in which they are written. Closed windows come first."""
        return iter(sorted((one for one in self._all if one.changed), key=lambda one: (one.open, one.id)))


def rate_limit(
    window_store: WindowStore, place: WindowSlot, option: RateLimit, settings: Mapping[str, JsonValue]
) -> WindowDecision:
    period = timedelta(seconds=option.period_seconds)
    window = window_store.get(place) or window_store.begin(place, settings, window_store.now, window_store.now)
    window.times = [at for at in window.times if at > micros(window_store.now - period)]
    window.matches += 1
    if len(window.times) < option.limit:
        window.times.append(micros(window_store.now))
        window.closes_at = window_store.now + period
        return WindowDecision("matched", "", window, starts=True)
    free = timestamp(window.times[-option.limit]) + period
    return WindowDecision(
        "suppressed",
        f"Dropped by rateLimit: {runs_in_words(option.limit)}{of_key(place.key.shown)} began within {option.period_seconds} s; "
        f"the next run may begin after {clock(free)}.",
        window,
    )


def debounce(
    window_store: WindowStore,
    place: WindowSlot,
    option: Debounce,
    settings: Mapping[str, JsonValue],
    seen: MatchedEvent,
) -> WindowDecision:
    window = window_store.get(place)
    if window is None or seen.received_at >= window.closes_at:  # the quiet period was over, but its timer is late
        window = window_store.begin(place, settings, window_store.now, window_store.now)
        window.run_id = seen.run_id
    window.matches += 1
    if window.event_id is None or not window.times or (window.times[0], window.event_id) < (seen.place, seen.event_id):
        window.times, window.event_id = [seen.place], seen.event_id
    window.closes_at = window_store.now + timedelta(seconds=option.period_seconds)
    latest = ""
    if option.max_wait_seconds:
        last = window.opened_at + timedelta(seconds=option.max_wait_seconds)
        window.closes_at = min(window.closes_at, last)
        latest = f", at {clock(last)} at the latest"
    reason = f"Debounced: one run begins for all matches{of_key(place.key.shown)} after {option.period_seconds} s without a match{latest}."
    return WindowDecision("matched", reason, window)


def throttle(
    window_store: WindowStore,
    place: WindowSlot,
    option: Throttle,
    settings: Mapping[str, JsonValue],
    seen: MatchedEvent,
    *,
    held: bool = False,
) -> WindowDecision:
    """Decide, with the algorithm GCRA, whether a run starts now or waits in the queue."""
    window = window_store.get(place) or window_store.begin(place, settings, window_store.now, window_store.now)
    window.settings = settings
    if not held and not window.waiting and free_at(window, option) <= window_store.now:
        _pay(window, option, window_store.now)
        return WindowDecision("matched", "", window, starts=True)
    if window.waiting >= LIMITS.throttled_runs:
        return WindowDecision(
            "suppressed",
            limit_reached(f"{LIMITS.throttled_runs:,} runs{of_key(place.key.shown)} wait for this throttle"),
            window,
        )
    window.waiting += 1
    window.matches += 1
    turn = turn_at(window.closes_at, option, window.waiting)
    reason = f"Queued by throttle{of_key(place.key.shown)}: {runs_in_words(option.limit)} in {option.period_seconds} s; the run begins at {clock(turn)}."
    return WindowDecision("matched", reason, window, queued=seen.place)


def count(
    window_store: WindowStore, place: WindowSlot, option: Count, settings: Mapping[str, JsonValue], seen: MatchedEvent
) -> WindowDecision:
    within = timedelta(seconds=option.within_seconds)
    window = window_store.get(place)
    if window is not None and window.since is not None and seen.received_at < window.since:
        return WindowDecision(
            "suppressed",
            f"The event is too late to count: later matches{of_key(place.key.shown)} were already counted.",
        )
    before: datetime | None = None
    if window is not None and window.run_id is not None:
        if seen.received_at < window.closes_at:
            window.matches += 1
            reason = f"Collapsed: {option.at_least} matches came within {option.within_seconds} s, and their run covers all matches{of_key(place.key.shown)} until {clock(window.closes_at)}."
            return WindowDecision("suppressed", reason, window)
        window_store.close(window, FIRED)
        before = window.closes_at
        window = None
    if window is None:
        window = window_store.begin(place, settings, seen.received_at, seen.received_at)
        window.since = before
    at = micros(seen.received_at)
    insort(window.times, at)
    newest = timestamp(window.times[-1])
    window.times = [one for one in window.times if one > micros(newest - within)]
    window.closes_at = newest + within
    if at <= micros(newest - within):
        return WindowDecision(
            "suppressed",
            f"The event is too late to count: later matches{of_key(place.key.shown)} were already counted.",
        )
    window.matches = len(window.times)
    if len(window.times) < option.at_least:
        reason = f"{len(window.times)} of {option.at_least}{of_key(place.key.shown)} within {option.within_seconds} s."
        return WindowDecision("suppressed", reason, window)
    window.since, window.outcome = timestamp(window.times[0]), FIRED
    window.event_id, window.run_id, window.times = seen.event_id, seen.run_id, []
    reason = f"{option.at_least} of {option.at_least}{of_key(place.key.shown)} within {option.within_seconds} s."
    return WindowDecision("matched", reason, window, starts=True)


@dataclass(frozen=True)
class TimerDecision:
    """The decision about an open window: how many runs its timer starts, and when the timer is due again."""

    fires: bool = False
    """Start the window's run."""
    released: int = 0
    """The number of queued runs to start."""
    again: datetime | None = None
    """The time at which the timer is due again."""


def due(window: Window, now: datetime) -> TimerDecision:
    """Decide how many runs the timer of an open window starts now, and when the timer is due again."""
    if window.waiting:
        return _release(window, Throttle(**window.settings), now)
    if window.closes_at > now:
        return TimerDecision(again=window.closes_at)
    return TimerDecision(fires=True)


def _release(window: Window, option: Throttle, now: datetime) -> TimerDecision:
    released = 0
    while released < window.waiting and free_at(window, option) <= now:
        _pay(window, option, now - CATCH_UP)
        released += 1
    return TimerDecision(released=released, again=free_at(window, option))


def timer_at(window: Window) -> datetime | None:
    option = window.place.option
    if option == THROTTLE:
        return free_at(window, Throttle(**window.settings)) if window.waiting else None
    if option == DEBOUNCE or (option == ABSENCE and window.event_id is not None):
        return window.closes_at
    return None


def free_at(window: Window, option: Throttle) -> datetime:
    return turn_at(window.closes_at, option, 1)


def turn_at(paid_until: datetime, option: Throttle, place: int) -> datetime:
    """Return the time at which a queued run is allowed to start."""
    return paid_until + _interval(option) * (place - option.burst)


def _pay(window: Window, option: Throttle, since: datetime) -> None:
    window.closes_at = max(window.closes_at, since) + _interval(option)
    window.changed = True


def _interval(option: Throttle) -> timedelta:
    return timedelta(seconds=option.period_seconds) / option.limit


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def timestamp(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def full() -> WindowDecision:
    return WindowDecision(
        "suppressed", limit_reached(f"{LIMITS.open_windows:,} windows of this tenant's rules are open")
    )
