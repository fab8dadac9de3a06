"""What a source takes in is data: its key, type and subject from a header or an expression, and how much of a body."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from automate.events.models import Event, EventKey
from automate.kernel.json_values import JsonObject
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import acting_for
from automate.triggers.source_settings import SourceRate, SourceSettings, source_settings_of
from automate.triggers.sources import save_source, source_settings_problems
from tests.support.facts import naming
from tests.support.source_requests import post

ORDER = {"order": {"id": 7, "kind": "order.paid", "tags": ["a"]}, "customer": "ada"}
BODY = json.dumps(ORDER).encode()


@pytest.fixture
def shop(tenant):
    """Saves a source that anybody may send to and gives its URL."""

    def make(intake: dict[str, Any], scheme: str = "UNSIGNED", secrets: list[str] | None = None) -> str:
        with acting_for(tenant.ref):
            save_source(
                slug="shop", scheme=scheme, secrets=secrets, options=None, intake=intake, expected_revision=None
            )
        return f"/t/{tenant.ref.slug}/hooks/shop"

    return make


def events(tenant) -> list[tuple[str, str, str]]:
    with acting_for(tenant.ref):
        return list(Event.objects.order_by("id").values_list("type", "idempotency_key", "subject"))


def test_key_type_and_subject_are_read_where_the_source_says(tenant, shop):
    url = shop(
        {
            "idempotency_key": {"expression": "payload.order.id"},
            "event_type": {"expression": "payload.order.kind"},
            "subject": {"header": "X-Customer"},
        }
    )
    assert post(url, BODY, **{"X-Customer": "ada"}).json()["outcome"] == "NEW"
    assert post(url, BODY, **{"X-Customer": "ada"}).json()["outcome"] == "DUPLICATE"
    assert events(tenant) == [("order.paid", "7", "ada")]


def test_what_the_source_says_comes_before_what_the_scheme_reads_and_gives_way_where_it_is_not(tenant, shop):
    url = shop(
        {
            "idempotency_key": {"header": "X-Key"},
            "event_type": {"expression": "payload.kind"},
            "subject": {"expression": 'headers."x-subject" || payload.customer'},
        }
    )
    post(url, b'{"type": "a", "kind": "b"}', **{"X-Key": "k", "webhook-id": "w", "X-Subject": "s"})
    post(url, b'{"type": "a", "customer": "ada"}', **{"webhook-id": "w"})
    post(url, b'{"type": "a", "kind": ""}', **{"X-Key": " "})
    assert events(tenant) == [("b", "k", "s"), ("a", "w", "ada"), ("a", "", "")]


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("payload.order", naming("neither")),
        ("payload.order.id > 'x'", naming("to_number")),
        ("length(payload.order.id)", naming("length()")),
        ("payload.order.tags", naming("neither")),
        ("`1.5`", naming("neither")),
    ],
)
def test_expression_that_fails_refuses_the_webhook_and_says_which(tenant, shop, expression, why):
    url = shop({"idempotency_key": {"expression": expression}})
    answer = post(url, BODY)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_TEMPLATE")
    assert answer.json()["message"] == naming("idempotency key")
    assert answer.json()["message"] == why
    assert events(tenant) == []


def test_expression_may_not_work_for_ever(tenant, shop):
    doubling = "payload.n[].[@, @][].[@, @][].[@, @][].[@, @][] | to_string(@)"
    url = shop({"event_type": {"expression": doubling}})
    answer = post(url, json.dumps({"n": list(range(2_000))}).encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_TEMPLATE")
    assert answer.json()["message"] == naming("operations")


def test_key_is_remembered_as_long_as_the_source_says(tenant, shop):
    url = shop({"idempotency_key": {"header": "X-Key", "keep_seconds": 3_600}})
    post(url, BODY, **{"X-Key": "k"})
    with acting_for(tenant.ref):
        received = Event.objects.get().received_at
        assert EventKey.objects.get().expires_at - received == timedelta(hours=1)


def test_key_that_an_expression_finds_is_held_to_the_limits_of_keys(shop):
    answer = post(shop({"idempotency_key": {"expression": "payload.k"}}), json.dumps({"k": "x" * 256}).encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    "body", [{"type": "run.failed"}, {"specversion": "1.0", "id": "1", "source": "/s", "type": "run.failed"}]
)
def test_no_webhook_says_that_a_run_has_failed(tenant, shop, body):
    url, sent = shop({}), json.dumps(body).encode()
    for kind in ("application/json", "application/cloudevents+json"):
        answer = Client().post(url, data=sent, content_type=kind)
        assert (answer.status_code, answer.json()["code"]) == (422, "BAD_USER_INPUT")
    assert events(tenant) == []
    shop({"event_type": {"expression": "join('.', ['shop', payload.type])"}})
    assert post(url, sent).status_code == 202
    assert [kind for kind, _, _ in events(tenant)] == ["shop.run.failed"]


def test_body_is_bounded_by_its_source(tenant, shop):
    url = shop({"max_bytes": 1_024})
    assert post(url, b'"' + b"x" * 1_022 + b'"').status_code == 202
    answer = post(url, b'"' + b"x" * 1_023 + b'"')
    assert (answer.status_code, answer.json()["details"]) == (413, {"max_bytes": 1_024})


@pytest.mark.parametrize(
    ("intake", "path"),
    [
        ([], ["intake"]),
        ({"speed": 1}, ["intake", "speed"]),
        ({"max_bytes": 1_023}, ["intake", "maxBytes"]),
        ({"max_bytes": LIMITS.event_bytes + 1}, ["intake", "maxBytes"]),
        ({"max_bytes": True}, ["intake", "maxBytes"]),
        ({"rate_limit": {"per_second": 0}}, ["intake", "rateLimit", "perSecond"]),
        ({"rate_limit": {"per_second": 10_001}}, ["intake", "rateLimit", "perSecond"]),
        ({"rate_limit": {"burst": "9"}}, ["intake", "rateLimit", "burst"]),
        ({"rate_limit": 5}, ["intake", "rateLimit"]),
        ({"idempotency_key": {"keep_seconds": 59}}, ["intake", "idempotencyKey", "keepSeconds"]),
        ({"idempotency_key": {"header": "X", "expression": "payload"}}, ["intake", "idempotencyKey"]),
        ({"event_type": {}}, ["intake", "eventType"]),
        ({"event_type": {"header": "no good"}}, ["intake", "eventType", "header"]),
        ({"subject": {"expression": "payload."}}, ["intake", "subject", "expression"]),
        ({"subject": {"expression": "event.payload.id"}}, ["intake", "subject", "expression"]),
        ({"subject": {"expression": "[" * 60 + "]" * 60}}, ["intake", "subject", "expression"]),
        ({"keep_deliveries_days": 31}, ["intake", "keepDeliveriesDays"]),
    ],
)
def test_intake_that_cannot_be_is_refused_at_its_place(intake, path):
    assert [(problem.code, problem.path) for problem in source_settings_problems(intake)] == [("BAD_USER_INPUT", path)]


def test_all_that_is_wrong_of_an_intake_is_told_at_once():
    wrong: JsonObject = {
        "speed": 1,
        "max_bytes": 1,
        "rate_limit": {"per_second": 0, "burst": 0},
        "idempotency_key": {"header": "no good", "expression": "payload.", "keep_seconds": 1},
        "subject": 5,
    }
    assert sorted(".".join(problem.path[1:]) for problem in source_settings_problems(wrong)) == [
        "idempotencyKey",
        "idempotencyKey.expression",
        "idempotencyKey.header",
        "idempotencyKey.keepSeconds",
        "maxBytes",
        "rateLimit.burst",
        "rateLimit.perSecond",
        "speed",
        "subject",
    ]


def test_intake_says_nothing_by_default():
    assert source_settings_problems({}) == []
    assert source_settings_of({}) == SourceSettings()
    assert (SourceSettings().rate_limit, SourceSettings().max_bytes) == (SourceRate(50, 100), LIMITS.event_bytes)
    assert source_settings_of({"rate_limit": {"burst": 7}}).rate_limit == SourceRate(50, 7)
