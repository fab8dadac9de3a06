"""Usage: counted in the transactions that use, closed once, and the same as a recount of the rows themselves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest import mock

import psycopg
import pytest

from automate.kernel.tenancy import acting_for
from automate.recovery.plans import RetryRequest
from automate.recovery.replaying import replay_event
from automate.recovery.retrying import retry_runs
from automate.runs import writing
from automate.usage import queries
from graphql_schema.usage import queries as exports
from graphql_schema.usage.queries import UsageFormat
from tenants.usage_hours import close_hours
from tests.support.plane import Plane, Root, Scripted, connectors, failing

# The day again, from the rows that the engine keeps. Cost: see test_usage_cost.
RECOUNT = {
    "events": "SELECT count(*) FROM public.outbox_job WHERE topic = 'event.match' AND state = 'done'",
    "runs": "SELECT count(*) FROM execution_run WHERE started_at > now() - interval '1 day'",
    "steps": (
        # A retried run has copies of the steps that it keeps, with their times.
        "SELECT count(*) FROM step_run s JOIN execution_run r ON r.id = s.run_id"
        " WHERE s.started_at > now() - interval '1 day' AND s.started_at >= r.created_at AND s.state <> 'skipped'"
    ),
    "calls": "SELECT coalesce(sum(tries), 0) FROM effect WHERE intended_at > now() - interval '1 day'",
}
RUNS_OF_KIND = """
SELECT count(*) FILTER (WHERE test), count(*) FILTER (WHERE retry_of_id IS NOT NULL),
       count(*) FILTER (WHERE started_by <> '' AND rule_id IS NOT NULL AND retry_of_id IS NULL) FROM execution_run
"""


@pytest.fixture(autouse=True)
def nothing_used(root: Root) -> Iterator[None]:
    forget(root)
    yield
    forget(root)


def forget(root: Root) -> None:
    root.execute("DELETE FROM public.usage_entry")
    with root.connection.transaction():
        root.execute("SET LOCAL session_replication_role = replica")
        root.execute("DELETE FROM public.usage_hour")
    root.execute("UPDATE public.usage_closed SET hour = date_trunc('hour', now(), 'UTC') - interval '2 hours'")


def used(plane: Plane, metric: str, by: str = queries.DAY, group: str = "") -> list[queries.UsageRow]:
    now = datetime.now(timezone.utc)
    with acting_for(plane.tenant):
        return queries.usage(metric, now - timedelta(days=2), now + timedelta(days=1), by, group)


def totals(plane: Plane) -> dict[str, int]:
    return {
        metric: sum(row.normal + row.retry + row.test + row.replay for row in used(plane, metric)) for metric in RECOUNT
    }


def recounted(plane: Plane) -> dict[str, int]:
    return {metric: int(plane.rows(statement)[0][0]) for metric, statement in RECOUNT.items()}


def a_day(plane: Plane) -> None:
    """Events that match and do not, runs that succeed, retry their steps, fail, are retried and replayed."""
    transient = failing("CONNECTOR_TRANSIENT", retry_after_seconds=0)
    retry = {"retry": {"max_attempts": 2, "initial_seconds": 1e-9}}
    scripted = Scripted(acts=(transient, {}, {}, {}, transient, transient, {}))
    matches = {"==": [{"var": "type"}, "order.created"]}
    with connectors(scripted):
        steps = [
            {"key": "a", "uses": scripted.name, **retry},
            {"key": "b", "uses": scripted.name, "needs": ["a"], **retry},
        ]
        plane.publish("two", steps, when=matches)
        plane.send({}, {})
        plane.drain()
        plane.send({}, kind="other")
        plane.drain()
        (event,) = plane.send({})
        plane.drain()
        plane.pass_seconds(10)
        plane.drain()
        failed = [run for (run,) in plane.rows("SELECT id FROM execution_run WHERE state = 'failed'")]
        assert failed
        plane.by_ada(lambda: retry_runs(failed, RetryRequest()))
        plane.drain()
        plane.by_ada(lambda: replay_event(event))
        plane.drain()


def test_day_is_the_same_counted_from_its_rows(plane: Plane) -> None:
    a_day(plane)
    assert totals(plane) == recounted(plane)
    ((tests, retries, replays),) = plane.rows(RUNS_OF_KIND)
    (row,) = used(plane, "runs")
    assert (row.test, row.retry, row.replay) == (tests, retries, replays)
    assert min(row.normal, retries, replays) > 0
    assert used(plane, "steps")[0].retry > retries


def test_twin_that_does_not_count_differs_from_the_rows(plane: Plane) -> None:
    with mock.patch.object(writing, "usage_of", return_value=[]):
        a_day(plane)
    assert totals(plane) != recounted(plane)


def test_usage_is_divided_by_workflow_or_connector(plane: Plane) -> None:
    a_day(plane)
    assert {row.name for row in used(plane, "runs", group=queries.WORKFLOW)} == {"two"}
    assert {row.name for row in used(plane, "calls", group=queries.CONNECTOR)} == {"test.scripted"}
    assert {row.name for row in used(plane, "events", group=queries.WORKFLOW)} == {""}


def test_lost_worker_counts_what_it_committed_once(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.start_and_die()
        plane.drain()
    assert plane.effects() == [("a", "confirmed", 2)]
    assert totals(plane) == {**recounted(plane), "calls": 1}, "the tenant is not billed for the lost worker"
    assert totals(plane)["runs"] == 1


def pass_hours(plane: Plane, hours: int) -> None:
    """What was used is so much older."""
    plane.root.execute(f"UPDATE public.usage_entry SET hour = hour - interval '{hours} hours'")


def test_closed_hour_is_the_same_sum_and_never_changes(plane: Plane) -> None:
    a_day(plane)
    before = totals(plane)
    pass_hours(plane, 5)
    plane.root.execute("UPDATE public.usage_closed SET hour = date_trunc('hour', now(), 'UTC') - interval '8 hours'")
    assert close_hours() >= 5
    assert plane.root.value("SELECT count(*) FROM public.usage_entry") == 0
    assert totals(plane) == before
    assert all(row.closed for row in used(plane, "runs", by=queries.HOUR))
    assert close_hours() == 0
    for change in ("UPDATE public.usage_hour SET amount = 0", "DELETE FROM public.usage_hour"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            plane.root.execute(change)


def test_late_entry_counts_in_the_next_hour(plane: Plane) -> None:
    a_day(plane)
    before = totals(plane)["runs"]
    pass_hours(plane, 3)
    plane.root.execute("UPDATE public.usage_closed SET hour = date_trunc('hour', now(), 'UTC') - interval '4 hours'")
    insert = (
        "INSERT INTO public.usage_entry (tenant_id, hour, metric, kind, workflow, connector, amount)"
        " SELECT %s, date_trunc('hour', now(), 'UTC') - interval '3 hours', 'runs', 'normal', 'two', '', 1"
    )
    close_hours()
    closed = plane.root.rows("SELECT id, amount FROM public.usage_hour ORDER BY id")
    plane.root.execute(insert, plane.tenant.id)
    plane.root.execute("UPDATE public.usage_closed SET hour = date_trunc('hour', now(), 'UTC') - interval '3 hours'")
    close_hours()
    after = plane.root.rows("SELECT id, amount FROM public.usage_hour ORDER BY id")
    assert after[: len(closed)] == closed
    assert len(after) == len(closed) + 1
    assert totals(plane)["runs"] == before + 1


def test_open_hour_is_compacted_without_a_change(plane: Plane) -> None:
    a_day(plane)
    before = totals(plane)
    entries = plane.root.value("SELECT count(*) FROM public.usage_entry")
    with mock.patch("automate.usage.transitions.COMPACTED_ABOVE", 1):
        close_hours()
    assert plane.root.value("SELECT count(*) FROM public.usage_entry") < entries
    assert totals(plane) == before


def exported(plane: Plane, format_: UsageFormat) -> str:
    text, cursor, more = "", None, True
    with acting_for(plane.tenant), mock.patch.object(exports, "PAGE_RECORDS", 2):
        while more:
            page = exports._page(cursor, None, format_, billed=True)
            text, cursor, more = text + page.text, page.cursor, page.more
    return text


def test_export_pages_hold_each_record_of_the_tenant_once(planes: Any) -> None:
    one, other = planes(2)
    for plane in (one, other):
        a_day(plane)
    pass_hours(one, 3)
    plane.root.execute("UPDATE public.usage_closed SET hour = date_trunc('hour', now(), 'UTC') - interval '4 hours'")
    close_hours()
    lines = [json.loads(line) for line in exported(one, UsageFormat.JSONL).splitlines()]
    assert {line["tenant"] for line in lines} == {str(one.tenant.id)}
    rows = list(csv.DictReader(io.StringIO(exported(one, UsageFormat.CSV))))
    assert [{**row, "amount": int(row["amount"])} for row in rows] == lines
    sums = {metric: sum(line["amount"] for line in lines if line["metric"] == metric) for metric in RECOUNT}
    assert sums == totals(one) == recounted(one)
