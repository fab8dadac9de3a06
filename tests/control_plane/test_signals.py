"""Changes of a host's model as events: in the transaction of the change, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, models, transaction
from django.db.models.signals import post_save, pre_save

from automate.events import transitions
from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import ScopeConflictError, acting_for
from automate.kernel.transactions import TransactionRequiredError
from automate.triggers.signals import CHANGED, CREATED, DELETED, EventSource, _as_json, event_source
from tests.support.host_app import shop_installed
from tests.support.shop.models import Order


@pytest.fixture(scope="module", autouse=True)
def shop() -> Iterator[None]:
    with shop_installed():
        yield


@pytest.fixture
def host(tenant: Any) -> Iterator[Any]:
    """In the scope of a tenant that has orders."""
    with acting_for(tenant.ref):
        yield tenant


@contextmanager
def declared(**options: Any) -> Iterator[EventSource]:
    source = event_source(Order, **options)
    try:
        yield source
    finally:
        source.disconnect()


def events() -> list[tuple[str, str, Any]]:
    """Type, subject and payload of each event of signals, oldest first."""
    rows = fetch(
        "SELECT e.type, e.subject, p.body FROM event e JOIN source s ON s.id = e.source_id AND s.slug = 'signals'"
        " JOIN event_payload p ON p.event_id = e.id ORDER BY e.id"
    )
    return [(kind, subject, json.loads(bytes(body))) for kind, subject, body in rows]


def test_changes_are_events_that_say_what_changed(host: Any) -> None:
    with declared(fields=("status", "total")):
        with transaction.atomic():
            order = Order.objects.create(status="new", total="10.5")
        with transaction.atomic():
            order.status, order.note = "paid", "thanks"
            order.save()
        with transaction.atomic():
            order.total = models.F("total") + Decimal("1.25")
            order.save(update_fields=["total"])
        pk = order.pk
        with transaction.atomic():
            order.delete()
    made: Any = {"model": "shop.order", "pk": str(pk)}
    assert events() == [
        (
            "shop.order.created",
            str(pk),
            {**made, "kind": CREATED, "changed": {"status": [None, "new"], "total": [None, "10.50"]}},
        ),
        ("shop.order.changed", str(pk), {**made, "kind": CHANGED, "changed": {"status": ["new", "paid"]}}),
        ("shop.order.changed", str(pk), {**made, "kind": CHANGED, "changed": {"total": ["10.50", "11.75"]}}),
        (
            "shop.order.deleted",
            str(pk),
            {**made, "kind": DELETED, "changed": {"status": ["paid", None], "total": ["11.75", None]}},
        ),
    ]


def test_event_is_matched_like_any_other(host: Any) -> None:
    with declared(), transaction.atomic():
        Order.objects.create(status="new", total=1)
    assert fetch(
        "SELECT count(*) FROM event e JOIN public.outbox_job j ON j.id = e.id AND j.topic = 'event.match'"
    ) == [(1,)]


def rolled_back() -> None:
    with transaction.atomic():
        Order.objects.create(status="new", total=1)
        transaction.set_rollback(True)
    assert (Order.objects.count(), events()) == (0, [])


def test_event_of_a_change_that_is_rolled_back_never_was(host: Any) -> None:
    with declared():
        rolled_back()
        with transaction.atomic():
            Order.objects.create(status="kept", total=1)
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                Order.objects.create(status="undone", total=1 // 0)
    assert len(events()) == 1


def test_event_of_another_transaction_is_found_out(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: the event is committed by itself."""
    accept = transitions.accept

    def committed(*arguments: Any, **named: Any) -> Any:
        taken = accept(*arguments, **named)
        transaction.get_connection().connection.commit()
        return taken

    monkeypatch.setattr("automate.events.services.accept", committed)
    with declared(), pytest.raises(AssertionError):
        rolled_back()


def test_event_that_is_refused_takes_the_change_back(host: Any) -> None:
    with declared(payload=lambda _change: "x" * 2_000_000), pytest.raises(NormalizedError), transaction.atomic():
        Order.objects.create(status="new", total=1)
    assert Order.objects.count() == 0


def test_change_outside_a_transaction_is_refused_before_it_is_made(host: Any) -> None:
    with declared():
        with pytest.raises(TransactionRequiredError):
            Order.objects.create(status="new", total=1)
        assert Order.objects.count() == 0


def test_save_that_changes_nothing_watched_makes_no_event(host: Any) -> None:
    with declared(on=(CHANGED,), fields=("status",)), transaction.atomic():
        order = Order.objects.create(status="new", total=1)
        order.total = 2
        order.save()
        order.status = "lost"
        order.save(update_fields=["total"])
        Order(pk=order.pk, status="new", total="2.00", note="").save()
    assert events() == []


def test_row_that_changes_to_and_fro_makes_an_event_each_time(host: Any) -> None:
    with declared(on=(CHANGED,)), transaction.atomic():
        order = Order.objects.create(status="a", total=1)
        for status in "babab":
            order.status = status
            order.save()
    assert [payload["changed"]["status"] for _, _, payload in events()] == [
        ["a", "b"], ["b", "a"], ["a", "b"], ["b", "a"], ["a", "b"]
    ]  # fmt: skip
    keys = [key for (key,) in fetch("SELECT split_part(idempotency_key, ':', 1) FROM event ORDER BY id")]
    assert keys[0] == keys[2] == keys[4] != keys[1] == keys[3]


def test_key_of_ones_own_makes_a_change_once(host: Any) -> None:
    with declared(on=(CREATED,), key=lambda change: change.instance.note, type="order"):
        for _ in range(2):
            with transaction.atomic():
                Order.objects.create(status="new", total=1, note="A-17")
    assert fetch("SELECT type, idempotency_key FROM event") == [("order.created", "A-17")]


def test_two_sources_of_one_model_do_not_disturb_each_other(host: Any) -> None:
    with declared(type="first", fields=("status",)), declared(type="second", fields=("total",)), transaction.atomic():
        order = Order.objects.create(status="new", total=1)
        order.total = 2
        order.save()
    assert [kind for kind, _, _ in events()] == ["first.created", "second.created", "second.changed"]
    with transaction.atomic():
        Order.objects.create(status="new", total=1)
    assert len(events()) == 3


@contextmanager
def receiving(signal: Any, receiver: Callable[[Order], None]) -> Iterator[None]:
    """A receiver of the host's own, which comes before any that is declared within."""

    def receive(instance: Order, **_rest: Any) -> None:
        receiver(instance)

    signal.connect(receive, sender=Order)
    try:
        yield
    finally:
        signal.disconnect(receive, sender=Order)


def derive_note(order: Order) -> None:
    if order.note != (note := f"it is {order.status}"):
        order.note = note
        order.save()


@pytest.mark.parametrize("signal", [pre_save, post_save])
def test_save_within_a_save_takes_no_event_away(host: Any, signal: Any) -> None:
    with transaction.atomic():
        order = Order.objects.create(status="new", total=1, note="it is new")
    with receiving(signal, derive_note), declared(on=(CHANGED,), fields=("status", "note")), transaction.atomic():
        order.status = "paid"
        order.save()
    told = [payload["changed"] for _, _, payload in events()]
    if signal is post_save:
        assert told == [{"note": ["it is new", "it is paid"]}, {"status": ["new", "paid"]}]
    else:
        assert told == [{"status": ["new", "paid"], "note": ["it is new", "it is paid"]}]
    assert not [name for name in order.__dict__ if name.startswith("automate")]


def test_both_saves_of_one_field_are_told(host: Any) -> None:
    def archive(order: Order) -> None:
        if order.status == "paid":
            order.status = "archived"
            order.save()

    with transaction.atomic():
        order = Order.objects.create(status="new", total=1)
    with receiving(post_save, archive), declared(on=(CHANGED,), fields=("status",)), transaction.atomic():
        order.status = "paid"
        order.save()
    assert [payload["changed"]["status"] for _, _, payload in events()] == [["paid", "archived"], ["new", "archived"]]


def test_save_that_failed_within_a_save_takes_no_event_away(host: Any) -> None:
    def fail(order: Order) -> None:
        if order.total == 2:
            order.total = Decimal(99999999)
            with pytest.raises(DataError), transaction.atomic():
                order.save()

    with transaction.atomic():
        order = Order.objects.create(status="new", total=1)
    with receiving(post_save, fail), declared(on=(CHANGED,), fields=("total",)), transaction.atomic():
        order.total = Decimal(2)
        order.save()
    assert [payload["changed"] for _, _, payload in events()] == [{"total": ["1.00", "2.00"]}]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"a\xff", "Yf8="),
        (memoryview(b"a\xff"), "Yf8="),
        (float("nan"), "NaN"),
        ([float("-inf"), 1.5], ["-Infinity", 1.5]),
    ],
)
def test_value_that_json_lacks_has_a_spelling(value: object, said: object) -> None:
    assert _as_json(value) == said


@pytest.fixture
def other(tenant_factory: Callable[[], Any]) -> Any:
    return tenant_factory()


def test_event_is_of_the_tenant_that_is_named_and_of_no_other(other: Any, host: Any) -> None:
    with declared(tenant=lambda _order: host.ref), transaction.atomic():
        Order.objects.create(status="new", total=1)
    assert len(events()) == 1
    with declared(tenant=lambda _order: other.ref), pytest.raises(ScopeConflictError), transaction.atomic():
        Order.objects.create(status="new", total=1)
    assert Order.objects.count() == 1


def test_what_sends_no_signal_makes_no_event(host: Any) -> None:
    with declared(), transaction.atomic():
        Order.objects.bulk_create([Order(status="new", total=1)])
        Order.objects.update(status="old")
    assert events() == []


@pytest.mark.parametrize(("options", "said"), [({"on": ["made"]}, "made"), ({"fields": ["price"]}, "price")])
def test_wrong_declaration_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        event_source(Order, **options)
