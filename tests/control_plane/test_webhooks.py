"""The door for webhooks: what it takes, what it refuses and how, and what it logs."""

from __future__ import annotations

import hmac
import json
import subprocess
import sys
import time

import pytest
from django.test import Client
from structlog.testing import capture_logs

from automate.events import services
from automate.events.models import Event, EventPayload, Source
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.triggers import rejected_deliveries
from automate.triggers.services import save_source
from tests.support.facts import naming
from tests.support.source_requests import post, recorded_statements

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_webhook_costs_two_statements_and_commits_by_itself(open_hook, monkeypatch):
    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 1 << 128)  # else one key in 64 prunes, by chance
    monkeypatch.setattr(rejected_deliveries, "KEPT_PER_PRUNING", 1 << 62)
    post(open_hook)
    with recorded_statements() as statements:
        assert post(open_hook, **{"webhook-id": "w"}).json()["outcome"] == "NEW"
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH"]
    with recorded_statements() as statements:
        assert post(open_hook, **{"webhook-id": "w"}).json()["outcome"] == "DUPLICATE"
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH", "WITH", "WITH"], "and it is kept"


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


def test_key_that_comes_again_with_another_type_in_its_header_is_a_conflict(open_hook):
    def sent(kind):
        return post(open_hook, b"{}", **{"webhook-id": "w", "ce-type": kind, "ce-subject": "o/1"})

    first, again, other = sent("order.created"), sent("order.created"), sent("order.paid")
    assert [first.json()["outcome"], again.json()["outcome"]] == ["NEW", "DUPLICATE"]
    assert (other.status_code, other.json()["details"]["event_id"]) == (409, first.json()["event_id"])
    assert post(open_hook, b"{}", **{"webhook-id": "w", "ce-type": "order.created"}).status_code == 409


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
    (body,) = {(body["code"], body["message"], str(body["details"])) for body in bodies}
    assert body == ("NOT_FOUND", naming("URL"), "{}")


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


@pytest.fixture
def locked_hook(tenant):
    """The URL of a source whose secret was sealed by a key that is gone."""
    with acting_for(tenant.ref):
        save_source(
            slug="locked", scheme="BEARER", secrets=["a-long-enough-token"], options=None, expected_revision=None
        )
        (row,) = Source.objects.filter(slug="locked")
        gone = [{**secret, "sealed": secret["sealed"].replace(".derived.", ".gone.")} for secret in row.secrets]
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
    assert str(failure["exc_info"].__cause__) == naming("gone", "AUTOMATE_MASTER_KEYS")
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


@pytest.mark.slow
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


def test_slack_is_given_its_challenge_back_and_nothing_is_taken_in(tenant):
    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    with acting_for(tenant.ref):
        save_source(slug="slack", scheme="SLACK", secrets=[secret], options=None, expected_revision=None)
    url = f"/t/{tenant.ref.slug}/hooks/slack"
    body = b'{"token": "Jhj5dZrVaK7ZwHHjRyZWjbDl", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY", "type": "url_verification"}'
    stamp = str(int(time.time()))

    def sent(key: str, proof_of: bytes = body):
        proof = "v0=" + hmac.new(key.encode(), f"v0:{stamp}:".encode() + proof_of, "sha256").hexdigest()
        return post(url, proof_of, **{"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": proof})

    answer = sent(secret)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY"})
    assert sent("another secret").status_code == 401
    with acting_for(tenant.ref):
        assert not Event.objects.exists()
    assert sent(secret, b'{"type": "url_verification"}').status_code == 202, "no challenge, so it is an event like any"
