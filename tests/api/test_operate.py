"""The operations of the contract by which people operate runs, whole, exactly as clients hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.api import MAIN_JOB, OPERATE, Api
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret

PAGE = """
query Page($first: Int!) {
  runs(first: $first) { edges { node {
    id state waitingFor { cause position until sentence }
    timeline(first: 3) { totalCount edges { node { at kind step attempt message } } }
    steps(first: 3) { id key reason nextAttemptAt input output idempotencyKey progress { total done failed }
      attempts(first: 3) { totalCount edges { node { id attempt state } } } }
    retryOf { id } retries(first: 3) { totalCount edges { node { id state } } }
    event { derivedFrom { id } }
  } } }
}
"""
RUN = """query($id: ID!) { run(id: $id) { state stateReason retryOf { id } retries { totalCount edges { node { id } } } } }"""


@pytest.fixture
def scripted() -> Iterator[Any]:
    """A connector that refuses its first call for step b."""
    from tests.support.plane import Scripted, connectors, failing

    made = Scripted(acts=({"password": "hunter2", "id": 7}, failing("CONNECTOR_REFUSED"), {}))
    with connectors(made):
        yield made


def ids(api: Api) -> list[str]:
    edges = api.data("{ runs(first: 100) { edges { node { id } } } }")["runs"]["edges"]
    return [edge["node"]["id"] for edge in edges]


def failed_run(api: Api, plane: Any, scripted: Any) -> str:
    body = {"token": "hunter2", "n": "{{ event.payload.n }}", "by": "$secret:KEY"}
    plane.publish("two", [{"key": "a", "uses": scripted.name, "with": body}, {"key": "b", "uses": scripted.name}])
    plane.send({"n": 1})
    plane.drain()
    (run,) = ids(api)
    return run


@pytest.fixture
def waiting_run(api: Api, plane: Any) -> str:
    plane.publish("waits", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
    plane.send({})
    plane.drain()
    (run,) = ids(api)
    return run


def test_cancel_runs(api: Api, plane: Any, waiting_run: str) -> None:
    variables = {"input": {"runs": [waiting_run, "nonsense"], "reason": "wrong customer", "idempotencyKey": "k"}}
    answer = api.data(OPERATE["CancelRuns"], **variables)["cancelRuns"]
    assert answer["runs"] == [{"id": waiting_run, "state": "CANCELLING"}]
    (error,) = answer["errors"]
    assert (error["code"], error["path"], error["retryable"]) == ("NOT_FOUND", ["runs", "1"], False)
    (refusal,) = api.data(OPERATE["RetryRuns"], input={"runs": [waiting_run]})["retryRuns"]["errors"]
    assert refusal["message"] == naming("cancelling")
    plane.drain()
    again = api.data(OPERATE["CancelRuns"], **variables)["cancelRuns"]
    assert again["runs"] == [{"id": waiting_run, "state": "CANCELLED"}]
    assert [e["path"] for e in again["errors"]] == [["runs", "1"]]


def test_plan_and_retry_runs(api: Api, plane: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_secret(monkeypatch, plane.tenant, "KEY", "s3cret-value")
    run = failed_run(api, plane, scripted)
    wanted = {"runs": [run], "from": "FAILED_STEP", "version": "SAME", "idempotencyKey": "k"}
    plan = api.data(OPERATE["PlanRetry"], input=wanted)["planRetry"]
    assert plan["runs"] == [run]
    assert plan["skippedSteps"] + plan["repeatedSteps"] == ["a", "b"]
    answer = api.data(OPERATE["RetryRuns"], input={**wanted, "planId": plan["planId"]})["retryRuns"]
    assert answer["errors"] == []
    (made,) = answer["runs"]
    assert (made["state"], made["retryOf"]) == ("QUEUED", {"id": run})
    plane.drain()
    assert api.data(RUN, id=run)["run"]["retries"] == {"totalCount": 1, "edges": [{"node": {"id": made["id"]}}]}
    assert api.data(RUN, id=made["id"])["run"]["state"] == "SUCCEEDED"
    assert api.data(OPERATE["RetryRuns"], input=wanted)["retryRuns"]["runs"][0]["id"] == made["id"]


def test_plan_shows_which_effects_repeat(api: Api, plane: Any, scripted: Any) -> None:
    plane.publish("one", [{"key": "a", "uses": scripted.name}])
    plane.send({})
    plane.drain()
    (run,) = ids(api)
    plan = api.data(OPERATE["PlanRetry"], input={"runs": [run], "from": "START"})["planRetry"]
    (effect,) = plan["effectsThatRepeat"]
    key = scripted.calls[0].idempotency_key
    assert effect == {"run": run, "step": "a", "connector": "test.scripted", "effect": "KEYED", "key": key}
    steps = api.data(OPERATE["Run"], id=run)["run"]["steps"]
    assert [step["idempotencyKey"] for step in steps] == [key]


def test_edited_payload_is_told_from_none(api: Api, plane: Any, scripted: Any) -> None:
    run = failed_run(api, plane, scripted)
    retry = "mutation($i: RetryRunsInput!) { retryRuns(input: $i) { runs { event { payload derivedFrom { id } } } errors { code } } }"
    answer = api.data(retry, i={"runs": [run], "payload": None})["retryRuns"]
    assert answer["errors"] == []
    assert answer["runs"][0]["event"]["payload"] is None
    first = api.data("query($id: ID!) { run(id: $id) { event { id } } }", id=run)["run"]["event"]
    assert answer["runs"][0]["event"]["derivedFrom"] == first
    plain = api.data("query($id: ID!) { run(id: $id) { event { derivedFrom { id } } } }", id=run)
    assert plain["run"]["event"] == {"derivedFrom": None}


def test_replay_event(api: Api, plane: Any, waiting_run: str) -> None:
    event = api.data("query($id: ID!) { run(id: $id) { event { id } } }", id=waiting_run)["run"]["event"]["id"]
    variables = {"input": {"event": event, "idempotencyKey": "k"}}
    answer = api.data(OPERATE["ReplayEvent"], **variables)["replayEvent"]
    assert answer["event"] == {"id": event}
    assert [run["state"] for run in answer["runs"]] == ["QUEUED"]
    assert api.data(OPERATE["ReplayEvent"], **variables) == {"replayEvent": answer}
    assert api.data(OPERATE["ReplayEvent"], input={"event": "x"})["replayEvent"]["errors"][0]["path"] == ["event"]


def test_run_tells_all_of_itself(api: Api, plane: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_secret(monkeypatch, plane.tenant, "KEY", "s3cret-value")
    run = api.data(OPERATE["Run"], id=failed_run(api, plane, scripted))["run"]
    assert (run["state"], run["waitingFor"], run["retryOf"], run["retries"]) == ("FAILED", None, None, {"edges": []})
    timeline = [edge["node"] for edge in run["timeline"]["edges"]]
    assert timeline[0]["kind"] == "run.queued"
    assert timeline[-1]["kind"] == "run.failed"
    assert {entry["step"] for entry in timeline} == {None, "a", "b"}
    first, second = run["steps"]
    assert first["input"] == {"token": "[redacted]", "n": 1, "by": "$secret:KEY"}
    assert first["output"] == {"password": "[redacted]", "id": 7}
    assert first["idempotencyKey"] == scripted.calls[0].idempotency_key
    assert second["error"]["code"] == "CONNECTOR_REFUSED"
    assert [edge["node"]["id"] for edge in second["attempts"]["edges"]] == [second["id"]]


def test_retrying_step_says_when_and_why(api: Api, plane: Any) -> None:
    from tests.support.plane import Scripted, connectors, failing

    with connectors(made := Scripted(acts=(failing("CONNECTOR_TRANSIENT", retry_after_seconds=60), {}))):
        plane.publish("one", [{"key": "a", "uses": made.name}])
        plane.send({})
        plane.drain()
        (run,) = ids(api)
        asked = "query($id: ID!) { run(id: $id) { waitingFor { cause until } steps { state reason nextAttemptAt } } }"
        found = api.data(asked, id=run)["run"]
        (step,) = found["steps"]
        assert (step["state"], step["reason"]) == ("RETRYING", "CONNECTOR_TRANSIENT")
        assert found["waitingFor"] == {"cause": "RETRY", "until": step["nextAttemptAt"]}
        plane.pass_seconds(61)
        plane.drain()
    attempts = api.data(OPERATE["Run"], id=run)["run"]["steps"][0]["attempts"]["edges"]
    assert [(edge["node"]["attempt"], edge["node"]["state"]) for edge in attempts] == [
        (1, "RETRYING"),
        (2, "SUCCEEDED"),
    ]


def test_timeline_is_paged_in_both_directions(api: Api, plane: Any, scripted: Any) -> None:
    run = failed_run(api, plane, scripted)
    asked = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { run(id: $id) {
      timeline(first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { node { kind } } } } }"""

    def page(**part: Any) -> dict[str, Any]:
        found: dict[str, Any] = api.data(asked, id=run, **part)["run"]["timeline"]
        return found

    whole = page(first=100)
    seen, after = [], None
    while True:
        part = page(first=2, after=after)
        seen += part["edges"]
        after = part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole["edges"]
    assert whole["totalCount"] == len(seen)
    last = page(last=2)
    assert last["edges"] == seen[-2:]
    assert page(last=2, before=last["pageInfo"]["startCursor"])["edges"] == seen[-4:-2]


def test_input_needs_what_payloads_need(
    plane: Any, scripted: Any, api: Api, monkeypatch: pytest.MonkeyPatch, token_for: Callable[..., str]
) -> None:
    from automate.kernel import permissions

    run = failed_run(api, plane, scripted)
    roles = {**permissions.ROLES, "viewer": permissions.ROLES["viewer"] - {permissions.VIEW_EVENTS}}
    monkeypatch.setattr(permissions, "ROLES", roles)
    viewer = Api(token_for(plane.tenant, "viewer"))
    asked = "query($id: ID!) { run(id: $id) { steps { key %s } } }"
    for field in ("input", "output"):
        answer = viewer.answer(asked % field, id=run)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
        assert [step[field] for step in answer["data"]["run"]["steps"]] == [None]
    assert viewer.data(asked % "idempotencyKey", id=run)


def test_foreign_ids_answer_as_unknown_ones(
    api: Api, plane: Any, waiting_run: str, tenant_factory: Callable[[], Any]
) -> None:
    from automate.kernel.ids import new_id
    from graphql_schema.ids import global_id

    other = Api(tenant_factory().token)

    def answers(run: str) -> list[Any]:
        retry = {"runs": [run]}
        said = [
            other.data(OPERATE["CancelRuns"], input={**retry, "reason": "x"}),
            other.data(OPERATE["RetryRuns"], input=retry),
            other.data(OPERATE["PlanRetry"], input=retry),
            other.data(OPERATE["Run"], id=run),
        ]
        for answer in (said[0]["cancelRuns"], said[1]["retryRuns"]):
            for error in answer["errors"]:
                del error["traceId"]
        return said

    assert answers(waiting_run) == answers(global_id("ExecutionRun", new_id()))
    assert api.data(RUN, id=waiting_run)["run"]["state"] == "WAITING"


def test_pause_and_resume(api: Api, plane: Any, waiting_run: str) -> None:
    pause = (
        "mutation($i: PauseRunsInput!) { pauseRuns(input: $i) { runs { state waitingFor { cause } } errors { code } } }"
    )
    resume = "mutation($i: ResumeRunsInput!) { resumeRuns(input: $i) { runs { state } errors { code } } }"
    paused = api.data(pause, i={"runs": [waiting_run], "reason": "look"})["pauseRuns"]
    assert paused == {"runs": [{"state": "PAUSED", "waitingFor": {"cause": "PAUSED"}}], "errors": []}
    resumed = api.data(resume, i={"runs": [waiting_run]})["resumeRuns"]
    assert resumed == {"runs": [{"state": "RUNNING"}], "errors": []}
    held = api.data('mutation { pauseWorkflow(input: {workflow: "waits", reason: "x"}) { workflow { pausedAt } } }')
    assert held["pauseWorkflow"]["workflow"]["pausedAt"]
    gone = api.data('mutation { resumeWorkflow(input: {workflow: "waits"}) { workflow { pausedAt } } }')
    assert gone["resumeWorkflow"]["workflow"]["pausedAt"] is None
    rule = 'mutation { %sRule(input: {rule: "waits"%s}) { rule { pausedAt } errors { code } } }'
    assert api.data(rule % ("pause", ', reason: "x"'))["pauseRule"]["rule"]["pausedAt"]
    assert api.data(rule % ("resume", ""))["resumeRule"]["rule"]["pausedAt"] is None
    assert api.data('mutation { pauseTenant(input: {reason: "x"}) { paused } }')["pauseTenant"]["paused"] is True
    asked = "query($id: ID!) { run(id: $id) { waitingFor { cause } } }"
    assert api.data(asked, id=waiting_run)["run"]["waitingFor"] == {"cause": "TENANT"}
    assert api.data("mutation { resumeTenant { paused } }")["resumeTenant"]["paused"] is False
    missing = api.data('mutation { pauseWorkflow(input: {workflow: "zzz", reason: "x"}) { errors { code path } } }')
    assert missing["pauseWorkflow"]["errors"] == [{"code": "NOT_FOUND", "path": ["workflow"]}]


def test_statements_do_not_follow_the_rows(busy: Any) -> None:
    from tests.support.plane import counting

    def count(first: int) -> list[str]:
        with counting() as seen:
            busy.api.data(PAGE, first=first)
        return [words for words, _ in seen]

    count(1)
    assert count(1) == count(50)


def test_page_of_fifty_is_within_the_cost(busy: Any) -> None:
    answer = busy.api.answer(PAGE, first=50)
    assert answer["extensions"]["cost"]["requested"] <= answer["extensions"]["cost"]["maximum"]
    assert "errors" not in answer


def test_retries_multiply_in_the_cost(busy: Any) -> None:
    nested = "{ runs(first: 100) { edges { node { retries(first: 100) { edges { node { timeline(first: 100) { edges { node { kind } } } } } } } } } }"
    assert busy.api.code(nested) == "GRAPHQL_TOO_COMPLEX"


def test_contract_events_are_still_valid(busy: Any) -> None:
    assert busy.api.data(MAIN_JOB["Runs"], first=2)


def test_runs_under_way_are_counted_beside_what_they_may_be(api: Api, plane: Any) -> None:
    plane.publish("wait", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 60}}])
    plane.root.execute('UPDATE public.budget SET "limit" = 1 WHERE tenant_id = %s', plane.tenant.id)
    plane.send({}, {})
    plane.drain()
    assert api.data("{ runsUnderWay { count working budget limit heldBack } }") == {
        "runsUnderWay": {"count": 2, "working": 0, "budget": 1, "limit": 20_000, "heldBack": 0}
    }
