"""Each filter and each pair of filters on a million runs: a page or a count reads a bounded number of rows, or is refused.

So does each filter beside each sort."""

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

from automate.budgets.kinds import EVENTS, RUNS
from automate.events.event_types.search_keys import digest_of_line
from automate.events.list_queries import count_events, events_page
from automate.events.queries import EventsFilter
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import ids_around
from automate.kernel.limits import LIMITS
from automate.kernel.queries import Condition, Slice, page_of
from automate.kernel.range_queries import COUNT_TIMES
from automate.kernel.tenancy import acting_for
from automate.runs.index_queries import FINISHED, STARTED
from automate.runs.list_queries import count_runs, runs_page
from automate.runs.queries import NO_JOINS, RunsFilter
from automate.runs.sorted_queries import count_sorted, sorted_runs
from bench.reads.rows import Flow, Loaded, load, make_flow
from tests.support.query_plans import rows_read

ROWS = int(os.environ.get("AUTOMATE_TEST_ROWS", "1000000"))
PAGE = 50
READ = LIMITS.filter_rows + 20 * PAGE
"""Rows that all statements of a page may read: those of the index, and those of the page itself with its neighbours."""
COUNTED = COUNT_TIMES * LIMITS.filter_rows + 20 * PAGE
"""The same for a count."""
REFUSED = {
    # All runs have this source. The newest 20,000 contain no other.
    "all but the only source first",
    "all but the only source last",
    "all but the only source count",
    # Every tenth event has this value. Fewer than 10,000 of the newest runs show it.
    "search count",
    # The oldest runs ended earlier.
    "ended since last",
}
"""Filters alone that are refused, and the page or the count that is refused."""
REFUSED_SORTED = {
    STARTED: {*REFUSED, "until first"},
    FINISHED: {*REFUSED, "until first"} - {"ended since last"},
}
EARLY = 20 * PAGE
"""Rows that a page of one filter reads if its index has the order of the page."""
READ_MORE = {"all but the only source", "search", "two keys", "ended since", "ended until", "ended hour"}
"""Filters whose index has another order, or whose rows are few among the newest."""
INDEXES = {
    "states": "execution_run_state",
    "workflow": "execution_run_workflow",
    "slug": "execution_run_workflow",
    "version": "execution_run_workflow",
    "rule": "execution_run_rule",
    "rule by slug": "execution_run_rule",
    "source": "execution_run_source",
    "event": "execution_run_event",
    "fingerprint": "execution_run_failures",
    "test": "execution_run_tests",
    "trace": "execution_run_trace",
    "error": "execution_run_error_code",
    "key": "event_by_idempotency_key",
    "search": "event_search_found",
    "held": "outbox_job_parked_for",
    "retried": "execution_run_line",
    "ended since": "execution_run_finished",
    "ended until": "execution_run_finished",
    "since": "execution_run_pkey",
    "until": "execution_run_pkey",
    # Filters that exclude rows are checked on the newest rows.
    "all but one source": "execution_run_pkey",
    "no test": "execution_run_pkey",
    "not held": "execution_run_pkey",
    "not retried": "execution_run_pkey",
}
EVENT_INDEXES = {
    "types": "event_by_type",
    "source": "event_by_source",
    "rule": "decision_of_rule",
    "rule by slug": "decision_of_rule",
    "subject": "event_by_subject",
    "trace": "event_by_trace",
    "key": "event_by_idempotency_key",
    "search": "event_search_found",
    "problems": "event_with_schema_problems",
    "waiting": "outbox_job_parked_for",
    "since": "event_pkey",
    "until": "event_pkey",
    "no problems": "event_pkey",
    "not waiting": "event_pkey",
}
EXCLUDED = 30_000
"""The newest rows that filters exclude, for a test in which these filters exclude almost all."""
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


def make_stage(made: Any, superuser: psycopg.Connection[Any], count: int) -> Stage:
    flow = make_flow(made.ref)
    loaded = load(superuser, flow, count, lists=True)
    superuser.execute(
        "INSERT INTO event_search (event_id, digest) SELECT id, %s FROM event WHERE right(subject, 1) = '7'",
        [digest_of_line(BROAD)],
    )
    superuser.execute("VACUUM (ANALYZE) event_search")
    superuser.execute("RESET search_path")
    superuser.execute("RESET synchronous_commit")
    return Stage(flow, loaded)


@pytest.fixture(scope="module")
def stage(tenant_factory: Callable[[], Any], superuser: psycopg.Connection[Any]) -> Stage:
    return make_stage(tenant_factory(), superuser, ROWS)


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
        "ended": {"states": ("succeeded", "failed", "cancelled")},
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


def is_refused(page: Callable[[], Any]) -> bool:
    """Whether a page is FILTER_TOO_BROAD."""
    try:
        page()
    except NormalizedError as error:
        return error.code == "FILTER_TOO_BROAD"
    return False


@dataclass
class Read:
    """What the statements of one page or count have read."""

    rows: int
    statements: int
    indexes: set[str]
    refused: bool


def indexes_in(plan: Any) -> set[str]:
    """The indexes that a plan reads."""
    own = {plan["Index Name"]} if "Index Name" in plan else set()
    return own.union(*map(indexes_in, plan.get("Plans", [])))


def read_by(stage: Stage, read: Callable[[], Any]) -> Read:
    """Run a page or a count, and explain its statements."""
    found: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, values: Any, *others: Any) -> Any:
        found.append((sql, values))
        return execute(sql, values, *others)

    with acting_for(stage.flow.tenant):
        with connection.execute_wrapper(note):
            made = Read(0, 0, set(), is_refused(read))
        for sql, values in found:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
                ((text,),) = cursor.fetchall()
            plan = text if isinstance(text, list) else orjson.loads(text)
            made.rows += rows_read(plan[0]["Plan"])
            made.statements += 1
            made.indexes |= indexes_in(plan[0]["Plan"])
    return made


def merged(*wanted: dict[str, Any]) -> dict[str, Any] | None:
    """None where two filters are of the same field."""
    names = [name for one in wanted for name in one]
    return {key: value for one in wanted for key, value in one.items()} if len(names) == len({*names}) else None


Reads = dict[str, Callable[[dict[str, Any]], Any]]


def too_many(stage: Stage, wanted: dict[tuple[str, ...], dict[str, Any]], reads: Reads, refused: set[str]) -> str:
    """The reads of filters that read too many rows, one a line. Also those that are refused or served against ``refused``."""
    bad: list[Any] = []
    margin = stage.margin()
    for names, values in wanted.items():
        for kind, read in reads.items():
            found = read_by(stage, lambda: read(values))  # noqa: B023 - called before they change
            most = COUNTED if kind == "count" else READ
            if found.rows > most + (margin * found.statements if TIMES & {*names} else 0):
                bad.append((names, kind, found))
            if len(names) == 1 and found.refused != (f"{names[0]} {kind}" in refused):
                bad.append((names, kind, f"refused: {found.refused}"))
    return "\n".join(map(str, bad))


def alone(filters: dict[str, dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    return {(name,): wanted for name, wanted in filters.items()}


def pairs(filters: dict[str, dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    return {
        (one, two): both
        for (one, first), (two, second) in itertools.combinations(filters.items(), 2)
        if (both := merged(first, second)) is not None
    }


def test_each_field_of_a_filter_is_tried(stage: Stage) -> None:
    for kind, tried in ((RunsFilter, run_filters(stage)), (EventsFilter, event_filters(stage))):
        assert {name for wanted in tried.values() for name in wanted} == {field.name for field in fields(kind)}


PARTS = {"first": Slice(PAGE), "last": Slice(PAGE, forward=False)}


def reads_of(page: Callable[[dict[str, Any], Slice], Any], count: Callable[[dict[str, Any]], Any]) -> Reads:
    def of(part: Slice) -> Callable[[dict[str, Any]], Any]:
        return lambda values: page(values, part)

    return {**{name: of(part) for name, part in PARTS.items()}, "count": count}


OF_RUNS = reads_of(
    lambda values, part: runs_page(RunsFilter(**values), part), lambda values: count_runs(RunsFilter(**values))
)
OF_EVENTS = reads_of(
    lambda values, part: events_page(EventsFilter(**values), part), lambda values: count_events(EventsFilter(**values))
)


def sorted_by(by: str) -> Reads:
    def page(values: dict[str, Any], part: Slice) -> Any:
        return sorted_runs(RunsFilter(**values), by, part, NO_JOINS.select(), NO_JOINS.make)

    return reads_of(page, lambda values: count_sorted(RunsFilter(**values), by))


def test_runs_read_a_bounded_number_of_rows(stage: Stage) -> None:
    filters = run_filters(stage)
    assert too_many(stage, {**alone(filters), **pairs(filters)}, OF_RUNS, REFUSED) == ""


def test_events_read_a_bounded_number_of_rows(stage: Stage) -> None:
    filters = event_filters(stage)
    assert too_many(stage, {**alone(filters), **pairs(filters)}, OF_EVENTS, set()) == ""


def test_each_filter_alone_has_an_index(stage: Stage) -> None:
    """A page stops when it is full, if its index has the order of the page."""
    margin, bad = stage.margin(), []
    for filters, reads, indexes in (
        (run_filters(stage), OF_RUNS, INDEXES),
        (event_filters(stage), OF_EVENTS, EVENT_INDEXES),
    ):
        fields_of = {field for name in indexes for field in filters[name]}
        assert fields_of == {field for wanted in filters.values() for field in wanted}
        for name, wanted in filters.items():
            found = read_by(stage, lambda: reads["first"](wanted))  # noqa: B023 - called before they change
            if name in indexes and indexes[name] not in found.indexes:
                bad.append((name, found))
            if name not in READ_MORE and found.rows > EARLY + (margin * 2 if name in TIMES else 0):
                bad.append((name, found))
    assert bad == []


@pytest.mark.parametrize("by", [STARTED, FINISHED])
def test_sorted_runs_read_a_bounded_number_of_rows(stage: Stage, by: str) -> None:
    filters = {"none": {}, **run_filters(stage)}
    assert too_many(stage, alone(filters), sorted_by(by), REFUSED_SORTED[by]) == ""


def test_unbounded_page_is_noticed(stage: Stage) -> None:
    """The sabotaged twin: a page that reads on until it has found its rows."""

    def page() -> Any:
        return page_of(NO_JOINS.select(), "r.id", Slice(PAGE), [Condition("r.trace_id LIKE %s", ("%nothing",))], tuple)

    found = read_by(stage, page)
    assert (found.rows > READ, found.refused) == (ROWS > READ, False)


def exclude(stage: Stage, superuser: psycopg.Connection[Any]) -> None:
    """Make the newest runs tests that wait for a budget and have retries. Make the newest events wait and have problems."""
    superuser.execute(f"SET search_path TO {stage.flow.tenant.schema}, public")
    superuser.execute("SET session_replication_role TO replica")
    superuser.execute(
        "UPDATE execution_run AS r SET test = true, retry_of_id = n.older FROM (SELECT id, lead(id) OVER (ORDER BY id DESC) AS older"
        " FROM (SELECT id FROM execution_run ORDER BY id DESC LIMIT %s) AS newest) AS n WHERE n.id = r.id",
        [EXCLUDED],
    )
    superuser.execute(
        "UPDATE event SET schema_problems = '[]' WHERE id IN (SELECT id FROM event ORDER BY id DESC LIMIT %s)",
        [EXCLUDED],
    )
    for table, parked in (("execution_run", RUNS), ("event", EVENTS)):
        superuser.execute(
            "INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts,"
            " max_attempts, parked, signals, trace_id, created_at, restored) SELECT id, %s, 'x', id, 'pending', true, false,"
            f" 'infinity', 0, 0, 5, %s, 0, trace_id, now(), false FROM {table} ORDER BY id DESC LIMIT %s",
            [stage.flow.tenant.id, parked, EXCLUDED],
        )
    superuser.execute("RESET session_replication_role")
    superuser.execute("VACUUM (ANALYZE) execution_run, event, public.outbox_job")
    superuser.execute("RESET search_path")


def test_filter_that_excludes_almost_all_rows_reads_a_bounded_number(
    tenant_factory: Callable[[], Any], superuser: psycopg.Connection[Any]
) -> None:
    """The newest page is refused, and the oldest page is served: the oldest rows match.

    The other tests try the same filters where almost all rows match.
    """
    stage = make_stage(tenant_factory(), superuser, 2 * EXCLUDED)
    exclude(stage, superuser)
    bad: list[Any] = []
    for kind, reads, wanted in (
        ("no test", OF_RUNS, {"test": False}),
        ("not held", OF_RUNS, {"held_by_budget": False}),
        ("not retried", OF_RUNS, {"retried": False}),
        ("no problems", OF_EVENTS, {"mismatched": False}),
        ("not waiting", OF_EVENTS, {"delayed": False}),
    ):
        first, last = (read_by(stage, lambda: reads[part](wanted)) for part in PARTS)  # noqa: B023 - called at once
        if (first.refused, last.refused, first.rows > READ, last.rows > EARLY) != (True, False, False, False):
            bad.append((kind, first, last))
    for by in (STARTED, FINISHED):
        found = read_by(stage, lambda: sorted_by(by)["first"]({"test": False}))  # noqa: B023 - called before they change
        if not found.refused or found.rows > READ:
            bad.append((by, found))
    assert bad == []
