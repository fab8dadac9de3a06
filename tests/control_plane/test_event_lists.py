"""Lists of events by type and by source read their own indexes: as much for a page of 50,000 events as of 500."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest

from automate.events.list_queries import count_events, events_page
from automate.events.models import Source
from automate.events.queries import SELECT_EVENTS, EventsFilter, conditions_of, event_row
from automate.kernel.ids import new_id
from automate.kernel.queries import Page, Slice, count_of, page_of
from automate.kernel.tenancy import TenantRef, acting_for

ROWS = 50_000
MOST_BLOCKS = 750
"""Of 8 KiB, for a page of 50. All blocks of the table are some 2,000."""
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
FILL = """
INSERT INTO event (id, source_id, type, subject, idempotency_key, headers, payload_bytes, payload_sha256, trace_id, depth,
                   actor_kind, actor_name, occurred_at, received_at)
SELECT (lpad(to_hex(at), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
       CASE WHEN n % 10 = 0 THEN '{side}'::uuid ELSE '{main}'::uuid END,
       CASE WHEN n < 50 THEN 'early' WHEN n % 5000 = 0 THEN 'rare' ELSE 'type.' || n % 7 END,
       '', '', '{{}}', 2, repeat('0', 64), repeat('0', 32), 0, 'system', 'test', to_timestamp(at / 1000.0), to_timestamp(at / 1000.0)
FROM (SELECT n, {start} + n::bigint * 1000 AS at FROM generate_series(0, {rows} - 1) AS n) AS made
"""


@dataclass(frozen=True)
class Crowd:
    """A tenant with ROWS events. session: the superuser's, in its schema."""

    ref: TenantRef
    session: psycopg.Connection[Any]

    def read(self, wanted: EventsFilter, part: Slice, *, generic: bool = False, by: Any = None) -> Mapping[str, Any]:
        """The plan of a page, with what it read. generic: made without knowing the parameters."""
        caught: list[tuple[str, Any]] = []

        def note(statement: str, values: Any = ()) -> list[Any]:
            caught.append((statement, values))
            return []

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("automate.kernel.queries.fetch", note)
            patch.setattr("automate.kernel.range_queries.fetch", note)
            (by or events_page)(wanted, part)
        ((statement, values),) = caught
        number = itertools.count(1)
        self.session.execute(f"SET search_path = {self.ref.schema}, public")
        self.session.execute(f"SET plan_cache_mode = force_{'generic' if generic else 'custom'}_plan")
        self.session.execute("DEALLOCATE ALL")
        self.session.execute("PREPARE page AS " + re.sub("%s", lambda _: f"${next(number)}", statement))
        places = ", ".join(["%s"] * len(values))
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page ({places})"
        ((found,),) = psycopg.ClientCursor(self.session).execute(asked, list(values)).fetchall()
        plan: Mapping[str, Any] = found[0]["Plan"]
        return plan


def before(wanted: EventsFilter, part: Slice) -> Page[Any]:
    """The statement that read a list by the index of the ids."""
    return page_of(SELECT_EVENTS, "e.id", part, conditions_of(wanted), event_row)


def blocks(plan: Mapping[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def scans(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if plan.get("Relation Name") == "event":
        yield plan["Node Type"], plan.get("Index Name", "")
    for below in plan.get("Plans", ()):
        yield from scans(below)


@pytest.fixture(scope="module")
def crowd(tenant_factory: Callable[[], Any], superuser: psycopg.Connection[Any], database: Any) -> Iterator[Crowd]:
    ref = tenant_factory().ref
    with acting_for(ref):
        now = datetime.now(timezone.utc)
        values = {"scheme": "UNSIGNED", "created_at": now, "updated_at": now}
        main, side = (Source.objects.create(id=new_id(), slug=slug, **values).id for slug in ("main", "side"))
    with psycopg.connect(database.superuser_url, autocommit=True, dbname="automate") as session:
        session.execute(f"SET search_path = {ref.schema}, public")
        session.execute(FILL.format(main=main, side=side, start=int(START.timestamp() * 1000), rows=ROWS))
        session.execute("VACUUM ANALYZE event")
        session.prepare_threshold = None
        yield Crowd(ref, session)


MIDDLE = START + timedelta(seconds=ROWS / 2)
FILTERS = {
    "early type": EventsFilter(types=("early",)),
    "rare type": EventsFilter(types=("rare",)),
    "common type": EventsFilter(types=("type.1",)),
    "unknown type": EventsFilter(types=("tpye.1",)),
    "several types": EventsFilter(types=("early", "type.1", "rare", "early", "none")),
    "source": EventsFilter(source="side"),
    "source without events": EventsFilter(source="manual"),
    "source and types": EventsFilter(types=("early", "type.3"), source="side"),
    "types before a time": EventsFilter(types=("type.1", "type.2"), until=MIDDLE),
    "source within a time": EventsFilter(source="main", since=MIDDLE - timedelta(minutes=9), until=MIDDLE),
}


@pytest.mark.parametrize("generic", [False, True], ids=["parameters known", "plan kept"])
@pytest.mark.parametrize("name", FILTERS)
def test_page_reads_no_more_than_a_few_blocks(crowd: Crowd, name: str, *, generic: bool) -> None:
    for part in (Slice(50), Slice(50, forward=False)):
        plan = crowd.read(FILTERS[name], part, generic=generic)
        assert blocks(plan) < MOST_BLOCKS, json.dumps(plan, indent=1)
        assert {kind for kind, _ in scans(plan)} <= {"Index Scan", "Index Only Scan"}
        assert {"event_by_type", "event_by_source"} & {index for _, index in scans(plan)}


def test_page_in_the_middle_reads_as_little(crowd: Crowd) -> None:
    with acting_for(crowd.ref):
        (row,) = events_page(EventsFilter(types=("type.1",), until=MIDDLE), Slice(1)).rows
    for wanted in (FILTERS["common type"], FILTERS["several types"], FILTERS["source"]):
        for part in (Slice(50, after=row.id), Slice(50, forward=False, before=row.id)):
            assert blocks(crowd.read(wanted, part)) < MOST_BLOCKS


def test_reading_by_the_index_of_the_ids_is_found_out(crowd: Crowd) -> None:
    plan = crowd.read(FILTERS["early type"], Slice(50), generic=True, by=before)
    assert blocks(plan) > 2 * MOST_BLOCKS


def test_pages_are_those_of_the_plain_statement(crowd: Crowd) -> None:
    chance = random.Random(7)
    with acting_for(crowd.ref):
        keys = [row.id for row in before(EventsFilter(), Slice(20, after=None)).rows]
        keys += [row.id for row in before(EventsFilter(until=MIDDLE), Slice(20)).rows]
        for name, wanted in FILTERS.items():
            for forward in (True, False):
                after, low = (chance.choice([None, *keys]) for _ in range(2))
                part = Slice(chance.choice([0, 1, 30]), forward, after=after, before=low)
                assert events_page(wanted, part) == before(wanted, part), (name, part)
            assert count_events(wanted) == count_of("event AS e", conditions_of(wanted)), name
        assert events_page(EventsFilter(types=()), Slice(10)).rows == []
