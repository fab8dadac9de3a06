"""exportRecords and /api/v1/exports: all records once, resumed by cursor, redacted, and ended with the caller's token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from graphql_schema.ids import global_id
from tests.support import rows
from tests.support.event_streams import open_stream
from tests.support.rest import Rest, refusal
from tests.support.run_feed import Run

WATCH_SECONDS = 1.5
"""A revoked token is refused on open streams within a second."""

EXPORT = """subscription($records: RecordKind!, $after: String, $filter: ExportFilter) {
  exportRecords(records: $records, after: $after, filter: $filter) { jsonl cursor } }"""
KINDS = ("events", "runs", "steps", "effects", "audit")


@pytest.fixture
def old(tenant: Any) -> Any:
    """A tenant with 120 runs of two steps that are older than what an export leaves for later."""
    with acting_for(tenant.ref):
        flow = rows.flow()
        runs = [rows.run(flow, rows.event({"n": n, "password": "hunter2"}), steps=2) for n in range(120)]
        for run in runs[:3]:
            rows.effect(run, ago=3_600)
        age(tenant)
    return tenant, runs


def age(tenant: Any) -> None:
    """Rows' times an hour back. Called in the tenant's scope, by a role that may change no event: hence by hand."""
    execute("UPDATE execution_run SET created_at = created_at - interval '1 hour'")
    execute("UPDATE step_run SET started_at = started_at - interval '1 hour'")


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.split("\n")[:-1]]


def got(web: str, token: str, path: str, **parameters: str) -> tuple[int, Any, list[Any]]:
    """Status, headers and lines of a whole export."""
    headers = {"Authorization": f"Bearer {token}"}
    response = httpx2.get(f"http://{web}/api/v1/exports/{path}", params=parameters, headers=headers, timeout=30)
    return response.status_code, response.headers, lines(response.text)


def records(found: list[Any]) -> list[Any]:
    return [line for line in found if "id" in line]


def test_every_run_is_exported_once_oldest_first(old: Any, web: str) -> None:
    tenant, runs = old
    status, headers, found = got(web, tenant.token, "runs")
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "application/jsonl", "no-store")
    assert [run["id"] for run in records(found)] == [global_id("ExecutionRun", run) for run in runs]
    marks = [line for line in found if "cursor" in line]
    assert [mark["end"] for mark in marks] == [False, False, True]
    assert found[-1] == {"cursor": marks[1]["cursor"], "end": True}


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        ("*/*", 200, "application/jsonl"),
        ("application/*", 200, "application/jsonl"),
        ("application/jsonl", 200, "application/jsonl"),
        ("application/x-ndjson", 200, "application/x-ndjson"),
        ("application/x-ndjson, application/json", 200, "application/x-ndjson"),
        ("application/json", 406, "application/json"),
        ("text/html", 406, "application/json"),
    ],
)
def test_accept_alone_negotiates_the_media_type(
    tenant: Any, web: str, accept: str, status: int, media_type: str
) -> None:
    headers = {"Authorization": f"Bearer {tenant.token}", "Accept": accept}
    response = httpx2.get(f"http://{web}/api/v1/exports/runs", headers=headers, timeout=30)
    assert (response.status_code, response.headers["Content-Type"]) == (status, media_type)
    if status == 406:
        assert response.json()["details"] == {"media_types": ["application/jsonl", "application/x-ndjson"]}


def test_broken_export_is_resumed_by_its_cursor(old: Any, web: str) -> None:
    tenant, runs = old
    found = got(web, tenant.token, "runs")[2]
    place = next(place for place, line in enumerate(found) if "cursor" in line)
    kept, cursor = records(found[:place]), found[place]["cursor"]
    rest = got(web, tenant.token, "runs", cursor=cursor)[2]
    assert [run["id"] for run in kept + records(rest)] == [global_id("ExecutionRun", run) for run in runs]
    again = got(web, tenant.token, "runs", cursor=rest[-1]["cursor"])[2]
    assert again[-1] == {"cursor": rest[-1]["cursor"], "end": True}
    assert records(again) == []


@pytest.mark.parametrize(("kind", "count"), [("steps", 240), ("effects", 3)])
def test_other_kinds_are_exported_whole(old: Any, web: str, kind: str, count: int) -> None:
    tenant, runs = old
    found = records(got(web, tenant.token, kind)[2])
    assert len({one["id"] for one in found}) == count
    if kind == "steps":
        assert {one["runId"] for one in found} == {global_id("ExecutionRun", run) for run in runs}


def test_young_records_come_with_a_later_export(tenant: Any, web: str) -> None:
    with acting_for(tenant.ref):
        rows.run(rows.flow(), rows.event())
    assert got(web, tenant.token, "runs")[2] == [{"cursor": None, "end": False}, {"cursor": None, "end": True}]


def test_filters_narrow_an_export_and_bind_its_cursor(old: Any, web: str) -> None:
    tenant, runs = old
    found = got(web, tenant.token, "runs", event=global_id("Event", runs[0]))[2]
    assert records(found) == []
    cursor = got(web, tenant.token, "runs")[2][-1]["cursor"]
    rest = Rest(tenant.token)
    assert rest.get("/exports/runs?states=NONE").json()["source"] == {"parameter": "states"}
    for path, parameters in (("runs", {"states": "FAILED"}), ("steps", {}), ("audit", {})):
        status, _, _ = got_refusal(web, tenant.token, path, cursor=cursor, **parameters)
        assert status == (400, "INVALID_CURSOR", {"parameter": "cursor"}), path


def got_refusal(web: str, token: str, path: str, **parameters: str) -> tuple[Any, Any, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = httpx2.get(f"http://{web}/api/v1/exports/{path}", params=parameters, headers=headers, timeout=30)
    return refusal(_Answer(response)), response.headers, response


class _Answer:
    """httpx's response as ``refusal`` reads one."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status_code, self.json = response.status_code, response.json
        self._headers = response.headers

    def __getitem__(self, name: str) -> str:
        return str(self._headers[name])


def test_cursor_of_another_tenant_is_refused(old: Any, web: str, tenant_factory: Callable[[], Any]) -> None:
    cursor = got(web, old[0].token, "runs")[2][-1]["cursor"]
    assert got_refusal(web, tenant_factory().token, "runs", cursor=cursor)[0] == (
        400,
        "INVALID_CURSOR",
        {"parameter": "cursor"},
    )


def test_each_kind_needs_its_permission(tenant: Any, web: str, token_for: Callable[..., str]) -> None:
    viewer = token_for(tenant.ref, "viewer")
    assert [got(web, viewer, kind)[0] for kind in KINDS[:4]] == [200] * 4
    assert got_refusal(web, viewer, "audit")[0][:2] == (403, "FORBIDDEN")
    assert got_refusal(web, "", "runs")[0][:2] == (401, "UNAUTHENTICATED")


def test_filter_of_another_kind_is_refused(tenant: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        variables = {"records": "RUNS", "filter": {"events": {"types": ["t"]}}}
        async with open_stream(web, tenant.token, EXPORT, **variables) as events:
            return await events.error()

    assert run_async(scenario()) == "BAD_USER_INPUT"


@pytest.mark.slow
def test_export_under_way_ends_once_its_token_is_revoked(
    old: Any, web: str, run_async: Run, tenant_factory: Callable[[], Any]
) -> None:
    """The client stops reading for longer than the watch of tokens needs, so most of the export is still to come."""
    tenant, _ = old
    other = tenant_factory()
    with acting_for(tenant.ref):
        execute("UPDATE step_run SET output = to_jsonb(repeat('x', 400000))")

    async def scenario() -> Any:
        async with httpx2.AsyncClient(timeout=30) as client:
            url, headers = f"http://{web}/api/v1/exports/steps", {"Authorization": f"Bearer {tenant.token}"}
            async with client.stream("GET", url, headers=headers) as response:
                parts = response.aiter_text(65_536)
                text = await anext(parts)
                await asyncio.to_thread(rows.suspend_and_revoke, other.ref, tenant.ref)
                await asyncio.sleep(WATCH_SECONDS)
                async for part in parts:
                    text += part
                return lines(text)

    found = run_async(scenario())
    assert found[-1]["error"]["code"] == "UNAUTHENTICATED"
    assert len(records(found)) < 240
