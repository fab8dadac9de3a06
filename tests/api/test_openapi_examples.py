"""The examples of the OpenAPI document are real answers. The test asks for them again, and compares all but ids and times."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from rest_api.__main__ import EXAMPLES, FILE
from tests.conftest import NewTenant
from tests.support.api import MAIN_JOB, Api
from tests.support.plane import Plane

DOCUMENT = json.loads(FILE.read_text())
GETS = {
    operation["operationId"]: (path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method == "get"
}
WANTED: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text())
NO_ANSWER = {"exportTenant"}
"""Its answer is a tar file, and its parameter is a ticket, which no example can have."""
STEPS = [{"key": "note", "uses": "log.write", "with": {"message": "Order {{ event.payload.order }}"}}]
WORKFLOW = {"slug": "notify-sales", "name": "Notify sales", "definition": {"schema": 1, "steps": STEPS}}
RULE = {
    "slug": "orders",
    "name": "Orders",
    "workflow": "notify-sales",
    "when": {"==": [{"var": "type"}, "order.created"]},
}
TIMES = {
    "event": ("occurred_at", "received_at"),
    "execution_run": ("created_at", "started_at", "finished_at"),
    "step_run": ("started_at", "finished_at"),
    "effect": ("intended_at", "settled_at"),
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")
HEX = re.compile(r"[0-9a-f]{32}([0-9a-f]{32})?")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PLACES = {"cursor", "startCursor", "endCursor", "next", "previous"}


@pytest.fixture
def sample(plane: Plane, tenant: NewTenant, web: str) -> dict[str, Any]:
    """The parameters and the answer of each example, by the name of the operation."""
    api = Api(tenant.token)
    assert api.data(MAIN_JOB["SaveWorkflow"], input=WORKFLOW)["saveWorkflow"]["errors"] == []
    assert api.data(MAIN_JOB["PublishWorkflow"], input={"workflow": "notify-sales"})["publishWorkflow"]["errors"] == []
    assert api.data(MAIN_JOB["SaveRule"], input=RULE)["saveRule"]["errors"] == []
    plane.send({"order": 4711})
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    # Exports leave young records to a later export. No role of the application may change an event.
    plane.root.execute("SET session_replication_role = replica")
    for table, columns in TIMES.items():
        earlier = ", ".join(f"{column} = {column} - interval '1 hour'" for column in columns)
        plane.root.execute(f'UPDATE "{plane.tenant.schema}".{table} SET {earlier}')
    plane.root.execute("SET session_replication_role = origin")
    headers = {"Authorization": f"Bearer {tenant.token}"}
    with httpx2.Client(base_url=f"http://{web}", headers=headers, trust_env=False, timeout=30) as client:

        def first(kind: str) -> str:
            row: str = client.get(f"/api/v1/{kind}").json()["results"][0]["id"]
            return row

        own = {"event": first("events"), "run": first("runs"), "workflow": "notify-sales"}
        found = {}
        for name, (path, _) in GETS.items():
            if name not in NO_ANSWER:
                given = {**WANTED.get(name, {}).get("parameters", {}), **in_path(path, own)}
                found[name] = {"parameters": given, "answer": asked(client, path, given)}
        return found


def in_path(path: str, own: dict[str, str]) -> dict[str, str]:
    return {name: own[name] for name in re.findall(r"{(\w+)}", path)}


def asked(client: httpx2.Client, path: str, given: dict[str, Any]) -> Any:
    """The body of the answer: a text for lines of JSON, and a value for JSON."""
    url = path.format(**given)
    parameters = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in given.items()
        if f"{{{name}}}" not in path
    }
    response = client.get(url, params=parameters)
    assert response.status_code == 200, response.text
    return response.json() if response.headers["Content-Type"] == "application/json" else response.text


def alike(value: Any, name: str = "") -> Any:
    """The value with ids, times, hashes and cursors replaced by what they are."""
    if isinstance(value, dict):
        return {key: alike(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [alike(each) for each in value]
    return text_alike(value, name) if isinstance(value, str) else value


def text_alike(text: str, name: str) -> str:
    if name in PLACES:
        return "a cursor"
    for form, meaning in ((TIME, "a time"), (UUID, "an id"), (HEX, "a trace or a hash")):
        if form.fullmatch(text):
            return meaning
    return kind_of(text) or text


def kind_of(text: str) -> str | None:
    """The type of a global id."""
    try:
        kind, _, row = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return None
    return kind if len(row) == 36 else None


def shown(answer: Any) -> Any:
    return [alike(json.loads(line)) for line in answer.splitlines()] if isinstance(answer, str) else alike(answer)


def test_examples_are_what_the_server_answers(sample: dict[str, Any], tmp_path: Path) -> None:
    made = tmp_path / "examples.json"
    made.write_text(json.dumps(sample, indent=2, ensure_ascii=False) + "\n")
    for name, example in sample.items():
        assert shown(example["answer"]) == shown(WANTED.get(name, {}).get("answer")), f"copy {made} to {EXAMPLES}"


def test_every_get_has_an_example_of_its_answer_and_of_a_parameter() -> None:
    assert GETS.keys() - NO_ANSWER == WANTED.keys()
    for name, (_, operation) in GETS.items():
        if name in NO_ANSWER:
            continue
        (content,) = operation["responses"]["200"]["content"].values()
        assert [each["value"] for each in content["examples"].values()] == [WANTED[name]["answer"]], name
        examples = {each["name"]: each["example"] for each in operation["parameters"] if "example" in each}
        assert examples == WANTED[name]["parameters"], name
        assert examples, name


def validator(schema: Any) -> Any:
    # References name components of the whole document.
    return jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]}, validate_formats=True)


@pytest.mark.parametrize("name", WANTED)
def test_examples_agree_with_their_schemas(name: str) -> None:
    _, operation = GETS[name]
    (content,) = operation["responses"]["200"]["content"].values()
    validator(content["schema"]).validate(WANTED[name]["answer"])
    for each in operation["parameters"]:
        if "example" in each:
            validator(each["schema"]).validate(each["example"])


def test_example_that_rots_would_be_found() -> None:
    """The sabotaged twin."""
    (content,) = GETS["getRun"][1]["responses"]["200"]["content"].values()
    answer = {**WANTED["getRun"]["answer"], "state": "DONE"}
    assert not validator(content["schema"]).is_valid(answer)
    assert shown(answer) != shown(WANTED["getRun"]["answer"])
    assert shown({"id": "RXZlbnQ6MDFhMjJlMzEtYWE1Ni03MGRmLTk1NDUtYWEwMTVlZDg5NzRh"}) == {"id": "Event"}
