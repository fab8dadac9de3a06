"""The sweeper removes what is old enough, whole, and nothing that is still needed. Each mechanism has a twin without it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from automate.events.feed_queries import EVENT_LOG
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.plans import RetryRequest
from automate.recovery.replaying import replay_event
from automate.recovery.retrying import retry_runs
from automate.retention import services
from automate.runs.feed_queries import RUN_LOG
from tenants.routers import ADMIN
from tenants.sweeping import claims as turns
from tenants.sweeping import ledger_queries as ledger
from tenants.sweeping import step_queries as steps
from tenants.sweeping import sweeper
from tenants.sweeping import transitions as statements
from tenants.sweeping.sweeper import Sweeper
from tests.support.plane import Plane, Scripted, connectors, failing

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
WAIT = [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 3600}}]
CALL = [{"key": "call", "uses": "test.scripted", "retry": {"max_attempts": 1}}]
TABLES = (
    "execution_run", "step_run", "step_input", "step_wait", "effect", "event", "event_payload", "decision", "rule_match",
    "event_search", "approval", "webhook_delivery",
)  # fmt: skip


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets days pass for the sweeper."""
    before_of = turns.before_of

    def pass_days(days: int) -> None:
        monkeypatch.setattr(
            turns, "before_of", lambda kept, now, young: before_of(kept, now + timedelta(days=days), young)
        )

    monkeypatch.setattr(steps, "feed_seconds", lambda: -1_000_000)
    monkeypatch.setattr(sweeper, "feed_seconds", lambda: 0)
    return pass_days


def aged(plane: Plane) -> None:
    plane.root.execute(
        "UPDATE public.tenant SET created_at = now() - interval '400 days' WHERE id = %s", plane.tenant.id
    )


def sweep(plane: Plane) -> int:
    aged(plane)
    plane.root.execute("DELETE FROM public.retention_sweep")
    plane.root.execute(
        "INSERT INTO public.retention_sweep (tenant_id, due_at) SELECT id, now() FROM public.tenant WHERE id = %s",
        plane.tenant.id,
    )
    one = Sweeper()
    one._admitted_at = float("inf")
    return one.sweep(60)


def left(plane: Plane) -> dict[str, int]:
    counts = {table: plane.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    return {table: count for table, count in counts.items() if count}


def ran(plane: Plane, workflow: Sequence[Any] = NOTE, slug: str = "one", events: int = 1) -> list[uuid.UUID]:
    plane.publish(slug, workflow)
    sent = plane.send(*({"n": n} for n in range(events)))
    plane.drain()
    return sent


def save(plane: Plane, **days: int | None) -> None:
    plane.by_ada(lambda: services.save_retention(days))


def marks(plane: Plane) -> dict[str, datetime]:
    return dict(
        plane.rows("SELECT data_class, removed_before FROM public.retention_policy WHERE removed_before IS NOT NULL")
    )


def test_everything_of_an_old_run_goes(plane: Plane, later: Callable[[int], None]) -> None:
    ran(plane, events=3)
    assert left(plane)["execution_run"] == 3
    later(89)
    assert sweep(plane) == 0
    assert left(plane)["execution_run"] == 3
    later(91)
    assert sweep(plane) > 20
    assert left(plane) == {}
    assert len(plane.log()) == 1, "the last row of the log stays for the cursors of a quiet tenant"
    assert {"runs", "payloads", "outputs"} <= marks(plane).keys()
    plane.send({"n": 9})
    plane.drain()
    later(182)
    sweep(plane)
    assert len(plane.log()) == 1, "the row that had to stay has gone since"


def test_audit_record_and_keys_stay(plane: Plane, later: Callable[[int], None]) -> None:
    def send() -> str:
        with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
            ((source,),) = plane.rows("SELECT id FROM source WHERE slug = 'api'")
            new = NewEvent(source_id=source, type="x", body=b"{}", trace_id="0" * 32, idempotency_key="one")
            (taken,) = record_events([new], audited=True)
            return taken.outcome

    plane.publish("one", NOTE)
    assert send() == "NEW"
    plane.drain()
    audit = plane.rows("SELECT count(*) FROM audit_entry")
    later(91)
    sweep(plane)
    assert left(plane) == {}
    assert plane.rows("SELECT count(*) FROM audit_entry") == audit
    assert send() == "DUPLICATE", "the window of its key is still open"
    plane.drain()
    assert left(plane) == {}


def test_open_run_keeps_all_that_it_needs(plane: Plane, later: Callable[[int], None]) -> None:
    save(plane, payloads=1, outputs=1, run_log=1, decisions=1)
    ran(plane, [*NOTE, {**WAIT[0], "needs": ["note"]}])
    before, log = left(plane), plane.log()
    later(200)
    sweep(plane)
    assert left(plane) == before
    assert plane.log() == log
    plane.pass_seconds(3700)
    plane.drain()
    assert plane.run_states() == ["succeeded"]
    sweep(plane)
    assert left(plane) == {}


def test_event_that_waits_to_be_matched_stays(plane: Plane, later: Callable[[int], None]) -> None:
    save(plane, payloads=1)
    plane.publish("one", NOTE)
    plane.send({"n": 1})
    later(200)
    sweep(plane)
    plane.drain()
    assert plane.run_states() == ["succeeded"]
    plane.rows("SELECT 1")
    assert left(plane)["event_payload"] == 1


def test_event_without_a_run_goes(plane: Plane, later: Callable[[int], None]) -> None:
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "never"]})
    plane.send({"n": 1}, {"n": 2})
    plane.drain()
    later(91)
    sweep(plane)
    assert left(plane) == {}


def retry(plane: Plane) -> None:
    ((run,),) = plane.rows("SELECT id FROM execution_run ORDER BY id DESC LIMIT 1")
    plane.by_ada(lambda: retry_runs([run], RetryRequest(reason="again")))


def two_of_a_line(plane: Plane) -> None:
    """A run whose first step was done and whose second one failed, and its retry, which waits."""
    first, second = (
        Scripted("keyed", acts=({"a": 1},), name="test.first"),
        Scripted(acts=(failing("CONNECTOR_REFUSED"),)),
    )
    with connectors(first, second):
        ran(plane, [{"key": "a", "uses": "test.first"}, {**CALL[0], "needs": ["a"]}])
        assert plane.run_states() == ["failed"]
        plane.root.execute(
            f"UPDATE \"{plane.tenant.schema}\".execution_run SET finished_at = finished_at - interval '100 days'"
        )
        retry(plane)


def test_line_of_retries_goes_together(plane: Plane, later: Callable[[int], None]) -> None:
    two_of_a_line(plane)
    before = left(plane)
    later(0)
    sweep(plane)
    assert left(plane) == before, "the retry has its effects under the keys of the first run"


def test_twin_that_does_not_ask_for_the_line_loses_effects_of_its_retry(
    plane: Plane, later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "FREE_RUNS", statements.FREE_RUNS.replace(statements.LINE_IN_USE, "false"))
    two_of_a_line(plane)
    before = left(plane)
    later(0)
    sweep(plane)
    assert before["effect"] == 2
    assert "effect" not in left(plane)


def test_retry_and_sweeper_do_not_meet(plane: Plane, later: Callable[[int], None]) -> None:
    """A run of whose line somebody holds the lock is left alone, and found by the next sweep."""
    ran(plane)
    later(91)
    with plane.root.connection.transaction():
        plane.root.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(coalesce(line_id, origin_id)::text))"
            f' FROM "{plane.tenant.schema}".execution_run',
            statements.LINE_LOCK,
        )
        # A row of the sweep is written by another session.
        one = Sweeper()
        with acting_for(plane.tenant):
            pass
        connection = connections[ADMIN]
        turn = turns.Turn(plane.tenant, datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
        one._sweep(connection, turn, until=float("inf"))
    assert left(plane)["execution_run"] == 1
    sweep(plane)
    assert left(plane) == {}


def test_effect_that_waits_for_a_person_stays(plane: Plane, later: Callable[[int], None]) -> None:
    late = failing("CONNECTOR_TIMEOUT", arrived=True)
    with connectors(Scripted("unsafe", acts=(late,))):
        ran(plane, CALL)
    assert plane.effects() == [("call", "uncertain", 1)]
    before = left(plane)
    later(200)
    sweep(plane)
    assert left(plane) == before


def test_hold_keeps_everything_that_belongs_to_it(plane: Plane, later: Callable[[int], None]) -> None:
    ran(plane)
    plane.root.execute(
        "INSERT INTO public.retention_policy (id, tenant_id, data_class, hold_reason, held_at, changed_at)"
        " VALUES (gen_random_uuid(), %s, 'outputs', 'court', now(), now())",
        plane.tenant.id,
    )
    later(200)
    sweep(plane)
    assert left(plane) == {"execution_run": 1, "step_run": 1, "effect": 1, "event": 1}
    assert plane.rows("SELECT request::text <> '{\"input\": null}' FROM effect") == [(True,)]
    plane.root.execute("UPDATE public.retention_policy SET hold_reason = '' WHERE tenant_id = %s", plane.tenant.id)
    sweep(plane)
    assert left(plane) == {}


def test_classes_that_are_kept_for_less_time_go_alone(plane: Plane, later: Callable[[int], None]) -> None:
    with connectors(Scripted(acts=({"secret": "output"},))):
        (event,) = ran(plane, CALL)
    save(plane, payloads=5, outputs=10, run_log=15, decisions=20)
    later(6)
    sweep(plane)
    assert "event_payload" not in left(plane)
    assert plane.rows("SELECT output IS NULL FROM step_run") == [(False,)]
    later(11)
    sweep(plane)
    assert plane.rows("SELECT output IS NULL FROM step_run") == [(True,)]
    assert plane.rows("SELECT request::text, state FROM effect") == [('{"input": null}', "confirmed")]
    assert len(plane.log()) > 1
    later(16)
    sweep(plane)
    assert len(plane.log()) == 1
    assert "decision" in left(plane)
    later(21)
    sweep(plane)
    assert left(plane) == {"execution_run": 1, "step_run": 1, "effect": 1, "event": 1}
    with pytest.raises(NormalizedError) as refused:
        plane.by_ada(lambda: replay_event(event))
    assert refused.value.code == "CONFLICT"
    later(91)
    sweep(plane)
    assert left(plane) == {}


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


def test_days_of_the_plan_decide_what_goes(plane: Plane, later: Callable[[int], None]) -> None:
    ran(plane)
    later(40)
    assert sweep(plane) == 0
    plane.root.execute(
        "INSERT INTO public.plan (id, slug, name, weight, budgets, retention, revision, created_at, updated_at)"
        " VALUES (gen_random_uuid(), 'kept-30', 'kept-30', 1, '[]', '{\"runs\": 30}', 1, now(), now())"
    )
    plane.root.execute("UPDATE public.tenant SET plan = 'kept-30' WHERE id = %s", plane.tenant.id)
    try:
        assert sweep(plane) > 0
        assert left(plane) == {}
    finally:
        plane.root.execute("UPDATE public.tenant SET plan = 'standard' WHERE id = %s", plane.tenant.id)
        plane.root.execute("DELETE FROM public.plan WHERE slug = 'kept-30'")
