"""What comes by webhook and makes no event is kept with its reason, within bounds, and can be taken in after all."""

from __future__ import annotations

import hmac
import json
import uuid
from typing import Any

import pytest
from django.db import InternalError, OperationalError, ProgrammingError, connection
from django.db.models.functions import Now
from django.test import Client

from automate.audit.models import AuditEntry
from automate.budgets.services import BudgetSettings, set_budget
from automate.events.deliveries import transitions
from automate.events.deliveries.transitions import TallyLimits
from automate.events.models import Delivery, DeliveryTally, Event
from automate.events.services import announce_thresholds
from automate.kernel.errors import NormalizedError
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.triggers import rates, rejected_deliveries
from automate.triggers.rates import TokenBucket
from automate.triggers.redelivering import MOST_REDELIVERED, redeliver
from automate.triggers.sources import save_source, set_enabled
from tests.support.facts import naming
from tests.support.source_requests import recorded_statements

SECRET, OTHER = "correct horse battery", "another long secret"
BODY = b'{"type": "order.paid", "card": "4111111111111111"}'


class Shop:
    """A signed source, and those who send to it."""

    def __init__(self, tenant: Any) -> None:
        self.tenant = tenant
        self.url = f"/t/{tenant.ref.slug}/hooks/shop"

    def save(self, **given: Any) -> None:
        # Its senders name their events in headers.
        options = {"trust_unsigned_headers": True} if given.get("scheme", "HMAC") == "HMAC" else None
        values = {"slug": "shop", "scheme": "HMAC", "secrets": [SECRET], "options": options, "expected_revision": None}
        with acting_for(self.tenant.ref):
            save_source(**{**values, **given})

    def send(self, body: bytes = BODY, secret: str = SECRET, kind: str = "application/json", **headers: str) -> Any:
        proof = hmac.new(secret.encode(), body, "sha256").hexdigest()
        headers = {"X-Signature": proof, "X-Shop": "north", **headers}
        return Client().post(self.url, data=body, content_type=kind, headers=headers)

    def rows(self) -> list[Delivery]:
        with acting_for(self.tenant.ref):
            return list(Delivery.objects.order_by("id"))

    def told(self) -> list[tuple[str, str | None]]:
        return [(row.outcome, row.reason and row.reason["code"]) for row in self.rows()]

    def redeliver(self, *rows: Delivery, **given: Any) -> Any:
        with acting_for(self.tenant.ref):
            return redeliver([row.id for row in rows], **given)

    def refusal(self, row: Delivery, **given: Any) -> tuple[str, list[str]]:
        done = self.redeliver(row, **given)
        (error,) = done.errors
        assert list(done.events) == []
        return error.code, error.path

    def events(self) -> list[tuple[str, str]]:
        with acting_for(self.tenant.ref):
            return list(Event.objects.order_by("id").values_list("type", "idempotency_key"))


@pytest.fixture
def shop(tenant) -> Shop:
    made = Shop(tenant)
    made.save()
    return made


def test_duplicate_conflict_and_refusal_are_kept_each_with_its_reason(shop):
    first = shop.send(**{"webhook-id": "w"}).json()["event_id"]
    assert shop.send(**{"webhook-id": "w"}).status_code == 202
    assert shop.send(b"{}", **{"webhook-id": "w"}).status_code == 409
    assert shop.send(secret=OTHER).status_code == 401
    assert shop.send(b"{").status_code == 400
    assert shop.told() == [
        ("DUPLICATE", None),
        ("CONFLICT", "CONFLICT"),
        ("REFUSED", "INVALID_SIGNATURE"),
        ("REFUSED", "INVALID_JSON"),
    ]
    duplicate, conflict, forged, broken = shop.rows()
    assert {str(duplicate.event_id), str(conflict.event_id)} == {first}
    assert (duplicate.type, duplicate.idempotency_key, duplicate.secret_version) == ("order.paid", "w", 1)
    assert (duplicate.body, bytes(conflict.body), bytes(forged.body), bytes(broken.body)) == (None, b"{}", BODY, b"{")
    assert (forged.event_id, forged.secret_version, broken.secret_version) == (None, None, 1)
    assert forged.headers == {"content-type": "application/json", "x-shop": "north"}
    assert forged.reason["message"] == naming("secret")
    proof = hmac.new(OTHER.encode(), BODY, "sha256").hexdigest()
    with connection.cursor() as cursor, acting_for(shop.tenant.ref):
        cursor.execute("SELECT string_agg(d::text, ' ') FROM delivery d")
        stored = cursor.fetchone()[0]
    assert proof not in stored, "what proves a sender is kept sealed"
    assert "north" in stored


def test_accepted_webhook_costs_no_statement_more_and_a_repeat_two(shop, monkeypatch):
    from automate.events import services

    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 1 << 128)
    monkeypatch.setattr(rejected_deliveries, "KEPT_PER_PRUNING", 1 << 62)
    shop.send()
    with recorded_statements() as statements:
        shop.send(**{"webhook-id": "w"})
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH"]
    with recorded_statements() as statements:
        shop.send(**{"webhook-id": "w"})
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH", "WITH", "WITH"]
    with recorded_statements() as statements:
        shop.send(secret=OTHER)
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH"]


def test_flood_of_refusals_is_counted_and_not_kept(shop, monkeypatch):
    frozen = [0.0]
    flood = rejected_deliveries._Flood(TokenBucket(lambda: frozen[0]))
    monkeypatch.setattr(rejected_deliveries, "_Flood", lambda: flood)
    for _ in range(50):
        assert shop.send(secret=OTHER).status_code == 401
    assert len(shop.rows()) == rejected_deliveries.REFUSALS_AT_ONCE
    frozen[0] = 1.0
    shop.send(secret=OTHER)
    with acting_for(shop.tenant.ref):
        tally = DeliveryTally.objects.get()
        assert (tally.outcome, tally.kept, tally.unkept) == ("REFUSED", 21, 30)


def test_flood_of_strangers_keeps_no_proved_refusal_from_being_kept(shop, monkeypatch):
    flood = rejected_deliveries._Flood
    monkeypatch.setattr(rejected_deliveries, "_Flood", lambda: flood(TokenBucket(lambda: 0.0)))
    monkeypatch.setattr(rejected_deliveries, "BOUNDS", TallyLimits(rows=3, bytes=1 << 20))
    for _ in range(rejected_deliveries.REFUSALS_AT_ONCE + 5):
        assert shop.send(secret=OTHER).status_code == 401
    for _ in range(4):
        assert shop.send(b"{").status_code == 400
    assert shop.told() == [("REFUSED", "INVALID_SIGNATURE")] * 3 + [("REFUSED", "INVALID_JSON")] * 3
    with acting_for(shop.tenant.ref):
        tallies = {tally.outcome: (tally.kept, tally.unkept) for tally in DeliveryTally.objects.all()}
    assert tallies == {"REFUSED": (3, rejected_deliveries.REFUSALS_AT_ONCE - 3), "REFUSED_PROVED": (3, 1)}


def test_day_keeps_so_many_and_so_much_of_each_outcome(shop, monkeypatch):
    monkeypatch.setattr(rejected_deliveries, "BOUNDS", TallyLimits(rows=3, bytes=1 << 20))
    for _ in range(6):
        shop.send(**{"webhook-id": "w"})
    shop.send(b"[]", **{"webhook-id": "w"})
    assert [outcome for outcome, _ in shop.told()] == ["DUPLICATE"] * 3 + ["CONFLICT"]
    monkeypatch.setattr(rejected_deliveries, "BOUNDS", TallyLimits(rows=1_000, bytes=10_000))
    for _ in range(3):
        shop.send(b'"' + b"x" * 5_000 + b'"', **{"webhook-id": "w"})
    assert [outcome for outcome, _ in shop.told()].count("CONFLICT") == 2
    with acting_for(shop.tenant.ref):
        found = {tally.outcome: (tally.kept, tally.unkept) for tally in DeliveryTally.objects.all()}
    assert found == {"DUPLICATE": (3, 2), "CONFLICT": (2, 2)}


def test_delivery_that_cannot_be_kept_changes_no_answer(shop, monkeypatch):
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(rejected_deliveries, "keep", broken)
    assert shop.send(secret=OTHER).status_code == 401
    assert [shop.send(**{"webhook-id": "w"}).json()["outcome"] for _ in range(2)] == ["NEW", "DUPLICATE"]
    assert shop.send(b"{}", **{"webhook-id": "w"}).status_code == 409


def test_large_body_is_not_kept_but_told(shop):
    shop.save(intake={"max_bytes": 2_048})
    assert shop.send(b'"' + b"x" * 4_096 + b'"').status_code == 413
    (row,) = shop.rows()
    assert row.reason["code"] == "PAYLOAD_TOO_LARGE"
    assert (row.body, row.sealed_headers, row.payload_sha256) == (None, "", ""), (
        "no more was read than shows its length"
    )
    assert row.payload_bytes == 2_049
    shop.save(intake={})
    assert shop.refusal(row) == ("BAD_USER_INPUT", ["deliveries", "0"])
    shop.send(b'"' + b"x" * rejected_deliveries.MOST_BODY_BYTES + b'"', secret=OTHER)
    large = shop.rows()[-1]
    assert (large.body, large.payload_bytes) == (None, rejected_deliveries.MOST_BODY_BYTES + 2)
    assert shop.refusal(large) == ("BAD_USER_INPUT", ["deliveries", "0"])


def test_delivery_is_kept_for_the_days_that_its_source_says_and_then_forgotten(shop, monkeypatch):
    shop.save(intake={"keep_deliveries_days": 2})
    shop.send(secret=OTHER)
    (row,) = shop.rows()
    assert (row.expires_at - row.received_at).days == 2
    with acting_for(shop.tenant.ref):
        for statement in ("DELETE FROM delivery", "UPDATE delivery SET expires_at = now()", "TRUNCATE delivery"):
            with pytest.raises((InternalError, ProgrammingError)):
                execute(statement)
        source_id = row.source_id
        old = transitions.NewDelivery(uuid.UUID(int=1), "REFUSED", "", None, "", None, None, {}, "", b"", 0, "", "")
        assert transitions.keep(source_id, [old], days=-1, bounds=rejected_deliveries.BOUNDS) == 1
    assert len(shop.rows()) == 2
    monkeypatch.setattr(rejected_deliveries, "KEPT_PER_PRUNING", 1)
    shop.send(b"{")
    assert [str(one.outcome) for one in shop.rows()] == ["REFUSED", "REFUSED"]
    assert old.id not in {one.id for one in shop.rows()}


def test_refused_delivery_is_taken_in_once_its_secret_is_there(shop):
    shop.send(secret=OTHER, **{"webhook-id": "w"})
    (row,) = shop.rows()
    assert shop.refusal(row) == ("INVALID_SIGNATURE", ["deliveries", "0"])
    assert shop.events() == []
    shop.save(secrets=None, add_secrets=[OTHER])
    done = shop.redeliver(row)
    assert (len(done.events), list(done.errors)) == (1, [])
    with acting_for(shop.tenant.ref):
        event = Event.objects.get()
        assert (event.id, event.secret_version, event.redelivered_from_id) == (done.events[0], 2, row.id)
        assert (event.type, event.idempotency_key, event.trace_id) == ("order.paid", "w", row.trace_id)
        assert event.headers["x-shop"] == "north"
        entry = AuditEntry.objects.get(action="delivery.redeliver")
        assert (entry.object_id, entry.object_label) == (str(row.id), "shop")
        assert entry.changes["reason"] == ["INVALID_SIGNATURE", None]
    assert shop.redeliver(row, row).events == [event.id, event.id], "once, however often it is asked for"
    assert shop.send(secret=OTHER, **{"webhook-id": "w"}).json()["outcome"] == "DUPLICATE", "the sender's own next try"


def test_redelivery_counts_against_a_budget_of_events(shop):
    with acting_for(shop.tenant.ref):
        wanted = BudgetSettings(metric="events", window="day", limit=1, action="reject")
        set_budget(wanted, announce=announce_thresholds)
    shop.send(secret=OTHER, **{"webhook-id": "a"})
    shop.send(secret=OTHER, **{"webhook-id": "b"})
    shop.save(secrets=None, add_secrets=[OTHER])
    done = shop.redeliver(*shop.rows())
    assert (len(done.events), [(error.code, error.path) for error in done.errors]) == (
        1,
        [("BUDGET_EXCEEDED", ["deliveries", "1"])],
    )
    assert [one for one in shop.events() if one[0] == "order.paid"] == [("order.paid", "a")]


def test_repeated_key_of_a_request_brings_its_answer_back(shop):
    shop.send(secret=OTHER)
    (row,) = shop.rows()
    assert shop.redeliver(row, idempotency_key="k").errors[0].code == "INVALID_SIGNATURE"
    shop.save(secrets=None, add_secrets=[OTHER])
    assert shop.redeliver(row, idempotency_key="k").errors[0].code == "INVALID_SIGNATURE"
    assert len(shop.redeliver(row, idempotency_key="l").events) == 1
    with pytest.raises(NormalizedError, match="CONFLICT"):
        shop.redeliver(row, new_keys=True, idempotency_key="l")


def test_conflict_is_taken_in_only_under_a_key_of_its_own(shop):
    first = shop.send(**{"webhook-id": "w"}).json()["event_id"]
    shop.send(b'{"type": "order.void"}', **{"webhook-id": "w"})
    shop.send(**{"webhook-id": "w"})
    conflict, duplicate = shop.rows()
    assert shop.refusal(conflict) == ("CONFLICT", ["deliveries", "0"])
    assert shop.refusal(duplicate, new_keys=True) == ("BAD_USER_INPUT", ["deliveries", "0"])
    (made,) = shop.redeliver(conflict, new_keys=True).events
    assert str(made) != first
    assert shop.events() == [("order.paid", "w"), ("order.void", f"redelivered {conflict.id} 0")]
    assert shop.redeliver(conflict, new_keys=True).events == [made]


def test_what_came_too_fast_or_failed_an_expression_is_taken_in_whole(shop, monkeypatch):
    shop.save(intake={"idempotency_key": {"expression": "payload.type > `1`"}})
    assert shop.send().status_code == 422
    shop.save(intake={})
    monkeypatch.setattr(rates, "asked", lambda _question: (0, 1.0))
    rates._gates = type(rates._gates)(10)
    assert shop.send(b'{"type": "late"}').status_code == 429
    failed, late = shop.rows()
    assert shop.told() == [("REFUSED", "INVALID_TEMPLATE"), ("REFUSED", "RATE_LIMITED")]
    assert len(shop.redeliver(failed, late).events) == 2
    assert [kind for kind, _ in shop.events()] == ["order.paid", "late"]


def test_batch_is_redelivered_whole_and_one_of_it_not_at_all(shop):
    one = {"specversion": "1.0", "source": "/s", "type": "a"}
    kind = "application/cloudevents-batch+json"
    batch = json.dumps([{**one, "id": "1"}, {**one, "id": "2"}]).encode()
    shop.send(batch, OTHER, kind)
    shop.send(json.dumps([{**one, "id": "1"}]).encode(), kind=kind)
    shop.send(json.dumps([{**one, "id": "1", "data": 7}]).encode(), kind=kind)
    refused, conflict = shop.rows()
    assert (conflict.outcome, conflict.body) == ("CONFLICT", None)
    assert shop.refusal(conflict, new_keys=True) == ("BAD_USER_INPUT", ["deliveries", "0"])
    shop.save(secrets=None, add_secrets=[OTHER])
    assert len(shop.redeliver(refused).events) == 2
    assert [key for _, key in shop.events()] == ["/s 1", "/s 2"]


def test_nothing_is_redelivered_to_a_source_that_is_off_or_unknown(shop):
    shop.send(secret=OTHER)
    (row,) = shop.rows()
    with acting_for(shop.tenant.ref):
        set_enabled("shop", enabled=False, expected_revision=None)
        done = redeliver([None, row.id])
        assert [(error.code, error.path) for error in done.errors] == [
            ("NOT_FOUND", ["deliveries", "0"]),
            ("BAD_USER_INPUT", ["deliveries", "1"]),
        ]
        with pytest.raises(NormalizedError, match="LIMIT_EXCEEDED"):
            redeliver([row.id] * (MOST_REDELIVERED + 1))


def test_clock_of_a_redelivery_is_that_of_its_receipt(shop):
    shop.save(scheme="STRIPE", secrets=[SECRET])
    stamp = "1614265330"
    proof = hmac.new(SECRET.encode(), f"{stamp}.".encode() + BODY, "sha256").hexdigest()
    Client().post(
        shop.url, data=BODY, content_type="application/json", headers={"Stripe-Signature": f"t={stamp},v1={proof}"}
    )
    (row,) = shop.rows()
    assert row.reason["code"] == "INVALID_TIMESTAMP"
    assert shop.refusal(row) == ("INVALID_TIMESTAMP", ["deliveries", "0"])
    with acting_for(shop.tenant.ref):
        assert Delivery.objects.filter(received_at__lte=Now()).count() == 1
