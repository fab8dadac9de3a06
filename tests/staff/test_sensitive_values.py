"""Values that an event type declares as sensitive are on no page of the admin but the payload as it was sent, for a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tests.support import rows, staff
from tests.support.api import Api
from tests.support.plane import Root
from tests.support.staff import page_of, tenant_url

SAVE = "mutation ($input: SaveEventTypeInput!) { saveEventType(input: $input) { errors { code message } } }"
DELETE = "mutation ($input: DeleteEventTypeInput!) { deleteEventType(input: $input) { errors { code } } }"
EMAIL, AGE, SENDER = "ada.lovelace@example.com", 73123, "sender-of-ada"
PATHS = ["payload.customer.email", "payload.age", "headers.x-sender"]
PAYLOAD = {"customer": {"email": EMAIL, "name": "Ada"}, "age": AGE, "n": 42}


@pytest.fixture(scope="module")
def client(database: Any) -> Client:
    return staff.superuser()


@pytest.fixture
def event(tenant: Any) -> Any:
    """An event with sensitive values, a failed run of it, and a run's error that holds a value."""
    with acting_for(tenant.ref):
        found = rows.event(PAYLOAD, headers={"x-sender": SENDER})
        run = rows.run(rows.flow(), found, state="failed")
        error = json.dumps({"code": "CONNECTOR_REFUSED", "message": f"refused {EMAIL}"})
        execute("UPDATE execution_run SET error = %s::jsonb WHERE id = %s", [error, run])
        execute("UPDATE step_run SET error = %s::jsonb WHERE run_id = %s AND key = 'step_0'", [error, run])
    return found


def declare(tenant: Any) -> None:
    saved = Api(tenant.token).data(SAVE, input={"name": "order.created", "sensitivePaths": PATHS})["saveEventType"]
    assert saved["errors"] == []


def pages_about(client: Client, tenant: Any, event: Any) -> str:
    """The text of all pages on which the event or its run stands."""
    run = page_of(client.get(tenant_url(tenant.ref, "runs/executionrun/"))).links("/change/")[0]
    urls = [
        *(tenant_url(tenant.ref, one) for one in staff.TENANT_LISTS),
        tenant_url(tenant.ref, f"events/event/{event}/change/"),
        tenant_url(tenant.ref, f"events/event/{event}/reveal/"),
        run,
    ]
    answers = [client.get(url) for url in urls]
    assert {answer.status_code for answer in answers} == {200}
    return " ".join(page_of(answer).text for answer in answers)


def test_undeclared_values_are_shown(client: Client, tenant: Any, event: Any) -> None:
    """The sabotaged twin: the searches below would find the values."""
    shown = pages_about(client, tenant, event)
    assert (shown.count(EMAIL), SENDER in shown, str(AGE) in shown) == (3, True, True)


def test_sensitive_values_are_on_no_page(client: Client, tenant: Any, event: Any) -> None:
    declare(tenant)
    shown = pages_about(client, tenant, event)
    assert [word for word in (EMAIL, SENDER, str(AGE)) if word in shown] == []
    assert shown.count("refused [redacted]") == 2
    assert '"email": "[redacted]"' in shown
    assert '"name": "Ada"' in shown


def test_deleted_declaration_hides_nothing(client: Client, tenant: Any, event: Any) -> None:
    declare(tenant)
    Api(tenant.token).data(DELETE, input={"eventType": "order.created"})
    assert EMAIL in pages_about(client, tenant, event)


def test_values_are_shown_as_sent_for_a_reason_alone(client: Client, tenant: Any, event: Any) -> None:
    declare(tenant)
    url = tenant_url(tenant.ref, f"events/event/{event}/reveal/")
    assert client.post(url, {"reason": "ticket 4711"}).status_code == 302
    assert json.dumps(PAYLOAD) in page_of(client.get(url)).text
    assert EMAIL not in page_of(client.get(tenant_url(tenant.ref, f"events/event/{event}/change/"))).text


def test_erased_payload_hides_errors_whole(client: Client, tenant: Any, event: Any, root: Root) -> None:
    """The values are not known any more, so they could not be found in an error."""
    declare(tenant)
    root.execute("SET session_replication_role = replica")
    root.execute(f'DELETE FROM "{tenant.ref.schema}".event_payload WHERE event_id = %s', event)
    root.execute("SET session_replication_role = origin")
    shown = pages_about(client, tenant, event)
    assert EMAIL not in shown
    assert "CONNECTOR_REFUSED: [redacted]" in shown
