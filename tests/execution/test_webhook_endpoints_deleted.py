"""A deleted endpoint is sent nothing more, tells what was sent to it, and no other of its slug gets its messages."""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError
from standardwebhooks import Webhook

from automate.endpoints import queries
from automate.endpoints.services import delete_endpoint, disable_gone, save_endpoint
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.principals import Principal, acting_as
from automate.kernel.queries import Slice
from automate.kernel.tenancy import acting_for
from automate.recovery.retrying import RetryRequest, retry_runs
from tests.support.endpoint_receiver import Hook, settle
from tests.support.facts import naming
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane
from tests.support.racing import race

OLD, NEW = (f"whsec_{base64.b64encode(os.urandom(32)).decode()}" for _ in range(2))
WITH = {"endpoint": "billing", "type": "order.paid", "data": "{{ event.payload }}"}
ADA = Principal(kind="member", name="Ada", id="ada", role="admin")


@pytest.fixture(autouse=True)
def near(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    let_reach_this_machine(plane)
    monkeypatch.setattr("random.uniform", lambda _low, high: high)


@pytest.fixture
def old() -> Iterator[Hook]:
    """Takes the first message, and then none."""
    with Hook(204, 500) as hook:
        yield hook


@pytest.fixture
def new() -> Iterator[Hook]:
    with Hook(204) as hook:
        yield hook


def save(plane: Plane, hook: Hook, secret: str) -> uuid.UUID:
    with acting_for(plane.tenant), acting_as(ADA):
        return save_endpoint(slug="billing", url=hook.url, secrets=[secret], expected_revision=None)


def delete(plane: Plane, named: str = "billing", row_id: uuid.UUID | None = None, **given: Any) -> uuid.UUID | str:
    """Returns the code of a refusal."""
    with acting_for(plane.tenant), acting_as(ADA):
        try:
            return delete_endpoint(named, row_id, **{"expected_revision": None, **given})
        except NormalizedError as error:
            return error.code


def publish(plane: Plane, **step: Any) -> None:
    plane.publish("hooks", [{"key": "tell", "uses": "webhook.send", "with": WITH, **step}])


def send(plane: Plane, n: int) -> None:
    plane.send({"n": n})
    settle(plane)


def deliveries(plane: Plane, **wanted: Any) -> list[tuple[str, str]]:
    with acting_for(plane.tenant):
        rows = queries.deliveries_page(queries.DeliveriesFilter(**wanted), Slice(50)).rows
    return [(row.endpoint, row.state) for row in rows]


def rows(plane: Plane) -> list[tuple[Any, ...]]:
    return plane.rows("SELECT id, deleted_at IS NOT NULL, secrets::text, revision FROM webhook_endpoint ORDER BY id")


def error_of(plane: Plane) -> dict[str, Any]:
    ((text,),) = plane.rows("SELECT error::text FROM step_run WHERE state = 'failed'")
    error: dict[str, Any] = json.loads(text)
    return error


def test_step_that_names_it_fails_and_says_so(plane: Plane, old: Hook) -> None:
    first = save(plane, old, OLD)
    publish(plane)
    send(plane, 1)
    assert delete(plane) == first
    assert rows(plane) == [(first, True, "[]", 2)]
    send(plane, 2)
    assert [state for state, _ in plane.runs()] == ["succeeded", "failed"]
    error = error_of(plane)
    assert (error["code"], error["details"]) == ("CONNECTOR_REFUSED", {"failure": "deleted", "endpoint": "billing"})
    assert error["message"] == naming("billing", "deleted")
    assert len(old.taken) == 1
    assert deliveries(plane) == deliveries(plane, endpoint="billing") == [("billing", "delivered")]


def test_deleting_is_done_once_and_audited_once(plane: Plane, old: Hook) -> None:
    first = save(plane, old, OLD)
    assert delete(plane, expected_revision=7) == "CONFLICT"
    assert rows(plane) == [(first, False, rows(plane)[0][2], 1)]
    assert [delete(plane, expected_revision=1) for _ in range(3)] == [first] * 3
    assert delete(plane, row_id=first) == first
    assert delete(plane, "nobody") == delete(plane, row_id=new_id()) == "NOT_FOUND"
    audited = plane.rows("SELECT actor_name, changes::text FROM audit_entry WHERE action = 'webhook_endpoint.delete'")
    assert [(who, json.loads(changes)) for who, changes in audited] == [
        ("Ada", {"url": [old.url, None], "secret_count": [1, 0]})
    ]


def test_whoever_races_deletes_it_once(plane: Plane, old: Hook) -> None:
    first = save(plane, old, OLD)
    assert race(6, lambda _number: delete(plane)) == [first] * 6
    assert plane.rows("SELECT count(*) FROM audit_entry WHERE action = 'webhook_endpoint.delete'") == [(1,)]


def test_slug_is_free_for_another_which_signs_with_its_own(plane: Plane, old: Hook, new: Hook) -> None:
    first = save(plane, old, OLD)
    publish(plane)
    send(plane, 1)
    delete(plane)
    second = save(plane, new, NEW)
    assert second != first
    send(plane, 2)
    assert (len(old.taken), len(new.taken)) == (1, 1)
    assert Webhook(NEW).verify(new.taken[0].body, new.taken[0].headers)
    assert deliveries(plane, endpoint="billing") == deliveries(plane, endpoint_id=first) == [("billing", "delivered")]
    assert len(deliveries(plane)) == 2
    # A repetition by the id meets the first one; by the slug it would meet the second.
    assert delete(plane, row_id=first) == first
    assert [deleted for _, deleted, _, _ in rows(plane)] == [True, False]
    with acting_for(plane.tenant):
        assert [row.id for row in queries.EVERY_ENDPOINT.filter(deleted_at=None)] == [second]


def under_way(plane: Plane, old: Hook) -> None:
    """A message that the first receiver did not take, and that is tried again later; then another one bears its slug."""
    save(plane, old, OLD)
    publish(plane, retry={"max_attempts": 2, "initial_seconds": 200})
    send(plane, 1)
    send(plane, 2)
    assert deliveries(plane, states=("retrying",)) == [("billing", "retrying")]
    delete(plane)


def test_message_that_began_for_it_goes_to_no_other_of_its_slug(plane: Plane, old: Hook, new: Hook) -> None:
    under_way(plane, old)
    save(plane, new, NEW)
    plane.pass_seconds(201)
    settle(plane)
    assert (len(old.taken), new.taken) == (2, [])
    assert plane.runs() == [("succeeded", ""), ("failed", "CONNECTOR_REFUSED")]
    assert error_of(plane)["details"]["failure"] == "deleted"
    # A retry inherits the message, and so its receiver; another message is for whoever bears the slug now.
    ((failed,),) = plane.rows("SELECT id FROM execution_run WHERE state = 'failed'")
    for repeat, taken in ((False, 0), (True, 1)):
        ((latest,),) = plane.rows("SELECT id FROM execution_run ORDER BY id DESC LIMIT 1")
        with acting_for(plane.tenant), acting_as(ADA):
            retry_runs([max(failed, latest)], RetryRequest(repeat_effects=repeat))
        settle(plane)
        assert len(new.taken) == taken


def test_worker_that_asks_for_the_slug_alone_sends_it_to_the_other(
    plane: Plane, old: Hook, new: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    by_slug = queries.RECEIVERS.replace("o.slug = m.slug", "false")
    assert by_slug != queries.RECEIVERS
    monkeypatch.setattr(queries, "RECEIVERS", by_slug)
    under_way(plane, old)
    save(plane, new, NEW)
    plane.pass_seconds(201)
    settle(plane)
    assert len(new.taken) == 1


def test_message_that_never_began_for_it_is_for_who_bears_the_slug(plane: Plane, old: Hook, new: Hook) -> None:
    save(plane, old, OLD)
    delete(plane)
    publish(plane)
    send(plane, 1)
    assert (plane.runs(), deliveries(plane)) == ([("failed", "CONNECTOR_REFUSED")], [])
    save(plane, new, NEW)
    ((failed,),) = plane.rows("SELECT id FROM execution_run")
    with acting_for(plane.tenant), acting_as(ADA):
        retry_runs([failed], RetryRequest())
    settle(plane)
    assert (old.taken, len(new.taken)) == ([], 1)


def test_what_it_was_sent_is_not_resent_to_another(plane: Plane, old: Hook, new: Hook) -> None:
    from automate.endpoints.resending import resend_deliveries

    save(plane, old, OLD)
    publish(plane)
    send(plane, 1)
    delete(plane)
    save(plane, new, NEW)
    ((sent,),) = plane.rows("SELECT id FROM webhook_delivery")
    with acting_for(plane.tenant), acting_as(ADA), pytest.raises(NormalizedError) as refusal:
        resend_deliveries([sent], idempotency_key=None)
    assert (refusal.value.code, refusal.value.path) == ("CONFLICT", ["deliveries", "0"])
    settle(plane)
    assert new.taken == []


def test_its_410_says_nothing_of_another(plane: Plane, old: Hook, new: Hook) -> None:
    first = save(plane, old, OLD)
    delete(plane)
    second = save(plane, new, NEW)
    with acting_for(plane.tenant), acting_as(ADA):
        disable_gone([(str(first), 1), (str(first), 2)])
    assert plane.rows("SELECT disabled_at FROM webhook_endpoint WHERE id = %s", second) == [(None,)]


def test_database_keeps_no_secret_of_it(plane: Plane, old: Hook) -> None:
    save(plane, old, OLD)
    delete(plane)
    with pytest.raises(IntegrityError), acting_for(plane.tenant):
        plane.rows("UPDATE webhook_endpoint SET secrets = '[\"x\"]' RETURNING 1")
