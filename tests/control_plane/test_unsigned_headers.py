"""Headers that a signature does not cover name no event, unless the source says that they are trusted."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import datetime, timezone
from importlib import import_module
from typing import Any

import pytest
from standardwebhooks import Webhook

from automate.events.models import Event, Source
from automate.kernel.errors import NormalizedError
from automate.kernel.problems import problems_of
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.triggers.redelivering import redeliver
from automate.triggers.sources import save_source
from tests.support.facts import naming

SECRET = "correct-horse-battery"
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORGED = {"X-GitHub-Event": "forged", "X-GitHub-Delivery": "k1", "webhook-id": "k2", "X-Shopify-Topic": "forged"}
BINARY = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/s", "ce-type": "forged", "ce-subject": "forged"}
ONE = {"specversion": "1.0", "id": "1", "source": "/s", "type": "order.made"}
TRUSTED = {"trust_unsigned_headers": True}


@pytest.fixture
def shop(tenant: Any) -> Callable[..., None]:
    def save(options: dict[str, Any] | None = None, scheme: str = "HMAC", **more: Any) -> None:
        secrets = [STANDARD if scheme == "STANDARD_WEBHOOKS" else SECRET]
        values = {"secrets": secrets, "options": options, "expected_revision": None, **more}
        with acting_for(tenant.ref):
            save_source(slug="shop", scheme=scheme, **values)

    return save


@pytest.fixture
def send(tenant: Any) -> Callable[..., Any]:
    """Sends a body whose HMAC is right over what the source signs."""
    from django.test import Client

    def post(body: bytes, kind: str = "application/json", signs: bytes = b"", **headers: str) -> Any:
        proof = hmac.new(SECRET.encode(), signs + body, "sha256").hexdigest()
        sent = {"X-Signature": proof, **headers}
        return Client().post(f"/t/{tenant.ref.slug}/hooks/shop", data=body, content_type=kind, headers=sent)

    return post


def events(tenant: Any) -> list[tuple[str, str, str]]:
    with acting_for(tenant.ref):
        return list(Event.objects.order_by("id").values_list("type", "idempotency_key", "subject"))


def test_captured_request_makes_one_event_whatever_its_headers_say(tenant: Any, shop: Any, send: Any) -> None:
    shop(intake={"idempotency_key": {"expression": "payload.id"}})
    body = b'{"type": "order.paid", "id": 7}'
    assert send(body).json()["outcome"] == "NEW"
    assert send(body, **FORGED).json()["outcome"] == "DUPLICATE"
    assert send(b'{"type": "a"}', **FORGED).json()["outcome"] == "NEW"
    assert send(b"{}", **FORGED).json()["outcome"] == "NEW"
    assert events(tenant) == [("order.paid", "7", ""), ("a", "", ""), ("webhook.shop", "", "")]


def test_source_that_trusts_them_reads_them_as_before(tenant: Any, shop: Any, send: Any) -> None:
    shop(TRUSTED, intake={"subject": {"header": "X-Customer"}})
    assert send(b"{}", **{"X-GitHub-Event": "push", "X-GitHub-Delivery": "d", "X-Customer": "ada"}).status_code == 202
    assert send(b"{}", **BINARY).status_code == 202
    assert events(tenant) == [("push", "d", "ada"), ("forged", "/s 7", "forged")]


def test_signed_headers_count(tenant: Any, shop: Any, send: Any) -> None:
    options = {"id_header": "X-Id", "timestamp_header": "X-Time"}
    intake = {"idempotency_key": {"header": "x-id"}, "subject": {"expression": 'headers."x-id"'}}
    shop(options, intake=intake)
    now = str(int(datetime.now(timezone.utc).timestamp()))
    signed = {"X-Id": "m1", "X-Time": now, "X-GitHub-Event": "forged"}
    assert send(b"{}", signs=f"m1.{now}.".encode(), **signed).status_code == 202
    assert events(tenant) == [("webhook.shop", "m1", "m1")]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ({"header": "X-Type"}, "header"),
        ({"expression": 'headers."x-type" || payload.type'}, "expression"),
        ({"expression": "headers | values(@)[0]"}, "expression"),
    ],
)
@pytest.mark.parametrize("part", ["event_type", "idempotency_key", "subject"])
def test_place_that_is_not_signed_is_refused_when_it_is_saved(shop: Any, place: Any, path: str, part: str) -> None:
    with pytest.raises(NormalizedError) as caught:
        shop(intake={part: place})
    (problem,) = problems_of(caught.value)
    named = {"event_type": "eventType", "idempotency_key": "idempotencyKey", "subject": "subject"}[part]
    assert (problem.code, problem.path) == ("BAD_USER_INPUT", ["intake", named, path])
    shop(TRUSTED, intake={part: place})
    with pytest.raises(NormalizedError):
        shop({"trust_unsigned_headers": False})
    for scheme in ("GITHUB", "SHOPIFY", "BEARER"):
        shop(scheme=scheme, intake={part: place})


def test_option_is_kept_until_it_is_switched_off(tenant: Any, shop: Any) -> None:
    def stored() -> Any:
        with acting_for(tenant.ref):
            return Source.objects.get(slug="shop").options

    shop(TRUSTED)
    shop({"header": "X-Sign"})
    assert stored() == {"header": "X-Sign", "trust_unsigned_headers": True}
    shop({"trust_unsigned_headers": False})
    assert stored() == {}
    shop(TRUSTED)
    shop(scheme="GITHUB")
    shop({})
    assert stored() == {}, "another scheme begins without it"
    with pytest.raises(NormalizedError) as caught:
        shop({"trust_unsigned_headers": 1})
    assert caught.value.path == ["options", "trust_unsigned_headers"]
    with pytest.raises(NormalizedError) as caught:
        shop(TRUSTED, scheme="GITHUB")
    assert caught.value.path == ["options", "trust_unsigned_headers"]


def test_binary_cloudevent_is_refused_and_can_be_redelivered(tenant: Any, shop: Any, send: Any) -> None:
    shop()
    answer = send(b"{}", **BINARY)
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_USER_INPUT")
    assert answer.json()["message"] == naming("trustUnsignedHeaders")
    assert events(tenant) == []
    shop(TRUSTED)
    with acting_for(tenant.ref):
        from automate.events.models import Delivery

        assert redeliver([Delivery.objects.get().id]).errors == []
    assert events(tenant) == [("forged", "/s 7", "forged")]


def test_content_type_makes_nothing_else_of_a_batch(tenant: Any, shop: Any, send: Any) -> None:
    shop()
    body = json.dumps([ONE, {**ONE, "id": "2"}]).encode()
    for kind in ("application/cloudevents-batch+json", "application/json", "application/cloudevents+json"):
        assert send(body, kind).status_code == 202
    assert events(tenant) == [("order.made", "/s 1", ""), ("order.made", "/s 2", "")]


def test_standard_webhooks_sign_their_id_alone(tenant: Any, shop: Any) -> None:
    from django.test import Client

    shop(scheme="STANDARD_WEBHOOKS")
    now = datetime.now(timezone.utc)

    def post(**headers: str) -> Any:
        proof = Webhook(STANDARD).sign("msg_1", now, "{}")
        stamp = str(int(now.timestamp()))
        signed = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": proof}
        url = f"/t/{tenant.ref.slug}/hooks/shop"
        return Client().post(url, data=b"{}", content_type="application/json", headers={**signed, **headers})

    assert post(**BINARY).status_code == 422
    assert post(**FORGED | {"webhook-id": "msg_1"}).json()["outcome"] == "NEW"
    assert events(tenant) == [("webhook.shop", "msg_1", "")]
    shop(scheme="STANDARD_WEBHOOKS", intake={"idempotency_key": {"header": "Webhook-Id"}})
    with pytest.raises(NormalizedError):
        shop(scheme="STANDARD_WEBHOOKS", intake={"event_type": {"header": "X-Type"}})


def test_migration_trusts_where_headers_may_have_been_read(tenant: Any, shop: Any) -> None:
    statement = import_module("automate.events.migrations.0006_trust_unsigned_headers").TRUST
    place = {"event_type": {"expression": 'headers."x-type"'}}
    rows = {
        "hmac": ("HMAC", {"header": "X-Sign"}, {}),
        "std": ("STANDARD_WEBHOOKS", {}, {}),
        "binary": ("STANDARD_WEBHOOKS", {}, {}),
        "stripe": ("STRIPE", {}, place),
        "slack": ("SLACK", {}, {"subject": {"header": "X-Type"}, "max_bytes": 2_048}),
        "github": ("GITHUB", {}, place),
        "open": ("UNSIGNED", {}, place),
    }
    with acting_for(tenant.ref):
        from tests.support import rows as made

        for slug, (scheme, options, intake) in rows.items():
            secret = STANDARD if scheme == "STANDARD_WEBHOOKS" else SECRET
            secrets = [] if scheme == "UNSIGNED" else [secret]
            save_source(slug=slug, scheme=scheme, secrets=secrets, options=options, expected_revision=None)
            Source.objects.filter(slug=slug).update(intake=intake)
        event = made.event()
        source = Source.objects.get(slug="binary")
        new = "jsonb_build_object('id', gen_random_uuid(), 'source_id', %s::text, 'headers', %s::jsonb)"
        copied = f"SELECT (jsonb_populate_record(e, {new})).* FROM event e WHERE id = %s"
        execute(f"INSERT INTO event {copied}", [str(source.id), '{"ce-specversion": "1.0"}', event])
        execute(statement.replace("%", "%%"))
        found = dict(Source.objects.filter(built_in=False).values_list("slug", "options"))
    trusting = {slug for slug, options in found.items() if options.get("trust_unsigned_headers")}
    assert trusting == {"hmac", "binary", "stripe", "slack"}
    assert found["hmac"]["header"] == "X-Sign"
