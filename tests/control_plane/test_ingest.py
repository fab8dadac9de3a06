from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from structlog.testing import capture_logs

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

ROOT = Path(__file__).parent.parent.parent
TRACE = "0af7651916cd43dd8448eb211c80319c"
CLIENT = Principal(kind="api_token", name="shop", id="1")
NOTE = {"schema": 1, "steps": [{"key": "note", "uses": "log.write", "with": {"message": "hello"}}]}


@pytest.fixture
def acting(tenant):
    with acting_for(tenant.ref), acting_as(CLIENT):
        yield tenant


@pytest.fixture
def open_hook(tenant):
    """The URL of a source that asks for no signature."""
    with acting_for(tenant.ref):
        save_source(slug="open", scheme="UNSIGNED", secrets=[], options=None, expected_revision=None)
    return f"/t/{tenant.ref.slug}/hooks/open"


@contextmanager
def recorded_statements():
    statements: list[str] = []

    def record(execute, sql, params, many, context):
        statements.append(sql.strip())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(record):
        yield statements


def post(url: str, body: bytes = b'{"type": "order.created", "n": 1}', /, **headers: str):
    return Client().post(url, data=body, content_type="application/json", headers=headers)


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

    def pruned_meanwhile(rows):
        execute("DELETE FROM event_key")
        return read_winners(rows)

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
            env={**os.environ, "PYTHONPATH": str(ROOT)},
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


def test_webhook_costs_two_statements_and_commits_by_itself(open_hook, monkeypatch):
    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 1 << 128)  # else one key in 64 prunes, by chance
    post(open_hook)
    with recorded_statements() as statements:
        assert post(open_hook, **{"webhook-id": "w"}).json()["outcome"] == "NEW"
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH"]
    with recorded_statements() as statements:
        assert post(open_hook, **{"webhook-id": "w"}).json()["outcome"] == "DUPLICATE"
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH", "WITH"]


def test_webhook_keeps_body_trace_and_harmless_headers(open_hook, tenant):
    body = b'{ "type": "order.created",  "n": 1.0 }'
    answer = post(
        open_hook,
        body,
        **{
            "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
            "webhook-id": "w",
            "X-Shop": "north",
            "Cookie": "session=1",
            "Authorization": "Bearer abcdefgh",
            "X-Hub-Signature-256": "sha256=00",
            "X-Api-Key": "12345678",
        },
    )
    assert (answer.status_code, answer["X-Trace-Id"]) == (202, TRACE)
    with acting_for(tenant.ref):
        event = Event.objects.get()
        assert answer.json() == {"event_id": str(event.id), "trace_id": TRACE, "outcome": "NEW"}
        assert bytes(EventPayload.objects.get().body) == body
        assert event.headers == {"content-type": "application/json", "webhook-id": "w", "x-shop": "north"}
        assert (event.type, event.idempotency_key) == ("order.created", "w")
        assert (event.actor_kind, event.actor_name) == ("system", "webhook")


def test_conflicting_webhook_names_the_first_event(open_hook):
    first = post(open_hook, b'{"n": 1}', **{"webhook-id": "w"}).json()
    answer = post(open_hook, b'{"n": 2}', **{"webhook-id": "w"})
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert answer.json()["details"] == {"event_id": first["event_id"]}


def test_signed_webhook_is_taken_and_a_forged_one_refused(tenant):
    with acting_for(tenant.ref):
        source = save_source(
            slug="gh", scheme="GITHUB", secrets=["new secret", "old secret"], options=None, expected_revision=None
        )
        stored = json.dumps(Source.objects.get(id=source).secrets)
    assert "secret" not in stored
    url, body = f"/t/{tenant.ref.slug}/hooks/gh", b'{"zen": "Keep it logically awesome."}'

    def sent(secret: str):
        proof = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
        return post(url, body, **{"X-Hub-Signature-256": proof, "X-GitHub-Event": "ping"})

    assert [sent(secret).status_code for secret in ("new secret", "old secret")] == [202, 202]
    refused = sent("no secret")
    assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_SIGNATURE")
    with acting_for(tenant.ref):
        assert list(Event.objects.values_list("type", flat=True)) == ["ping", "ping"]


def test_unknown_doors_answer_alike(open_hook, tenant):
    with acting_for(tenant.ref):
        save_source(slug="shut", scheme="UNSIGNED", secrets=[], options=None, enabled=False, expected_revision=None)
    urls = [f"/t/{tenant.ref.slug}/hooks/{name}" for name in ("nothing", "shut", "api", "manual", "X-Y")]
    answers = [post(url) for url in [*urls, "/t/nobody/hooks/open", "/t/nobody/hooks/nothing", "/nothing"]]
    assert [answer.status_code for answer in answers] == [404] * 8
    bodies = [answer.json() for answer in answers]
    assert {(body["code"], body["message"], str(body["details"])) for body in bodies} == {
        ("NOT_FOUND", "There is nothing at this URL.", "{}")
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "INVALID_JSON"),
        (b"not json", 400, "INVALID_JSON"),
        (b'{"a": "\xff"}', 400, "INVALID_JSON"),
        (b'{"a": "\\u0000"}', 400, "INVALID_JSON"),
        (b'{"a": NaN}', 400, "INVALID_JSON"),
        (b'{"a": 1, "a": 2}', 400, "INVALID_JSON"),
        (b"[" * 5_000 + b"]" * 5_000, 400, "INVALID_JSON"),
        (b'"' + b"x" * 1_048_575 + b'"', 413, "PAYLOAD_TOO_LARGE"),
        (b'"' + b"x" * 10_000_000 + b'"', 413, "PAYLOAD_TOO_LARGE"),
    ],
)
def test_bad_body_is_refused_and_leaves_nothing(open_hook, tenant, body, status, code):
    answer = post(open_hook, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    with acting_for(tenant.ref):
        assert not Event.objects.exists()


@pytest.mark.parametrize("body", [b"null", b"true", b'"text"', b"1", b'"' + b"x" * 1_048_574 + b'"'])
def test_any_json_value_is_a_payload(open_hook, body):
    assert post(open_hook, body).status_code == 202


def test_webhooks_are_sent_with_post(open_hook):
    answer = Client().get(open_hook)
    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, "POST", "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"type": ""}, ["type"]),
        ({"type": "a b"}, ["type"]),
        ({"type": "a\n"}, ["type"]),
        ({"type": "a" * 256}, ["type"]),
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
    with pytest.raises(NormalizedError, match="publish it first"):
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
    for workflow, payload in (("one", {"n": 2}), ("two", {"n": 1})):
        with pytest.raises(NormalizedError, match="CONFLICT"):
            run_workflow(workflow=workflow, payload=payload, idempotency_key="k")
    assert (ExecutionRun.objects.count(), Delivery.objects.count()) == (1, 2)


def test_manual_run_of_unknown_workflow_is_not_found(acting):
    with pytest.raises(NormalizedError) as refusal:
        run_workflow(workflow="nothing", payload={}, idempotency_key=None)
    assert refusal.value.code == "NOT_FOUND"


@pytest.fixture
def locked_hook(tenant):
    """The URL of a source whose secret was sealed by a key that is gone."""
    with acting_for(tenant.ref):
        save_source(
            slug="locked", scheme="BEARER", secrets=["a-long-enough-token"], options=None, expected_revision=None
        )
        (row,) = Source.objects.filter(slug="locked")
        gone = [text.replace(".derived.", ".gone.") for text in row.secrets]
        Source.objects.filter(slug="locked").update(secrets=gone)
    return f"/t/{tenant.ref.slug}/hooks/locked"


def test_secret_that_cannot_be_opened_is_our_fault(tenant, locked_hook):
    with capture_logs() as lines:
        answer = Client().post(
            locked_hook, "{}", content_type="application/json", headers={"authorization": "Bearer a-long-enough-token"}
        )
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "AUTOMATE_" not in answer.content.decode()
    (failure,) = [line for line in lines if line["event"] == "request failed"]
    assert failure["log_level"] == "error"
    assert "the key gone, which AUTOMATE_MASTER_KEYS does not hold" in str(failure["exc_info"].__cause__)
    with acting_for(tenant.ref):
        with pytest.raises(NormalizedError, match="INTERNAL"):
            save_source(slug="locked", scheme="BEARER", secrets=None, options=None, expected_revision=None)
        save_source(
            slug="locked", scheme="BEARER", secrets=["a-long-enough-token"], options=None, expected_revision=None
        )
    answer = Client().post(
        locked_hook, "{}", content_type="application/json", headers={"authorization": "Bearer a-long-enough-token"}
    )
    assert answer.status_code == 202


def test_refusal_is_logged_once_with_its_reason(open_hook):
    with capture_logs() as lines:
        answer = Client().post(
            open_hook, "{", content_type="application/json", headers={"traceparent": f"00-{TRACE}-{'1' * 16}-01"}
        )
    (line,) = lines
    assert line == {
        "event": "request refused",
        "log_level": "warning",
        "method": "POST",
        "path": open_hook,
        "status": 400,
        "trace_id": TRACE,
        "code": "INVALID_JSON",
        "said": answer.json()["message"],
    }


def test_django_says_nothing_of_refusals_beside_us(open_hook):
    """In a process of its own, because logging belongs to the whole of one."""
    code = (
        "import django; django.setup()\n"
        "from automate.project.logs import log_to_stderr; log_to_stderr('web')\n"
        "from django.test import Client\n"
        f"Client().post({open_hook!r}, '{{', content_type='application/json')\n"
        "Client().get('/graphql', headers={'accept': 'application/graphql-response+json'})"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["status"], line["code"], len(line["trace_id"])) for line in lines] == [
        (400, "INVALID_JSON", 32),
        (401, "UNAUTHENTICATED", 32),
    ]
