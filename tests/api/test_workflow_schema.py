"""The schema of definitions is read at a URL, by everybody, and cached."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from django.test import Client

from automate.kernel.json_values import as_list
from automate.workflows.flow_steps import FLOW_SPECS
from automate.workflows.schema import DEFINITION_SCHEMA
from scripts.workflow_definitions_page import page

URL = "/schemas/workflow-1.json"


@pytest.fixture
def client(database: object) -> Client:
    return Client(raise_request_exception=False)


def test_everybody_reads_the_schema_that_definitions_are_held_to(client: Client) -> None:
    answer = client.get(URL)
    schema = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/schema+json")
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert schema.pop("$id").endswith(URL)
    assert schema == DEFINITION_SCHEMA
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.is_valid(schema, as_list(DEFINITION_SCHEMA["examples"])[0])
    assert not jsonschema_rs.is_valid(schema, {"schema": 1, "steps": []})


def test_a_copy_that_is_current_is_not_sent_again(client: Client) -> None:
    tag = client.get(URL)["ETag"]
    again = client.get(URL, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert client.get(URL, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_it_is_only_read(client: Client, method: str) -> None:
    answer = getattr(client, method)(URL)
    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, "GET, HEAD", "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("name", ["workflow-2.json", "workflow-1", "..%2fworkflow-1.json"])
def test_no_other_schema_is_there(client: Client, name: str) -> None:
    assert client.get(f"/schemas/{name}").status_code == 404


def test_the_page_of_the_reference_has_every_field() -> None:
    text = page()
    definition: Any = DEFINITION_SCHEMA
    step = definition["properties"]["steps"]["items"]
    schemas: list[Any] = [
        definition,
        step,
        step["properties"]["retry"],
        *(spec.input_schema for spec in FLOW_SPECS.values()),
    ]
    fields = {name for schema in schemas for name in schema["properties"]}
    assert [name for name in sorted(fields) if f"| `{name}` |" not in text] == []
