"""Lists with ``order: COMMITTED``: followed under twenty writers, no row is lost and no row comes twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.conf import settings

from automate.kernel import committed_queries
from automate.kernel.feed_log_queries import FeedLog
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.api import Api
from tests.support.followers import PAGE, Follower, Write, commit, held_open, write_event, write_run, writing

WRITERS = 20


TABLES = {"events": ("event", "Event", "event_log"), "runs": ("execution_run", "ExecutionRun", "run_log")}


def ids_of(tenant: Any, field: str) -> list[str]:
    """The global ids of all rows, sorted."""
    from graphql_schema.ids import global_id

    table, kind, _ = TABLES[field]
    with acting_for(tenant.ref):
        return sorted(global_id(kind, row_id) for (row_id,) in fetch(f"SELECT id FROM {table}"))


def writer(tenant: Any, field: str) -> Write:
    """Writes a row of the list in the current transaction."""
    if field == "events":
        return write_event
    with acting_for(tenant.ref):
        return partial(write_run, rows.flow())


@pytest.mark.parametrize(
    ("field", "each"),
    [
        ("events", 10),
        ("runs", 10),
        pytest.param("events", 50, marks=pytest.mark.slow),
        pytest.param("runs", 25, marks=pytest.mark.slow),
    ],
)
def test_rows_come_once_under_twenty_writers(tenant: Any, field: str, each: int) -> None:
    follower = Follower(Api(tenant.token), field)
    threads = writing(tenant.ref, writer(tenant, field), writers=WRITERS, each=each)
    while threads.is_alive():
        follower.look()
    follower.look()
    assert len(follower.seen) == WRITERS * each
    assert sorted(follower.seen) == ids_of(tenant, field)


def late_commit(tenant: Any, field: str) -> Follower:
    """A list followed while a transaction commits later than the one that began after it."""
    follower, write = Follower(Api(tenant.token), field), writer(tenant, field)
    with held_open(tenant.ref, write):
        commit(tenant.ref, write)
        follower.look()
    follower.look()
    return follower


@pytest.mark.parametrize("field", ["events", "runs"])
def test_row_that_commits_late_is_not_lost(tenant: Any, field: str) -> None:
    assert len(late_commit(tenant, field).seen) == 2


@pytest.mark.parametrize("field", ["events", "runs"])
def test_list_that_shows_unsettled_rows_is_found_out(tenant: Any, field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FeedLog, "settled", "true")
    assert len(late_commit(tenant, field).seen) == 1


def test_pages_of_any_size_follow_each_other(tenant: Any) -> None:
    for _ in range(7):
        commit(tenant.ref, write_event)
    api = Api(tenant.token)
    for first in (1, 2, 3, 6, 7, 8):
        follower = Follower(api, "events", first)
        follower.look()
        assert sorted(follower.seen) == ids_of(tenant, "events"), first
        assert follower.page(after=follower.cursor, first=first) is False


def test_follower_begins_now_with_last(tenant: Any) -> None:
    commit(tenant.ref, write_event)
    commit(tenant.ref, write_event)
    follower = Follower(Api(tenant.token), "events")
    assert follower.page(last=1) is False
    assert len(follower.seen) == 1
    follower.seen.clear()
    assert follower.page(last=0) is False
    commit(tenant.ref, write_event)
    follower.look()
    assert len(follower.seen) == 1


def test_filter_moves_on_where_nothing_matches(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page reads a bounded part of the log, and its end is the place up to which it has read."""
    monkeypatch.setattr(committed_queries, "SCANNED_ROWS", 5)
    for number in range(23):
        commit(tenant.ref, partial(write_event, "rare" if number in {3, 17} else "common"))
    query = """query($after: String) { events(order: COMMITTED, after: $after, filter: {types: ["rare"]}) {
        edges { node { type } } pageInfo { endCursor hasNextPage hasPreviousPage } } }"""
    api, after, sizes = Api(tenant.token), None, []
    while True:
        page = api.data(query, after=after)["events"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        sizes.append(len(page["edges"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sizes == [1, 0, 0, 1, 0]


@pytest.fixture
def older(tenant: Any, superuser: Any) -> Any:
    def make(table: str, seconds: int, condition: str = "true") -> None:
        schema = tenant.ref.schema
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            superuser.execute(
                f"UPDATE {schema}.{table} SET occurred_at = occurred_at - make_interval(secs => %s) WHERE {condition}",
                [seconds],
            )

    return make


@pytest.mark.parametrize("field", ["events", "runs"])
def test_cursor_beyond_the_resume_window_is_expired(tenant: Any, older: Any, field: str) -> None:
    write, log = writer(tenant, field), TABLES[field][2]
    api = Api(tenant.token)
    follower = Follower(api, field)
    commit(tenant.ref, write)
    follower.look()
    commit(tenant.ref, write)
    commit(tenant.ref, write)
    older(log, settings.FEED_HORIZON_SECONDS + 1, "id <= 2")
    assert api.code(PAGE % field, after=follower.cursor) == "CURSOR_EXPIRED"
    anew = Follower(api, field)
    anew.look()
    assert len(anew.seen) == 1
    older(log, settings.FEED_HORIZON_SECONDS + 1)
    # Nothing came after it, so nothing can be missing.
    assert anew.page(after=anew.cursor) is False


def test_cursor_of_another_order_filter_or_list_is_refused(tenant: Any) -> None:
    commit(tenant.ref, write_event)
    api = Api(tenant.token)
    query = "query($a: String, $o: ListOrder!, $f: EventFilter) { events(after: $a, order: $o, filter: $f) { pageInfo { endCursor } } }"
    newest = api.data(query, o="NEWEST")["events"]["pageInfo"]["endCursor"]
    committed_cursor = api.data(query, o="COMMITTED")["events"]["pageInfo"]["endCursor"]
    assert api.code(query, o="COMMITTED", a=newest) == "INVALID_CURSOR"
    assert api.code(query, o="NEWEST", a=committed_cursor) == "INVALID_CURSOR"
    assert api.code(query, o="COMMITTED", a=committed_cursor, f={"types": ["x"]}) == "INVALID_CURSOR"
    assert api.code(PAGE % "runs", after=committed_cursor) == "INVALID_CURSOR"


@pytest.mark.parametrize("arguments", ['before: "x"', 'last: 1, after: "x"', "first: 101", "first: 1, last: 1"])
def test_arguments_that_do_not_go_together_are_refused(tenant: Any, arguments: str) -> None:
    code = Api(tenant.token).code(f"{{ events(order: COMMITTED, {arguments}) {{ edges {{ cursor }} }} }}")
    assert code == ("LIMIT_EXCEEDED" if "101" in arguments else "BAD_USER_INPUT")
