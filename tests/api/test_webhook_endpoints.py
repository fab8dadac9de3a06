"""Endpoints and deliveries through the API: saved, listed, resent, and nobody else's."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.endpoint_receiver import Hook, settle
from tests.support.facts import naming
from tests.support.near import let_reach_this_machine

NEW, OLD = (f"whsec_{base64.b64encode(os.urandom(32)).decode()}" for _ in range(2))
URL = "https://hook.example/in"
FIELDS = "id slug url enabled disabledReason disabledAt secretCount revision"
SAVE = f"""
mutation Save($input: SaveWebhookEndpointInput!) {{
  saveWebhookEndpoint(input: $input) {{ webhookEndpoint {{ {FIELDS} }} errors {{ code message path }} }}
}}"""
ENDPOINTS = f"{{ webhookEndpoints(first: 10) {{ totalCount edges {{ node {{ {FIELDS} }} }} }} }}"
DELIVERIES = """
query Deliveries($filter: WebhookDeliveryFilter) {
  webhookDeliveries(first: 10, filter: $filter) {
    totalCount
    edges { node { id endpoint type webhookId state attempts nextAttemptAt lastError { code details } run { id state } } }
  }
}"""
RESEND = """
mutation Resend($input: ResendWebhookDeliveriesInput!) {
  resendWebhookDeliveries(input: $input) { runs { id state } errors { code path } }
}"""
DELETE = f"""
mutation Delete($input: DeleteWebhookEndpointInput!) {{
  deleteWebhookEndpoint(input: $input) {{ webhookEndpoint {{ {FIELDS} deletedAt }} errors {{ code message path }} }}
}}"""
NODE = "query Node($id: ID!) { node(id: $id) { __typename id } }"


def save(api: Api, **given: Any) -> Any:
    return api.data(SAVE, input={"slug": "billing", "url": URL, "secrets": [NEW], **given})["saveWebhookEndpoint"]


def refusal(api: Api, **given: Any) -> tuple[str, list[str]]:
    answer = save(api, **given)
    (error,) = answer["errors"]
    assert answer["webhookEndpoint"] is None
    assert NEW not in str(error)
    return error["code"], error["path"]


def nodes(api: Api, query: str, **variables: Any) -> list[Any]:
    ((connection,),) = [api.data(query, **variables).values()]
    assert connection["totalCount"] == len(connection["edges"])
    return [edge["node"] for edge in connection["edges"]]


def test_endpoint_is_saved_listed_and_changed(tenant: NewTenant, api: Api) -> None:
    made = save(api)["webhookEndpoint"]
    assert {name: made[name] for name in FIELDS.split() if name != "id"} == {
        "slug": "billing",
        "url": URL,
        "enabled": True,
        "disabledReason": None,
        "disabledAt": None,
        "secretCount": 1,
        "revision": 1,
    }
    assert save(api)["webhookEndpoint"] == made, "what is so already stays untouched"
    rotated = save(api, secrets=[OLD, NEW], expectedRevision=1)["webhookEndpoint"]
    assert (rotated["secretCount"], rotated["revision"]) == (2, 2)
    assert refusal(api, secrets=None, url=f"{URL}2", expectedRevision=1) == ("CONFLICT", ["expectedRevision"])
    disabled = save(api, secrets=None, enabled=False)["webhookEndpoint"]
    assert (disabled["enabled"], disabled["disabledReason"], disabled["revision"]) == (False, naming("disabled"), 3)
    assert save(api, secrets=None, enabled=False)["webhookEndpoint"] == disabled
    assert save(api, secrets=None)["webhookEndpoint"] == disabled, "nothing said leaves it so"
    assert save(api, secrets=None, enabled=None)["webhookEndpoint"] == disabled
    enabled = save(api, secrets=None, enabled=True)["webhookEndpoint"]
    assert (enabled["enabled"], enabled["disabledAt"], enabled["secretCount"]) == (True, None, 2)
    assert nodes(api, ENDPOINTS) == [enabled]
    assert api.data(NODE, id=made["id"])["node"] == {"__typename": "WebhookEndpoint", "id": made["id"]}
    with acting_for(tenant.ref):
        audited = fetch("SELECT action, changes::text FROM audit_entry ORDER BY id")
        stored = fetch("SELECT secrets::text FROM webhook_endpoint")
    assert [action for action, _ in audited] == ["webhook_endpoint.create", *["webhook_endpoint.update"] * 3]
    assert [json.loads(changes) for _, changes in audited[1:3]] == [
        {"secret_count": [1, 2]},
        {"disabled_reason": ["", naming("disabled")]},
    ]
    for secret in (NEW, OLD):
        assert secret.removeprefix("whsec_") not in str((audited, stored))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"slug": "Not A Slug"}, ["slug"]),
        ({"url": "ftp://hook.example"}, ["url"]),
        ({"url": "https://"}, ["url"]),
        ({"url": "https://user:word@hook.example/"}, ["url"]),
        ({"url": "https://hook.example/a b"}, ["url"]),
        ({"url": "https://hook.example/\n"}, ["url"]),
        ({"url": "https://[::1/"}, ["url"]),
        ({"url": "https://hook.example/" + "x" * 2048}, ["url"]),
        ({"secrets": None}, ["secrets"]),
        ({"secrets": []}, ["secrets"]),
        ({"secrets": [NEW, OLD, NEW]}, ["secrets"]),
        ({"secrets": [NEW, NEW.removeprefix("whsec_")]}, ["secrets", "1"]),
        ({"secrets": [NEW, NEW]}, ["secrets", "1"]),
        ({"secrets": ["whsec_c2hvcnQ="]}, ["secrets", "0"]),
        ({"secrets": ["whsec_!"]}, ["secrets", "0"]),
        ({"secrets": ["whsec_\u00fc"]}, ["secrets", "0"]),
    ],
)
def test_wrong_fields_are_refused_by_path(api: Api, given: Any, path: list[str]) -> None:
    assert refusal(api, **given) == ("BAD_USER_INPUT", path)


@pytest.mark.parametrize(("role", "may"), [("admin", True), ("editor", False)])
def test_secrets_are_the_admins_business(
    tenant: NewTenant, token_for: Callable[..., str], role: str, *, may: bool
) -> None:
    answer = Api(token_for(tenant.ref, role)).answer(SAVE, input={"slug": "billing", "url": URL, "secrets": [NEW]})
    assert ("errors" not in answer) is may


def test_endpoint_is_deleted_by_slug_or_id_and_its_slug_is_free(
    api: Api, tenant: NewTenant, token_for: Callable[..., str], tenant_factory: Callable[[], NewTenant]
) -> None:
    made = save(api)["webhookEndpoint"]

    def delete(named: str, by: Api = api, **given: Any) -> Any:
        return by.data(DELETE, input={"webhookEndpoint": named, **given})["deleteWebhookEndpoint"]

    (stranger,) = delete(made["id"], Api(tenant_factory().token))["errors"]
    assert (stranger["code"], stranger["path"]) == ("NOT_FOUND", ["webhookEndpoint"])
    editor = Api(token_for(tenant.ref, "editor"))
    assert editor.code(DELETE, input={"webhookEndpoint": "billing"}) == "FORBIDDEN"
    (moved,) = delete("billing", expectedRevision=2)["errors"]
    assert (moved["code"], moved["path"]) == ("CONFLICT", ["expectedRevision"])
    assert moved["message"] == naming("2", "1")
    deleted = delete("billing", expectedRevision=1)["webhookEndpoint"]
    assert (deleted["id"], deleted["enabled"], deleted["secretCount"], deleted["revision"]) == (made["id"], False, 0, 2)
    assert deleted["deletedAt"] is not None
    assert delete("billing")["webhookEndpoint"] == delete(made["id"])["webhookEndpoint"] == deleted
    assert nodes(api, ENDPOINTS) == []
    assert api.data(NODE, id=made["id"])["node"] == {"__typename": "WebhookEndpoint", "id": made["id"]}
    assert refusal(api, secrets=None) == ("BAD_USER_INPUT", ["secrets"]), "the secrets of the one that was are gone"
    other = save(api)["webhookEndpoint"]
    assert (other["id"] != made["id"], other["revision"]) == (True, 1)
    assert delete(made["id"])["webhookEndpoint"] == deleted
    assert nodes(api, ENDPOINTS) == [other]


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook(500, 204) as made:
        yield made


def test_delivery_is_seen_and_resent(plane: Any, api: Api, hook: Hook, tenant_factory: Callable[[], NewTenant]) -> None:
    let_reach_this_machine(plane)
    save(api, url=hook.url)
    given = {"endpoint": "billing", "type": "order.paid", "data": "{{ event.payload }}"}
    plane.publish("hooks", [{"key": "tell", "uses": "webhook.send", "with": given, "retry": {"max_attempts": 1}}])
    plane.send({"n": 1})
    settle(plane)
    (failed,) = nodes(api, DELIVERIES, filter={"endpoint": "billing", "states": ["FAILED"]})
    assert (failed["endpoint"], failed["type"], failed["attempts"], failed["nextAttemptAt"]) == (
        "billing",
        "order.paid",
        1,
        None,
    )
    assert failed["lastError"]["code"] == "CONNECTOR_TRANSIENT"
    assert failed["lastError"]["details"]["status"] == 500
    assert failed["run"]["state"] == "FAILED"
    other = Api(tenant_factory().token)
    assert nodes(other, DELIVERIES) == []
    assert other.data(NODE, id=failed["id"])["node"] is None
    unknown = {"runs": [], "errors": [{"code": "NOT_FOUND", "path": ["deliveries", "0"]}]}
    assert other.data(RESEND, input={"deliveries": [failed["id"]]})["resendWebhookDeliveries"] == unknown

    wanted = {"deliveries": [failed["id"]], "idempotencyKey": "once"}
    first = api.data(RESEND, input=wanted)["resendWebhookDeliveries"]
    assert (first["errors"], [run["state"] for run in first["runs"]]) == ([], ["QUEUED"])
    assert api.data(RESEND, input=wanted)["resendWebhookDeliveries"]["runs"] == first["runs"]
    settle(plane)
    one, two = hook.taken
    assert (one.headers["webhook-id"], one.body) == (two.headers["webhook-id"], two.body)
    assert Webhook(NEW).verify(two.body, two.headers)
    resent, _ = nodes(api, DELIVERIES)
    assert (resent["state"], resent["webhookId"], resent["lastError"]) == ("DELIVERED", failed["webhookId"], None)
    assert resent["run"] == {"id": first["runs"][0]["id"], "state": "SUCCEEDED"}
    assert api.data(NODE, id=resent["id"])["node"] == {"__typename": "WebhookDelivery", "id": resent["id"]}


def test_few_are_resent_at_once(api: Api) -> None:
    answer = api.data(RESEND, input={"deliveries": ["x"] * 21})["resendWebhookDeliveries"]
    assert answer == {"runs": [], "errors": [{"code": "LIMIT_EXCEEDED", "path": ["deliveries"]}]}
