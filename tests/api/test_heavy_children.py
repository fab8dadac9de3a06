"""Heavy fields of a real web process: computed in children, with the same answers, and bounded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import psutil
import pytest

from tests.api.conftest import serving
from tests.support.api import Api

SERVER = """
import os
os.environ.update(AUTOMATE_PROCESS="web", AUTOMATE_WEB_THREADS="8", AUTOMATE_HEAVY_PROCESSES="2")
from automate.web.asgi import application
"""
VALIDATE = """
query($definition: JSON!) { a: validateWorkflow(definition: $definition) { valid problems { code path message } } }"""
SAVE = """
mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code } } }"""
CHECKLIST = """
query($workflow: String!) { publishChecklist(workflow: $workflow) { publishable items { key state names } } }"""
DIFF = """
query($workflow: String!) { workflowDiff(input: {workflow: $workflow}) { same steps { key change } } }"""
PUBLISH = """
mutation($workflow: String!) { publishWorkflow(input: {workflow: $workflow}) { workflowVersion { number } errors { code } } }"""
TEST = """
mutation($input: TestWorkflowInput!) { testWorkflow(input: $input) { test { state stopped { code } steps { key state output } } errors { code path } } }"""
PREVIEW = """
query($input: PreviewStepInput!) { previewStep(input: $input) { hosts request errors { code path } } }"""
INGEST = """
mutation($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code } } }"""
EXPLAIN = """
query($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence } }"""
WAIT_SECONDS = 60.0


def definition(steps: int) -> dict[str, Any]:
    """Sound, but for one problem in its last step."""
    made = [
        {
            "key": f"s{n}",
            "uses": "http.request",
            "with": {
                "url": "https://x.example.com/{{ event.payload.a }}",
                "json": {"v": "{{ event.payload.b }}", "n": n},
            },
        }
        for n in range(steps)
    ]
    return {"schema": 1, "steps": [*made, {"key": "last", "uses": "no.such"}]}


LARGE = definition(300)
LOOPS = {"some": [{"var": "payload.items"}, {"some": [{"var": "payload.items"}, {"==": [{"var": ""}, -1]}]}]}


@pytest.fixture(scope="module")
def web(database: Any) -> Iterator[httpx2.Client]:
    with (
        serving(SERVER) as host,
        httpx2.Client(base_url=f"http://{host}", trust_env=False, timeout=WAIT_SECONDS) as client,
    ):
        yield client


@pytest.fixture
def ask(web: httpx2.Client, tenant: Any) -> Callable[..., Any]:
    def answer(query: str, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {tenant.token}"}
        return web.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()

    return answer


@pytest.fixture
def post(ask: Callable[..., Any]) -> Callable[..., Any]:
    def data(query: str, **variables: Any) -> Any:
        answer = ask(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    return data


def refusal(answer: Any) -> tuple[str, list[str]]:
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["extensions"].get("path", [])


def nurseries() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if "automate.heavy.nursery" in one.cmdline()]


@pytest.mark.slow
def test_children_answer_as_the_process_itself_does(
    ask: Callable[..., Any], post: Callable[..., Any], api: Api
) -> None:
    """The one side computes in children, the other here."""
    event = api.data(INGEST, input={"type": "a.b", "payload": {"a": "x", "items": list(range(200))}})["ingestEvent"][
        "event"
    ]["id"]
    saved = {"slug": "large", "name": "Large", "definition": {**LARGE, "steps": LARGE["steps"][:-1]}}
    assert post(SAVE, input=saved)["saveWorkflow"]["errors"] == []
    asked: list[tuple[str, dict[str, Any]]] = [
        (VALIDATE, {"definition": LARGE}),
        (VALIDATE, {"definition": definition(3)}),
        (CHECKLIST, {"workflow": "large"}),
        (DIFF, {"workflow": "large"}),
        (EXPLAIN, {"when": LOOPS, "event": event}),
        (EXPLAIN, {"when": {"==": [{"var": "payload.a"}, "x"]}, "event": event}),
        (
            PREVIEW,
            {"input": {"uses": "log.write", "with": {"message": "{{ event.payload.a }} " * 500}, "event": event}},
        ),
        (TEST, {"input": {"workflow": "large", "sample": {"type": "a.b", "payload": {"a": "x", "b": 1}}}}),
        (TEST, {"input": {"workflow": "large", "outputs": {"nope": 1}, "sample": {"type": "a.b", "payload": {}}}}),
    ]
    for query, variables in asked:
        assert post(query, **variables) == api.data(query, **variables), query
    broken = {"uses": "log.write", "with": {"message": "{{ nope( }}"}, "event": event}
    assert refusal(ask(PREVIEW, input=broken)) == refusal(api.answer(PREVIEW, input=broken))
    assert post(PUBLISH, workflow="large")["publishWorkflow"] == {"workflowVersion": {"number": 1}, "errors": []}
    assert len(nurseries()) == 1


@pytest.mark.slow
def test_flood_of_checks_is_refused_beyond_its_share(
    ask: Callable[..., Any], post: Callable[..., Any], web: httpx2.Client, tenant_factory: Callable[[], Any]
) -> None:
    other = tenant_factory()
    post(VALIDATE, definition=LARGE)
    with ThreadPoolExecutor(6) as flood:
        answers = [flood.submit(ask, VALIDATE, definition=LARGE) for _ in range(12)]
        headers = {"Authorization": f"Bearer {other.token}"}
        began = time.monotonic()
        answer = web.post(
            "/graphql", json={"query": VALIDATE, "variables": {"definition": LARGE}}, headers=headers
        ).json()
        seconds = time.monotonic() - began
        assert [one["code"] for one in answer["data"]["a"]["problems"]] == ["INVALID_WORKFLOW"]
        for one in answers:
            made = one.result()
            assert refusal(made)[0] == "RATE_LIMITED" if "errors" in made else made["data"]["a"]["valid"] is False
    assert seconds < WAIT_SECONDS / 4
