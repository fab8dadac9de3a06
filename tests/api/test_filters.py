"""Filters of events and runs: what they find, and what they refuse to read."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel import range_queries as ranges
from automate.runs import list_queries as runs_lists
from tests.support.api import Api
from tests.support.budgets import setters, setting
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.rest import Rest, refusal

EVENTS = """query ($filter: EventFilter, $first: Int, $after: String, $last: Int, $before: String) {
  events(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage endCursor startCursor } edges { node { id type traceId idempotencyKey } } } }"""
RUNS = """query ($filter: RunFilter, $first: Int, $after: String) { runs(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id state workflow { slug } rule { slug } error { code } event { type } } } } }"""
INGEST = """mutation ($input: IngestEventInput!) { ingestEvent(input: $input) { event { id traceId } errors { code path } } }"""
SAVE = "mutation ($input: SaveEventTypeInput!) { saveEventType(input: $input) { errors { code path } } }"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def events(api: Api, **wanted: Any) -> list[str]:
    found = api.data(EVENTS, filter=wanted)["events"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["id"] for edge in found["edges"]]


def runs(api: Api, **wanted: Any) -> list[dict[str, Any]]:
    found = api.data(RUNS, filter=wanted)["runs"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"] for edge in found["edges"]]


def ingest(api: Api, payload: Any, kind: str = "order.created", **more: Any) -> str:
    answer = api.data(INGEST, input={"source": "api", "type": kind, "payload": payload, **more})["ingestEvent"]
    assert answer["errors"] == []
    return str(answer["event"]["id"])


@pytest.fixture
def orders(plane: Plane, api: Api) -> dict[str, str]:
    """Events of two types that share a search key. Runs of order.created succeed, those of order.paid fail."""
    key = {"name": "order", "expression": "payload.order.id"}
    schema = {"type": "object", "required": ["order"]}
    for kind in ("order.created", "order.paid"):
        answer = api.data(SAVE, input={"name": kind, "searchKeys": [key], "schema": schema})
        assert answer["saveEventType"]["errors"] == []
    with connectors(Scripted(name="test.ok"), Scripted(name="test.bad", acts=(failing("CONNECTOR_REFUSED"),))):
        for slug, uses, kind in (("good", "test.ok", "order.created"), ("bad", "test.bad", "order.paid")):
            step = {"key": "a", "uses": uses, "retry": {"max_attempts": 1}}
            plane.publish(slug, [step], when={"==": [{"var": "type"}, kind]})
        made = {
            "created": ingest(api, {"order": {"id": 4711}}, idempotencyKey="k-1", subject="4711"),
            "paid": ingest(api, {"order": {"id": "4711"}}, "order.paid"),
            "other": ingest(api, {"order": {"id": 4712}}, idempotencyKey="k-2"),
            "wrong": ingest(api, {}, "order.paid"),
        }
        plane.drain()
    return made


def test_search_key_finds_what_happened_to_an_order(api: Api, orders: dict[str, str]) -> None:
    order = [{"name": "order", "value": "4711"}]
    assert events(api, searchKeys=order) == [orders["paid"], orders["created"]]
    assert events(api, searchKeys=order, types=["order.paid"]) == [orders["paid"]]
    assert [run["workflow"]["slug"] for run in runs(api, searchKeys=order)] == ["bad", "good"]
    assert [run["state"] for run in runs(api, searchKeys=order, states=["FAILED"])] == ["FAILED"]
    assert events(api, searchKeys=[{"name": "order", "value": "1"}]) == []
    assert events(api, searchKeys=[{"name": "none", "value": "4711"}]) == []
    assert events(api, searchKeys=[*order, {"name": "order", "value": "4712"}]) == []


def test_rest_finds_by_search_keys(api: Api, orders: dict[str, str]) -> None:
    rest = Rest(api.token)
    found = rest.data("/events?searchKeys=order:4711")["results"]
    assert [event["id"] for event in found] == [orders["paid"], orders["created"]]
    assert rest.data("/events?searchKeys=order:4711&searchKeys=order:4712")["results"] == []
    assert len(rest.data("/runs?searchKeys=order:4711")["results"]) == 2
    assert refusal(rest.get("/events?searchKeys=4711")) == (400, "BAD_USER_INPUT", {"parameter": "searchKeys"})


def test_events_are_found_by_trace_key_subject_and_problems(api: Api, orders: dict[str, str]) -> None:
    found = api.data(EVENTS, filter={"idempotencyKey": "k-1"})["events"]["edges"][0]["node"]
    assert found["id"] == orders["created"]
    assert orders["created"] in events(api, traceId=found["traceId"])
    assert events(api, traceId="f" * 32) == []
    assert events(api, subject="4711") == [orders["created"]]
    assert events(api, hasSchemaProblems=True) == [orders["wrong"]]
    assert events(api, rule="good") == [orders["other"], orders["created"]]
    assert events(api, rule="good", subject="4711") == [orders["created"]]
    assert api.code(EVENTS, filter={"rule": "mistyped"}) == "NOT_FOUND"
    assert events(api, hasSchemaProblems=False, types=["order.paid"]) == [orders["paid"]]


def test_runs_are_found_by_trace_key_and_error(api: Api, orders: dict[str, str]) -> None:
    assert [run["workflow"]["slug"] for run in runs(api, idempotencyKey="k-2")] == ["good"]
    assert [run["rule"]["slug"] for run in runs(api, errorCode="CONNECTOR_REFUSED")] == ["bad", "bad"]
    assert runs(api, errorCode="CONNECTOR_TIMEOUT") == []
    assert len(runs(api, source="api")) == 4
    assert [run["state"] for run in runs(api, source="api", workflow="good")] == ["SUCCEEDED"] * 2
    assert runs(api, source="manual") == []
    assert runs(api, notSource="api") == []
    assert len(runs(api, notSource="schedules")) == len(runs(api)) == 4
    assert [run["state"] for run in runs(api, notSource="manual", workflow="good")] == ["SUCCEEDED"] * 2
    assert api.code(RUNS, filter={"source": "mistyped"}) == "NOT_FOUND"
    assert [run["state"] for run in runs(api, rule="good")] == ["SUCCEEDED"] * 2
    assert [run["state"] for run in runs(api, workflow="bad", states=["FAILED", "QUEUED"])] == ["FAILED"] * 2
    trace = api.data(EVENTS, filter={"idempotencyKey": "k-1"})["events"]["edges"][0]["node"]["traceId"]
    assert "good" in [run["workflow"]["slug"] for run in runs(api, traceId=trace)]


def test_cursors_hold_under_a_filter_in_both_directions(api: Api, orders: dict[str, str]) -> None:
    order = {"searchKeys": [{"name": "order", "value": "4711"}]}
    first = api.data(EVENTS, filter=order, first=1)["events"]
    assert [edge["node"]["id"] for edge in first["edges"]] == [orders["paid"]]
    second = api.data(EVENTS, filter=order, first=1, after=first["pageInfo"]["endCursor"])["events"]
    assert [edge["node"]["id"] for edge in second["edges"]] == [orders["created"]]
    back = api.data(EVENTS, filter=order, last=1, before=second["pageInfo"]["startCursor"])["events"]
    assert [edge["node"]["id"] for edge in back["edges"]] == [orders["paid"]]
    cursor = first["pageInfo"]["endCursor"]
    assert api.code(EVENTS, filter={"types": ["order.paid"]}, first=1, after=cursor) == "INVALID_CURSOR"


def test_page_that_would_read_too_many_rows_is_refused(
    api: Api, orders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from automate.events import list_queries as events_lists

    for module in (ranges, events_lists, runs_lists):
        monkeypatch.setattr(module, "MOST_ROWS", 1)
    (error,) = api.answer(EVENTS, filter={"types": ["order.created"], "hasSchemaProblems": False})["errors"]
    assert (error["extensions"]["code"], error["extensions"]["details"]) == (
        "FILTER_TOO_BROAD",
        {"limit": "filter_rows", "maximum": 1},
    )
    for alone in ("hasSchemaProblems", "waitsForBudget"):
        assert api.code(EVENTS, filter={alone: False}) == "FILTER_TOO_BROAD"
    assert api.code(RUNS, filter={"states": ["FAILED"], "test": False}) == "FILTER_TOO_BROAD"
    assert api.code(RUNS, filter={"searchKeys": [{"name": "order", "value": "4711"}]}) == "FILTER_TOO_BROAD"
    assert len(api.data(EVENTS, filter={"types": ["order.created"]})["events"]["edges"]) == 2


def test_runs_by_their_end_are_listed_however_many_ended(
    api: Api, orders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are found by the index of ends; if they are more, the list by creation is read."""
    assert orders
    wanted = {"finishedFrom": "2020-01-01T00:00:00Z", "finishedBefore": "2100-01-01T00:00:00Z"}
    few = [run["id"] for run in runs(api, **wanted)]
    monkeypatch.setattr(runs_lists, "MOST_ROWS", len(few) - 1)
    page = api.data(RUNS, filter=wanted, first=1)["runs"]
    assert len(few) > 1
    assert (page["edges"][0]["node"]["id"], page["pageInfo"]["hasNextPage"]) == (few[0], True)
    assert runs(api, **{**wanted, "finishedFrom": "2099-01-01T00:00:00Z"}) == []


BUDGET = {"metric": "RUNS", "window": "DAY", "limit": 1}
put, _ = setters(setting("{ id }"))
PREVIEW = "query ($input: BulkInput!) { previewBulkOperation(input: $input) { count } }"


def test_runs_that_wait_for_a_budget_are_listed_however_many_wait(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are found by their jobs; if they are more, the lists of queued, running and waiting runs are read."""
    put(api, **BUDGET)
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send(*[{}] * 8)
    plane.drain()
    held = runs(api, waitsForBudget=True)
    assert [run["state"] for run in held] == ["QUEUED"] * 7
    assert [run["state"] for run in runs(api, waitsForBudget=False)] == ["SUCCEEDED"]
    assert runs(api, waitsForBudget=True, workflow="one", test=False) == held
    assert (
        runs(api, waitsForBudget=True, states=["SUCCEEDED"]) == runs(api, waitsForBudget=False, states=["QUEUED"]) == []
    )
    cancels = {"kind": "CANCEL", "runs": {"waitsForBudget": True}}
    assert api.data(PREVIEW, input=cancels)["previewBulkOperation"]["count"] == 7
    # A redriven run has a job whose id differs from the id of the run.
    plane.root.execute("UPDATE public.outbox_job SET id = gen_random_uuid() WHERE tenant_id = %s", plane.tenant.id)
    plane.root.execute(
        f"UPDATE {plane.tenant.schema}.execution_run r SET job_id = j.id FROM public.outbox_job j WHERE j.subject_id = r.id"
    )
    assert runs(api, waitsForBudget=True) == held
    for most in (len(held), len(held) - 1):
        monkeypatch.setattr(runs_lists, "MOST_ROWS", most)
        page = api.data(RUNS, filter={"waitsForBudget": True}, first=1)["runs"]
        assert (page["edges"][0]["node"], page["pageInfo"]["hasNextPage"]) == (held[0], True)


RETRY = "mutation ($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code } } }"


def test_runs_that_a_retry_has_replaced_are_told_apart(api: Api, orders: dict[str, str]) -> None:
    assert orders
    failed = [run["id"] for run in runs(api, states=["FAILED"])]
    with connectors(Scripted(name="test.bad")):
        (made,) = api.data(RETRY, input={"runs": failed[:1]})["retryRuns"]["runs"]
    assert [run["id"] for run in runs(api, retried=True)] == failed[:1]
    assert [run["id"] for run in runs(api, retried=False, workflow="bad")] == [made["id"], *failed[1:]]
    assert [run["id"] for run in runs(api, retried=False, states=["FAILED"])] == failed[1:]
    assert runs(api, retried=True, workflow="good") == []
