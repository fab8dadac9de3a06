"""Each filter and each pair of filters on a million runs: a page reads a bounded number of rows, or is refused."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import orjson
import psycopg
import pytest
from django.db import connection

from automate.events.event_types.search_keys import digest_of_line
from automate.events.list_queries import events_page
from automate.events.queries import EventsFilter
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import ids_around
from automate.kernel.limits import LIMITS
from automate.kernel.queries import Condition, Slice, page_of
from automate.kernel.tenancy import acting_for
from automate.runs.list_queries import runs_page
from automate.runs.queries import NO_JOINS, RunsFilter
from bench.reads.rows import Flow, Loaded, load, make_flow

ROWS = int(os.environ.get("AUTOMATE_TEST_ROWS", "1000000"))
PAGE = 50
READ = LIMITS.filter_rows + 20 * PAGE
"""Rows that one statement of a page may read: those of the index, and those of the page itself with its neighbours."""
REFUSED_ALONE = {"no test", "no problems", "all but the only source", "search", "two keys", "ended since"}
TIMES = {"since", "until", "hour"}
BROAD = "customer\nbig"
"""A search key that every tenth event has."""

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Stage:
    flow: Flow
    loaded: Loaded

    def margin(self) -> int:
        """The runs whose ids are within the range of a time, and whose times are not: ids are only about as old as their rows."""
        with acting_for(self.flow.tenant), connection.cursor() as cursor:
            cursor.execute("SELECT created_at FROM execution_run WHERE id = %s", [self.loaded.middle])
            ((created,),) = cursor.fetchall()
            lowest, highest = ids_around(created)
            cursor.execute("SELECT count(*) FROM execution_run WHERE id BETWEEN %s AND %s", [lowest, highest])
            ((rows,),) = cursor.fetchall()
        return int(rows)


@pytest.fixture(scope="module")
def stage(tenant_factory: Callable[[], Any], superuser: psycopg.Connection[Any]) -> Stage:
    made = tenant_factory()
    flow = make_flow(made.ref)
    loaded = load(superuser, flow, ROWS, lists=True)
    superuser.execute(
        "INSERT INTO event_search (event_id, digest) SELECT id, %s FROM event WHERE right(subject, 1) = '7'",
        [digest_of_line(BROAD)],
    )
    superuser.execute("VACUUM (ANALYZE) event_search")
    superuser.execute("RESET search_path")
    superuser.execute("RESET synchronous_commit")
    return Stage(flow, loaded)


def run_filters(stage: Stage) -> dict[str, dict[str, Any]]:
    """A value that many runs have, where there is one."""
    flow, loaded = stage.flow, stage.loaded
    with acting_for(flow.tenant), connection.cursor() as cursor:
        cursor.execute("SELECT created_at, trace_id, finished_at FROM execution_run WHERE id = %s", [loaded.middle])
        created, trace, ended = cursor.fetchone()
        cursor.execute("SELECT fingerprint FROM execution_run WHERE fingerprint IS NOT NULL LIMIT 1")
        ((fingerprint,),) = cursor.fetchall()
    return {
        "states": {"states": ("succeeded",)},
        "rare states": {"states": ("queued", "running")},
        "failed": {"states": ("failed",)},
        "workflow": {"workflow_id": flow.workflow},
        "slug": {"workflow": "reads"},
        "version": {"version_id": flow.version},
        "rule": {"rule_id": flow.rule},
        "rule by slug": {"rule": "reads"},
        "source": {"source": "api"},
        "other source": {"source": "manual"},
        "all but one source": {"not_source": "manual"},
        "all but the only source": {"not_source": "api"},
        "event": {"event_id": loaded.middle_event},
        "fingerprint": {"fingerprint": fingerprint},
        "test": {"test": True},
        "no test": {"test": False},
        "trace": {"trace_id": trace},
        "error": {"error_code": "UPSTREAM_UNAVAILABLE"},
        "other error": {"error_code": "CONNECTOR_TIMEOUT"},
        "key": {"idempotency_key": "order-17"},
        "search": {"search": (BROAD,)},
        "held": {"held_by_budget": True},
        "not held": {"held_by_budget": False},
        "retried": {"retried": True},
        "not retried": {"retried": False},
        "since": {"since": created},
        "until": {"until": created},
        "hour": {"since": created - timedelta(hours=1), "until": created},
        "ended since": {"ended_since": ended},
        "ended until": {"ended_until": ended},
        "ended hour": {"ended_since": ended - timedelta(hours=1), "ended_until": ended},
    }


def event_filters(stage: Stage) -> dict[str, dict[str, Any]]:
    loaded = stage.loaded
    with acting_for(stage.flow.tenant), connection.cursor() as cursor:
        cursor.execute("SELECT received_at, trace_id FROM event WHERE id = %s", [loaded.middle_event])
        received, trace = cursor.fetchone()
    return {
        "types": {"types": ("bench.reads",)},
        "other types": {"types": ("nothing", "bench.reads")},
        "source": {"source": "api"},
        "other source": {"source": "manual"},
        "rule": {"rule_id": stage.flow.rule},
        "rule by slug": {"rule": "reads"},
        "subject": {"subject": "order 17"},
        "trace": {"trace_id": trace},
        "key": {"idempotency_key": "order-17"},
        "search": {"search": (BROAD,)},
        "two keys": {"search": (BROAD, "order\nnone")},
        "problems": {"mismatched": True},
        "no problems": {"mismatched": False},
        "waiting": {"delayed": True},
        "not waiting": {"delayed": False},
        "since": {"since": received},
        "until": {"until": received},
        "hour": {"since": received - timedelta(hours=1), "until": received},
    }


def rows_read(plan: Any) -> int:
    """Rows that all scans of a plan have touched, those that were thrown away too."""
    below = sum(map(rows_read, plan.get("Plans", [])))
    if "Scan" not in plan["Node Type"] or plan["Node Type"] in {
        "Subquery Scan",
        "CTE Scan",
        "Function Scan",
        "Bitmap Heap Scan",
    }:
        return below
    thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return below + round((plan["Actual Rows"] + thrown) * plan["Actual Loops"])


def is_refused(page: Callable[[], Any]) -> bool:
    """Whether a page is FILTER_TOO_BROAD."""
    try:
        page()
    except NormalizedError as error:
        return error.code == "FILTER_TOO_BROAD"
    return False


def read_by(stage: Stage, page: Callable[[], Any]) -> tuple[list[int], bool]:
    """The rows that each statement of a page reads, and whether the page was refused."""
    found: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, values: Any, *others: Any) -> Any:
        found.append((sql, values))
        return execute(sql, values, *others)

    with acting_for(stage.flow.tenant):
        with connection.execute_wrapper(note):
            refused = is_refused(page)
        counts = []
        for sql, values in found:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
                ((text,),) = cursor.fetchall()
            plan = text if isinstance(text, list) else orjson.loads(text)
            counts.append(rows_read(plan[0]["Plan"]))
    return counts, refused


def merged(*wanted: dict[str, Any]) -> dict[str, Any] | None:
    """None where two filters are of the same field."""
    names = [name for one in wanted for name in one]
    return {key: value for one in wanted for key, value in one.items()} if len(names) == len({*names}) else None


def too_many(
    stage: Stage, filters: dict[str, dict[str, Any]], page: Callable[[dict[str, Any], Slice], Any]
) -> list[Any]:
    after = Slice(PAGE), Slice(PAGE, forward=False)
    alone = [((name,), wanted) for name, wanted in filters.items()]
    pairs = [
        ((one, two), both)
        for (one, first), (two, second) in itertools.combinations(filters.items(), 2)
        if (both := merged(first, second)) is not None
    ]
    bad: list[Any] = []
    margin = stage.margin()
    for names, wanted in [*alone, *pairs]:
        for part in after:
            counts, refused = read_by(stage, lambda: page(wanted, part))  # noqa: B023 - called before they change
            most = READ + (margin if TIMES & {*names} else 0)
            if any(count > most for count in counts):
                bad.append((names, part.forward, counts, refused))
            # A filter alone finds its page by its index, except one that excludes the value of most rows, and a search key of every
            # tenth event: its index knows the events and not the order of the page. Runs that ended since a time can be of any age.
            if len(names) == 1 and refused and names[0] not in REFUSED_ALONE:
                bad.append((names, part.forward, counts, "refused"))
    return bad


def test_each_field_of_a_filter_is_tried(stage: Stage) -> None:
    for kind, tried in ((RunsFilter, run_filters(stage)), (EventsFilter, event_filters(stage))):
        assert {name for wanted in tried.values() for name in wanted} == {field.name for field in fields(kind)}


def test_runs_read_a_bounded_number_of_rows(stage: Stage) -> None:
    def page(wanted: dict[str, Any], part: Slice) -> Any:
        return runs_page(RunsFilter(**wanted), part)

    assert too_many(stage, run_filters(stage), page) == []


def test_events_read_a_bounded_number_of_rows(stage: Stage) -> None:
    def page(wanted: dict[str, Any], part: Slice) -> Any:
        return events_page(EventsFilter(**wanted), part)

    assert too_many(stage, event_filters(stage), page) == []


def test_unbounded_page_is_noticed(stage: Stage) -> None:
    """The sabotaged twin: a page that reads on until it has found its rows."""

    def page() -> Any:
        return page_of(NO_JOINS.select(), "r.id", Slice(PAGE), [Condition("r.trace_id LIKE %s", ("%nothing",))], tuple)

    (count,), refused = read_by(stage, page)
    assert (count > READ, refused) == (ROWS > READ, False)
