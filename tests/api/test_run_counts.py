"""Counts of runs by hour: right while runs go on, right afterwards, and counted once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection

from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.api import Api
from tests.support.facts import naming

COUNTS = """query($from: DateTime!, $to: DateTime!, $by: RunCountsBy = HOUR, $workflow: String) {
  runCounts(from: $from, to: $to, by: $by, workflow: $workflow) {
    from to created started succeeded failed cancelled timedOut complete } }"""
HOUR = timedelta(hours=1)
NOW = datetime.now(timezone.utc)
BEGIN = NOW.replace(minute=0, second=0, microsecond=0) - 6 * HOUR
FINAL = {"succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled", "timed_out": "timedOut"}


def counts(api: Api, since: datetime, until: datetime, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.data(COUNTS, **{"from": since.isoformat(), "to": until.isoformat(), **more})[
        "runCounts"
    ]
    return found


def run_at(made: rows.Flow, created: datetime, minutes: int, state: str, *, test: bool = False) -> None:
    """A run that starts some minutes after its creation, and takes as long again."""
    row_id = rows.run(made, rows.event(), state=state)
    later = timedelta(minutes=minutes)
    execute(
        "UPDATE execution_run SET created_at = %s, started_at = %s, finished_at = CASE WHEN finished_at IS NOT NULL THEN %s::timestamptz END,"
        " test = %s, id = overlay(overlay(id::text PLACING %s FROM 1 FOR 8) PLACING %s FROM 10 FOR 4)::uuid WHERE id = %s",
        [created, created + later, created + 2 * later, test, *_prefix(created), row_id],
    )


def _prefix(at: datetime) -> tuple[str, str]:
    digits = f"{int(at.timestamp() * 1000):012x}"
    return digits[:8], digits[8:]


@pytest.fixture
def made(tenant: Any) -> list[tuple[datetime, int, str, str]]:
    """Runs of two workflows in six hours: time, minutes, state and workflow of each."""
    chance = random.Random(5)
    found = []
    with acting_for(tenant.ref):
        flows = {slug: rows.flow(slug) for slug in ("one", "two")}
        for _ in range(40):
            at, minutes = BEGIN + timedelta(minutes=chance.randrange(330)), chance.randrange(1, 50)
            state, slug = chance.choice([*FINAL, "running"]), chance.choice(["one", "two"])
            run_at(flows[slug], at, minutes, state)
            found.append((at, minutes, state, slug))
        run_at(flows["one"], BEGIN, 1, "failed", test=True)
    return found


def expected(made: list[Any], since: datetime, width: timedelta, slug: str | None = None) -> dict[str, int]:
    """By name, in one bucket."""
    found: Counter[str] = Counter()
    for at, minutes, state, of in made:
        if slug is not None and of != slug:
            continue
        later = timedelta(minutes=minutes)
        for name, at_time in (("created", at), ("started", at + later), (FINAL.get(state, ""), at + 2 * later)):
            if name and since <= at_time < since + width:
                found[name] += 1
    return dict(found)


def shown(bucket: dict[str, Any]) -> dict[str, int]:
    names = ["created", "started", *FINAL.values()]
    return {name: int(bucket[name]) for name in names if int(bucket[name])}


def test_hours_and_days_agree_with_the_runs(api: Api, tenant: Any, made: list[Any]) -> None:
    for _ in range(2):  # the second answer is that of the kept hours
        found = counts(api, BEGIN, BEGIN + 7 * HOUR)
        assert len(found) == 7
        assert all(bucket["complete"] for bucket in found)
        for bucket in found:
            since = datetime.fromisoformat(bucket["from"])
            assert shown(bucket) == expected(made, since, HOUR), since
    with acting_for(tenant.ref):
        ((hours,),) = fetch("SELECT count(*) FROM run_hour WHERE workflow_id = '00000000-0000-0000-0000-000000000000'")
    settled = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) - HOUR
    assert hours == (settled - BEGIN) // HOUR, "the hours that have settled are kept, and no other one"
    for slug in ("one", "two"):
        for bucket in counts(api, BEGIN, BEGIN + 7 * HOUR, workflow=slug):
            assert shown(bucket) == expected(made, datetime.fromisoformat(bucket["from"]), HOUR, slug)
    day = BEGIN.replace(hour=0)
    for bucket in counts(api, day, BEGIN + 7 * HOUR, by="DAY"):
        assert shown(bucket) == expected(made, datetime.fromisoformat(bucket["from"]), timedelta(days=1))


def test_runs_of_the_last_hours_are_counted_as_they_are_now(api: Api, tenant: Any, made: list[Any]) -> None:
    before = shown(counts(api, NOW - HOUR, NOW + HOUR)[-2]).get("created", 0)
    with acting_for(tenant.ref):
        rows.run(rows.flow("three"), rows.event())
    later = counts(api, NOW - HOUR, datetime.now(timezone.utc) + HOUR)
    assert sum(shown(bucket).get("created", 0) for bucket in later) >= before + 1


def test_readers_at_once_count_an_hour_once(api: Api, tenant: Any, made: list[Any]) -> None:
    answers: list[Any] = []

    def read() -> None:
        try:
            answers.append(counts(Api(api.token), BEGIN, BEGIN + 6 * HOUR))
        finally:
            connection.close()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert [shown(bucket) for bucket in answers[0]] == [
        expected(made, BEGIN + place * HOUR, HOUR) for place in range(6)
    ]


def test_time_that_is_not_counted_yet_says_so(api: Api, made: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.runs.counts import counting

    monkeypatch.setattr(counting, "COUNT_SECONDS", 0.0)
    assert [bucket["complete"] for bucket in counts(api, BEGIN, BEGIN + 2 * HOUR)] == [False, False]
    monkeypatch.undo()
    assert [bucket["complete"] for bucket in counts(api, BEGIN, BEGIN + 2 * HOUR)] == [True, True]


def test_sabotaged_count_of_an_open_hour_is_noticed(
    api: Api, tenant: Any, made: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin: an hour that goes on is kept, and what happens later in it is lost."""
    from automate.runs.counts import counting

    monkeypatch.setattr(counting, "SETTLED", -2 * HOUR)
    counts(api, NOW, NOW + HOUR)
    with acting_for(tenant.ref):
        rows.run(rows.flow("three"), rows.event())
    found = counts(api, NOW, datetime.now(timezone.utc) + HOUR)
    assert sum(shown(bucket).get("succeeded", 0) for bucket in found) == sum(
        expected(made, datetime.fromisoformat(bucket["from"]), HOUR).get("succeeded", 0) for bucket in found
    )


def test_refusals(api: Api, made: list[Any]) -> None:
    (error,) = api.answer(COUNTS, **{"from": BEGIN.isoformat(), "to": BEGIN.isoformat()})["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", naming("to", "from"))
    late = (BEGIN + 401 * HOUR).isoformat()
    (error,) = api.answer(COUNTS, **{"from": BEGIN.isoformat(), "to": late})["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["details"]["maximum"] == 400
    assert len(counts(api, BEGIN, BEGIN + 400 * HOUR)) == 400
    assert (
        api.code(COUNTS, **{"from": BEGIN.isoformat(), "to": late, "by": "DAY", "workflow": "mistyped"}) == "NOT_FOUND"
    )


def test_tenant_without_runs_has_zeros(api: Api) -> None:
    assert [shown(bucket) for bucket in counts(api, BEGIN, BEGIN + 3 * HOUR)] == [{}] * 3
