"""previewStep: the dry run of a step for an event, which shows no secret, reads none and sends nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from actors.connectors.previews import SET_WHEN_SENT
from scripts.connectors_page import page
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret

PREVIEW = """
query($input: PreviewStepInput!) {
  previewStep(input: $input) { uses effect hosts request errors { code message path } }
}"""
SAVE = """
mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { workflow { slug } errors { code message } } }"""
INGEST = """
mutation($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code } } }"""

CHARGE = {
    "key": "charge",
    "uses": "http.request",
    "with": {
        "method": "POST",
        "url": "https://api.example.com/v1/{{ event.payload.customer }}",
        "auth": {"bearer": "$secret:STRIPE_KEY"},
        "json": {"amount": "{{ event.payload.amount }}", "run": "{{ run.id }}", "flow": "{{ workflow.slug }}"},
    },
}
TELL = {"key": "tell", "uses": "log.write", "with": {"message": "Charged {{ steps.charge.output.json.id }}"}}
EACH = {
    "key": "each",
    "uses": "flow.for_each",
    "with": {
        "items": "{{ event.payload.items }}",
        "step": {"uses": "log.write", "with": {"message": "{{ item.index }}: {{ item.value.name }}"}},
    },
}


def event_of(api: Api, payload: Any) -> str:
    answer = api.data(INGEST, input={"type": "order.created", "payload": payload})["ingestEvent"]
    assert answer["errors"] == []
    return str(answer["event"]["id"])


def saved(api: Api, *steps: Any) -> str:
    slug = f"w-{uuid.uuid4().hex[:8]}"
    given = {"slug": slug, "name": slug, "definition": {"schema": 1, "steps": list(steps)}}
    assert api.data(SAVE, input=given)["saveWorkflow"]["errors"] == []
    return slug


def shown(api: Api, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.data(PREVIEW, input=given)["previewStep"]
    return found


def problem(api: Api, **given: Any) -> tuple[str, list[str]]:
    (error,) = api.answer(PREVIEW, input=given)["errors"]
    assert error["message"].endswith((".", "?"))
    return error["extensions"]["code"], error["extensions"]["path"]


def test_step_of_a_draft_is_shown_for_a_stored_event(api: Api, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.runs.previewing import NOT_YET

    hold_secret(monkeypatch, tenant.ref, "STRIPE_KEY", "sk_live_51")
    slug = saved(api, CHARGE, TELL)
    event = event_of(api, {"customer": "ada", "amount": 42})
    answer = shown(api, workflow=slug, step="charge", event=event)
    assert (answer["uses"], answer["effect"], answer["errors"]) == ("http.request", "KEYED", [])
    assert answer["hosts"] == ["api.example.com"]
    request = answer["request"]
    assert (request["method"], request["url"]) == ("POST", "https://api.example.com/v1/ada")
    assert request["headers"]["Authorization"] == "Bearer $secret:STRIPE_KEY"
    assert request["headers"]["Idempotency-Key"] == SET_WHEN_SENT
    assert request["body"] == {"amount": 42, "run": NOT_YET, "flow": slug}


def test_steps_before_it_are_as_they_are_given(api: Api) -> None:
    slug = saved(api, CHARGE, TELL)
    steps = {"charge": {"output": {"json": {"id": "ch_1"}}}}
    assert shown(api, workflow=slug, step="tell", steps=steps)["request"]["message"] == "Charged ch_1"
    assert problem(api, workflow=slug, step="tell") == ("INVALID_TEMPLATE", ["with", "message"])


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"url": "https://x.example/", "auth": {"bearer": "$secret:NO_SUCH"}}, [("SECRET_UNAVAILABLE", ["with", "auth", "bearer"])]),
        ({"url": "https://ada:word@x.example/"}, [("CONNECTOR_BLOCKED", ["with", "url"])]),
        ({"url": "http://[fe80::1%25eth0]/"}, [("CONNECTOR_BLOCKED", ["with", "url"])]),
        ({"url": "https://x.example:99999/"}, [("CONNECTOR_BLOCKED", ["with", "url"])]),
        ({"url": "{{ event.payload.to }}"}, [("CONNECTOR_BLOCKED", ["with", "url"])]),
        ({"url": "https://$secret:STRIPE_KEY.example/"}, [("SECRET_NOT_ALLOWED", ["with", "url"])]),
        ({"url": "$secret:STRIPE_KEY/orders"}, []),
        ({"url": "https://x.example/$secret:STRIPE_KEY"}, []),
    ],
)  # fmt: skip
def test_request_that_would_not_be_sent_is_shown_with_the_reason(
    api: Api, tenant: Any, monkeypatch: pytest.MonkeyPatch, given: Any, errors: Any
) -> None:
    hold_secret(monkeypatch, tenant.ref, "STRIPE_KEY", "sk_live_51")
    event = event_of(api, {"to": "$secret:STRIPE_KEY/x"})
    answer = shown(api, **{"uses": "http.request", "with": given, "event": event})
    assert answer["request"] is not None
    assert [(error["code"], error["path"]) for error in answer["errors"]] == errors


def test_call_of_an_item_is_shown(api: Api) -> None:
    slug = saved(api, EACH)
    item = {"value": {"name": "pen"}, "index": 3}
    assert shown(api, workflow=slug, step="each", item=item)["request"]["message"] == "3: pen"
    assert problem(api, workflow=slug, step="each") == ("BAD_USER_INPUT", ["item"])


def test_call_that_no_workflow_holds_is_shown_too(api: Api) -> None:
    given = {"url": "https://x.example/", "query": "{ a }", "variables": {"n": "{{ event.payload.n }}"}}
    answer = shown(api, **{"uses": "graphql.request", "with": given, "event": event_of(api, {"n": 1})})
    assert answer["request"]["body"] == {"query": "{ a }", "variables": {"n": 1}}


@pytest.mark.parametrize(
    "template",
    [
        "{{ event.payload.password }}",
        "{{ join('-', [event.payload.password]) }}",
        "{{ event.payload.list[0].token }}",
        "{{ reverse(event.payload.password) }}",
        "{{ to_string(event.payload) }}",
    ],
)
def test_hidden_values_of_the_event_stay_hidden_whatever_is_made_of_them(api: Api, template: str) -> None:
    secret = "hunter2-and-more"
    event = event_of(api, {"password": secret, "list": [{"token": secret}]})
    answer = json.dumps(shown(api, **{"uses": "log.write", "with": {"message": template}, "event": event}))
    assert secret not in answer
    assert secret[::-1] not in answer


def test_secret_is_not_read(api: Api, monkeypatch: pytest.MonkeyPatch, tenant: Any) -> None:
    hold_secret(monkeypatch, tenant.ref, "KEY", "hunter2-and-more")
    given = {"url": "https://x.example/", "auth": {"basic": {"username": "ada", "password": "$secret:KEY"}}}
    answer = shown(api, **{"uses": "http.request", "with": given})
    assert "hunter2" not in json.dumps(answer)
    assert answer["errors"] == []


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({}, "BAD_USER_INPUT", ["step"]),
        ({"workflow": "w"}, "BAD_USER_INPUT", ["step"]),
        ({"workflow": "w", "step": "s", "uses": "log.write"}, "BAD_USER_INPUT", ["step"]),
        ({"workflow": "no-such", "step": "s"}, "NOT_FOUND", ["workflow"]),
        ({"uses": "flow.delay"}, "BAD_USER_INPUT", ["uses"]),
        ({"uses": "http.reqest"}, "BAD_USER_INPUT", ["uses"]),
        ({"uses": "log.write", "with": ["a"]}, "BAD_USER_INPUT", ["with"]),
        ({"uses": "log.write", "with": {"message": "{{ event. }}"}}, "INVALID_TEMPLATE", ["with", "message"]),
        ({"uses": "log.write", "steps": [], "with": {}}, "BAD_USER_INPUT", ["steps"]),
        ({"uses": "log.write", "event": "x", "with": {}}, "NOT_FOUND", ["event"]),
        ({"uses": "http.request", "with": {"url": 5}}, "BAD_USER_INPUT", ["with", "url"]),
        ({"uses": "http.request", "with": {}}, "BAD_USER_INPUT", ["with"]),
    ],
)
def test_what_cannot_be_shown_is_told_with_its_place(
    api: Api, given: dict[str, Any], code: str, path: list[str]
) -> None:
    assert problem(api, **given) == (code, path)


def test_step_that_is_not_there_is_named(api: Api) -> None:
    (error,) = api.answer(PREVIEW, input={"workflow": saved(api, CHARGE), "step": "chrge"})["errors"]
    assert error["message"] == naming("charge")


def test_another_tenants_event_is_none(api: Api, busy: Any) -> None:
    from graphql_schema.ids import global_id

    foreign = global_id("Event", busy.events[0].id if hasattr(busy.events[0], "id") else busy.events[0])
    unknown = global_id("Event", uuid.uuid4())
    answers = [problem(api, **{"uses": "log.write", "with": {}, "event": event}) for event in (foreign, unknown)]
    assert answers == [("NOT_FOUND", ["event"])] * 2


def test_example_of_the_page_is_answered(api: Api) -> None:
    (document,) = (text.split("```")[0] for text in page().split("```graphql\n")[1:])
    charge = {**TELL, "key": "charge", "with": {"message": "Charge {{ event.payload.id }}"}}
    given = {"slug": "billing", "name": "Billing", "definition": {"schema": 1, "steps": [charge]}}
    assert api.data(SAVE, input=given)["saveWorkflow"]["errors"] == []
    answer = api.data(document, event=event_of(api, {"id": 42}))
    assert answer["draft"]["request"]["message"] == "Charge 42"
    assert answer["idea"] == {"request": {"message": "Order 42", "level": "info"}, "errors": []}


def test_every_role_that_reads_may_ask(tenant: Any, token_for: Callable[..., str]) -> None:
    viewer = Api(token_for(tenant.ref, "viewer"))
    assert shown(viewer, **{"uses": "log.write", "with": {"message": "m"}})["errors"] == []


def test_secrets_cannot_be_probed_without_the_permission_to_see_them(
    api: Api, tenant: Any, token_for: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_secret(monkeypatch, tenant.ref, "STRIPE_KEY", "sk_live_x_and_more")
    rules = "mutation($i: SaveSecretInput!) { saveSecret(input: $i) { errors { code message } } }"
    owner = Api(token_for(tenant.ref, "owner"))
    assert owner.data(rules, i={"name": "STRIPE_KEY", "allowedHosts": ["api.stripe.com"]})["saveSecret"]["errors"] == []
    viewer, editor = Api(token_for(tenant.ref, "viewer")), Api(token_for(tenant.ref, "editor"))

    def told(asker: Api, name: str, **given: Any) -> list[str]:
        call = {"url": "https://evil.example/", "auth": {"bearer": f"$secret:{name}"}}
        answer = shown(asker, **(given or {"uses": "http.request", "with": call}))
        assert answer["request"] is not None
        return [error["code"] for error in answer["errors"]]

    assert told(viewer, "STRIPE_KEY") == told(viewer, "NOPE") == []
    assert told(editor, "STRIPE_KEY") == ["SECRET_NOT_ALLOWED"]
    assert told(editor, "NOPE") == ["SECRET_UNAVAILABLE"]
    step = {
        "key": "call",
        "uses": "http.request",
        "with": {"url": "https://x.example/", "auth": {"bearer": "$secret:NOPE"}},
    }
    assert told(viewer, "", workflow=saved(api, step), step="call") == ["SECRET_UNAVAILABLE"]
