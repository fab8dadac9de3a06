"""What docs/testing.md says of tests by GraphQL, as it stands there; and ``automate test --workflow`` without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from automate.cli.applying.document import parse
from automate.simulation.rehearsal.bounds import FOR_REQUESTS
from tests.support.api import Api
from tests.support.command import Command, command_of, let_ask
from tests.support.tree import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text()
FIRST = parse((ROOT / "platform" / "automate" / "cli" / "first.yaml").read_bytes()).value
SAVE = "mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message } } }"
INGEST = "mutation($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code } } }"


@pytest.fixture
def first(api: Api) -> str:
    (workflow,) = FIRST["workflows"]
    assert api.data(SAVE, input=workflow)["saveWorkflow"]["errors"] == []
    return str(workflow["slug"])


@pytest.fixture
def automate(api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    from automate.cli import testing_there

    let_ask(monkeypatch, api, testing_there)
    monkeypatch.chdir(tmp_path)
    return command_of(monkeypatch, capsys)


def test_request_of_the_page_shows_what_it_says(api: Api, first: str) -> None:
    (document,) = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
    (variables,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    answer = api.data(document, input=json.loads(variables))["testWorkflow"]
    assert (answer["errors"], answer["run"], answer["test"]["state"]) == ([], None, "SUCCEEDED")
    greet, confirm = answer["test"]["steps"]
    assert (greet["mock"], confirm["mock"], confirm["input"]["message"]) == ("GIVEN", "GIVEN", "Greeted with: Hello")
    assert [call["attempt"] for call in confirm["calls"]] == [1, 2]


def test_bounds_of_the_page_are_those_of_requests() -> None:
    assert (FOR_REQUESTS.seconds, FOR_REQUESTS.calls, FOR_REQUESTS.size) == (1.0, 1_000, 4 * 2**20)
    assert "1 s of processor time, 1,000 calls and 4 MiB" in PAGE


def test_workflow_of_the_server_is_tested_from_the_command_line(automate: Command, api: Api, first: str) -> None:
    event = api.data(INGEST, input={"type": "order.created", "payload": {"n": 1, "total": 250}})["ingestEvent"][
        "event"
    ]["id"]
    done = automate("test", "--workflow", first, "--event", event)
    assert (done.status, done.out.splitlines()) == (0, [
        "step greet   succeeded 0 s example",
        "step confirm succeeded 0 s example",
        "run          succeeded 0 s",
    ])  # fmt: skip
    none = api.data(INGEST, input={"type": "order.created", "payload": {"total": 0}})["ingestEvent"]["event"]["id"]
    failed = automate("test", "--workflow", first, "--event", none)
    assert failed.status == 1
    assert failed.out.splitlines()[1].split() == ["step", "confirm", "not", "taken"]
    given = json.dumps({"greet": {"message": "Hello", "level": "info"}})
    part = automate("test", "--workflow", first, "--event", event, "--step", "confirm", "--outputs", given)
    assert part.out.splitlines()[0].split() == ["step", "greet", "succeeded", "0", "s", "given"]


def test_options_of_the_one_are_refused_with_the_other(automate: Command) -> None:
    Path("a.automate.yaml").write_text("")
    for given in (("--live",), ("--workflow", "first", "a.automate.yaml")):
        done = automate("test", *given)
        assert done.status != 0
        assert "a workflow of the server" in (done.out + done.err).lower()
