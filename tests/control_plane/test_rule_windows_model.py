"""Windows against models that remember every event and know nothing of windows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from automate.kernel.ids import new_id
from automate.rules.windows import deciding
from automate.rules.windows.deciding import EPOCH, Book, Fate, Place, Seen, Window
from automate.rules.windows.keys import Key
from automate.rules.windows.options import Absence, Count, Debounce, RateLimit, Throttle

RULE = uuid.UUID(int=1)
START = EPOCH + timedelta(days=20_000)
MOMENTS = st.lists(st.integers(0, 60), min_size=1, max_size=40)


def place(option: str) -> Place:
    return Place.of(RULE, 1, option, Key("0"))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass
class Store:
    """The rows between transactions: windows that are open."""

    open: dict[Place, Window] = field(default_factory=dict)

    def book(self, now: float) -> Book:
        return Book(at(now), self.open, 10)

    def keep(self, book: Book) -> None:
        for window in book.changed():
            window.changed = False
            if window.open:
                self.open[window.place] = window
            elif self.open.get(window.place) is window:
                del self.open[window.place]


def seen(received: float) -> Seen:
    return Seen(uuid.uuid4(), at(received), uuid.uuid4())


@given(MOMENTS, st.integers(1, 4), st.integers(1, 20), st.integers(1, 5))
def test_rate_limit_lets_at_most_so_many_begin_within_any_period(
    moments: list[int], limit: int, period: int, together: int
) -> None:
    store, began = Store(), list[int]()
    moments.sort()
    for start in range(0, len(moments), together):
        part = moments[start : start + together]
        book = store.book(part[-1])
        for _ in part:
            now = part[-1]
            expected = sum(1 for one in began if one > now - period) < limit
            fate = deciding.rate_limit(book, place("rate_limit"), RateLimit(limit, period), {})
            assert fate.starts == expected
            if fate.starts:
                began.append(now)
        store.keep(book)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30, unique=True), st.integers(2, 4), st.integers(1, 20))
def test_count_is_reached_where_so_many_were_received_within_the_time(
    moments: list[int], least: int, within: int
) -> None:
    """In order: the model starts a run, and is quiet for as long after it."""
    store = Store()
    pending: list[int] = []
    quiet_until = -1
    for now in sorted(moments):
        book = store.book(now)
        fate = deciding.count(book, place("count"), Count(least, within), {}, seen(now))
        store.keep(book)
        if now < quiet_until:
            assert (fate.starts, fate.verdict) == (False, "suppressed")
            continue
        pending = [one for one in [*pending, now] if one > now - within]
        assert fate.starts == (len(pending) >= least)
        if fate.starts:
            pending, quiet_until = [], now + within


@given(st.permutations(list(range(0, 40, 5))), st.integers(2, 5), st.integers(1, 40))
def test_count_is_reached_by_as_few_as_in_order_whatever_the_order(order: list[int], least: int, within: int) -> None:
    """Whether so many ever stood within the time does not depend on who matched them when, unless some came too late."""
    store, starts, late = Store(), 0, False
    for received in order:
        book = store.book(100)
        fate = deciding.count(book, place("count"), Count(least, within), {}, seen(received))
        store.keep(book)
        starts += fate.starts
        late = late or "too late" in fate.reason
    possible = any(sum(1 for other in order if one - within < other <= one) >= least for one in order)
    assert starts == 0 or possible
    assert late or (starts > 0) == possible


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=40),
    st.integers(1, 10),
    st.integers(0, 30),
)
def test_debounce_starts_the_last_event_of_each_flurry(acts: list[tuple[int, int]], period: int, wait: int) -> None:
    """Each is matched at a moment, so long after it was received: a flurry is of matches, and its last event is the one that was
    received last.
    """
    acts.sort()
    wait = wait if wait >= period else 0
    option = Debounce(period, wait)
    store, fired = Store(), list[tuple[float, int]]()
    events = [Seen(new_id(), at(now - ago), uuid.uuid4()) for now, ago in acts]
    taken = {one.event_id: number for number, one in enumerate(events)}

    def pass_until(now: float) -> None:
        window = store.open.get(place("debounce"))
        if window is not None and window.closes_at <= at(now):
            assert deciding.due(window, window.closes_at).fires
            assert window.event_id is not None
            fired.append(((window.closes_at - START).total_seconds(), taken[window.event_id]))
            del store.open[place("debounce")]

    for (now, _), one in zip(acts, events, strict=True):
        pass_until(now)
        book = store.book(now)
        deciding.debounce(book, place("debounce"), option, {}, one)
        store.keep(book)
    pass_until(10_000)
    assert fired == _flurries([now for now, _ in acts], events, period, wait)


def _flurries(moments: list[int], events: list[Seen], period: int, wait: int) -> list[tuple[float, int]]:
    """When each ends, and the place of the event of it that was received last."""
    flurries: list[tuple[float, list[int]]] = []
    first = 0
    for number, now in enumerate(moments):
        if not flurries or now >= flurries[-1][0]:
            first = now
            flurries.append((now, []))
        _, members = flurries[-1]
        flurries[-1] = (min(now + period, first + wait) if wait else now + period, [*members, number])
    return [(end, max(of, key=lambda one: (events[one].received_at, events[one].event_id))) for end, of in flurries]


@settings(max_examples=200)
@given(MOMENTS, st.integers(1, 5), st.integers(5, 20), st.integers(1, 3))
def test_throttle_begins_all_in_order_and_never_faster_than_its_pace(
    moments: list[int], limit: int, period: int, burst: int
) -> None:
    option = Throttle(limit, period, burst)
    interval = period / limit
    settings_json = {"limit": limit, "period_seconds": period, "burst": burst, "key": ""}
    store, queue, begun = Store(), list[int](), list[tuple[float, int]]()

    def pass_until(now: float) -> None:
        while (window := store.open.get(place("throttle"))) is not None and window.waiting:
            free = deciding.free_at(window, option)
            if free > at(now):
                return
            due = deciding.due(window, free)
            assert due.released == 1
            window.waiting -= 1
            begun.append(((free - START).total_seconds(), queue.pop(0)))

    for number, now in enumerate(sorted(moments)):
        pass_until(now)
        book = store.book(now)
        fate: Fate = deciding.throttle(book, place("throttle"), option, settings_json, seen(now))
        store.keep(book)
        if fate.starts:
            assert not queue
            begun.append((now, number))
        else:
            assert fate.queued is not None
            queue.append(number)
    pass_until(10_000)
    assert [number for _, number in begun] == list(range(len(moments))), "each begins, in order"
    for first in range(len(begun) - burst):
        assert begun[first + burst][0] - begun[first][0] >= interval - 1e-5, "a burst, and then at its pace"


@given(
    st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=30, unique_by=lambda one: one[0]),
    st.integers(1, 20),
    st.data(),
)
def test_absence_starts_what_nothing_followed(acts: list[tuple[int, bool]], within: int, data: Any) -> None:
    """In order. True: what ends it. The model looks ahead, as a window cannot."""
    store, fired = Store(), list[float]()
    option = Absence(unless=True, within_seconds=within)
    acts.sort()

    def pass_until(now: float) -> None:
        window = store.open.get(place("absence"))
        if window is not None and window.event_id is not None and window.closes_at <= at(now):
            fired.append((window.opened_at - START).total_seconds())
            del store.open[place("absence")]

    for now, ends in acts:
        pass_until(now)
        book = store.book(now)
        if ends:
            deciding.end_absence(book, place("absence"), option, {}, at(now))
        else:
            deciding.absence(book, place("absence"), option, {}, seen(now))
        store.keep(book)
    pass_until(10_000)
    expected, free = [], -1
    for now, ends in acts:
        if ends or now < free:
            continue
        ended = next((other for other, that in acts if that and now < other < now + within), None)
        free = now + within if ended is None else ended
        if ended is None:
            expected.append(float(now))
    assert fired == expected
