"""For another tenant's id the answer is that for an unknown one: the same words, by the same statements."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from automate.kernel import access_changes
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import NoScopeError, acting_for, current_tenant
from graphql_schema.connections import space_of
from graphql_schema.ids import global_id
from tenants.middleware import TenantMiddleware
from tests.support import rows
from tests.support.api import MAIN_JOB, Api
from tests.support.isolation import marker_of, markers, quiet_flow, sent_statements

KINDS = ("Event", "ExecutionRun", "StepRun", "Workflow", "WorkflowVersion", "RuleSpec", "Source")
RUN = "query($id: ID!) { run(id: $id) { id state steps { id } } }"


@pytest.fixture(scope="module")
def owned(eight: list[Any]) -> dict[str, uuid.UUID]:
    """One id of each kind, of the first tenant."""
    from automate.kernel.sql import fetch

    with acting_for(eight[0].ref):
        flow = quiet_flow()
        event = rows.event(kind=marker_of(eight[0]))
        run = rows.run(flow, event)
        ((step,), *_) = fetch("SELECT id FROM step_run WHERE run_id = %s", [run])
        ((source,), *_) = fetch("SELECT id FROM source WHERE slug = 'api'")
    made = (event, run, step, flow.workflow, flow.version, flow.rule, source)
    return dict(zip(KINDS, made, strict=True))


def asked(api: Api, document: str, **variables: Any) -> tuple[Any, list[str]]:
    """The answer, and the statements that it took, without their parameters."""
    access_changes.changed()
    with sent_statements() as sent:
        answer = api.answer(document, **variables)
    answer.pop("extensions", None)  # what the caller's own bucket has left
    for error in answer.get("errors", []):
        del error["extensions"]["trace_id"]
    return answer, [line.split("\t")[-1] for line in sent]


def same(api: Api, document: str, foreign: dict[str, Any], unknown: dict[str, Any]) -> Any:
    """The answer, which must be the same for both, by the same statements."""
    asked(api, document, **unknown)
    first, second = asked(api, document, **foreign), asked(api, document, **unknown)
    assert first == second
    assert first[1], "nothing was sent, so nothing was compared"
    return first[0]


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_node_is_an_unknown_node(eight, owned, kind):
    mine = Api(eight[0].token)
    wanted = global_id(kind, owned[kind])
    assert mine.data(MAIN_JOB["Node"], id=wanted)["node"]["id"] == wanted
    answer = same(Api(eight[1].token), MAIN_JOB["Node"], {"id": wanted}, {"id": global_id(kind, uuid.uuid4())})
    assert answer["data"] == {"node": None}


@pytest.mark.parametrize(
    ("kind", "document", "field"), [("Event", MAIN_JOB["Event"], "event"), ("ExecutionRun", RUN, "run")]
)
def test_foreign_event_and_run_are_unknown(eight, owned, kind, document, field):
    wanted, unknown = [{"id": global_id(kind, number)} for number in (owned[kind], uuid.uuid4())]
    assert Api(eight[0].token).data(document, **wanted)[field]["id"] == wanted["id"]
    assert same(Api(eight[1].token), document, wanted, unknown)["data"] == {field: None}


def test_filter_by_a_foreign_workflow_finds_nothing(eight, owned):
    document = "query($w: String!) { runs(first: 5, filter: {workflow: $w}) { totalCount edges { node { id } } } }"
    foreign, unknown = (global_id("Workflow", number) for number in (owned["Workflow"], uuid.uuid4()))
    assert Api(eight[0].token).data(document, w=foreign)["runs"]["totalCount"] == 1
    answer = same(Api(eight[1].token), document, {"w": foreign}, {"w": unknown})
    assert answer["data"] == {"runs": {"totalCount": 0, "edges": []}}


def foreign_slug(eight: list[Any], owned: dict[str, uuid.UUID]) -> str:
    slug: str = Api(eight[0].token).data(MAIN_JOB["Node"], id=global_id("Workflow", owned["Workflow"]))["node"]["slug"]
    return slug


GIVEN: dict[str, dict[str, Any]] = {
    "PublishWorkflow": {},
    "RunWorkflow": {"payload": {}},
    "SaveRule": {"slug": "r", "name": "r", "when": True},
}


@pytest.mark.parametrize("mutation", sorted(GIVEN))
def test_mutations_know_no_foreign_workflow(eight, owned, mutation):
    given = GIVEN[mutation]
    slug = foreign_slug(eight, owned)
    unknown = "x" * len(slug)
    answers = [
        asked(Api(eight[1].token), MAIN_JOB[mutation], input={**given, "workflow": w}) for w in (unknown, slug, unknown)
    ]
    texts = [str(answer).replace(slug, unknown) for answer, _ in answers]
    assert [text.partition("'traceId'")[0] for text in texts[1:]] == [texts[0].partition("'traceId'")[0]] * 2
    assert "NOT_FOUND" in texts[0]
    assert answers[1][1] == answers[2][1]


@pytest.mark.parametrize("connection", ["events", "runs", "workflows", "sources"])
def test_cursor_of_another_tenant_is_a_forged_one(eight, owned, connection):
    document = (
        f"query($a: String) {{ {connection}(first: 1, after: $a) {{ edges {{ cursor }} pageInfo {{ endCursor }} }} }}"
    )
    cursor = Api(eight[0].token).data(document)[connection]["pageInfo"]["endCursor"]
    assert "errors" not in Api(eight[0].token).answer(document, a=cursor)
    forged = cursor[:-6] + ("A" * 6 if not cursor.endswith("A" * 6) else "B" * 6)
    answer = same(Api(eight[1].token), document, {"a": cursor}, {"a": forged})
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_CURSOR"


def test_feed_position_of_another_tenant_is_refused(eight):
    with acting_for(eight[0].ref):
        cursor = space_of("runFeed").seal_position(1, 2, 3)
        assert space_of("runFeed").open_position(cursor) == (1, 2, 3)
    with acting_for(eight[1].ref), pytest.raises(NormalizedError, match=r"^INVALID_CURSOR: "):
        space_of("runFeed").open_position(cursor)


@pytest.mark.parametrize("header", ["X-Tenant", "X-Tenant-Id", "X-Forwarded-Host", "X-Original-URL", "X-Schema"])
def test_no_header_changes_whom_a_token_speaks_for(eight, header):
    body = {"query": "{ events(first: 50) { edges { node { type } } } }"}
    for value in (eight[1].ref.slug, str(eight[1].ref.id), eight[1].ref.schema, f"/t/{eight[1].ref.slug}/"):
        response = Api(eight[0].token).post(body, **{header: value})
        assert {edge["node"]["type"] for edge in response.json()["data"]["events"]["edges"]} == {marker_of(eight[0])}


def hook(tenant: str, source: str, **headers: str) -> tuple[int, Any, list[str]]:
    with sent_statements() as sent:
        response = Client(raise_request_exception=False).post(
            f"/t/{tenant}/hooks/{source}", data=b"{}", content_type="application/json", headers=headers
        )
    body = response.json()
    for error in [body, *body.get("errors", [])]:
        error.pop("trace_id", None)
        error.pop("traceId", None)
    return response.status_code, body, [line.split("\t")[-1] for line in sent]


@pytest.fixture(scope="module")
def host(tenant_factory: Callable[[], Any]) -> Any:
    """A tenant with an unsigned source, ``door``."""
    made = tenant_factory()
    Api(made.token).data(MAIN_JOB["SaveSource"], input={"slug": "door", "scheme": "UNSIGNED"})
    return made


def test_source_of_another_tenant_is_an_unknown_source(eight, host):
    token = {"Authorization": f"Bearer {host.token}"}
    assert hook(host.ref.slug, "door")[0] == 202
    hook(eight[1].ref.slug, "warm-up")
    foreign, unknown = hook(eight[1].ref.slug, "door", **token), hook(eight[1].ref.slug, "moor", **token)
    assert foreign == unknown
    assert foreign[0] == 404
    assert len(foreign[2]) >= 1


EVIL = (
    "no-such-tenant",
    "public",
    "automate_platform",
    "none",
    "%22%2C%20%22public",
    "x'%20OR%20'1'='1",
    "..%2F..",
    "%00",
    "a" * 300,
    "%F0%9F%98%80",
    "acme%0A",
)


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_in_the_path_becomes_a_schema(host, evil):
    unknown_source = hook(host.ref.slug, "no-such-source")[:2]
    assert unknown_source[0] == 404
    assert hook(evil, "door")[:2] == unknown_source
    for known in (host.ref.schema, str(host.ref.id), host.ref.slug.upper()):
        assert hook(known, "door")[:2] == unknown_source


def middleware(view: Callable[[HttpRequest], Any]) -> Callable[[Any], Any]:
    return lambda tenant: TenantMiddleware(view)(RequestFactory().get(f"/t/{tenant.ref.slug}/x"))


def test_async_view_runs_in_its_requests_scope(eight):
    async def view(_request: HttpRequest) -> HttpResponse:
        seen = await sync_to_async(markers)()
        return HttpResponse(f"{current_tenant().slug} {','.join(seen)}")

    serve = middleware(async_to_sync(view))
    for tenant in eight[:3]:
        assert serve(tenant).content.decode() == f"{tenant.ref.slug} {marker_of(tenant)}"


def test_body_that_streams_after_the_view_has_no_scope(eight):
    """A lazy body is read by the server after the middleware has left the scope: it gets an error, not a neighbour."""

    def view(_request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(marker.encode() for marker in markers_later())

    def markers_later() -> Any:
        yield from markers()

    response = middleware(view)(eight[0])
    with pytest.raises(NoScopeError):
        b"".join(response.streaming_content)
