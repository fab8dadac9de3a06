"""A year of schedules in three zones whose clocks are moved: every tick goes through queue, claim and transaction of its own,
and so that a year does not take an hour the schedulers look once a day."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.plane import Plane
from tests.support.schedules import BERLIN, LORD_HOWE, NEW_YORK, clock, cron, every, planned, save, tick, timestamp

START, END = timestamp("2027-01-01T00:00"), timestamp("2028-01-01T00:00")
ZONES = {"berlin": BERLIN, "york": NEW_YORK, "howe": LORD_HOWE}
# The local times of the ticks of a day, where they are not those that were asked for.
CHANGED = {
    ("berlin", "15 2 * * *", "2027-03-28"): ["03:00+02:00"],
    ("berlin", "15 2 * * *", "2027-10-31"): ["02:15+02:00"],
    ("york", "15 2 * * *", "2027-03-14"): ["03:00-04:00"],
    ("york", "45 1 * * *", "2027-11-07"): ["01:45-04:00"],
    ("york", "*/30 1 * * *", "2027-11-07"): ["01:00-04:00", "01:30-04:00", "01:00-05:00", "01:30-05:00"],
    ("howe", "15 2 * * *", "2027-10-03"): ["02:30+11:00"],
    ("howe", "45 1 * * *", "2027-04-04"): ["01:45+11:00"],
    ("howe", "*/30 1 * * *", "2027-04-04"): ["01:00+11:00", "01:30+11:00", "01:30+10:30"],
}
ASKED = {"15 2 * * *": ["02:15"], "45 1 * * *": ["01:45"], "*/30 1 * * *": ["01:00", "01:30"]}


@pytest.mark.slow
@pytest.mark.long
def test_year_in_three_zones_has_each_tick_once(plane: Plane) -> None:
    with clock(START - timedelta(days=1)):
        for name, zone in ZONES.items():
            for number, expression in enumerate(ASKED):
                save(plane, f"{name}-{number}", cron(expression, zone), catch_up="each")
        save(plane, "weekly", every(7 * 86_400, starts_at=START + timedelta(hours=1)))
    for number in range(367):
        tick(plane, START + timedelta(days=number))
        plane.root.execute("DELETE FROM public.outbox_job WHERE topic = 'event.match' OR NOT open")
    for name, zone in ZONES.items():
        for number, expression in enumerate(ASKED):
            ticks = [at.astimezone(ZoneInfo(zone)) for at in planned(plane, f"{name}-{number}")]
            of_year = [at for at in ticks if at.year == START.year]
            by_day: dict[str, list[str]] = {}
            for at in of_year:
                by_day.setdefault(at.date().isoformat(), []).append(at.isoformat(timespec="minutes").partition("T")[2])
            assert len(by_day) == 365
            for day, times in by_day.items():
                changed = CHANGED.get((name, expression, day))
                if changed is not None:
                    assert times == changed, (name, expression, day)
                else:
                    assert [time[:5] for time in times] == ASKED[expression], (name, expression, day)
    weekly = [at for at in planned(plane, "weekly") if at < END]
    assert weekly == [START + timedelta(hours=1) + number * timedelta(days=7) for number in range(53)]
    assert Counter(plane.rows("SELECT outcome, missed FROM schedule_tick")).keys() == {("made", 0)}
