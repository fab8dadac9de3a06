"""A sweep survives lost connections, and delays neither other tenants nor readers of feeds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connections

from automate.events.feed_queries import EVENT_LOG
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.runs.feed_queries import RUN_LOG
from tenants.routers import ADMIN
from tenants.sweeping import claims as turns
from tenants.sweeping import ledger_queries as ledger
from tenants.sweeping import step_queries as steps
from tenants.sweeping import sweeper
from tenants.sweeping.sweeper import Sweeper
from tests.support.plane import Plane
from tests.support.sweeps import NOTE, WAIT, aged, days_pass, left, ran, sweep  # noqa: F401 - a fixture


def test_batch_whose_connection_is_lost_removes_nothing(
    plane: Plane, later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(plane, events=5)
    before, log = left(plane), plane.log()
    later(91)
    remove = steps.BatchInput.remove

    def dies(work: steps.BatchInput, removals: Sequence[str], **values: Any) -> int:
        gone = remove(work, removals[:4], **values)
        work.cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return gone

    monkeypatch.setattr(steps.BatchInput, "remove", dies)
    assert sweep(plane) == 0
    assert (left(plane), plane.log()) == (before, log)
    monkeypatch.setattr(steps.BatchInput, "remove", remove)
    plane.root.execute("UPDATE public.retention_sweep SET due_at = now()")
    one = Sweeper()
    one._admitted_at = float("inf")
    one.sweep(60)
    assert left(plane) == {}


def test_tenant_with_much_delays_no_other(
    planes: Callable[[int], list[Plane]], later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(steps, "FIRST_ROWS", 2)
    monkeypatch.setattr(steps, "MOST_ROWS", 2)
    monkeypatch.setattr(steps, "LEAST_ROWS", 2)
    busy, quiet = planes(2)
    ran(busy, events=30)
    ran(quiet, events=1)
    later(91)
    busy.root.execute("DELETE FROM public.retention_sweep")
    for plane in (busy, quiet):
        aged(plane)
        busy.root.execute(
            "INSERT INTO public.retention_sweep (tenant_id, due_at) VALUES (%s, clock_timestamp())", plane.tenant.id
        )
    one, seen = Sweeper(), []
    one._admitted_at = float("inf")
    take = turns.take
    monkeypatch.setattr(turns, "take", lambda connection: seen.append(turn := take(connection)) or turn)
    one.sweep(60)
    order = [turn.tenant.id for turn in seen if turn is not None]
    assert order[:2] == [busy.tenant.id, quiet.tenant.id]
    assert left(busy) == left(quiet) == {}
    assert order.count(busy.tenant.id) > 10


def test_feed_answers_a_gap_where_rows_are_gone(plane: Plane, later: Callable[[int], None]) -> None:
    """Also where the row at the cursor is still there, because its run is open."""
    plane.publish("wait", WAIT, when={"==": [{"var": "type"}, "wait"]})
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "one"]})
    plane.send({}, kind="wait")
    plane.drain()
    ((*place,),) = plane.rows("SELECT epoch, xid, id FROM run_log ORDER BY epoch DESC, xid DESC, id DESC LIMIT 1")
    plane.send({}, {}, kind="one")
    plane.drain()
    plane.root.execute("SET session_replication_role = replica")
    plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".run_log SET occurred_at = occurred_at - interval '2 days'")
    plane.root.execute("SET session_replication_role = DEFAULT")
    later(91)
    sweep(plane)
    with acting_for(plane.tenant):
        position = (place[0], place[1], place[2])
        following = RUN_LOG.resume(position, RUN_LOG.bounds())
        assert following > position, "a gap"
        with pytest.raises(NormalizedError) as refused:
            RUN_LOG.after(position)
        assert refused.value.code == "CURSOR_EXPIRED", "a reader that is overtaken is told"
    plane.send({}, kind="one")
    plane.drain()
    with acting_for(plane.tenant):
        following = RUN_LOG.resume(position, RUN_LOG.bounds())
        assert following > position
        assert len(RUN_LOG.after(following).rows) > 2
        assert EVENT_LOG.bounds().newest is not None


ENTRY = """
INSERT INTO public.budget_entry (id, tenant_id, budget_id, window_start, kind, amount, refused, made_at)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
       %s, %s, date_trunc('day', at), kind, CASE WHEN kind = 'settle' THEN n ELSE 0 END, 1, at
FROM generate_series(1, 100) AS n, LATERAL (SELECT now() - %s::interval + n * interval '1 minute' AS at) AS t,
     unnest(ARRAY['settle', 'refuse']) AS kind
ON CONFLICT DO NOTHING
"""
SUMS = """
SELECT budget_id, window_start, kind, date_trunc('hour', made_at), sum(amount)::bigint, sum(refused)::bigint
FROM public.budget_entry WHERE tenant_id = %s GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


def test_ledger_is_folded_and_its_sums_stay(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ROWS_AT_ONCE", 30)
    for age in ("10 days", "1 day"):
        plane.root.execute(ENTRY, plane.tenant.id, uuid.uuid4(), age)
    before = plane.root.rows(SUMS + " -- ORDER BY", plane.tenant.id)
    count = "SELECT count(*) FROM public.budget_entry WHERE tenant_id = %s"
    rows = plane.root.value(count, plane.tenant.id)
    one = Sweeper()
    for _ in range(100):
        one._fold(connections[ADMIN], 0)
        if one._ledger_place == ledger.BEGINNING:
            break
    assert plane.root.rows(SUMS + " -- ORDER BY", plane.tenant.id) == before
    left = plane.root.value(count, plane.tenant.id)
    assert rows / 2 < left < rows - 80, (rows, left)
