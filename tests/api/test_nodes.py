"""node(id): what is not ours to see does not exist, whatever it is."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.api import MAIN_JOB, Api


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        ("Event", lambda busy: busy.events[0]),
        ("ExecutionRun", lambda busy: busy.runs[0]),
        ("Workflow", lambda busy: busy.flow.workflow),
        ("WorkflowVersion", lambda busy: busy.flow.version),
        ("RuleSpec", lambda busy: busy.flow.rule),
    ],
)
def test_own_entities_are_found(busy: Any, kind: str, of: Any) -> None:
    from graphql_schema.ids import global_id

    wanted = global_id(kind, of(busy))
    node = busy.api.data(MAIN_JOB["Node"], id=wanted)["node"]
    assert (node["__typename"], node["id"]) == (kind, wanted)


def test_steps_and_sources_are_found(busy: Any) -> None:
    document = "{ runs(first: 1) { edges { node { steps { id } } } } sources(first: 1) { edges { node { id } } } }"
    data = busy.api.data(document)
    step = data["runs"]["edges"][0]["node"]["steps"][0]["id"]
    source = data["sources"]["edges"][0]["node"]["id"]
    assert busy.api.data(MAIN_JOB["Node"], id=step)["node"] == {"__typename": "StepRun", "id": step}
    assert busy.api.data(MAIN_JOB["Node"], id=source)["node"] == {"__typename": "Source", "id": source}


GARBAGE = [
    "",
    "garbage",
    "====",
    "é",
    "a" * 10_000,
    base64.b64encode(b"Event:not-a-uuid").decode(),
    base64.b64encode(b"Event").decode(),
    base64.b64encode(b"\xff\xfe:\x00").decode(),
    base64.b64encode(b"NoSuchType:" + str(uuid.UUID(int=7)).encode()).decode(),
    base64.b64encode(b"Event:" + str(uuid.UUID(int=7)).encode()).decode(),
    base64.b64encode(b"Tenant:" + str(uuid.UUID(int=7)).encode()).decode(),
    base64.b64encode(b"__class__:" + str(uuid.UUID(int=7)).encode()).decode(),
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_null(busy: Any, garbage: str) -> None:
    assert busy.api.data(MAIN_JOB["Node"], id=garbage) == {"node": None}


def test_foreign_ids_answer_as_unknown_ones(busy: Any, api: Api) -> None:
    from graphql_schema.ids import global_id

    for kind, row_id in [("Event", busy.events[0]), ("ExecutionRun", busy.runs[0]), ("Workflow", busy.flow.workflow)]:
        assert api.data(MAIN_JOB["Node"], id=global_id(kind, row_id)) == {"node": None}
    assert api.data(MAIN_JOB["Event"], id=global_id("Event", busy.events[0])) == {"event": None}
    assert api.data("query($id: ID!) { run(id: $id) { id } }", id=global_id("ExecutionRun", busy.runs[0])) == {
        "run": None
    }


def test_id_of_another_type_is_null(busy: Any) -> None:
    from graphql_schema.ids import global_id

    assert busy.api.data(MAIN_JOB["Event"], id=global_id("ExecutionRun", busy.events[0])) == {"event": None}


def test_payload_is_redacted_everywhere(busy: Any) -> None:
    from graphql_schema.ids import global_id

    event = busy.api.data(MAIN_JOB["Event"], id=global_id("Event", busy.events[5]))["event"]
    assert event["payload"] == {"n": 5, "password": "[redacted]"}
    page = busy.api.data(MAIN_JOB["Events"], first=50)
    assert "hunter2" not in str(page)


def test_large_payload_has_no_preview(tenant: Any) -> None:
    from graphql_schema.ids import global_id

    with acting_for(tenant.ref):
        small, large = rows.event({"text": "x" * 1_000}), rows.event({"text": "x" * 70_000})
    api = Api(tenant.token)
    document = "query($id: ID!) { event(id: $id) { payloadPreview payloadBytes payload } }"
    event = api.data(document, id=global_id("Event", small))["event"]
    assert (len(event["payloadPreview"]), event["payloadPreview"][-1]) == (200, "…")
    event = api.data(document, id=global_id("Event", large))["event"]
    assert (event["payloadPreview"], len(event["payload"]["text"])) == (None, 70_000)
