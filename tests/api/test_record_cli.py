"""``automate record``: a real run becomes a case that holds at once, and holds no secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automate.cli.applying.document import parse
from automate.cli.rehearsing.files import run_file
from automate.client.operations import RECORDED_ITEMS
from tests.support.api import Api
from tests.support.command import Command, command_of, let_ask
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret

ONE_BY_ONE = RECORDED_ITEMS.replace("first: 50, from", "first: 1, from")
IDS = "{ runs(first: 10) { edges { node { id state } } } }"


@pytest.fixture
def automate(api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    from automate.cli import record, test

    let_ask(monkeypatch, api, record, test)
    monkeypatch.chdir(tmp_path)
    return command_of(monkeypatch, capsys)


@pytest.fixture
def scripted() -> Iterator[Any]:
    from tests.support.plane import Scripted, connectors, failing

    made = Scripted(acts=({"password": "hunter2", "id": 7}, failing("CONNECTOR_TRANSIENT"), {"ok": True}))
    with connectors(made):
        yield made


def only_run(api: Api) -> str:
    (edge,) = api.data(IDS)["runs"]["edges"]
    run: str = edge["node"]["id"]
    return run


def read(name: str) -> Any:
    return parse(Path(name).read_bytes()).value


def test_run_becomes_a_case_that_holds(
    automate: Command, api: Api, plane: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_secret(monkeypatch, plane.tenant, "KEY", "hush-hush-hush")
    again = {"max_attempts": 3, "initial_seconds": 1}
    plane.publish(
        "orders",
        [
            {"key": "make", "uses": scripted.name, "with": {"n": "{{ event.payload.n }}", "token": "$secret:KEY"}},
            {"key": "skip", "uses": scripted.name, "if": {"==": [{"var": "event.payload.n"}, 2]}},
            {"key": "tell", "uses": scripted.name, "with": {"id": "{{ steps.make.output.id }}"}, "retry": again},
            {"key": "shape", "uses": "flow.transform", "with": {"output": {"id": "{{ steps.make.output.id }}"}}},
            {"key": "say", "uses": "flow.emit_event", "with": {"type": "order.made"}},
        ],
        when={"==": [{"var": "type"}, "order.created"]},
    )
    plane.send({"n": 1, "card": "4111 1111 1111 1111", "api_key": "sk_live_1234567890"})
    plane.drain()
    plane.pass_seconds(60)
    plane.drain()
    done = automate("record", only_run(api))
    assert (done.status, done.err) == (0, "")
    assert done.out == naming("orders.automate.yaml", "automate test orders.automate.yaml")
    made = read("orders.automate.yaml")
    assert made["answers"] == {
        "make": [{"output": {"password": "[redacted]", "id": 7}}],
        "tell": [
            {
                "error": {
                    "code": "CONNECTOR_TRANSIENT",
                    "message": "CONNECTOR_TRANSIENT by script.",
                    "details": {},
                }
            },
            {"output": {"ok": True}},
        ],
    }
    assert made["event"]["payload"] == {"n": 1, "card": "[redacted]", "api_key": "[redacted]"}
    expect = made["expect"]
    assert {key: step["state"] for key, step in expect["steps"].items()} == {
        "make": "succeeded",
        "skip": "skipped",
        "tell": "succeeded",
        "shape": "succeeded",
        "say": "succeeded",
    }
    assert (expect["run"], expect["steps"]["tell"]["attempts"]) == ("succeeded", 2)
    assert expect["calls"] == [
        {"step": "make", "uses": "test.scripted", "input": {"n": 1, "token": "$secret:KEY"}},
        *[{"step": "tell", "uses": "test.scripted", "input": {"id": 7}}] * 2,
    ]
    assert expect["emitted"] == [{"type": "order.made", "subject": "", "payload": {}}]
    assert automate("test").out == naming("ok", "orders.automate.yaml", "succeeded", "3 calls", "1 s")
    for secret in ("hunter2", "4111", "sk_live", "hush"):
        assert secret not in Path("orders.automate.yaml").read_text()


def test_change_of_the_workflow_breaks_the_recorded_case(
    automate: Command, api: Api, plane: Any, scripted: Any
) -> None:
    """The sabotaged twin: the case that holds looks."""
    plane.publish("orders", [{"key": "make", "uses": scripted.name, "with": {"n": 1}}])
    plane.send({})
    plane.drain()
    automate("record", only_run(api), "--to", "a.automate.yaml")
    text = Path("a.automate.yaml").read_text()
    Path("b.automate.yaml").write_text(text.replace("n: 1", "n: 2", 1))
    assert run_file(Path("a.automate.yaml")).problems == []
    (problem,) = run_file(Path("b.automate.yaml")).problems
    assert problem.message == "calls[0].input.n: expected 1, got 2"


@pytest.mark.slow
def test_what_a_run_waited_for_is_recorded_too(automate: Command, api: Api, plane: Any, scripted: Any) -> None:
    wait = {"type": "order.paid", "match": {"==": [{"var": "payload.n"}, 1]}}
    items = {"items": [1, 2], "step": {"uses": scripted.name, "with": {"n": "{{ item.value }}"}}, "tolerate": 1}
    plane.publish(
        "orders",
        [
            {"key": "rest", "uses": "flow.delay", "with": {"seconds": 30}},
            {"key": "paid", "uses": "flow.wait_for_event", "with": wait},
            {"key": "each", "uses": "flow.for_each", "with": items},
        ],
        when={"==": [{"var": "type"}, "order.created"]},
    )
    plane.send({"n": 1})
    plane.drain()
    plane.pass_seconds(60)
    plane.drain()
    plane.send({"n": 1}, kind="order.paid")
    plane.drain()
    plane.pass_seconds(60)
    plane.drain()
    done = automate("record", only_run(api))
    assert (done.status, done.err) == (0, "")
    made = read("orders.automate.yaml")
    ((event,), answers) = made["events"], made["answers"]
    assert (event["type"], event["payload"]) == ("order.paid", {"n": 1})
    assert list(answers) == ["each[0]", "each[1]"]
    assert automate("test").status == 0


def test_items_are_recorded_as_their_step_kept_them(automate: Command, api: Api, plane: Any) -> None:
    step = {"uses": "log.write", "with": {"message": "Hello {{ item.value }}"}}
    given = {"items": ["Ada", "Bob"], "keep": ["message"], "step": step}
    plane.publish("orders", [{"key": "each", "uses": "flow.for_each", "with": given}])
    plane.send({})
    plane.drain()
    done = automate("record", only_run(api))
    assert (done.status, done.err) == (0, "")
    made = read("orders.automate.yaml")
    assert made["answers"]["each[1]"] == [{"output": {"message": "Hello Bob"}}]
    assert automate("test").status == 0
    text = Path("orders.automate.yaml").read_text()
    Path("orders.automate.yaml").write_text(text.replace("message: Hello Bob", "message: 7", 1))
    assert naming("log.write", "output.message") in automate("test").out.splitlines()


def test_approval_is_recorded_with_who_decided(automate: Command, api: Api, plane: Any) -> None:
    from tests.support.approvals import approvals, person, say

    plane.publish("orders", [{"key": "ask", "uses": "flow.approval", "with": {"title": "Sure?"}}])
    plane.send({})
    plane.drain()
    (approval,) = approvals(plane)
    say(plane, approval, person("ada"), "rejected")
    plane.drain()
    assert automate("record", only_run(api)).status == 0
    made = read("orders.automate.yaml")
    ((decision,),) = made["decisions"].values()
    assert (decision["outcome"], decision["by"], made["expect"]["run"]) == ("rejected", "ada", "failed")
    assert automate("test").status == 0


def test_run_that_cannot_be_repeated_is_not_recorded(automate: Command, api: Api, plane: Any, scripted: Any) -> None:
    """What decided is hidden, so the case would tell another story."""
    plane.publish(
        "orders", [{"key": "make", "uses": scripted.name, "if": {"==": [{"var": "event.payload.pin"}, "1234"]}}]
    )
    plane.send({"pin": "1234"})
    plane.drain()
    done = automate("record", only_run(api))
    assert done.status == 1
    assert done.err == naming("make", "succeeded", "skipped")
    assert list(Path().iterdir()) == []


@pytest.mark.slow
def test_run_that_was_undone_is_recorded_with_its_compensations(
    automate: Command, api: Api, plane: Any, scripted: Any
) -> None:
    undo = {"uses": scripted.name, "with": {}, "retry": {"max_attempts": 2, "initial_seconds": 1}}
    stop = {"key": "stop", "uses": "flow.fail", "with": {"message": "No."}}
    plane.publish("orders", [{"key": "make", "uses": scripted.name, "compensate": undo}, stop])
    plane.send({})
    plane.drain()
    plane.pass_seconds(60)
    plane.drain()
    done = automate("record", only_run(api))
    assert (done.status, done.err) == (0, "")
    made = read("orders.automate.yaml")
    assert [list(answer) for answer in made["answers"]["make.compensate"]] == [["error"], ["output"]]
    assert [call["step"] for call in made["expect"]["calls"]] == ["make", "make.compensate", "make.compensate"]
    assert automate("test").status == 0


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.cli import record

    monkeypatch.setattr(record, "RECORDED_ITEMS", ONE_BY_ONE)


@pytest.mark.slow
@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize(("tolerate", "state"), [(1, "succeeded"), (0, "failed")])
def test_items_are_recorded_with_all_their_attempts(
    automate: Command, api: Api, plane: Any, tolerate: int, state: str
) -> None:
    from tests.support.plane import Scripted, connectors, failing

    later, never = failing("CONNECTOR_TRANSIENT"), failing("CONNECTOR_REFUSED")
    acts = {1: [later, {"n": 1}], 2: [later, never], 3: [{"n": 3}]}
    with connectors(made := Scripted(acts=(lambda call: acts[call.input["n"]].pop(0),))):
        step = {
            "uses": made.name,
            "with": {"n": "{{ item.value }}"},
            "retry": {"max_attempts": 3, "initial_seconds": 1},
        }
        # Side by side, it is left to chance which calls end before the one that fails the step.
        items = {"items": [1, 2, 3], "parallel": 3 if tolerate else 1, "tolerate": tolerate, "step": step}
        plane.publish("orders", [{"key": "each", "uses": "flow.for_each", "with": items}])
        plane.send({})
        for _ in range(3):
            plane.drain()
            plane.pass_seconds(60)
        assert plane.runs()[0][0] == state
        done = automate("record", only_run(api))
        assert (done.status, done.err) == (0, "")
        answers = read("orders.automate.yaml")["answers"]
        assert {place: [list(one) for one in answers[place]] for place in sorted(answers)} == {
            "each[0]": [["error"], ["output"]],
            "each[1]": [["error"], ["error"]],
            **({"each[2]": [["output"]]} if tolerate else {}),
        }
        assert automate("test").status == 0


def test_refusals_say_what_to_do(automate: Command, api: Api, plane: Any) -> None:
    plane.publish("orders", [{"key": "rest", "uses": "flow.delay", "with": {"seconds": 30}}])
    plane.send({})
    plane.drain()
    run = only_run(api)
    assert automate("record", run).err == naming("ended")
    unknown = "0190a0a0-0000-7000-8000-000000000000"
    assert automate("record", unknown).err == naming(unknown)


def test_case_runs_on_a_stored_event(automate: Command, api: Api, plane: Any) -> None:
    automate("init")
    (event,) = plane.send({"n": 9, "total": 500})
    case = """\
file: first.yaml
workflow: first
event: {type: order.created, payload: {n: 1, total: 120}}
answers:
  greet: [{output: {message: Hello, level: info}}]
  confirm: [{output: {message: Hello, level: info}}]
expect:
  run: succeeded
  calls:
    - {step: greet, input: {message: Order 9 over 500}}
    - {step: confirm}
"""
    Path("first.automate.yaml").write_text(case)
    assert automate("test").status == 1
    done = automate("test", "--event", str(event))
    assert (done.status, done.out) == (0, naming("ok", "first.automate.yaml", "succeeded", "2 calls", "0 s"))
    assert automate("test", "--event", "0190a0a0-0000-7000-8000-000000000000").err == naming("event")
