"""testWorkflow and testStep for real: a run of what is tested, with its effects, that is marked as a test."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing

RUN = "run { id test state workflowVersion { number } } errors { code message path }"
TEST = f"mutation($input: TestWorkflowInput!) {{ testWorkflow(input: $input) {{ test {{ state }} {RUN} }} }}"
STEP = f"mutation($input: TestStepInput!) {{ testStep(input: $input) {{ test {{ state }} {RUN} }} }}"
SAVE = "mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message } } }"
PUBLISH = "mutation($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message } } }"
INGEST = "mutation($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code } } }"
RETRY = "mutation($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id test } errors { code message } } }"
SEEN = "query($id: ID!) { run(id: $id) { test state steps { key state output attempts(first: 9) { edges { node { state } } } } } }"

CHARGE = {"key": "charge", "uses": "test.scripted", "with": {"amount": "{{ event.payload.total }}"}}
TELL = {"key": "tell", "uses": "test.scripted", "with": {"id": "{{ steps.charge.output.id }}"}}


@pytest.fixture
def there() -> Any:
    made = Scripted(acts=[{"id": "ch_1"}])
    with connectors(made):
        yield made


def saved(api: Api, *steps: Any, publish: bool = False) -> str:
    slug = f"w-{uuid.uuid4().hex[:8]}"
    given = {"slug": slug, "name": slug, "definition": {"schema": 1, "steps": list(steps)}}
    assert api.data(SAVE, input=given)["saveWorkflow"]["errors"] == []
    if publish:
        assert api.data(PUBLISH, input={"workflow": slug})["publishWorkflow"]["errors"] == []
    return slug


def event_of(api: Api, payload: Any) -> str:
    return str(api.data(INGEST, input={"type": "order.created", "payload": payload})["ingestEvent"]["event"]["id"])


def live(api: Api, slug: str, **given: Any) -> Any:
    document, name = (STEP, "testStep") if "step" in given else (TEST, "testWorkflow")
    answer = api.data(document, input={"workflow": slug, "connectors": "LIVE", **given})[name]
    assert answer["test"] is None
    return answer


def test_draft_is_run_for_real_on_a_stored_event_and_marked(api: Api, plane: Plane, there: Scripted) -> None:
    slug, event = saved(api, CHARGE, TELL), event_of(api, {"total": 40})
    made = live(api, slug, event=event)
    assert (made["errors"], made["run"]["test"], made["run"]["workflowVersion"]) == ([], True, {"number": 0})
    plane.drain()
    seen = api.data(SEEN, id=made["run"]["id"])["run"]
    assert (seen["state"], [step["state"] for step in seen["steps"]]) == ("SUCCEEDED", ["SUCCEEDED", "SUCCEEDED"])
    assert [call.input for call in there.calls] == [{"amount": 40}, {"id": "ch_1"}]
    assert plane.effects() == [("charge", "confirmed", 1), ("tell", "confirmed", 1)]
    audited = plane.rows("SELECT object_label, changes::text FROM audit_entry WHERE action = 'workflow.test'")
    assert [label for label, _ in audited] == [slug]
    # The draft is published by nobody: it has no versions, and no event starts it.
    versions = api.data(
        "query($s: String!) { workflow(slug: $s) { versions(first: 5) { totalCount edges { node { number } } } } }",
        s=slug,
    )
    assert versions["workflow"]["versions"] == {"totalCount": 0, "edges": []}
    again = live(api, slug, event=event)
    assert plane.rows("SELECT count(*) FROM workflow_version WHERE number = 0") == [(1,)]
    assert again["run"]["id"] != made["run"]["id"]


def test_version_keeps_its_number_and_what_is_published_later_takes_the_next(
    api: Api, plane: Plane, there: Scripted
) -> None:
    slug = saved(api, CHARGE, publish=True)
    assert live(api, slug, version=1, event=event_of(api, {"total": 1}))["run"]["workflowVersion"] == {"number": 1}
    api.data(SAVE, input={"slug": slug, "name": slug, "definition": {"schema": 1, "steps": [CHARGE, TELL]}})
    assert live(api, slug, event=event_of(api, {"total": 1}))["run"]["workflowVersion"] == {"number": 0}
    assert api.data(PUBLISH, input={"workflow": slug})["publishWorkflow"]["errors"] == []
    assert live(api, slug, version=2, event=event_of(api, {"total": 1}))["run"]["workflowVersion"] == {"number": 2}


def test_sample_becomes_an_event_that_no_rule_sees(api: Api, plane: Plane, there: Scripted) -> None:
    plane.publish("listening", [CHARGE], when={"==": [{"var": "type"}, "order.created"]})
    slug = saved(api, CHARGE)
    live(api, slug, sample={"type": "order.created", "payload": {"total": 3}, "subject": "ada"})
    plane.drain()
    assert [call.input for call in there.calls] == [{"amount": 3}]
    assert plane.rows("SELECT e.type, e.subject, s.slug FROM event e JOIN source s ON s.id = e.source_id") == [
        ("order.created", "ada", "manual")
    ]


def test_one_step_is_taken_for_real_and_those_before_it_are_not(api: Api, plane: Plane, there: Scripted) -> None:
    undo = {"uses": "test.scripted", "with": {"undo": True}}
    slug = saved(api, CHARGE | {"compensate": undo}, TELL, TELL | {"key": "after"})
    made = live(api, slug, step="tell", event=event_of(api, {"total": 40}), outputs={"charge": {"id": "ch_9"}})
    assert (made["errors"], made["run"]["test"]) == ([], True)
    there.left.clear()
    there.left.append(failing("CONNECTOR_REFUSED"))
    plane.drain()
    assert [call.input for call in there.calls] == [{"id": "ch_9"}]
    seen = api.data(SEEN, id=made["run"]["id"])["run"]
    # Its failure takes nothing back, for what came before it was never done.
    assert (seen["state"], [(step["key"], step["state"]) for step in seen["steps"]]) == (
        "FAILED", [("charge", "SUCCEEDED"), ("tell", "FAILED")]
    )  # fmt: skip
    assert plane.effects() == [("tell", "failed", 1)]
    ((reason,),) = plane.rows(
        "SELECT reason FROM run_log WHERE step_key = '' AND from_state = '' AND to_state = 'queued'"
    )
    assert reason.endswith("tell")


def test_step_takes_over_what_another_run_got(api: Api, plane: Plane, there: Scripted) -> None:
    slug = saved(api, CHARGE, TELL, publish=True)
    secret = "hunter2-and-more"
    there.left.clear()
    there.left.append({"id": "ch_7", "password": secret})
    first = live(api, slug, version=1, event=event_of(api, {"total": 7}))["run"]["id"]
    plane.drain()
    reads = TELL | {"with": {"id": "{{ steps.charge.output.id }}", "word": "{{ steps.charge.output.password }}"}}
    api.data(SAVE, input={"slug": slug, "name": slug, "definition": {"schema": 1, "steps": [CHARGE, reads]}})
    there.calls.clear()
    live(api, slug, step="tell", recorded=first)
    plane.drain()
    assert [call.input for call in there.calls] == [{"id": "ch_7", "word": secret}]
    document = "mutation($input: TestStepInput!) { testStep(input: $input) { step { input calls { mock } } test { steps { mock output } } } }"
    shown = api.data(document, input={"workflow": slug, "step": "tell", "recorded": first})["testStep"]
    assert [step["mock"] for step in shown["test"]["steps"]] == ["RECORDED", "RECORDED"]
    assert shown["step"]["input"]["id"] == "ch_7"
    assert secret not in json.dumps(shown)


def test_step_that_the_event_passes_over_is_refused(api: Api, plane: Plane, there: Scripted) -> None:
    large = {"key": "large", "uses": "test.scripted", "if": {">": [{"var": "event.payload.total"}, 100]}, "with": {}}
    (error,) = live(
        api, saved(api, CHARGE, large), step="large", event=event_of(api, {"total": 1}), outputs={"charge": {}}
    )["errors"]
    assert (error["code"], error["path"], error["message"]) == ("BAD_USER_INPUT", ["step"], naming("if", "false"))


def test_retry_of_a_test_and_the_run_that_a_test_starts_are_tests(api: Api, plane: Plane, there: Scripted) -> None:
    child = saved(api, CHARGE, publish=True)
    call = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": child, "payload": {"total": 1}}}
    there.left.clear()
    there.left.append(failing("CONNECTOR_REFUSED"))
    made = live(api, saved(api, call), event=event_of(api, {"total": 1}))
    plane.drain()
    assert plane.rows("SELECT test, count(*) FROM execution_run GROUP BY test") == [(True, 2)]
    (again,) = api.data(RETRY, input={"runs": [made["run"]["id"]]})["retryRuns"]["runs"]
    assert again["test"] is True
    counted = "{ none: runs(filter: {test: false}) { totalCount } all: runs(filter: {test: true}) { totalCount } }"
    data = api.data(counted)
    assert data["none"]["totalCount"] == 0
    assert data["all"]["totalCount"] >= 3


def test_test_that_fails_alerts_nobody(api: Api, plane: Plane) -> None:
    """Neither it nor the run that it starts is heard of by a rule; the same workflow, run by an event, is."""
    with connectors(Scripted(acts=[failing("CONNECTOR_REFUSED")])):
        called = saved(api, CHARGE, publish=True)
        calls = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": called, "payload": {"total": 1}}}
        slug, event = saved(api, calls, publish=True), event_of(api, {"total": 1})
        made = live(api, slug, version=1, event=event)
        plane.drain()
        assert api.data(SEEN, id=made["run"]["id"])["run"]["state"] == "FAILED"
        assert plane.rows("SELECT test, state FROM execution_run") == [(True, "failed")] * 2
        assert plane.rows("SELECT count(*) FROM event WHERE type = 'run.failed'") == [(0,)]
        run = "mutation($input: RunWorkflowInput!) { runWorkflow(input: $input) { errors { code message } } }"
        assert api.data(run, input={"workflow": slug, "payload": {"total": 1}})["runWorkflow"]["errors"] == []
        plane.drain()
        assert plane.rows("SELECT count(*) FROM event WHERE type = 'run.failed'") == [(2,)]


def test_same_key_brings_the_first_run_back(api: Api, plane: Plane, there: Scripted) -> None:
    slug, event = saved(api, CHARGE), event_of(api, {"total": 1})
    one = live(api, slug, event=event, idempotencyKey="k")
    assert live(api, slug, event=event, idempotencyKey="k") == one
    (error,) = live(api, slug, event=event_of(api, {"total": 2}), idempotencyKey="k")["errors"]
    assert (error["code"], error["path"]) == ("CONFLICT", ["idempotencyKey"])


def test_key_of_a_test_covers_all_that_was_asked(api: Api, there: Scripted) -> None:
    slug = saved(api, CHARGE, TELL)
    sample = {"type": "order.created", "payload": {"total": 3}, "headers": {"x": "1"}}
    timestamp = {"occurredAt": "2026-01-01T00:00:00+00:00"}
    asked = {"step": "tell", "sample": sample, "outputs": {"charge": {"id": "ch_1"}}, "idempotencyKey": "k"}
    one = live(api, slug, **asked)
    assert (one["errors"], live(api, slug, **asked)) == ([], one)
    others: list[dict[str, Any]] = [
        {"outputs": {"charge": {"id": "ch_2"}}},
        {"sample": {**sample, "headers": {"x": "2"}}},
        {"sample": {**sample, **timestamp}},
        {"sample": {**sample, "source": "manual"}},
        {"sample": {**sample, "subject": "ada"}},
    ]
    for other in others:
        answer = live(api, slug, **{**asked, **other})
        assert [(error["code"], error["path"]) for error in answer["errors"]] == [("CONFLICT", ["idempotencyKey"])], (
            other
        )


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"world": {"events": []}}, ["world"]),
        ({"stopAfterSeconds": 5}, ["stopAfterSeconds"]),
        ({"outputs": {}}, ["outputs"]),
        ({"sample": {"type": "x", "source": "shop"}}, ["sample", "source"]),
    ],
)
def test_what_only_a_mocked_test_takes_is_refused(
    api: Api, plane: Plane, there: Scripted, given: dict[str, Any], path: list[str]
) -> None:
    given = {"sample": {"type": "x"}, **given}
    (error,) = live(api, saved(api, CHARGE), **given)["errors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", path)


def test_operator_runs_for_real_what_is_published_and_no_draft(
    api: Api, plane: Plane, there: Scripted, tenant: Any, token_for: Any
) -> None:
    operator, slug, event = (
        Api(token_for(tenant.ref, "operator")),
        saved(api, CHARGE, publish=True),
        event_of(api, {"total": 1}),
    )
    assert live(operator, slug, version=1, event=event)["run"]["test"] is True
    given = {"workflow": slug, "connectors": "LIVE", "event": event}
    (error,) = operator.data(TEST, input=given)["testWorkflow"]["errors"]
    assert error["code"] == "FORBIDDEN"


def test_draft_that_was_tested_is_no_version_that_a_real_run_is_retried_with(
    api: Api, plane: Plane, there: Scripted, tenant: Any, token_for: Any
) -> None:
    slug, event = saved(api, CHARGE, publish=True), event_of(api, {"total": 1})
    there.left.clear()
    there.left.append(failing("CONNECTOR_REFUSED"))
    start = "mutation($input: RunWorkflowInput!) { runWorkflow(input: $input) { run { id } errors { code message } } }"
    real = api.data(start, input={"workflow": slug, "payload": {"total": 1}})["runWorkflow"]["run"]["id"]
    plane.drain()
    draft = CHARGE | {"with": {"amount": 1_000_000}}
    api.data(SAVE, input={"slug": slug, "name": slug, "definition": {"schema": 1, "steps": [draft]}})
    trial = live(api, slug, event=event)["run"]["id"]
    plane.drain()
    document = "query($id: ID!) { run(id: $id) { workflowVersion { id number } } }"
    version = api.data(document, id=trial)["run"]["workflowVersion"]
    assert version["number"] == 0
    operator = Api(token_for(tenant.ref, "operator"))
    wanted = {"runs": [real], "version": "NAMED", "toVersion": version["id"]}
    answer = operator.data(RETRY, input=wanted)["retryRuns"]
    assert answer["runs"] == []
    assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("wanted", [{"from": "START"}, {"from": "STEP", "fromStep": "charge"}, {"version": "LATEST"}])
def test_retry_of_one_step_takes_none_of_those_before_it(
    api: Api, plane: Plane, there: Scripted, wanted: dict[str, str]
) -> None:
    slug = saved(api, CHARGE, TELL, publish=True)
    made = live(api, slug, step="tell", event=event_of(api, {"total": 40}), outputs={"charge": {"id": "ch_9"}})
    there.left.clear()
    there.left.append(failing("CONNECTOR_REFUSED"))
    plane.drain()
    given = {"runs": [made["run"]["id"]]}
    answer = api.data(RETRY, input=given | wanted)["retryRuns"]
    assert (answer["runs"], [error["code"] for error in answer["errors"]]) == ([], ["CONFLICT"])
    for _ in range(2):
        there.left.append(failing("CONNECTOR_REFUSED"))
        (again,) = api.data(RETRY, input=given)["retryRuns"]["runs"]
        plane.drain()
        given = {"runs": [again["id"]]}
    answer = api.data(RETRY, input=given | wanted)["retryRuns"]
    assert (answer["runs"], [error["code"] for error in answer["errors"]]) == ([], ["CONFLICT"])
    assert [call.input for call in there.calls] == [{"id": "ch_9"}] * 3
