"""Readers of a log read a bounded number of blocks among 50,000 events, with a plan that knows no parameters too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from automate.events.feed_queries import EVENT_LOG
from automate.events.list_queries import EVENTS, followed_events
from automate.events.models import Source
from automate.events.queries import EventsFilter
from automate.kernel import committed_queries, feed_log_queries
from automate.kernel.committed_queries import newest_page, page_after
from automate.kernel.ids import new_id
from automate.kernel.queries import database_now
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import TenantRef, acting_for
from tests.control_plane.test_event_lists import FILL, ROWS, blocks

MOST_BLOCKS = 700
"""Of 8 KiB, for each statement but those that look through SCANNED_ROWS for a filter. The event table has some 2,000."""
MOST_BLOCKS_SCANNED = 10 * committed_queries.SCANNED_ROWS
LOG = """
INSERT INTO event_log (xid, event_id, occurred_at)
SELECT 1 + place / 100, id, now() - interval '30 hours' * (1 - place / {rows}.0)
FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM event) AS placed ORDER BY id
"""


@pytest.fixture(scope="module")
def logged(tenant_factory: Callable[[], Any], superuser: psycopg.Connection[Any], database: Any) -> TenantRef:
    """A tenant with ROWS events of thirty hours, a hundred in each of its first transactions."""
    ref = tenant_factory().ref
    with acting_for(ref):
        now = database_now()
        source = Source.objects.create(id=new_id(), slug="main", scheme="UNSIGNED", created_at=now, updated_at=now).id
    with psycopg.connect(database.superuser_url, autocommit=True, dbname="automate") as session:
        session.execute(f"SET search_path = {ref.schema}, public")
        start = int(now.timestamp() * 1000) - ROWS * 1000
        session.execute(FILL.format(main=source, side=source, start=start, rows=ROWS))
        session.execute(LOG.format(rows=ROWS))
        session.execute("VACUUM ANALYZE event, event_log")
    return ref


@pytest.fixture(params=["custom", "generic"])
def read(logged: TenantRef, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many blocks each statement of a reader has read."""
    found: list[int] = []

    def measured(statement: str, values: Any = ()) -> list[Any]:
        ((plan,),) = fetch("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement, values)
        found.append(blocks(plan[0]["Plan"]))
        return fetch(statement, values)

    for module in (feed_log_queries, committed_queries):
        monkeypatch.setattr(module, "fetch", measured)
    with acting_for(logged):
        execute(f"SET plan_cache_mode = force_{request.param}_plan")
        try:
            yield found
        finally:
            execute("RESET plan_cache_mode")


def middle() -> tuple[int, int, int]:
    ((epoch, xid, entry),) = fetch("SELECT epoch, xid, id FROM event_log WHERE id = %s", [ROWS // 2])
    return epoch, xid, entry


@pytest.mark.slow
def test_feed_reads_a_page(read: list[int]) -> None:
    assert len(EVENT_LOG.after(middle()).rows) == 100
    assert max(read) < MOST_BLOCKS


def test_feed_resumes_at_the_beginning_of_the_window(read: list[int]) -> None:
    oldest = EVENT_LOG.bounds().oldest
    assert oldest is not None
    place = EVENT_LOG.resume(oldest, EVENT_LOG.bounds())
    assert place[2] == pytest.approx(ROWS / 5, abs=200)
    assert max(read) < MOST_BLOCKS


def test_followed_list_reads_a_page(read: list[int]) -> None:
    wanted = followed_events(EventsFilter())
    assert len(page_after(EVENTS, wanted, middle(), 100).rows) == 100
    assert len(newest_page(EVENTS, wanted, 100).rows) == 100
    assert max(read) < MOST_BLOCKS


def test_filter_that_keeps_nothing_reads_a_bounded_part(read: list[int]) -> None:
    page = page_after(EVENTS, followed_events(EventsFilter(types=("none",))), middle(), 100)
    assert (page.rows, page.has_next) == ([], True)
    assert page.end[2] == ROWS // 2 + committed_queries.SCANNED_ROWS
    assert max(read) < MOST_BLOCKS_SCANNED
