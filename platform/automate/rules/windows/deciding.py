"""What becomes of matches over time, and of windows that are due: pure, so that each case can be asked.

Two clocks. What paces runs, rate limit, debounce and throttle, counts from ``now``, the moment of matching. What says
something of events, count and absence, counts from the moments at which they were received, in whatever order they come.
"""

from __future__ import annotations

import uuid
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from automate.kernel.errors import Json
from automate.kernel.ids import new_id
from automate.kernel.limits import LIMITS
from automate.rules.predicate.verdict import VerdictName
from automate.rules.windows.keys import Key
from automate.rules.windows.options import Absence, Count, Debounce, RateLimit, Throttle
from automate.rules.windows.words import ABSENCE, DEBOUNCE, ENDED, FIRED, THROTTLE

HEARD_SECONDS = 600.0
"""It is remembered when what ends an absence came, for matches that were received before it and are decided after it: of a key of
which more comes, at least for so long; else until all are matched that were received in the time after it, of so long at most."""
CATCH_UP = timedelta(seconds=1)
"""How far a throttle makes up for a timer that was late; by more would be a stampede after an outage."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Place:
    """Which window: one of them takes in what comes. Of a debounce or an absence, earlier ones may be open that are still to fire."""

    rule_id: uuid.UUID
    generation: int
    option: str
    key: Key = field(compare=False)
    digest: str

    @classmethod
    def of(cls, rule_id: uuid.UUID, generation: int, option: str, key: Key) -> Place:
        return cls(rule_id, generation, option, key, key.digest)


@dataclass(frozen=True)
class Seen:
    """An event of a match, and the run that it would start."""

    event_id: uuid.UUID
    received_at: datetime
    run_id: uuid.UUID

    @property
    def place(self) -> int:
        """Among other events, in whatever order workers match them; those of one commit share it, and go by their ids."""
        return micros(self.received_at)


@dataclass
class Window:
    """A row of ``rule_window``; see there. changed: it differs from its row."""

    id: uuid.UUID
    place: Place
    settings: Mapping[str, Json]
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

    def close(self, outcome: str) -> None:
        self.open, self.outcome, self.changed = False, outcome, True


@dataclass(frozen=True)
class Fate:
    """verdict, reason: of the decision. starts: whether the run begins now. window: what took the match in. queued: the run
    is made, and waits for its turn: the place of its event in the window's queue.
    """

    verdict: VerdictName
    reason: str
    window: Window | None = None
    starts: bool = False
    queued: int | None = None


class FullError(Exception):
    """As many windows are open as a tenant may have."""


class Book:
    """The windows of a set of matches. now: Postgres's. room: how many more the tenant may open; asked once, where one is to be."""

    def __init__(self, now: datetime, found: Iterable[Window], room: Callable[[], int]) -> None:
        self.now = now
        self._all = sorted(found, key=lambda one: one.opened_at)
        self._at: dict[Place, list[Window]] = {}
        for window in self._all:
            self._at.setdefault(window.place, []).append(window)
        self._ask_room = room
        self._room: int | None = None
        self._more = 0

    def standing(self, place: Place) -> list[Window]:
        """Those of a place that are open, the earliest first."""
        return sorted((one for one in self._at.get(place, ()) if one.open), key=lambda one: one.opened_at)

    def get(self, place: Place) -> Window | None:
        """The last of a place that is open, to be written."""
        standing = self.standing(place)
        if not standing:
            return None
        standing[-1].changed = True
        return standing[-1]

    def begin(self, place: Place, settings: Mapping[str, Json], opened_at: datetime, closes_at: datetime) -> Window:
        """Raises FullError; not where it takes the room of one that has closed."""
        if self._more >= 0:
            if self._room is None:
                self._room = self._ask_room()
            if self._more >= self._room:
                raise FullError
        self._more += 1
        window = Window(new_id(), place, settings, opened_at, closes_at, changed=True)
        self._at.setdefault(place, []).append(window)
        self._all.append(window)
        return window

    def close(self, window: Window, outcome: str) -> None:
        window.close(outcome)
        self._more -= 1

    def changed(self) -> Iterator[Window]:
        """Those that close first, so that their successors find room under the unique key."""
        return iter(sorted((one for one in self._all if one.changed), key=lambda one: (one.open, one.id)))


def rate_limit(book: Book, place: Place, option: RateLimit, settings: Mapping[str, Json]) -> Fate:
    period = timedelta(seconds=option.period_seconds)
    window = book.get(place) or book.begin(place, settings, book.now, book.now)
    window.times = [at for at in window.times if at > micros(book.now - period)]
    window.matches += 1
    if len(window.times) < option.limit:
        window.times.append(micros(book.now))
        window.closes_at = book.now + period
        return Fate("matched", "", window, starts=True)
    free = moment(window.times[-option.limit]) + period
    return Fate(
        "suppressed",
        f"Dropped by rateLimit: {_runs(option.limit)}{_of(place)} began within {option.period_seconds} s; "
        f"the next may after {_clock(free)}.",
        window,
    )


def debounce(book: Book, place: Place, option: Debounce, settings: Mapping[str, Json], seen: Seen) -> Fate:
    window = book.get(place)
    if window is None or seen.received_at >= window.closes_at:  # it has been quiet before, and its timer is late
        window = book.begin(place, settings, book.now, book.now)
        window.run_id = seen.run_id
    window.matches += 1
    if window.event_id is None or not window.times or (window.times[0], window.event_id) < (seen.place, seen.event_id):
        window.times, window.event_id = [seen.place], seen.event_id
    window.closes_at = book.now + timedelta(seconds=option.period_seconds)
    latest = ""
    if option.max_wait_seconds:
        last = window.opened_at + timedelta(seconds=option.max_wait_seconds)
        window.closes_at = min(window.closes_at, last)
        latest = f", at {_clock(last)} at the latest"
    reason = f"Debounced: one run begins for all matches{_of(place)} once none has come for {option.period_seconds} s{latest}."
    return Fate("matched", reason, window)


def throttle(
    book: Book, place: Place, option: Throttle, settings: Mapping[str, Json], seen: Seen, *, held: bool = False
) -> Fate:
    """GCRA: closes_at is the moment at which all that was started has been paid for. held: the rule or its workflow is paused, so
    the run waits in the queue, and begins at its pace once they are resumed. The queue goes by events, not by matches."""
    window = book.get(place) or book.begin(place, settings, book.now, book.now)
    window.settings = settings
    if not held and not window.waiting and free_at(window, option) <= book.now:
        _pay(window, option, book.now)
        return Fate("matched", "", window, starts=True)
    if window.waiting >= LIMITS.throttled_runs:
        return Fate("suppressed", _full(f"{LIMITS.throttled_runs:,} runs{_of(place)} wait for this throttle"), window)
    window.waiting += 1
    window.matches += 1
    turn = turn_at(window.closes_at, option, window.waiting)
    reason = f"Queued by throttle{_of(place)}: {_runs(option.limit)} in {option.period_seconds} s; its turn comes at {_clock(turn)}."
    return Fate("matched", reason, window, queued=seen.place)


def count(book: Book, place: Place, option: Count, settings: Mapping[str, Json], seen: Seen) -> Fate:
    within = timedelta(seconds=option.within_seconds)
    window = book.get(place)
    if window is not None and window.since is not None and seen.received_at < window.since:
        return Fate("suppressed", f"It came too late to count: others{_of(place)} have been counted since.")
    before: datetime | None = None
    if window is not None and window.run_id is not None:
        if seen.received_at < window.closes_at:
            window.matches += 1
            reason = f"Collapsed: {option.at_least} had come within {option.within_seconds} s, and their run stands for what comes{_of(place)} until {_clock(window.closes_at)}."
            return Fate("suppressed", reason, window)
        book.close(window, FIRED)
        before = window.closes_at
        window = None
    if window is None:
        window = book.begin(place, settings, seen.received_at, seen.received_at)
        window.since = before
    at = micros(seen.received_at)
    insort(window.times, at)
    newest = moment(window.times[-1])
    window.times = [one for one in window.times if one > micros(newest - within)]
    window.closes_at = newest + within
    if at <= micros(newest - within):
        return Fate("suppressed", f"It came too late to count: later ones{_of(place)} have been counted since.")
    window.matches = len(window.times)
    if len(window.times) < option.at_least:
        reason = f"{len(window.times)} of {option.at_least}{_of(place)} within {option.within_seconds} s."
        return Fate("suppressed", reason, window)
    window.since, window.outcome = moment(window.times[0]), FIRED
    window.event_id, window.run_id, window.times = seen.event_id, seen.run_id, []
    reason = f"{option.at_least} of {option.at_least}{_of(place)} within {option.within_seconds} s."
    return Fate("matched", reason, window, starts=True)


def absence(book: Book, place: Place, option: Absence, settings: Mapping[str, Json], seen: Seen) -> Fate:
    """Windows of one key that wait follow one another: each stands for what was received before it closes, whenever its timer
    looks."""
    at, within = seen.received_at, timedelta(seconds=option.within_seconds)
    standing = book.standing(place)
    waiting = [one for one in standing if one.event_id is not None]
    taker = next((one for one in waiting if one.opened_at <= at < one.closes_at), None)
    if taker is None:
        heard = sorted(time for one in standing for time in one.times)
        if (came := next((time for time in heard if micros(at) <= time < micros(at + within)), None)) is not None:
            return Fate("suppressed", f"What it would wait for{_of(place)} came after it, at {_clock(moment(came))}.")
        taker = next((one for one in waiting if at < one.opened_at < at + within), None)
    if taker is not None:
        taker.matches += 1
        taker.changed = True
        reason = f"Collapsed: another match{_of(place)} waits until {_clock(taker.closes_at)} for what would end it."
        return Fate("suppressed", reason, taker)
    window = next((one for one in standing if one.event_id is None and max(one.times, default=0) < micros(at)), None)
    window = window or book.begin(place, settings, at, at)
    window.opened_at, window.closes_at, window.changed = at, at + within, True
    window.event_id, window.run_id, window.matches = seen.event_id, seen.run_id, 1
    reason = f"Waiting{_of(place, 'for')}: its run begins at {_clock(window.closes_at)} unless what would end that comes before."
    return Fate("matched", reason, window)


def end_absence(book: Book, place: Place, option: Absence, settings: Mapping[str, Json], at: datetime) -> Fate:
    """An event came that fulfils unless, received at a moment; it is remembered for what is matched later. Raises FullError."""
    within = timedelta(seconds=option.within_seconds)
    standing = book.standing(place)
    ended = next((one for one in standing if one.event_id is not None and one.opened_at <= at < one.closes_at), None)
    heard = {micros(at)}
    if ended is not None:
        heard.update(ended.times)
        book.close(ended, ENDED)
    lapses = at + min(timedelta(seconds=HEARD_SECONDS), within)
    hearing = next((one for one in standing if one.event_id is None), None)
    # What waits and was received later can remember it too: once that fires, nothing is left to be matched that was before.
    keeper = hearing or next((one for one in standing if one.open and one.opened_at > at), None)
    keeper = keeper or book.begin(place, settings, at, lapses)
    keeper.times, keeper.changed = _thinned(heard.union(keeper.times), within), True
    if keeper.event_id is None:
        keeper.opened_at, keeper.closes_at = moment(keeper.times[0]), max(keeper.closes_at, lapses)
    if ended is not None:
        return Fate("unmatched", f"It ended the wait of an earlier match{_of(place)}, which starts nothing.", ended)
    if any(one.event_id is not None for one in standing):
        return Fate("unmatched", f"It came too early or too late{_of(place)} to end what waits.")
    return Fate("unmatched", f"It ends what waits{_of(place)}; nothing does.")


def _thinned(times: Iterable[int], within: timedelta) -> list[int]:
    """In order, without those whose neighbours say as much: whether one came within a time of any moment stays the same."""
    width = within // timedelta(microseconds=1)
    kept: list[int] = []
    for at in sorted(times):
        if len(kept) > 1 and at - kept[-2] <= width:
            kept.pop()
        kept.append(at)
    oldest = kept[-1] - max(width, int(HEARD_SECONDS * 1_000_000))
    return [at for at in kept if at >= oldest][-LIMITS.window_matches :]


@dataclass(frozen=True)
class Due:
    """What a timer does: starts the run of its window, lets so many queued runs go, or looks again at a moment."""

    fires: bool = False
    released: int = 0
    again: datetime | None = None


def due(window: Window, now: datetime) -> Due:
    """What is to be done for an open window now. Changes a throttle's."""
    if window.waiting:
        return _release(window, Throttle(**window.settings), now)
    if window.closes_at > now:
        return Due(again=window.closes_at)
    return Due(fires=True)


def _release(window: Window, option: Throttle, now: datetime) -> Due:
    released = 0
    while released < window.waiting and free_at(window, option) <= now:
        _pay(window, option, now - CATCH_UP)
        released += 1
    return Due(released=released, again=free_at(window, option))


def timer_at(window: Window) -> datetime | None:
    """When something is due of an open window by itself; None where nothing is."""
    option = window.place.option
    if option == THROTTLE:
        return free_at(window, Throttle(**window.settings)) if window.waiting else None
    if option == DEBOUNCE or (option == ABSENCE and window.event_id is not None):
        return window.closes_at
    return None


def free_at(window: Window, option: Throttle) -> datetime:
    """When the next run of a throttle may begin."""
    return turn_at(window.closes_at, option, 1)


def turn_at(paid_until: datetime, option: Throttle, place: int) -> datetime:
    """When the run at a place in the queue may begin, the first being 1. paid_until: its window's closes_at."""
    return paid_until + _interval(option) * (place - option.burst)


def _pay(window: Window, option: Throttle, since: datetime) -> None:
    window.closes_at = max(window.closes_at, since) + _interval(option)
    window.changed = True


def _interval(option: Throttle) -> timedelta:
    return timedelta(seconds=option.period_seconds) / option.limit


def micros(at: datetime) -> int:
    """Since 1970, exactly."""
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def full() -> Fate:
    return Fate("suppressed", _full(f"{LIMITS.open_windows:,} windows of this tenant's rules are open"))


def _full(what: str) -> str:
    return f"LIMIT_EXCEEDED: {what}, which is the limit. The event is kept: replay it, or give the rule a key of fewer values."


def _of(place: Place, word: str = "of") -> str:
    return f" {word} the key {place.key.shown}" if place.key.shown else ""


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
