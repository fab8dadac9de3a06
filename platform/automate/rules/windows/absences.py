"""Implements the rule option ``absence``. The option starts a run if an expected event does not arrive in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.rules.windows.deciding import (
    REMEMBERED_SECONDS,
    MatchedEvent,
    WindowDecision,
    WindowSlot,
    WindowStore,
    micros,
    timestamp,
)
from automate.rules.windows.options import Absence
from automate.rules.windows.words import ENDED, clock, of_key


def absence(
    window_store: WindowStore, place: WindowSlot, option: Absence, settings: Mapping[str, JsonValue], seen: MatchedEvent
) -> WindowDecision:
    """Let a match wait. A run starts at the end of the waiting time, unless an event prevents the run.

    If an earlier match with the same key already waits, one run covers the two matches.
    """
    at, within = seen.received_at, timedelta(seconds=option.within_seconds)
    standing = window_store.standing(place)
    waiting = [one for one in standing if one.event_id is not None]
    taker = next((one for one in waiting if one.opened_at <= at < one.closes_at), None)
    if taker is None:
        event_times = sorted(time for one in standing for time in one.times)
        if (came := next((time for time in event_times if micros(at) <= time < micros(at + within)), None)) is not None:
            return WindowDecision(
                "suppressed",
                f"The event that ends the wait{of_key(place.key.shown)} arrived earlier, at {clock(timestamp(came))}.",
            )
        taker = next((one for one in waiting if at < one.opened_at < at + within), None)
    if taker is not None:
        taker.matches += 1
        taker.changed = True
        reason = f"Collapsed: another match{of_key(place.key.shown)} waits until {clock(taker.closes_at)}, and its run covers this match."
        return WindowDecision("suppressed", reason, taker)
    window = next((one for one in standing if one.event_id is None and max(one.times, default=0) < micros(at)), None)
    window = window or window_store.begin(place, settings, at, at)
    window.opened_at, window.closes_at, window.changed = at, at + within, True
    window.event_id, window.run_id, window.matches = seen.event_id, seen.run_id, 1
    reason = f"Waiting{of_key(place.key.shown, 'for')}: the run begins at {clock(window.closes_at)} unless an event ends the wait earlier."
    return WindowDecision("matched", reason, window)


def end_absence(
    window_store: WindowStore, place: WindowSlot, option: Absence, settings: Mapping[str, JsonValue], at: datetime
) -> WindowDecision:
    # `at` is the event's time of receipt: an earlier match may be processed later. Raises TooManyWindowsError.
    within = timedelta(seconds=option.within_seconds)
    standing = window_store.standing(place)
    ended = next((one for one in standing if one.event_id is not None and one.opened_at <= at < one.closes_at), None)
    event_times = {micros(at), *(ended.times if ended is not None else ())}
    if ended is not None:
        window_store.close(ended, ENDED)
    lapses = at + min(timedelta(seconds=REMEMBERED_SECONDS), within)
    remembering = next((one for one in standing if one.event_id is None), None)
    # A later waiting window can remember the time as well: after it fires, no earlier event is left to be matched.
    keeper = remembering or next((one for one in standing if one.open and one.opened_at > at), None)
    keeper = keeper or window_store.begin(place, settings, at, lapses)
    keeper.times, keeper.changed = _thinned(event_times.union(keeper.times), within), True
    if keeper.event_id is None:
        keeper.opened_at, keeper.closes_at = timestamp(keeper.times[0]), max(keeper.closes_at, lapses)
    if ended is not None:
        return WindowDecision(
            "unmatched",
            f"The event ended an earlier match's wait{of_key(place.key.shown)}, which starts no run.",
            ended,
        )
    if any(one.event_id is not None for one in standing):
        return WindowDecision(
            "unmatched", f"The event came too early or too late to end a wait{of_key(place.key.shown)}."
        )
    return WindowDecision("unmatched", f"The event would end a wait{of_key(place.key.shown)}, but no match waits.")


def _thinned(times: Iterable[int], within: timedelta) -> list[int]:
    # The remaining times still show whether an event followed within the period `within`.
    width = within // timedelta(microseconds=1)
    kept: list[int] = []
    for at in sorted(times):
        if len(kept) > 1 and at - kept[-2] <= width:
            kept.pop()
        kept.append(at)
    oldest = kept[-1] - max(width, int(REMEMBERED_SECONDS * 1_000_000))
    return [at for at in kept if at >= oldest][-LIMITS.window_matches :]
