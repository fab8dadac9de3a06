"""Windows against models that remember every event and know nothing of windows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from automate.kernel.ids import new_id
from automate.rules.windows import absences, deciding
from automate.rules.windows.deciding import (
    EPOCH,
    MatchedEvent,
    Window,
    WindowDecision,
    WindowSlot,
    WindowStore,
    timer_at,
)
from automate.rules.windows.keys import WindowKey
from automate.rules.windows.options import Absence, Count, Debounce, RateLimit, Throttle
from automate.rules.windows.words import FOLLOWED
from tests.support.examples import examples

RULE = uuid.UUID(int=1)
START = EPOCH + timedelta(days=20_000)
TIMESTAMPS = st.lists(st.integers(0, 60), min_size=1, max_size=40)
LATE = st.lists(st.booleans(), min_size=40, max_size=40)
"""Whether the timers have not looked yet when an event is matched."""


def place(option: str) -> WindowSlot:
    return WindowSlot.of(RULE, 1, option, WindowKey("0"))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass
class Store:
    """The rows between transactions: windows that are open."""

    open: list[Window] = field(default_factory=list)

    def window_store(self, now: float) -> WindowStore:
        return WindowStore(at(now), self.open, lambda: 1_000)

    def keep(self, window_store: WindowStore) -> None:
        for window in window_store.changed():
            window.changed = False
            self.open = [one for one in self.open if one is not window]
            if window.open:
                self.open.append(window)
        assert len({one.opened_at for one in self.open}) == len(self.open), "as the unique key has it"
        assert len(self.open) <= 1 or self.open[0].place.option in FOLLOWED

    def sweep(self, oldest: float) -> None:
        """As ``SWEEP`` does, where this is the oldest event that is still to be matched."""
        self.open = [one for one in self.open if one.closes_at >= at(oldest) or timer_at(one) is not None]

    def ring(self, now: float) -> list[Window]:
        """What timers start that look at a time. The windows are gone."""
        fired = [one for one in self.open if timer_at(one) is not None and deciding.due(one, at(now)).fires]
        self.open = [one for one in self.open if one not in fired]
        return sorted(fired, key=lambda one: one.closes_at)


def seen(received: float) -> MatchedEvent:
    return MatchedEvent(uuid.uuid4(), at(received), uuid.uuid4())


@given(TIMESTAMPS, st.integers(1, 4), st.integers(1, 20), st.integers(1, 5))
def test_rate_limit_lets_at_most_so_many_begin_within_any_period(
    timestamps: list[int], limit: int, period: int, together: int
) -> None:
    store, began = Store(), list[int]()
    timestamps.sort()
    for start in range(0, len(timestamps), together):
        part = timestamps[start : start + together]
        window_store = store.window_store(part[-1])
        for _ in part:
            now = part[-1]
            expected = sum(1 for one in began if one > now - period) < limit
            window_decision = deciding.rate_limit(window_store, place("rate_limit"), RateLimit(limit, period), {})
            assert window_decision.starts == expected
            if window_decision.starts:
                began.append(now)
        store.keep(window_store)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30, unique=True), st.integers(2, 4), st.integers(1, 20))
def test_count_is_reached_where_so_many_were_received_within_the_time(
    timestamps: list[int], least: int, within: int
) -> None:
    """In order: the model starts a run, and is quiet for as long after it."""
    store = Store()
    pending: list[int] = []
    quiet_until = -1
    for now in sorted(timestamps):
        window_store = store.window_store(now)
        window_decision = deciding.count(window_store, place("count"), Count(least, within), {}, seen(now))
        store.keep(window_store)
        if now < quiet_until:
            assert (window_decision.starts, window_decision.verdict) == (False, "suppressed")
            continue
        pending = [one for one in [*pending, now] if one > now - within]
        assert window_decision.starts == (len(pending) >= least)
        if window_decision.starts:
            pending, quiet_until = [], now + within


@given(st.permutations(list(range(0, 40, 5))), st.integers(2, 5), st.integers(1, 40))
def test_count_is_reached_by_as_few_as_in_order_whatever_the_order(order: list[int], least: int, within: int) -> None:
    """Whether so many ever stood within the time does not depend on who matched them when, unless some came too late."""
    store, starts, late = Store(), 0, False
    for received in order:
        window_store = store.window_store(100)
        window_decision = deciding.count(window_store, place("count"), Count(least, within), {}, seen(received))
        store.keep(window_store)
        starts += window_decision.starts
        late = late or "too late" in window_decision.reason
    possible = any(sum(1 for other in order if one - within < other <= one) >= least for one in order)
    assert starts == 0 or possible
    assert late or (starts > 0) == possible


@given(TIMESTAMPS, st.integers(2, 4), st.integers(1, 20), st.integers(2, 40))
def test_what_count_decides_does_not_depend_on_how_late_matching_comes(
    timestamps: list[int], least: int, within: int, together: int
) -> None:
    def decided(together: int) -> list[WindowDecision]:
        """In sets of so many, each when all of it is there."""
        store, fates = Store(), list[WindowDecision]()
        for start in range(0, len(timestamps), together):
            part = timestamps[start : start + together]
            store.sweep(part[0])
            window_store = store.window_store(part[-1])
            fates += [deciding.count(window_store, place("count"), Count(least, within), {}, seen(one)) for one in part]
            store.keep(window_store)
        return fates

    def shown(fates: list[WindowDecision]) -> list[tuple[str, str, bool]]:
        return [(window_decision.verdict, window_decision.reason, window_decision.starts) for window_decision in fates]

    timestamps.sort()
    assert shown(decided(together)) == shown(decided(1))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=20), st.integers(0, 60), st.integers(2, 3), st.integers(1, 20))
def test_match_of_a_time_that_was_counted_starts_nothing_more(
    timestamps: list[int], late: int, least: int, within: int
) -> None:
    """One that comes after all others, within what a run stands for."""
    store, covered = Store(), False
    for received in sorted(timestamps):
        window_store = store.window_store(100)
        window_decision = deciding.count(window_store, place("count"), Count(least, within), {}, seen(received))
        store.keep(window_store)
        if window_decision.starts and window_decision.window is not None and window_decision.window.since is not None:
            covered = covered or window_decision.window.since <= at(late) < window_decision.window.closes_at
    last = deciding.count(store.window_store(100), place("count"), Count(least, within), {}, seen(late))
    assert not (covered and last.starts)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=40),
    st.integers(1, 10),
    st.integers(0, 30),
    LATE,
)
def test_debounce_starts_the_last_event_of_each_flurry(
    acts: list[tuple[int, int]], period: int, wait: int, late: list[bool]
) -> None:
    """Each is matched at a time, so long after it was received: a flurry is of matches, and its last event is the one that was
    received last. However late its timer is, where matching is not.
    """
    acts.sort()
    wait = wait if wait >= period else 0
    option = Debounce(period, wait)
    store, fired = Store(), list[tuple[float, int]]()
    events = [MatchedEvent(new_id(), at(now - ago), uuid.uuid4()) for now, ago in acts]
    taken = {one.event_id: number for number, one in enumerate(events)}

    def pass_until(now: float) -> None:
        for window in store.ring(now):
            assert window.event_id is not None
            fired.append(((window.closes_at - START).total_seconds(), taken[window.event_id]))

    for number, ((now, ago), one) in enumerate(zip(acts, events, strict=True)):
        if ago or not late[number]:
            pass_until(now)
        window_store = store.window_store(now)
        deciding.debounce(window_store, place("debounce"), option, {}, one)
        store.keep(window_store)
    pass_until(10_000)
    assert fired == _flurries([now for now, _ in acts], events, period, wait)


def _flurries(timestamps: list[int], events: list[MatchedEvent], period: int, wait: int) -> list[tuple[float, int]]:
    """When each ends, and the place of the event of it that was received last."""
    flurries: list[tuple[float, list[int]]] = []
    first = 0
    for number, now in enumerate(timestamps):
        if not flurries or now >= flurries[-1][0]:
            first = now
            flurries.append((now, []))
        _, members = flurries[-1]
        flurries[-1] = (min(now + period, first + wait) if wait else now + period, [*members, number])
    return [(end, max(of, key=lambda one: (events[one].received_at, events[one].event_id))) for end, of in flurries]


@settings(max_examples=examples(200))
@given(TIMESTAMPS, st.integers(1, 5), st.integers(5, 20), st.integers(1, 3))
def test_throttle_begins_all_in_order_and_never_faster_than_its_pace(
    timestamps: list[int], limit: int, period: int, burst: int
) -> None:
    option = Throttle(limit, period, burst)
    interval = period / limit
    settings_json: Any = {"limit": limit, "period_seconds": period, "burst": burst, "key": ""}
    store, queue, begun = Store(), list[int](), list[tuple[float, int]]()

    def pass_until(now: float) -> None:
        while store.open and store.open[0].waiting:
            window = store.open[0]
            free = deciding.free_at(window, option)
            if free > at(now):
                return
            due = deciding.due(window, free)
            assert due.released == 1
            window.waiting -= 1
            begun.append(((free - START).total_seconds(), queue.pop(0)))

    for number, now in enumerate(sorted(timestamps)):
        pass_until(now)
        window_store = store.window_store(now)
        window_decision: WindowDecision = deciding.throttle(
            window_store, place("throttle"), option, settings_json, seen(now)
        )
        store.keep(window_store)
        if window_decision.starts:
            assert not queue
            begun.append((now, number))
        else:
            assert window_decision.queued is not None
            queue.append(number)
    pass_until(10_000)
    assert [number for _, number in begun] == list(range(len(timestamps))), "each begins, in order"
    for first in range(len(begun) - burst):
        assert begun[first + burst][0] - begun[first][0] >= interval - 1e-5, "a burst, and then at its pace"


@given(
    st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=30, unique_by=lambda one: one[0]),
    st.integers(1, 20),
    st.data(),
)
def test_absence_starts_what_nothing_followed(acts: list[tuple[int, bool]], within: int, data: Any) -> None:
    """In order. True: what ends it. The model looks ahead, as a window cannot. However late matching comes, and timers look."""
    store, fired = Store(), list[float]()
    option = Absence(unless=True, within_seconds=within)
    acts.sort()
    together = data.draw(st.integers(1, 30), "together")
    late = data.draw(LATE, "late")

    def pass_until(now: float) -> None:
        fired.extend((window.opened_at - START).total_seconds() for window in store.ring(now))

    for start in range(0, len(acts), together):
        part = acts[start : start + together]
        store.sweep(part[0][0])
        if not late[start]:
            pass_until(part[0][0] - 1)  # what may be stated while these are to be matched
        window_store = store.window_store(part[-1][0])
        for now, ends in part:
            if ends:
                absences.end_absence(window_store, place("absence"), option, {}, at(now))
            else:
                absences.absence(window_store, place("absence"), option, {}, seen(now))
        store.keep(window_store)
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


@given(
    st.lists(st.integers(0, 60), max_size=20, unique=True),
    st.integers(0, 60),
    st.integers(1, 20),
    st.integers(0, 20),
)
def test_absence_hears_what_was_received_in_its_time_whenever_that_is_matched(
    heard: list[int], match: int, within: int, after: int
) -> None:
    """In any order, before the match and after it."""
    store, option = Store(), Absence(unless=True, within_seconds=within)
    acts = [(now, True) for now in heard]
    acts.insert(min(after, len(heard)), (match, False))
    for now, ends in acts:
        window_store = store.window_store(100)
        if ends:
            absences.end_absence(window_store, place("absence"), option, {}, at(now))
        else:
            absences.absence(window_store, place("absence"), option, {}, seen(now))
        store.keep(window_store)
    assert bool(store.ring(10_000)) == (not any(match <= now < match + within for now in heard))
