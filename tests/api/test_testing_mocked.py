"""testWorkflow and testStep with mocked connectors: what a run would come to, with nothing sent and nothing written."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.support.api import Api
from tests.support.facts import naming

TEST = """
mutation($input: TestWorkflowInput!) { testWorkflow(input: $input) { run { id } errors { code message path } test {
  state reason error { code message } seconds emitted stopped { code details } edges { source target taken }
  steps { key uses state reason input output mock startsAtSeconds endsAtSeconds waitedSeconds error { code path }
    calls { uses item compensates attempt atSeconds host input mock output error { code path } refusals { code path } } } } } }
"""
STEP = """
mutation($input: TestStepInput!) { testStep(input: $input) { errors { code message path }
  step { key state reason input output mock error { code path } calls { input mock host } }
  test { state steps { key state } } } }
"""
SAVE = "mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message } } }"
PUBLISH = "mutation($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message } } }"
INGEST = "mutation($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code } } }"

CHARGE = {
    "key": "charge",
    "uses": "http.request",
    "with": {
        "method": "POST",
        "url": "https://api.example.com/charges",
        "json": {"amount": "{{ event.payload.total }}"},
    },
}
PAUSE = {"key": "pause", "uses": "flow.delay", "with": {"seconds": 3_600}}
SAY = {"key": "say", "uses": "log.write", "with": {"message": "Charged {{ steps.charge.output.json.id }}"}}
LARGE = {
    "key": "large",
    "uses": "log.write",
    "needs": ["charge"],
    "if": {">": [{"var": "event.payload.total"}, 100]},
    "with": {"message": "Large"},
}
ASK = {"key": "ask", "uses": "flow.approval", "with": {"title": "Charge {{ event.payload.total }}?"}}


def saved(api: Api, *steps: Any, **members: Any) -> str:
    slug = f"w-{uuid.uuid4().hex[:8]}"
    definition = {"schema": 1, **members, "steps": list(steps)}
    given = {"slug": slug, "name": slug, "definition": definition}
    assert api.data(SAVE, input=given)["saveWorkflow"]["errors"] == []
    return slug


def event_of(api: Api, payload: Any) -> str:
    answer = api.data(INGEST, input={"type": "order.created", "payload": payload})["ingestEvent"]
    return str(answer["event"]["id"])


def played(api: Api, slug: str, **given: Any) -> dict[str, Any]:
    given.setdefault("sample", {"type": "order.created", "payload": {"total": 40}})
    if "event" in given:
        del given["sample"]
    answer = api.data(TEST, input={"workflow": slug, **given})["testWorkflow"]
    assert answer["errors"] == []
    assert answer["run"] is None
    found: dict[str, Any] = answer["test"]
    return found


def refused(api: Api, slug: str, **given: Any) -> list[tuple[str, list[str]]]:
    given = {"sample": {"type": "order.created", "payload": {"total": 40}}, **given}
    answer = api.data(TEST, input={"workflow": slug, **given})["testWorkflow"]
    assert (answer["test"], answer["run"]) == (None, None)
    assert all(error["message"].endswith((".", "?")) for error in answer["errors"]), answer
    return [(error["code"], error["path"]) for error in answer["errors"]]


def by_key(test: dict[str, Any]) -> dict[str, Any]:
    return {step["key"]: step for step in test["steps"]}


def test_draft_is_taken_through_a_stored_event_and_its_wait_is_not_waited_for(api: Api) -> None:
    slug = saved(api, CHARGE, PAUSE, SAY, LARGE)
    began = time.monotonic()
    seen = played(api, slug, event=event_of(api, {"total": 40}))
    assert time.monotonic() - began < 10
    assert (seen["state"], seen["seconds"], seen["error"], seen["stopped"]) == ("SUCCEEDED", 3_600.0, None, None)
    steps = by_key(seen)
    (call,) = steps["charge"]["calls"]
    assert call == {
        "uses": "http.request",
        "item": None,
        "compensates": False,
        "attempt": 1,
        "atSeconds": 0.0,
        "host": "api.example.com",
        "input": {**CHARGE["with"], "json": {"amount": 40}},  # type: ignore[dict-item]
        "mock": "EXAMPLE",
        "output": steps["charge"]["output"],
        "error": None,
        "refusals": [],
    }
    assert steps["pause"]["input"] == {"seconds": 3_600}
    assert (steps["pause"]["startsAtSeconds"], steps["pause"]["endsAtSeconds"]) == (0.0, 3_600.0)
    assert steps["pause"]["waitedSeconds"] == 3_600.0
    assert steps["say"]["input"] == {"message": f"Charged {steps['charge']['output']['json']['id']}"}
    assert (steps["large"]["state"], steps["large"]["reason"]) == ("SKIPPED", naming("if", "false"))
    assert [(edge["source"], edge["target"], edge["taken"]) for edge in seen["edges"]] == [
        ("charge", "pause", True),
        ("pause", "say", True),
        ("charge", "large", False),
    ]


def test_nothing_is_written(api: Api, tenant: Any) -> None:
    slug, event = saved(api, CHARGE, ASK, SAY), event_of(api, {"total": 40})
    counted = "SELECT " + ", ".join(
        f"(SELECT count(*) FROM {table})"
        for table in (
            "execution_run",
            "step_run",
            "effect",
            "event",
            "workflow_version",
            "approval",
            "audit_entry",
            "run_log",
        )
    )
    with acting_for(tenant.ref):
        before = fetch(counted)
    played(api, slug, event=event)
    with acting_for(tenant.ref):
        assert fetch(counted) == before


def test_version_is_tested_as_it_was_published(api: Api) -> None:
    slug = saved(api, CHARGE)
    assert api.data(PUBLISH, input={"workflow": slug})["publishWorkflow"]["errors"] == []
    definition = {"schema": 1, "steps": [SAY | {"with": {"message": "Other"}}]}
    api.data(SAVE, input={"slug": slug, "name": slug, "definition": definition})
    assert [step["key"] for step in played(api, slug, version=1)["steps"]] == ["charge"]
    assert [step["key"] for step in played(api, slug)["steps"]] == ["say"]
    assert refused(api, slug, version=2) == [("NOT_FOUND", ["version"])]


def test_outputs_and_answers_are_what_the_world_says(api: Api) -> None:
    slug = saved(api, CHARGE | {"retry": {"max_attempts": 2, "initial_seconds": 30}}, SAY)
    output = {"status": 200, "headers": {}, "json": {"id": "ch_7"}, "elapsed_ms": 3}
    steps = by_key(played(api, slug, outputs={"charge": output}))
    assert (steps["charge"]["mock"], steps["say"]["mock"]) == ("GIVEN", "EXAMPLE")
    assert steps["say"]["input"] == {"message": "Charged ch_7"}
    answers = {"charge": [{"error": {"code": "CONNECTOR_TRANSIENT"}}, {"output": output}]}
    seen = played(api, slug, world={"answers": answers})
    assert [(call["attempt"], call["atSeconds"]) for call in by_key(seen)["charge"]["calls"]] == [(1, 0.0), (2, 30.0)]
    failed = played(api, slug, world={"answers": {"charge": answers["charge"][:1]}})
    assert (failed["state"], failed["error"]["code"]) == ("FAILED", "CONNECTOR_TRANSIENT")
    assert (by_key(failed)["say"]["state"], by_key(failed)["charge"]["waitedSeconds"]) == (None, 30.0)


def test_people_consent_unless_it_is_said_that_they_do_not(api: Api) -> None:
    undo = {"uses": "log.write", "with": {"message": "Back"}}
    slug = saved(api, CHARGE | {"compensate": undo}, ASK, SAY)
    steps = by_key(played(api, slug))
    assert (steps["ask"]["state"], steps["ask"]["mock"], steps["ask"]["input"]["title"]) == (
        "SUCCEEDED", "EXAMPLE", "Charge 40?"
    )  # fmt: skip
    seen = played(api, slug, world={"decisions": {"ask": [{"outcome": "rejected", "after_seconds": 60}]}})
    assert (seen["state"], seen["error"]["code"], seen["seconds"]) == ("FAILED", "APPROVAL_REJECTED", 60.0)
    assert [(call["uses"], call["compensates"]) for call in by_key(seen)["charge"]["calls"]] == [
        ("http.request", False), ("log.write", True)
    ]  # fmt: skip


def test_event_that_is_waited_for_comes_only_where_it_is_said_to(api: Api) -> None:
    given = {"type": "order.paid", "timeout_seconds": 259_200, "on_timeout": "continue"}
    slug = saved(api, {"key": "paid", "uses": "flow.wait_for_event", "with": given}, timeout_seconds=300_000)
    late, came = played(api, slug), played(api, slug, world={"events": [{"type": "order.paid", "after_seconds": 60}]})
    assert (late["seconds"], late["steps"][0]["output"]) == (259_200.0, {"event": None, "timed_out": True})
    assert (came["seconds"], came["steps"][0]["output"]["timed_out"]) == (60.0, False)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"outputs": {"nobody": {}}}, ["outputs", "nobody"]),
        ({"outputs": {"charge": {"unheard": "of"}}}, ["outputs", "charge"]),
        ({"outputs": []}, ["outputs"]),
        ({"world": {"answers": {"charge": []}}}, ["world", "answers", "charge"]),
        ({"world": {"answers": {"nobody": [{"output": 1}]}}}, ["world", "answers", "nobody"]),
        (
            {"world": {"answers": {"charge": [{"error": {"code": "OUCH"}}]}}},
            ["world", "answers", "charge", "0", "error", "code"],
        ),
        ({"sample": {"type": "no type"}}, ["sample", "type"]),
        ({"sample": None}, ["event"]),
        ({"stopAfterSeconds": -1}, ["stopAfterSeconds"]),
    ],
)
def test_what_cannot_be_is_told_with_its_place(api: Api, given: dict[str, Any], path: list[str]) -> None:
    assert refused(api, saved(api, CHARGE), **given) == [("BAD_USER_INPUT", path)]


def test_draft_that_could_not_be_published_tells_all_its_problems(api: Api) -> None:
    slug = saved(api, SAY, {"key": "b", "uses": "no.such", "with": {}})
    assert refused(api, slug) == [
        ("INVALID_TEMPLATE", ["definition", "steps", "0", "with", "message"]),
        ("INVALID_WORKFLOW", ["definition", "steps", "1", "uses"]),
    ]


def test_error_of_a_step_has_its_place_in_the_definition(api: Api) -> None:
    step = {"key": "b", "uses": "log.write", "with": {"message": "Hello {{ event.payload.nobody }}"}}
    late = {"key": "c", "uses": "log.write", "if": {">": [{"var": "event.payload"}, 1]}, "with": {"message": "x"}}
    seen = played(api, saved(api, CHARGE, step))
    assert by_key(seen)["b"]["error"] == {
        "code": "INVALID_TEMPLATE",
        "path": ["definition", "steps", "1", "with", "message"],
    }
    seen = played(api, saved(api, late))
    assert by_key(seen)["c"]["state"] in {"FAILED", "SKIPPED"}
    refused_input = {"key": "d", "uses": "log.write", "with": {"message": "x", "level": "{{ event.payload.total }}"}}
    (call,) = by_key(played(api, saved(api, refused_input)))["d"]["calls"]
    assert (call["error"], call["mock"]) == ({"code": "BAD_USER_INPUT", "path": ["with", "level"]}, None)


def test_hidden_values_stay_hidden(api: Api) -> None:
    secret = "hunter2-and-more"
    reads = {"key": "a", "uses": "log.write", "with": {"message": "{{ reverse(event.payload.password) }}"}}
    writes = {"key": "b", "uses": "http.request", "with": {"url": "https://x.example/", "auth": {"bearer": secret}}}
    slug = saved(api, reads, writes)
    answer = json.dumps(played(api, slug, event=event_of(api, {"password": secret})))
    assert secret not in answer
    assert secret[::-1] not in answer


def test_twin_that_shows_templates_the_whole_event_is_found_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.simulation.testing import playing

    monkeypatch.setattr(playing, "shown_event", lambda event: event)
    reads = {"key": "a", "uses": "log.write", "with": {"message": "{{ reverse(event.payload.password) }}"}}
    answer = json.dumps(played(api, saved(api, reads), event=event_of(api, {"password": "hunter2-and-more"})))
    assert "hunter2-and-more"[::-1] in answer


def test_step_is_tested_with_what_it_needs_and_no_more(api: Api) -> None:
    broken = {"key": "broken", "uses": "no.such"}
    slug = saved(api, CHARGE, SAY | {"needs": ["charge"]}, broken)
    given = {"workflow": slug, "sample": {"type": "x", "payload": {"total": 1}}, "step": "say"}
    answer = api.data(STEP, input=given)["testStep"]
    assert (answer["errors"], answer["step"]["state"], answer["step"]["mock"]) == ([], "SUCCEEDED", "EXAMPLE")
    assert [step["key"] for step in answer["test"]["steps"]] == ["charge", "say"]
    output = {"status": 200, "headers": {}, "json": {"id": "ch_9"}, "elapsed_ms": 1}
    answer = api.data(STEP, input={**given, "outputs": {"charge": output}})["testStep"]
    assert answer["step"]["input"] == {"message": "Charged ch_9"}
    answer = api.data(STEP, input={**given, "step": "sai"})["testStep"]
    assert [(error["code"], error["path"]) for error in answer["errors"]] == [("NOT_FOUND", ["step"])]
    assert answer["errors"][0]["message"] == naming("say")
    answer = api.data(STEP, input={**given, "step": "broken"})["testStep"]
    assert answer["errors"][0]["path"][:3] == ["definition", "steps", "2"]


def test_engines_own_step_is_taken_as_given(api: Api) -> None:
    shape = {"key": "shape", "uses": "flow.transform", "with": {"output": "{{ event.payload }}"}}
    say = {"key": "say", "uses": "log.write", "with": {"message": "{{ steps.shape.output.name }}"}}
    steps = by_key(played(api, saved(api, shape, say), outputs={"shape": {"name": "ada"}}))
    assert (steps["shape"]["mock"], steps["say"]["input"]) == ("GIVEN", {"message": "ada"})


@pytest.mark.slow
def test_calls_of_many_items_are_bounded_and_what_came_before_is_shown(api: Api) -> None:
    each = {
        "key": "each",
        "uses": "flow.for_each",
        "with": {
            "items": "{{ event.payload.items }}",
            "parallel": 50,
            "step": {"uses": "log.write", "with": {"message": "Item {{ item.index }}"}},
        },
    }
    slug = saved(api, each)
    few = by_key(played(api, slug, sample={"type": "x", "payload": {"items": [1, 2, 3]}}))["each"]
    assert (few["state"], [call["item"] for call in few["calls"]], few["output"]["succeeded"]) == (
        "SUCCEEDED",
        [0, 1, 2],
        3,
    )
    seen = played(api, slug, sample={"type": "x", "payload": {"items": list(range(10_000))}})
    assert (seen["state"], seen["stopped"]["code"]) in {("RUNNING", "LIMIT_EXCEEDED"), ("WAITING", "LIMIT_EXCEEDED")}
    assert seen["stopped"]["details"]["bound"] in {"calls", "seconds"}
    assert 0 < len(by_key(seen)["each"]["calls"]) <= 1_000


HOSTILE = "{{ event.payload.list[].[@,@,@,@,@,@][].[@,@,@,@,@,@][].[@,@,@,@,@,@][].[@,@,@] | length(@) }}"


@pytest.mark.slow
def test_hostile_templates_of_many_steps_stop_at_the_bound_of_the_processor(api: Api) -> None:
    steps = [
        {"key": f"s{n}", "uses": "flow.transform", "needs": [], "on_failure": "continue", "with": {"output": HOSTILE}}
        for n in range(800)
    ]
    slug = saved(api, *steps)
    began = time.process_time()
    seen = played(api, slug, sample={"type": "x", "payload": {"list": list(range(200))}})
    assert time.process_time() - began < 6  # the draft's own checks counted
    assert seen["stopped"]["details"] == {"bound": "seconds", "maximum": 1.0}


def test_document_holds_one_test(api: Api) -> None:
    steps = [
        {"key": f"s{n}", "uses": "flow.transform", "needs": [], "on_failure": "continue", "with": {"output": HOSTILE}}
        for n in range(200)
    ]
    given = {"workflow": saved(api, *steps), "sample": {"type": "x", "payload": {"list": list(range(200))}}}
    one, two = (
        " ".join(f"t{n}: testWorkflow(input: $input) {{ test {{ stopped {{ code }} }} }}" for n in range(count))
        for count in (1, 2)
    )
    assert api.data(f"mutation($input: TestWorkflowInput!) {{ {one} }}", input=given)["t0"]["test"]["stopped"]
    assert api.code(f"mutation($input: TestWorkflowInput!) {{ {two} }}", input=given) == "GRAPHQL_TOO_COMPLEX"


def test_outputs_are_bounded_in_bytes(api: Api) -> None:
    steps = [
        {"key": f"s{n}", "uses": "flow.transform", "needs": [], "with": {"output": "{{ event.payload.text }}"}}
        for n in range(20)
    ]
    given = {"workflow": saved(api, *steps), "sample": {"type": "x", "payload": {"text": "a" * 500_000}}}
    fields = "test { stopped { details } steps { output } } errors { code }"
    data = api.data(
        f"mutation($input: TestWorkflowInput!) {{ testWorkflow(input: $input) {{ {fields} }} }}", input=given
    )
    seen = data["testWorkflow"]["test"]
    assert seen["stopped"]["details"] == {"bound": "bytes", "maximum": 4 * 1024 * 1024}
    assert len([step for step in seen["steps"] if step["output"]]) == 9


def test_another_tenants_event_and_run_are_not_there(api: Api, tenant_factory: Any) -> None:
    other = Api(tenant_factory().token)
    slug, event = saved(api, CHARGE), event_of(other, {"total": 1})
    assert refused(api, slug, sample=None, event=event) == [("NOT_FOUND", ["event"])]
    assert refused(other, slug) == [("NOT_FOUND", ["workflow"])]


def test_viewer_may_not_test(tenant: Any, token_for: Any, api: Api) -> None:
    viewer = Api(token_for(tenant.ref, "viewer"))
    given = {"workflow": saved(api, CHARGE), "sample": {"type": "x"}}
    assert viewer.code(TEST, input=given) == "FORBIDDEN"
