"""A sensitive value of an event goes through a workflow. Afterwards no answer, log line, error or export shows it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.execution.test_secrets_logged import logging_to
from tests.support.api import Api
from tests.support.plane import Plane, Scripted, connectors, failing

SAVE = """mutation ($input: SaveEventTypeInput!) { saveEventType(input: $input) { eventType {
  id name schema onMismatch searchKeys { name expression } searchIndex { done total finishedAt } sensitivePaths revision } errors { code path } } }"""
DELETE = (
    "mutation ($input: DeleteEventTypeInput!) { deleteEventType(input: $input) { deletedId errors { code path } } }"
)
TYPES = "{ eventTypes(first: 10) { totalCount edges { node { name sensitivePaths revision } } } }"
ERROR = "error { code message details }"
PAGE = f"""
{{ events(first: 2) {{ edges {{ node {{ id type payload payloadPreview decisions(first: 2) {{ reason path }} }} }} }}
  runs(first: 2) {{ edges {{ node {{ id {ERROR} steps(first: 4) {{ key input output {ERROR} attempts(first: 2) {{ edges {{ node {{ input output {ERROR} }} }} }}
    effect {{ request }} }} }} }} }}
  approvals(first: 2) {{ edges {{ node {{ title description data }} }} }} }}"""
EXPLAIN = "query ($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched sentence tree } }"
TEST = """mutation ($input: TestWorkflowInput!) { testWorkflow(input: $input) { test { steps { key input output } } errors { code message } } }"""
EMAIL, AGE = "ada.lovelace@example.com", 731
PATHS = ["payload.customer.email", "payload.age"]
EVENT = {"customer": {"email": EMAIL, "name": "Ada"}, "age": AGE, "n": 42}
STEPS = [
    {"key": "copy", "uses": "test.echo", "with": {"all": "{{ event.payload }}", "to": "Mail {{ event.payload.customer.email }}"}},
    {"key": "ask", "uses": "flow.approval", "needs": ["copy"],
     "with": {"title": "Write to {{ event.payload.customer.email }}?", "data": {"age": "{{ event.payload.age }}", "n": "{{ event.payload.n }}"}}},
    {"key": "fail", "uses": "test.broken", "needs": ["copy"], "with": {"to": "{{ steps.copy.output.to }}"}, "retry": {"max_attempts": 1}},
]  # fmt: skip


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    with logging_to(lines := io.StringIO(), monkeypatch):
        yield lines


def run_all(plane: Plane) -> None:
    def echo(call: Any) -> Any:
        return {"to": call.input["to"], "echo": call.input["all"]}

    broken = failing("CONNECTOR_REFUSED")
    broken.message, broken.details = f"The receiver refused {EMAIL}.", {"sent": {"to": EMAIL}}
    with connectors(Scripted(name="test.echo", acts=(echo,)), Scripted(name="test.broken", acts=(broken,))):
        plane.publish("shows", STEPS)
        plane.send(EVENT)
        plane.drain()


def save(api: Api, **given: Any) -> Any:
    return api.data(SAVE, input={"name": "order.created", **given})["saveEventType"]


def answers(api: Api) -> Any:
    return api.data(PAGE)


def event_of(found: Any) -> Any:
    """The event of the run. The failed run has made another one."""
    return next(edge["node"] for edge in found["events"]["edges"] if edge["node"]["type"] == "order.created")


def test_sensitive_value_is_shown_without_a_declaration(plane: Plane, api: Api) -> None:
    """The sabotaged twin: the searches below would find the value."""
    run_all(plane)
    assert json.dumps(answers(api)).count(EMAIL) > 5


def test_sensitive_value_is_never_shown(plane: Plane, api: Api, log: io.StringIO) -> None:
    assert save(api, sensitivePaths=PATHS)["errors"] == []
    run_all(plane)
    found = answers(api)
    assert EMAIL not in json.dumps(found)
    assert str(AGE) not in json.dumps(found)
    assert EMAIL not in log.getvalue()
    payload = event_of(found)["payload"]
    assert payload == {"customer": {"email": "[redacted]", "name": "Ada"}, "age": "[redacted]", "n": 42}
    copied = found["runs"]["edges"][0]["node"]["steps"][0]
    assert copied["input"] == {"all": payload, "to": "Mail [redacted]"}
    assert copied["output"] == {"to": "Mail [redacted]", "echo": payload}
    (asked,) = [edge["node"] for edge in found["approvals"]["edges"]]
    assert (asked["title"], asked["data"]) == ("Write to [redacted]?", {"age": "[redacted]", "n": 42})


def test_stored_values_are_hidden_at_once_and_shown_again_after_the_deletion(plane: Plane, api: Api) -> None:
    run_all(plane)
    event = event_of(answers(api))
    assert event["payload"] == EVENT
    save(api, sensitivePaths=PATHS)
    step = answers(api)["runs"]["edges"][0]["node"]["steps"][0]
    assert step["input"]["to"] == step["effect"]["request"]["to"] == "Mail [redacted]"
    assert api.data(DELETE, input={"eventType": "order.created"})["deleteEventType"]["errors"] == []
    assert event_of(answers(api))["payload"] == EVENT


def test_conditions_and_templates_see_hidden_values(plane: Plane, api: Api) -> None:
    save(api, sensitivePaths=PATHS)
    run_all(plane)
    event = event_of(answers(api))["id"]
    when = {"==": [{"var": "payload.customer.email"}, EMAIL]}
    assert api.data(EXPLAIN, when=when, event=event)["explainRule"]["matched"] is False
    with connectors(Scripted(name="test.echo"), Scripted(name="test.broken")):
        tested = api.data(
            TEST, input={"workflow": "shows", "event": event, "outputs": {"copy": {"to": "x"}, "fail": {}}}
        )
    assert tested["testWorkflow"]["errors"] == []
    assert EMAIL not in json.dumps(tested)


def test_erased_payload_hides_its_copies(plane: Plane, api: Api) -> None:
    """The values are not known any more, so no copy of them can be found."""
    save(api, sensitivePaths=PATHS)
    run_all(plane)
    schema = plane.tenant.schema
    plane.root.execute(f'ALTER TABLE "{schema}".event_payload DISABLE TRIGGER USER')
    plane.root.execute(f'DELETE FROM "{schema}".event_payload')
    plane.root.execute(f'ALTER TABLE "{schema}".event_payload ENABLE TRIGGER USER')
    step = answers(api)["runs"]["edges"][0]["node"]["steps"][0]
    assert (step["input"], step["output"]) == ("[redacted]", "[redacted]")


def test_event_type_is_saved_listed_and_deleted(api: Api) -> None:
    saved = save(api, sensitivePaths=["payload.email", "payload.email"])
    assert (saved["eventType"]["sensitivePaths"], saved["eventType"]["revision"]) == (["payload.email"], 1)
    assert save(api)["eventType"]["revision"] == 1
    assert save(api, sensitivePaths=[], expectedRevision=1)["eventType"]["revision"] == 2
    assert save(api, expectedRevision=1)["errors"] == [{"code": "CONFLICT", "path": ["expectedRevision"]}]
    keys = [{"name": "order", "expression": "payload.id"}]
    whole = save(api, schema={"type": "object"}, onMismatch="REJECT", searchKeys=keys)["eventType"]
    assert (whole["schema"], whole["onMismatch"], whole["searchKeys"]) == ({"type": "object"}, "REJECT", keys)
    assert whole["searchIndex"] == {"done": "0", "total": None, "finishedAt": None}
    assert save(api, schema={})["eventType"]["schema"] is None
    listed = api.data(TYPES)["eventTypes"]
    assert (listed["totalCount"], [edge["node"]["name"] for edge in listed["edges"]]) == (1, ["order.created"])
    deleted = api.data(DELETE, input={"eventType": "order.created"})["deleteEventType"]
    assert deleted == {"deletedId": saved["eventType"]["id"], "errors": []}
    again = api.data(DELETE, input={"eventType": "order.created"})["deleteEventType"]
    assert again["errors"] == [{"code": "NOT_FOUND", "path": ["eventType"]}]
    assert save(api)["eventType"]["id"] != saved["eventType"]["id"]


@pytest.mark.parametrize(
    ("given", "path"),
    [({"name": "a b"}, ["name"]), ({"sensitivePaths": ["payload.ok", "email"]}, ["sensitivePaths", "1"])],
)
def test_invalid_event_type_is_refused_with_its_place(api: Api, given: dict[str, Any], path: list[str]) -> None:
    (error,) = save(api, **given)["errors"]
    assert (error["code"], [str(part) for part in error["path"]]) == ("BAD_USER_INPUT", path)
