from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from automate.audit.models import AuditEntry
from automate.events import services
from automate.events.models import Delivery, Event, EventKey, EventPayload, Source
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.outbox.models import OutboxJob
from automate.runs.models import ExecutionRun
from automate.triggers.services import ingest_event, run_workflow, save_source
from automate.workflows.services import publish_workflow, save_workflow
from tests.support.racing import race
from tests.support.source_requests import post, recorded_statements

ROOT = Path(__file__).parent.parent.parent
TRACE = "0af7651916cd43dd8448eb211c80319c"
CLIENT = Principal(kind="api_token", name="shop", id="1")
NOTE: Any = {"schema": 1, "steps": [{"key": "note", "uses": "log.write", "with": {"message": "hello"}}]}


@pytest.fixture
def acting(tenant):
    with acting_for(tenant.ref), acting_as(CLIENT):
        yield tenant


def test_accepted_event_is_four_rows_and_one_audit_entry(acting):
    taken = ingest_event(type="order.created", payload={"n": 42}, idempotency_key="order-1", subject="o/1")
    assert taken.outcome == "NEW"
    event, payload, key = Event.objects.get(), EventPayload.objects.get(), EventKey.objects.get()
    job, entry = OutboxJob.objects.get(), AuditEntry.objects.get()
    assert (event.id, event.type, event.subject) == (taken.event_id, "order.created", "o/1")
    assert (event.actor_kind, event.actor_name, event.trace_id) == ("api_token", "shop", taken.trace_id)
    assert (bytes(payload.body), payload.event_id) == (b'{"n":42}', event.id)
    assert event.payload_sha256 == key.payload_sha256 == hashlib.sha256(b'{"n":42}').hexdigest()
    assert (event.payload_bytes, event.received_at) == (8, event.occurred_at)
    assert (key.key, key.event_id) == ("order-1", event.id)
    assert (key.expires_at - event.received_at).total_seconds() == 7 * 86_400
    assert (job.id, job.subject_id, job.tenant_id) == (event.id, event.id, acting.ref.id)
    assert (job.topic, job.state, job.open, job.fence, job.attempts) == ("event.match", "pending", True, 0, 0)
    assert (entry.action, entry.object_id, entry.actor_name) == ("event.ingest", str(event.id), "shop")


def test_repeat_returns_the_first_event_and_is_recorded(acting):
    first = ingest_event(type="a", payload={"b": 1, "a": 2}, idempotency_key="k")
    again = ingest_event(type="a", payload={"a": 2, "b": 1}, idempotency_key="k")
    other = ingest_event(type="a", payload={"a": 3}, idempotency_key="k")
    assert [again.outcome, other.outcome] == ["DUPLICATE", "CONFLICT"]
    assert {first.event_id} == {again.event_id, other.event_id}
    assert {first.trace_id} == {again.trace_id, other.trace_id}
    assert list(Delivery.objects.order_by("id").values_list("outcome", "event_id")) == [
        ("DUPLICATE", first.event_id),
        ("CONFLICT", first.event_id),
    ]
    assert (Event.objects.count(), OutboxJob.objects.count(), AuditEntry.objects.count()) == (1, 1, 1)


NOON = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=timezone.utc)
SAID: dict[str, Any] = {"type": "order.created", "payload": {"n": 1}, "subject": "o/1", "occurred_at": NOON}


@pytest.mark.parametrize(
    "other",
    [
        {"type": "order.paid"},
        {"subject": "o/2"},
        {"subject": None},
        {"occurred_at": NOON + timedelta(microseconds=1)},
        {"occurred_at": None},
        {"payload": {"n": 2}},
    ],
    ids=["type", "subject", "no subject", "time", "no time", "payload"],
)
def test_key_with_anything_else_about_the_event_is_a_conflict(acting, other):
    first = ingest_event(**SAID, idempotency_key="k")
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert ingest_event(**{**SAID, "occurred_at": elsewhere}, idempotency_key="k").outcome == "DUPLICATE"
    again = ingest_event(**{**SAID, **other}, idempotency_key="k")
    assert (again.outcome, again.event_id) == ("CONFLICT", first.event_id)


def test_time_given_for_an_event_that_had_none_is_a_conflict(acting):
    outcomes = [
        ingest_event(type="a", payload=1, idempotency_key="k", occurred_at=at).outcome for at in (None, NOON, None)
    ]
    assert outcomes == ["NEW", "CONFLICT", "DUPLICATE"]


def test_key_outlives_its_event_by_the_digest(acting):
    ingest_event(type="a", payload=1, idempotency_key="k")
    execute("UPDATE event_key SET event_id = gen_random_uuid()")
    assert [ingest_event(type="a", payload=n, idempotency_key="k").outcome for n in (1, 2)] == ["DUPLICATE", "CONFLICT"]


def test_events_without_a_key_are_each_new(acting):
    taken = [ingest_event(type="a", payload=None) for _ in range(3)]
    assert [one.outcome for one in taken] == ["NEW"] * 3
    assert (Event.objects.count(), EventKey.objects.count()) == (3, 0)


def test_same_key_of_another_source_is_another_event(acting):
    save_source(slug="open", scheme="UNSIGNED", secrets=[], options=None, expected_revision=None)
    assert ingest_event(type="a", payload=1, idempotency_key="k").outcome == "NEW"
    assert ingest_event(source="open", type="a", payload=1, idempotency_key="k").outcome == "NEW"


def test_expired_key_is_taken_over_by_one(acting):
    first = ingest_event(type="a", payload=1, idempotency_key="k")
    execute("UPDATE event_key SET expires_at = now()")

    def again(_number):
        with acting_for(acting.ref):
            return ingest_event(type="a", payload=2, idempotency_key="k")

    taken = race(8, again)
    assert Counter(one.outcome for one in taken) == {"NEW": 1, "DUPLICATE": 7}
    (second,) = {one.event_id for one in taken}
    assert second != first.event_id
    assert EventKey.objects.get().event_id == second


@pytest.fixture
def every_key_prunes(monkeypatch):
    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 1)


@pytest.fixture
def no_key_prunes(monkeypatch):
    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 2**128)


def keys_left():
    return sorted(EventKey.objects.values_list("key", flat=True))


def test_new_keys_remove_expired_ones_a_few_at_a_time(acting, monkeypatch, no_key_prunes):
    api = Source.objects.get(slug="api").id
    old = [NewEvent(api, "a", b"1", TRACE, idempotency_key=f"old{n}") for n in range(5)]
    record_events(old, audited=False)
    execute("UPDATE event_key SET expires_at = now() - make_interval(mins => id::int)")
    ingest_event(type="a", payload=1, idempotency_key="good")
    assert len(keys_left()) == 6
    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 1)
    ingest_event(type="a", payload=2, idempotency_key="next")
    assert keys_left() == ["good", "next", "old0", "old1", "old2"]
    ingest_event(type="a", payload=3)
    assert len(keys_left()) == 5
    record_events([NewEvent(api, "a", b"1", TRACE, idempotency_key=key) for key in ("n1", "n2")], audited=False)
    assert keys_left() == ["good", "n1", "n2", "next"]


def test_pruning_waits_for_nobody(acting, every_key_prunes):
    """A racer that takes an expired key over holds it; pruning passes that row by."""
    ingest_event(type="a", payload=1, idempotency_key="k")
    execute("UPDATE event_key SET expires_at = now() - interval '1 day'")

    def take(number):
        with acting_for(acting.ref):
            return ingest_event(type="a", payload=2, idempotency_key="k" if number % 2 else f"other{number}")

    taken = race(8, take)
    assert Counter(one.outcome for one in taken) == {"NEW": 5, "DUPLICATE": 3}


def test_pruned_key_lets_the_second_try_win(acting, monkeypatch):
    ingest_event(type="a", payload=1, idempotency_key="k")
    read_winners = services.read_winners

    def pruned_meanwhile(rows, **given):
        execute("DELETE FROM event_key")
        return read_winners(rows, **given)

    monkeypatch.setattr(services, "read_winners", pruned_meanwhile)
    assert ingest_event(type="a", payload=2, idempotency_key="k").outcome == "NEW"


def test_list_of_events_takes_one_statement(acting, no_key_prunes):
    api = Source.objects.get(slug="api").id
    events = [NewEvent(api, "a", str(n).encode(), TRACE, idempotency_key=f"k{n}") for n in range(100)]
    with recorded_statements() as statements:
        taken = record_events(events, audited=False)
    assert len(statements) == 1
    assert [one.outcome for one in taken] == ["NEW"] * 100
    bodies = dict(EventPayload.objects.values_list("event_id", "body"))
    assert [bytes(bodies[one.event_id]) for one in taken] == [str(n).encode() for n in range(100)]


def test_first_of_equal_keys_in_a_list_wins(acting):
    api = Source.objects.get(slug="api").id
    events = [NewEvent(api, "a", body, TRACE, idempotency_key="k") for body in (b"1", b"1", b"2")]
    taken = record_events(events, audited=True)
    assert [one.outcome for one in taken] == ["NEW", "DUPLICATE", "CONFLICT"]
    assert len({one.event_id for one in taken}) == 1
    assert AuditEntry.objects.count() == 1


def test_racing_lists_in_opposite_order_do_not_deadlock(acting):
    api = Source.objects.get(slug="api").id
    events = [NewEvent(api, "a", b"1", TRACE, idempotency_key=f"k{n}") for n in range(200)]

    def send(number):
        with acting_for(acting.ref):
            return record_events(events if number % 2 else events[::-1], audited=False)

    outcomes = Counter(one.outcome for answers in race(6, send) for one in answers)
    assert outcomes == {"NEW": 200, "DUPLICATE": 1000}


def test_fifty_copies_from_threads_and_processes_make_one_event(open_hook, tenant):
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.send_copies", open_hook, "msg_1", "15"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(2)
    ]
    answers = []
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        answers += race(20, lambda _: post(open_hook, **{"webhook-id": "msg_1"}).json())
        for process in processes:
            answers += json.loads(process.stdout.readline())
    finally:
        for process in processes:
            process.communicate(timeout=30)
    assert Counter(answer["outcome"] for answer in answers) == {"NEW": 1, "DUPLICATE": 49}
    assert len({answer["event_id"] for answer in answers}) == 1
    with acting_for(tenant.ref):
        assert (Event.objects.count(), EventPayload.objects.count(), OutboxJob.objects.count()) == (1, 1, 1)
        assert Delivery.objects.count() == 49


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": ""}, ["type"]),
        ({"type": "a b"}, ["type"]),
        ({"type": "a\n"}, ["type"]),
        ({"type": "a" * 256}, ["type"]),
        ({"type": "run.failed"}, ["type"]),
        ({"idempotency_key": ""}, ["idempotencyKey"]),
        ({"idempotency_key": "a" * 256}, ["idempotencyKey"]),
        ({"idempotency_key": "a\x00"}, ["idempotencyKey"]),
        ({"subject": "a" * 256}, ["subject"]),
        ({"occurred_at": datetime(2026, 1, 1)}, ["occurredAt"]),  # noqa: DTZ001 - that it has none is the point
        ({"occurred_at": datetime.now(timezone.utc) + timedelta(days=2)}, ["occurredAt"]),
        ({"occurred_at": datetime(1969, 1, 1, tzinfo=timezone.utc)}, ["occurredAt"]),
        ({"source": "manual"}, ["source"]),
    ],
)
def test_bad_field_is_refused_with_its_path(acting, change, path):
    with pytest.raises(NormalizedError) as refusal:
        ingest_event(**{"type": "a", "payload": {}, **change})
    assert (refusal.value.code, refusal.value.path) == ("BAD_USER_INPUT", path)
    assert not Event.objects.exists()


@pytest.mark.parametrize("source", ["nothing", "\x00", "x" * 1000])
def test_unknown_source_is_not_found(acting, source):
    with pytest.raises(NormalizedError) as refusal:
        ingest_event(source=source, type="a", payload={})
    assert refusal.value.code == "NOT_FOUND"


def test_integers_keep_every_digit(acting):
    taken = ingest_event(type="a", payload={"n": 2**80})
    assert bytes(EventPayload.objects.get(event_id=taken.event_id).body) == b'{"n":%d}' % 2**80


def test_manual_run_is_made_once_and_seen_by_no_rule(acting):
    save_workflow(slug="note", name="Note", definition=NOTE, expected_revision=None)
    with pytest.raises(NormalizedError, match=r"^BAD_USER_INPUT: .*publish"):
        run_workflow(workflow="note", payload={}, idempotency_key=None)
    version = publish_workflow(slug="note")

    def run(_number):
        with acting_for(acting.ref):
            return run_workflow(workflow="note", payload={"n": 1}, idempotency_key="try-1")

    (run_id,) = set(race(8, run))
    found = ExecutionRun.objects.get()
    assert (found.id, found.state, found.workflow_version_id, found.rule_id) == (run_id, "queued", version, None)
    assert Event.objects.get().type == "manual"
    assert list(OutboxJob.objects.values_list("topic", "id")) == [("run.advance", run_id)]
    assert AuditEntry.objects.filter(action="workflow.run").count() == 1


def test_manual_key_with_other_content_is_a_conflict(acting):
    for slug in ("one", "two"):
        save_workflow(slug=slug, name=slug, definition=NOTE, expected_revision=None)
        publish_workflow(slug=slug)
    run_workflow(workflow="one", payload={"n": 1}, idempotency_key="k")
    others: list[tuple[str, Any]] = [("one", {"n": 2}), ("two", {"n": 1})]
    for workflow, payload in others:
        with pytest.raises(NormalizedError, match="CONFLICT"):
            run_workflow(workflow=workflow, payload=payload, idempotency_key="k")
    assert (ExecutionRun.objects.count(), Delivery.objects.count()) == (1, 2)


def test_manual_run_of_unknown_workflow_is_not_found(acting):
    with pytest.raises(NormalizedError) as refusal:
        run_workflow(workflow="nothing", payload={}, idempotency_key=None)
    assert refusal.value.code == "NOT_FOUND"
