"""docs/schedules.md: its request goes through, its event is what a tick makes, and its figures are the limits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from automate.kernel.limits import LIMITS
from automate.triggers.schedules import deciding, plan, transitions
from automate.triggers.schedules.crontab import MOST_YEARS
from automate.triggers.schedules.ticks import MAX_ATTEMPTS
from automate.triggers.schedules.words import CATCH_UP_SECONDS
from tests.support.api import Api
from tests.support.schedules import clock, events, tick, timestamp

PAGE = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text()
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_request_and_event_are_as_the_page_says(api: Api, plane: Any) -> None:
    with clock(timestamp("2027-03-26T12:00")):
        answer = api.data(BLOCKS["graphql"])["saveSchedule"]
    assert answer["errors"] == []
    assert [shown["clockChange"] for shown in answer["schedule"]["nextTicks"]] == [None, "SKIPPED", None, None, None]
    api.data(
        """mutation { saveSchedule(input: {slug: "nightly", name: "Every night", data: {team: "ops"}, overlap: SKIP, catchUpSeconds: 60,
             plan: {cron: {expression: "30 2 * * *", timezone: "Europe/Berlin"}}}) { errors { code } } }"""
    )
    tick(plane, timestamp("2027-03-27T02:00"))
    tick(plane, timestamp("2027-03-28T01:00"))
    (payload,) = events(plane, "nightly")
    assert payload == json.loads(BLOCKS["json"])


def test_reasons_are_all_told() -> None:
    known = {deciding.TOO_LATE, deciding.COLLAPSED, deciding.OVERLAP, deciding.CHANGED, deciding.PAUSED}
    table = PAGE[PAGE.index("| reason |") : PAGE.index("`schedule.ticks` lists")]
    rows = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == known


def test_figures_are_the_limits() -> None:
    assert f"at most {LIMITS.schedules:,} schedules" in PAGE
    assert f"| at least {LIMITS.schedule_interval_seconds}." in PAGE
    assert f"without a tick within {'ten' if MOST_YEARS == 10 else MOST_YEARS} years" in PAGE
    assert (CATCH_UP_SECONDS, deciding.MOST_LISTED, transitions.TICKS_KEPT, MAX_ATTEMPTS) == (86_400, 100, 1_000, 5)
    assert (deciding.FIRST_CHECK_SECONDS, deciding.LAST_CHECK_SECONDS, deciding.CHECKS) == (1.0, 30.0, 10)
    assert (plan.UTC, LIMITS.workflow_bytes) == ("UTC", 256 * 1024)
