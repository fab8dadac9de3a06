"""When cron expressions tick: against every minute of the clock, and against cronsim where the clock moves by whole hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from automate.triggers.schedules.crontab import Crontab, problems_of
from tests.support.facts import Naming, naming

UTC = timezone.utc
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
ZONES = [BERLIN, NEW_YORK, LORD_HOWE, "Africa/Cairo", "Antarctica/Troll", "America/Nuuk", "Asia/Kathmandu", "UTC"]
WHOLE_HOURS = [BERLIN, NEW_YORK, "Africa/Cairo", "America/Nuuk", "UTC"]
# Around most of the days on which these clocks are moved, and others.
TIMESTAMPS = st.integers(0, 4 * 366 * 1_440).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CHANGES = [
    datetime(2026, 3, 28, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 22, tzinfo=UTC),
    datetime(2026, 3, 8, 4, tzinfo=UTC),
    datetime(2026, 11, 1, 3, tzinfo=UTC),
    datetime(2026, 4, 4, 13, tzinfo=UTC),
    datetime(2026, 10, 3, 13, tzinfo=UTC),
    datetime(2024, 4, 25, 20, tzinfo=UTC),
    datetime(2024, 3, 30, 23, tzinfo=UTC),
]
AROUND = st.builds(
    lambda at, minutes: at + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-600, 1_500)
)


def numbers(least: int, most: int) -> st.SearchStrategy[str]:
    one = st.integers(least, most).map(str)
    span = st.tuples(st.integers(least, most), st.integers(least, most)).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.builds(lambda of, by: f"{of}/{by}", st.one_of(st.just("*"), span), st.integers(1, 30))
    return st.one_of(one, one, span, step, st.lists(one, min_size=2, max_size=3).map(",".join))


def fields(minute: st.SearchStrategy[str], hour: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    any_day = st.just("*")
    return st.tuples(
        minute,
        hour,
        st.one_of(any_day, any_day, numbers(1, 28), st.sampled_from(["L", "LW", "29", "30"])),
        st.one_of(any_day, any_day, numbers(1, 12)),
        st.one_of(any_day, any_day, numbers(0, 7), st.sampled_from(["MON-FRI", "SUN#2", "5L"])),
    ).map(" ".join)


STAR = st.just("*")
TIMES = fields(numbers(0, 59).filter(lambda f: f[0] != "*"), numbers(0, 23).filter(lambda f: f[0] != "*"))
REPEATS = st.one_of(fields(STAR, numbers(0, 23)), fields(numbers(0, 59), STAR), fields(st.just("*/10"), numbers(0, 23)))


def until(ticks: Iterator[datetime], ends: datetime) -> list[datetime]:
    return list(takewhile(lambda tick: tick < ends, ticks))


def every_minute(since: datetime, count: int) -> Iterator[datetime]:
    begins = since.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return (begins + number * timedelta(minutes=1) for number in range(count))


@settings(deadline=None)
@given(REPEATS, st.sampled_from(ZONES), st.one_of(TIMESTAMPS, AROUND))
@example("45 * * * *", LORD_HOWE, datetime(2026, 4, 4, 13, tzinfo=UTC))
@example("*/20 0 * * *", LORD_HOWE, datetime(2026, 4, 4, 13, tzinfo=UTC))
def test_repeating_expression_ticks_whenever_the_clock_shows_it(expression: str, zone: str, since: datetime) -> None:
    """Against each minute of two days and a half, read on the clock."""
    assume(not problems_of(expression))
    minutes, clock = 3_600, ZoneInfo(zone)
    asked = CronSim(expression, since)
    wanted = [
        at
        for at in every_minute(since, minutes)
        if (local := at.astimezone(clock)).minute in asked.minutes
        and local.hour in asked.hours
        and local.month in asked.months
        and asked.match_day(local.date())
    ]
    ends = since + timedelta(minutes=minutes)
    assert until(Crontab(expression, clock).after(since), ends) == [at for at in wanted if since < at < ends]


@settings(deadline=None)
@given(TIMES, st.sampled_from(ZONES), st.one_of(TIMESTAMPS, AROUND))
def test_time_of_day_comes_once_a_day_and_is_leapt_over_only_to_come_after(
    expression: str, zone: str, since: datetime
) -> None:
    """Against the first minute of each day at which the clock has reached the time."""
    assume(not problems_of(expression))
    clock = ZoneInfo(zone)
    ends = since + timedelta(days=3)
    asked = CronSim(expression, since)
    wanted = set()
    first: date = since.astimezone(clock).date() - timedelta(days=1)
    for number in range(6):
        day = first + timedelta(days=number)
        if day.month in asked.months and asked.match_day(day):
            wanted |= {_first_shown(day, hour, minute, clock) for hour in asked.hours for minute in asked.minutes}
    assert until(Crontab(expression, clock).after(since), ends) == sorted(at for at in wanted if since < at < ends)


def _first_shown(day: date, hour: int, minute: int, clock: ZoneInfo) -> datetime:
    """The first minute at which a clock that is only ever looked at shows this time or a later one of the day."""
    around = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
    wanted, around = around.replace(tzinfo=None), around - timedelta(hours=15)
    low, high = 0, 30 * 60
    # Within the day before and the day after, all times whose clock shows less come before this one, but for those that
    # the clock shows a second time.
    while low < high:
        middle = (low + high) // 2
        shown = (around + timedelta(minutes=middle)).astimezone(clock).replace(tzinfo=None, fold=0)
        low, high = (middle + 1, high) if shown < wanted else (low, middle)
    # Before the clock was set back it may have shown the time already.
    candidates = (around + timedelta(minutes=low - back) for back in range(181))
    return min(at for at in candidates if _shows(at, wanted, clock) or at == around + timedelta(minutes=low))


def _shows(at: datetime, wanted: datetime, clock: ZoneInfo) -> bool:
    return at.astimezone(clock).replace(tzinfo=None, fold=0) == wanted


@settings(deadline=None)
@given(st.one_of(TIMES, REPEATS), st.sampled_from(WHOLE_HOURS), st.one_of(TIMESTAMPS, AROUND))
def test_cronsim_says_the_same_where_clocks_move_by_whole_hours(expression: str, zone: str, since: datetime) -> None:
    assume(not problems_of(expression))
    ends = since + timedelta(days=3)
    theirs = until((tick.astimezone(UTC) for tick in CronSim(expression, since.astimezone(ZoneInfo(zone)))), ends)
    # It may give one time twice, and one that has passed when it is asked within an hour that comes twice.
    assert until(Crontab(expression, ZoneInfo(zone)).after(since), ends) == sorted(
        {tick for tick in theirs if tick > since}
    )


@given(st.one_of(TIMES, REPEATS), st.sampled_from(ZONES), TIMESTAMPS, st.integers(1, 5))
@settings(deadline=None, max_examples=50)
def test_ticks_are_the_same_from_wherever_they_are_asked(
    expression: str, zone: str, since: datetime, place: int
) -> None:
    """What a tick plans from its own time is what was seen from afar."""
    assume(not problems_of(expression))
    clock = ZoneInfo(zone)
    ahead = list(islice(Crontab(expression, clock).after(since), place + 3))
    assume(len(ahead) == place + 3)
    assert ahead == sorted(set(ahead))
    assert list(islice(Crontab(expression, clock).after(ahead[place - 1]), 3)) == ahead[place:]


@given(st.text(alphabet="0123456789*/-,#LWMONSU ", max_size=40))
def test_no_text_is_more_than_refused(text: str) -> None:
    if not problems_of(text):
        crontab = Crontab(text, ZoneInfo(LORD_HOWE))
        assert crontab.sentence
        next(crontab.after(datetime(2026, 1, 1, tzinfo=UTC)), None)


@pytest.mark.parametrize(
    ("expression", "zone", "since", "wanted"),
    [
        # The clock leaps from 02:00 to 03:00 on 28 March 2027, and shows 02:00 to 03:00 twice on 31 October.
        ("30 2 * * *", BERLIN, "2027-03-27T12:00", ["2027-03-28T03:00+02:00", "2027-03-29T02:30+02:00"]),
        ("30 2 * * *", BERLIN, "2027-10-30T12:00", ["2027-10-31T02:30+02:00", "2027-11-01T02:30+01:00"]),
        ("30 2 * * *", BERLIN, "2027-10-31T00:45", ["2027-11-01T02:30+01:00"]),
        ("0,30 2 * * *", BERLIN, "2027-03-27T12:00", ["2027-03-28T03:00+02:00", "2027-03-29T02:00+02:00"]),
        ("30 * * * *", BERLIN, "2027-03-28T00:00", ["2027-03-28T01:30+01:00", "2027-03-28T03:30+02:00"]),
        (
            "30 * * * *",
            BERLIN,
            "2027-10-30T23:45",
            ["2027-10-31T02:30+02:00", "2027-10-31T02:30+01:00", "2027-10-31T03:30+01:00"],
        ),
        ("*/30 2 * * *", BERLIN, "2027-03-27T12:00", ["2027-03-29T02:00+02:00"]),
        ("30 2 * * *", NEW_YORK, "2027-03-13T18:00", ["2027-03-14T03:00-04:00", "2027-03-15T02:30-04:00"]),
        ("30 1 * * *", NEW_YORK, "2027-11-06T18:00", ["2027-11-07T01:30-04:00", "2027-11-08T01:30-05:00"]),
        # Here by half an hour: 02:00 becomes 02:30 on 3 October, and 01:30 again on 4 April.
        ("15 2 * * *", LORD_HOWE, "2027-10-02T12:00", ["2027-10-03T02:30+11:00", "2027-10-04T02:15+11:00"]),
        ("45 1 * * *", LORD_HOWE, "2027-04-03T12:00", ["2027-04-04T01:45+11:00", "2027-04-05T01:45+10:30"]),
        ("45 * * * *", LORD_HOWE, "2027-04-03T14:30", ["2027-04-04T01:45+11:00", "2027-04-04T01:45+10:30"]),
    ],
)
def test_where_the_clock_is_moved(expression: str, zone: str, since: str, wanted: list[str]) -> None:
    clock = ZoneInfo(zone)
    ticks = islice(Crontab(expression, clock).after(datetime.fromisoformat(since).replace(tzinfo=UTC)), len(wanted))
    assert [tick.astimezone(clock).isoformat(timespec="minutes") for tick in ticks] == wanted


def test_clock_that_is_never_moved_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: all days have 24 hours."""
    first = date(2027, 3, 27)
    begins = Crontab._midnight(Crontab("0 0 * * *", ZoneInfo(BERLIN)), first)
    monkeypatch.setattr(Crontab, "_midnight", lambda _self, day: begins + (day - first))
    monkeypatch.setattr(Crontab, "_offset", lambda _self, _timestamp: None)
    with pytest.raises(AssertionError):
        test_where_the_clock_is_moved("*/30 2 * * *", BERLIN, "2027-03-27T12:00", ["2027-03-29T02:00+02:00"])


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("61 25 * * FOO", [naming("61"), naming("25"), naming("FOO")]),
        ("* * * *", [naming("five")]),
        ("0 0 31 2,4 *", [naming("months")]),
        ("* * * * * *", [naming("five")]),
        ("@daily", []),
        ("0 9 * * MON-FRI", []),
    ],
)
def test_problems_are_told_all_at_once(expression: str, said: list[Naming]) -> None:
    found = problems_of(expression)
    assert found == said
