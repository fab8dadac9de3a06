"""Bulk operations and failure groups, as clients see them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from string import Template
from typing import Any

import pytest

from graphql_schema.ids import global_id
from tests.support.api import Api
from tests.support.bulk_api import ERRORS, OPERATION, PREVIEW, START, refused, started
from tests.support.sockets import open_socket

START_SHOWN = "mutation($i: StartBulkOperationInput!) { startBulkOperation(input: $i) { operation { id filter } } }"
ABORT = f"mutation($i: AbortBulkOperationInput!) {{ abortBulkOperation(input: $i) {{ operation {{ {OPERATION} }} {ERRORS} }} }}"
ITEMS = """query($id: ID!, $outcome: BulkOutcome) { node(id: $id) { ... on BulkOperation { state
  items(first: 2, outcome: $outcome) { totalCount pageInfo { hasNextPage endCursor }
    edges { node { item outcome runs at error { code message } } } } } } }"""
PROGRESS = "subscription($id: ID!) { bulkProgress(operation: $id) { state total done refused items(first: 1) { totalCount } } }"
GROUPS = """query($of: FailureKind!, $first: Int, $after: String) { failureGroups(of: $of, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  edges { node { fingerprint code message count firstAt lastAt workflows topics } } } }"""


def test_preview_start_items_and_end(api: Api, plane: Any, failed: Callable[[int], list[Any]]) -> None:
    runs = [global_id("ExecutionRun", run) for run in failed(3)]
    shown = api.data(PREVIEW, i={"kind": "RETRY", "runs": {"workflow": "one"}})["previewBulkOperation"]
    assert (shown["count"], shown["lookedAt"], shown["newRuns"], shown["refusals"]) == (3, 3, 3, [])
    failed(1)
    operation = started(api, runs={"workflow": "one"}, previewId=shown["previewId"], reason="mended")
    assert (operation["state"], operation["total"], operation["done"]) == ("RUNNING", 3, 0)
    assert operation["startedBy"]
    plane.drain()
    found = api.data(ITEMS, id=operation["id"])["node"]
    assert (found["state"], found["items"]["totalCount"]) == ("FINISHED", 3)
    assert [edge["node"]["item"] for edge in found["items"]["edges"]] == [runs[2], runs[1]]
    assert {len(edge["node"]["runs"]) for edge in found["items"]["edges"]} == {1}
    assert api.data(ITEMS, id=operation["id"], outcome="REFUSED")["node"]["items"]["totalCount"] == 0
    ((listed),) = api.data(f"{{ bulkOperations {{ totalCount edges {{ node {{ {OPERATION} }} }} }} }}")[
        "bulkOperations"
    ]["edges"]
    assert (listed["node"]["id"], listed["node"]["done"]) == (operation["id"], 3)


def test_progress_comes_until_the_end_and_then_completes(
    tenant: Any, web: str, plane: Any, failed: Callable[[int], list[Any]], run_async: Callable[[Any], Any]
) -> None:
    failed(120)
    operation = started(Api(tenant.token), rate=100)
    ended = threading.Event()

    def work() -> None:
        from django.db import connection

        while not ended.is_set():
            plane.work()
        connection.close()

    async def scenario() -> list[dict[str, Any]]:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", PROGRESS, id=operation["id"])
            items = [await socket.item("bulkProgress")]
            worker = asyncio.create_task(asyncio.to_thread(work))
            try:
                while items[-1]["state"] == "RUNNING":
                    items.append(await socket.item("bulkProgress"))
            finally:
                ended.set()
                await worker
            assert await socket.receive() == {"id": "1", "type": "complete"}
            await socket.subscribe("2", PROGRESS, id=operation["id"])
            assert (await socket.item("bulkProgress")) == items[-1]
            assert await socket.receive() == {"id": "2", "type": "complete"}
            await socket.subscribe("3", PROGRESS, id="bm90aGluZw==")
            assert await socket.error() == "NOT_FOUND"
            return items

    items = run_async(scenario())
    assert items[0] == {"state": "RUNNING", "total": 120, "done": 0, "refused": 0, "items": {"totalCount": 0}}
    assert items[-1] == {"state": "FINISHED", "total": 120, "done": 120, "refused": 0, "items": {"totalCount": 120}}
    done = [item["done"] for item in items]
    assert done == sorted(set(done))
    assert len(done) >= 3


def test_abort_says_where_it_stands_and_a_finished_one_is_a_conflict(
    api: Api, plane: Any, failed: Callable[[int], list[Any]]
) -> None:
    failed(2)
    operation = started(api, rate=1)
    plane.work()
    ended = api.data(ABORT, i={"operation": operation["id"], "reason": "no"})["abortBulkOperation"]
    assert (ended["operation"]["state"], ended["operation"]["done"], ended["errors"]) == ("ABORTED", 1, [])
    other = started(api)
    plane.pass_seconds(2)
    plane.drain()
    (error,) = api.data(ABORT, i={"operation": other["id"], "reason": "no"})["abortBulkOperation"]["errors"]
    assert (error["code"], error["details"]) == ("CONFLICT", {"state": "finished"})


def test_same_key_brings_the_same_operation_back(api: Api, failed: Callable[[int], list[Any]]) -> None:
    failed(1)
    assert started(api, idempotencyKey="k")["id"] == started(api, idempotencyKey="k")["id"]
    assert refused(api, idempotencyKey="k", rate=3) == ("CONFLICT", ["idempotencyKey"])


TIMESTAMP = "2026-11-25T12:00:00+00:00"
SHOWN: list[dict[str, Any]] = [
    {"kind": "RETRY", "runs": {"states": ["FAILED"], "workflow": "one", "rule": "one", "fingerprint": "$failure"}},
    {
        "kind": "CANCEL",
        "runs": {"workflow": "$workflow", "createdFrom": TIMESTAMP, "states": ["PAUSED", "QUEUED"]},
    },
    {
        "kind": "CANCEL",
        "runs": {
            "states": ["WAITING"],
            "version": "$version",
            "rule": "$rule",
            "event": "$event",
            "createdBefore": TIMESTAMP,
            "finishedFrom": TIMESTAMP,
            "finishedBefore": TIMESTAMP,
        },
    },
    {"kind": "REPLAY", "events": {"types": ["a", "b"], "source": "api", "subject": "s", "receivedFrom": TIMESTAMP}},
    {"kind": "REPLAY", "events": {"receivedBefore": TIMESTAMP}},
    {"kind": "REDRIVE", "jobs": {"states": ["DEAD"], "topics": ["EVENT_MATCH"], "fingerprint": "$death"}},
]


@pytest.mark.parametrize("asked", SHOWN, ids=range(len(SHOWN)))
def test_operation_shows_the_filter_that_it_was_made_with(
    api: Api, named: dict[str, str], asked: dict[str, Any]
) -> None:
    """So that it can be sent again as it is: with the same key it brings the same operation back."""
    asked = json.loads(Template(json.dumps(asked)).substitute(named))
    made = api.data(START_SHOWN, i={**asked, "idempotencyKey": "k"})["startBulkOperation"]["operation"]
    assert {"kind": asked["kind"], **made["filter"]} == asked
    again = api.data(START_SHOWN, i={"kind": asked["kind"], **made["filter"], "idempotencyKey": "k"})
    assert again["startBulkOperation"]["operation"] == made


def test_filter_that_names_no_state_shows_those_that_it_stands_for(api: Api) -> None:
    shown = [
        api.data(START_SHOWN, i={"kind": kind, name: {}})["startBulkOperation"]["operation"]["filter"]
        for kind, name in (("RETRY", "runs"), ("CANCEL", "runs"), ("REPLAY", "events"), ("REDRIVE", "jobs"))
    ]
    assert shown == [
        {"runs": {"states": ["FAILED", "TIMED_OUT"]}},
        {"runs": {"states": ["PAUSED", "QUEUED", "RUNNING", "WAITING"]}},
        {"events": {}},
        {"jobs": {"states": ["DEAD"]}},
    ]


def test_viewer_sees_and_does_not_start(
    tenant: Any, token_for: Callable[..., str], api: Api, failed: Callable[[int], list[Any]]
) -> None:
    failed(1)
    operation = started(api)
    viewer = Api(token_for(tenant.ref, "viewer"))
    assert viewer.code(START, i={"kind": "RETRY", "runs": {}}) == "FORBIDDEN"
    assert viewer.code(ABORT, i={"operation": operation["id"], "reason": "x"}) == "FORBIDDEN"
    assert viewer.code(PREVIEW, i={"kind": "RETRY", "runs": {}}) == "FORBIDDEN"
    assert viewer.data(ITEMS, id=operation["id"])["node"]["state"] == "RUNNING"
    assert started(Api(token_for(tenant.ref, "operator")))["state"] == "RUNNING"


def test_another_tenant_neither_sees_nor_aborts_nor_takes_the_preview(
    tenant_factory: Callable[[], Any], api: Api, plane: Any, failed: Callable[[int], list[Any]]
) -> None:
    failed(2)
    operation = started(api)
    shown = api.data(PREVIEW, i={"kind": "RETRY", "runs": {}})["previewBulkOperation"]
    stranger = Api(tenant_factory().token)
    assert stranger.data(ITEMS, id=operation["id"])["node"] is None
    (error,) = stranger.data(ABORT, i={"operation": operation["id"], "reason": "x"})["abortBulkOperation"]["errors"]
    (unknown,) = stranger.data(ABORT, i={"operation": "nonsense", "reason": "x"})["abortBulkOperation"]["errors"]
    assert error == unknown
    assert error["code"] == "NOT_FOUND"
    assert refused(stranger, previewId=shown["previewId"]) == ("BAD_USER_INPUT", ["previewId"])
    assert started(stranger)["total"] == 0
    plane.drain()
    assert api.data(ITEMS, id=operation["id"])["node"]["items"]["totalCount"] == 2
    groups = stranger.data(GROUPS, of="RUNS")["failureGroups"]
    assert (groups["totalCount"], groups["edges"]) == (0, [])


def test_failed_runs_are_grouped_by_what_their_errors_have_in_common(api: Api, plane: Any) -> None:
    from tests.support.plane import Scripted, connectors, failing

    class Words:
        def __init__(self) -> None:
            self.n = 0

        def __call__(self, call: Any) -> Any:
            self.n += 1
            error = failing("CONNECTOR_REFUSED")
            error.message = f'No customer "{call.input["who"]}" in region {self.n}.' if call.input["who"] else "Closed."
            return error

    with connectors(scripted := Scripted(acts=(Words(),))):
        body = {"who": "{{ event.payload.who }}"}
        for slug in ("first", "second"):
            plane.publish(
                slug,
                [{"key": slug, "uses": scripted.name, "with": body}],
                when={"==": [{"var": "type"}, slug]},
            )
        plane.send({"who": "ada"}, {"who": "bob"}, {"who": ""}, kind="first")
        plane.send({"who": "eve"}, kind="second")
        plane.drain()
        found = api.data(GROUPS, of="RUNS")["failureGroups"]
        newest, other = (edge["node"] for edge in found["edges"])
        assert (found["totalCount"], newest["count"], other["count"]) == (2, 3, 1)
        assert (newest["code"], newest["workflows"]) == ("CONNECTOR_REFUSED", ["first", "second"])
        assert "eve" in newest["message"]
        assert newest["firstAt"] <= newest["lastAt"]
        assert (other["message"], other["workflows"]) == ("Closed.", ["first"])
        page = api.data(GROUPS, of="RUNS", first=1)["failureGroups"]
        after = page["pageInfo"]["endCursor"]
        rest = api.data(GROUPS, of="RUNS", first=1, after=after)["failureGroups"]
        assert [edge["node"]["fingerprint"] for edge in rest["edges"]] == [other["fingerprint"]]
        listed = api.data(
            "query($f: String!) { runs(filter: {fingerprint: $f}) { totalCount edges { node { fingerprint } } } }",
            f=newest["fingerprint"],
        )["runs"]
        assert (listed["totalCount"], {edge["node"]["fingerprint"] for edge in listed["edges"]}) == (
            3,
            {newest["fingerprint"]},
        )
        operation = started(api, runs={"fingerprint": newest["fingerprint"]})
        assert operation["total"] == 3


def test_dead_jobs_are_grouped_and_redriven_as_a_group(api: Api, plane: Any) -> None:
    from automate.kernel.errors import NormalizedError
    from automate.kernel.tenancy import acting_for
    from automate.recovery import poison

    plane.send({}, {}, {})
    for number, job in enumerate(plane.claim()):
        with acting_for(plane.tenant):
            poison.dead_letter(
                [job], NormalizedError("INTERNAL", f"Lost worker {number}." if number else "Out of memory.")
            )
    found = api.data(GROUPS, of="JOBS")["failureGroups"]["edges"]
    assert [(edge["node"]["count"], edge["node"]["topics"]) for edge in found] == [
        (2, ["EVENT_MATCH"]),
        (1, ["EVENT_MATCH"]),
    ]
    operation = started(api, kind="REDRIVE", runs=None, jobs={"fingerprint": found[0]["node"]["fingerprint"]})
    assert operation["total"] == 2
    plane.drain()
    assert [edge["node"]["count"] for edge in api.data(GROUPS, of="JOBS")["failureGroups"]["edges"]] == [1]


def test_runs_and_events_are_narrowed_by_time_rule_and_version(api: Api, plane: Any) -> None:
    from tests.support.plane import Scripted, connectors

    with connectors(scripted := Scripted()):
        from tests.support.bulk import one_step

        made = one_step(plane, scripted)
        plane.send({"n": 1})
        plane.drain()
    ((at, end),) = plane.rows("SELECT created_at, finished_at FROM execution_run")

    def count(**wanted: Any) -> int:
        found: int = api.data(
            "query($f: RunFilter!) { runs(filter: $f) { totalCount edges { node { id } } } }", f=wanted
        )["runs"]["totalCount"]
        return found

    assert count(createdFrom=at.isoformat()) == 1
    assert count(createdBefore=at.isoformat()) == 0
    assert made.version is not None
    assert count(rule="one", version=global_id("WorkflowVersion", made.version)) == 1
    assert count(rule=global_id("RuleSpec", made.rule)) == 1
    assert count(version="nonsense") == count(fingerprint="nonsense") == 0
    assert count(createdFrom="0001-01-01T00:00:00Z", createdBefore="9999-12-31T00:00:00Z") == 1
    after = (end + timedelta(seconds=1)).isoformat()
    assert count(finishedFrom=end.isoformat(), finishedBefore=after) == count(finishedFrom=end.isoformat()) == 1
    assert count(finishedFrom=after) == count(finishedBefore=end.isoformat()) == 0
    assert count(finishedFrom=end.isoformat(), finishedBefore=after, rule="one", states=["FAILED"]) == 0
    events = "query($f: EventFilter!) { events(filter: $f) { totalCount } }"
    assert api.data(events, f={"receivedFrom": "2020-01-01T00:00:00Z"})["events"]["totalCount"] == 1
    assert api.data(events, f={"receivedBefore": "2020-01-01T00:00:00Z"})["events"]["totalCount"] == 0
