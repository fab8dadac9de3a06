"""Rows that only feeds need are pruned after the resume window, and their tables do not grow by that."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import ProgrammingError
from psycopg.errors import InsufficientPrivilege

from automate.events.feed_queries import EVENT_LOG
from automate.kernel.errors import NormalizedError
from automate.kernel.feed_log_queries import PRUNED_AFTER_SECONDS, Position
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tenants import housekeeping, retention_queries
from tests.support.plane import Plane

OLD = settings.FEED_HORIZON_SECONDS + PRUNED_AFTER_SECONDS + 60
YOUNG = settings.FEED_HORIZON_SECONDS + 60
"""Beyond the resume window, and not yet pruned."""
FILL = """
INSERT INTO "{schema}".event_log (xid, event_id, occurred_at)
SELECT pg_current_xact_id()::text::bigint, gen_random_uuid(), now() - make_interval(secs => %s) FROM generate_series(1, %s)
RETURNING id
"""


@pytest.fixture(autouse=True)
def everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each round of the scheduler looks after every tenant."""
    monkeypatch.setattr(housekeeping, "TENANTS_AT_ONCE", 100_000)


def fill(plane: Plane, age: int, count: int = 1) -> list[int]:
    """Rows of so many seconds ago, in one transaction; their ids."""
    return sorted(row[0] for row in plane.root.rows(FILL.format(schema=plane.tenant.schema), age, count))


def pass_two_days(plane: Plane, table: str) -> None:
    plane.root.execute("SET session_replication_role = replica")
    plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".{table} SET occurred_at = occurred_at - interval '2 days'")
    plane.root.execute("SET session_replication_role = DEFAULT")


def left(plane: Plane) -> list[int]:
    return [row[0] for row in plane.rows("SELECT id FROM event_log ORDER BY epoch, xid, id")]


def places(plane: Plane) -> list[Position]:
    return [(row[0], row[1], row[2]) for row in plane.rows("SELECT epoch, xid, id FROM event_log ORDER BY 1, 2, 3")]


def test_rows_beyond_the_window_go_and_the_others_stay(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_queries, "FEED_ROWS_AT_ONCE", 3)
    monkeypatch.setattr(housekeeping, "FEED_ROWS_AT_ONCE", 3)
    fill(plane, OLD, 10)
    kept = fill(plane, YOUNG, 2) + fill(plane, 0, 2)
    housekeeping.maintain(60)
    assert left(plane) == kept


def test_pruning_stops_at_the_first_young_row(plane: Plane) -> None:
    """A row that is here shows that no row after it is missing."""
    fill(plane, OLD)
    kept = fill(plane, 0) + fill(plane, OLD) + fill(plane, 0)
    housekeeping.maintain(60)
    assert left(plane) == kept


def test_newest_row_stays_for_the_cursors_of_a_quiet_tenant(plane: Plane) -> None:
    fill(plane, OLD, 5)
    (*_, newest) = places(plane)
    housekeeping.maintain(60)
    assert places(plane) == [newest]
    with acting_for(plane.tenant):
        assert EVENT_LOG.resume(newest, EVENT_LOG.bounds()) == newest


def test_timeline_of_runs_stays(plane: Plane) -> None:
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send({})
    plane.drain()
    count = plane.rows("SELECT count(*) FROM run_log")
    pass_two_days(plane, "run_log")
    housekeeping.maintain(60)
    assert plane.rows("SELECT count(*) FROM run_log") == count
    assert count > [(3,)]


def test_reader_that_pruning_overtakes_is_told(plane: Plane) -> None:
    fill(plane, OLD, 3)
    kept = fill(plane, 0, 2)
    first, *_ = places(plane)
    with acting_for(plane.tenant):
        assert len(EVENT_LOG.after(first).rows) == 4
    housekeeping.maintain(60)
    with acting_for(plane.tenant):
        with pytest.raises(NormalizedError) as refused:
            EVENT_LOG.after(first)
        place = EVENT_LOG.resume(first, EVENT_LOG.bounds())
        rows = EVENT_LOG.after(place).rows
    assert refused.value.code == "CURSOR_EXPIRED"
    assert first < place
    assert [row.position[2] for row in rows] == kept


@pytest.mark.parametrize("count", [1, 2, 3, 1_000])
def test_window_begins_at_its_first_row_wherever_that_is(plane: Plane, count: int) -> None:
    """The bisection of transaction ids finds it among any number of transactions."""
    old = [fill(plane, YOUNG) for _ in range(count % 7)] + [fill(plane, YOUNG, count)]
    fill(plane, 0, count)
    with acting_for(plane.tenant):
        place = EVENT_LOG.horizon(EVENT_LOG.bounds())
    assert place[2] == old[-1][-1]


def size_of(plane: Plane) -> int:
    plane.root.execute(f'VACUUM "{plane.tenant.schema}".event_log')
    return int(plane.root.value(f"SELECT pg_total_relation_size('\"{plane.tenant.schema}\".event_log')"))


@pytest.mark.slow
def test_table_does_not_grow_from_day_to_day(plane: Plane) -> None:
    sizes = []
    for _day in range(6):
        fill(plane, OLD, 8_000)
        fill(plane, 0, 1)
        housekeeping.maintain(60)
        pass_two_days(plane, "event_log")
        sizes.append(size_of(plane))
    # PostgreSQL reuses the pages of an index one vacuum later than those of its table.
    assert max(sizes) <= 1.5 * sizes[0], sizes


def test_application_may_not_prune(plane: Plane) -> None:
    fill(plane, OLD, 2)
    with acting_for(plane.tenant), pytest.raises(ProgrammingError) as refused:
        execute("DELETE FROM event_log")
    assert isinstance(refused.value.__cause__, InsufficientPrivilege)
