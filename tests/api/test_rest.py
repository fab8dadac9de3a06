"""REST reads what GraphQL reads: the same rows, cursors and permissions, and the same answer for foreign and unknown ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for, acting_for_platform
from graphql_schema.ids import global_id
from tests.support import rows
from tests.support.api import Api
from tests.support.rest import Rest, refusal

RUNS = """query($first: Int, $after: String, $filter: RunFilter) {
  runs(first: $first, after: $after, filter: $filter) { edges { cursor node { id } } pageInfo { endCursor } totalCount } }"""
UNKNOWN = {"events": "Event", "runs": "ExecutionRun", "workflows": "Workflow"}


@pytest.fixture
def rest(tenant: Any) -> Rest:
    return Rest(tenant.token)


@pytest.fixture
def reader(busy: Any) -> Rest:
    return Rest(busy.api.token)


def ids(page: Any) -> list[str]:
    return [one["id"] for one in page["results"]]


def test_pages_are_those_of_graphql_with_the_same_cursors(busy: Any, reader: Rest) -> None:
    first, second = reader.data("/runs?limit=25"), None
    told = busy.api.data(RUNS, first=25)["runs"]
    assert ids(first) == [edge["node"]["id"] for edge in told["edges"]]
    assert first["cursor"] == told["pageInfo"]["endCursor"]
    second = reader.data(f"/runs?limit=25&cursor={told['pageInfo']['endCursor']}")
    assert ids(second) == [
        edge["node"]["id"] for edge in busy.api.data(RUNS, first=25, after=first["cursor"])["runs"]["edges"]
    ]


def test_links_lead_through_all_pages_and_back(busy: Any, reader: Rest) -> None:
    found, link, back = [], "/runs?limit=20", None
    while link is not None:
        page = reader.data(link)
        found += ids(page)
        back, link = page["previous"], page["next"] and page["next"].removeprefix("/api/v1")
    assert found == [global_id("ExecutionRun", run) for run in reversed(busy.runs)]
    assert ids(reader.data(back.removeprefix("/api/v1"))) == found[20:40]
    assert reader.data("/runs?limit=1")["previous"] is None


def test_filters_are_those_of_graphql(busy: Any, reader: Rest) -> None:
    event = global_id("Event", busy.events[3])
    assert ids(reader.data(f"/runs?event={quote(event)}")) == [global_id("ExecutionRun", busy.runs[3])]
    assert reader.data("/runs?states=FAILED&states=RUNNING&total=true")["total"] == 0
    assert reader.data("/runs?states=SUCCEEDED&total=true&limit=1")["total"] == len(busy.runs)
    assert ids(reader.data(f"/runs?workflow={busy.flow.slug}&limit=2")) == ids(reader.data("/runs?limit=2"))
    assert reader.data("/events?types=none")["results"] == []
    assert reader.data("/workflows?archived=true")["results"] == []
    assert [one["slug"] for one in reader.data("/workflows")["results"]] == [busy.flow.slug]


def test_single_objects_have_more_than_their_lists(busy: Any, reader: Rest) -> None:
    run = reader.data(f"/runs/{global_id('ExecutionRun', busy.runs[0])}")
    assert [step["key"] for step in run["steps"]] == ["step_0", "step_1", "step_2"]
    assert run["workflowVersion"]["workflow"]["slug"] == busy.flow.slug
    event = reader.data(f"/events/{busy.events[0]}")
    assert event["payload"]["n"] == 0
    assert "hunter2" not in str(event)
    assert event["decisions"][0]["rule"]["slug"] == f"{busy.flow.slug}-rule"
    by_slug = reader.data(f"/workflows/{busy.flow.slug}")
    assert by_slug == reader.data(f"/workflows/{by_slug['id']}")
    assert by_slug["currentVersion"]["definition"]["schema"] == 1


@pytest.mark.parametrize("resource", UNKNOWN)
def test_foreign_id_is_as_unknown_as_one_that_never_was(busy: Any, rest: Rest, resource: str) -> None:
    foreign = {"events": busy.events[0], "runs": busy.runs[0], "workflows": busy.flow.workflow}[resource]
    answers = [
        rest.get(f"/{resource}/{row_id}")
        for row_id in (
            global_id(UNKNOWN[resource], foreign),
            global_id(UNKNOWN[resource], new_id()),
            "garbage",
            str(foreign),
        )
    ]
    assert [refusal(answer) for answer in answers] == [(404, "NOT_FOUND", None)] * len(answers)
    assert [{**answer.json(), "trace_id": ""} for answer in answers] == [{**answers[0].json(), "trace_id": ""}] * len(
        answers
    )


def test_foreign_run_cannot_be_cancelled_or_retried(busy: Any, rest: Rest) -> None:
    for verb, body in (("cancel", {"reason": "x"}), ("retry", {})):
        told = [rest.post(f"/runs/{global_id('ExecutionRun', run)}/{verb}", body) for run in (busy.runs[0], new_id())]
        assert [refusal(answer) for answer in told] == [(404, "NOT_FOUND", {"parameter": "run"})] * 2
        assert len({answer.json()["message"] for answer in told}) == 1


def test_cursor_is_good_in_its_own_list_alone(busy: Any, reader: Rest, rest: Rest) -> None:
    cursor = reader.data("/runs?limit=2")["cursor"]
    wanted = (400, "INVALID_CURSOR", {"parameter": "cursor"})
    assert refusal(rest.get(f"/runs?cursor={cursor}")) == wanted
    assert refusal(reader.get(f"/runs?states=SUCCEEDED&cursor={cursor}")) == wanted
    assert refusal(reader.get(f"/runs?order=COMMITTED&cursor={cursor}")) == wanted
    assert refusal(reader.get(f"/events?cursor={cursor}")) == wanted
    assert refusal(reader.get(f"/exports/runs?before={cursor}")) == (400, "BAD_USER_INPUT", {"parameter": "before"})
    assert refusal(reader.get("/exports/runs?format=json")) == (400, "BAD_USER_INPUT", {"parameter": "format"})
    assert refusal(reader.get("/runs?workflow=none")) == (404, "NOT_FOUND", {"parameter": "workflow"})
    assert refusal(reader.get(f"/runs?before={cursor[:-1]}")) == (400, "INVALID_CURSOR", {"parameter": "before"})


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=0", "BAD_USER_INPUT", "limit"),
        ("limit=101", "BAD_USER_INPUT", "limit"),
        ("limit=ten", "BAD_USER_INPUT", "limit"),
        (f"limit={'9' * 5_000}", "BAD_USER_INPUT", "limit"),
        ("limit=1&limit=2", "BAD_USER_INPUT", "limit"),
        ("cursor=a&before=b", "BAD_USER_INPUT", "before"),
        ("states=NONE", "BAD_USER_INPUT", "states"),
        ("states=failed", "BAD_USER_INPUT", "states"),
        ("test=1", "BAD_USER_INPUT", "test"),
        ("createdFrom=yesterday", "BAD_USER_INPUT", "createdFrom"),
        ("createdFrom=2026-11-25T12:00:00", "BAD_USER_INPUT", "createdFrom"),
        ("order=OLDEST", "BAD_USER_INPUT", "order"),
        ("nothing=1", "BAD_USER_INPUT", "nothing"),
        ("workflow=%00", "BAD_USER_INPUT", "workflow"),
        ("order=COMMITTED&before=x", "BAD_USER_INPUT", "before"),
    ],
)
def test_bad_parameter_is_named(rest: Rest, query: str, code: str, parameter: str) -> None:
    assert refusal(rest.get(f"/runs?{query}")) == (400, code, {"parameter": parameter})


def test_all_bad_parameters_are_named_at_once(rest: Rest) -> None:
    problems = rest.get("/runs?limit=0&states=NONE&nothing=1").json()["details"]["problems"]
    assert {problem["source"]["parameter"] for problem in problems} == {"limit", "states", "nothing"}


def test_followed_list_names_its_end(rest: Rest, tenant: Any) -> None:
    """``cursor`` of the last page resumes a list in the order of commits."""
    page = rest.data("/events?order=COMMITTED&limit=1")
    for number in range(2):
        rest.post("/events", {"type": "t", "payload": number})
    behind = rest.data(f"/events?order=COMMITTED&cursor={page['cursor']}")
    assert [one["type"] for one in behind["results"]] == ["t", "t"]


def test_caller_without_a_permission_gets_the_rest(rest: Rest, tenant: Any, restricted: Callable[..., Rest]) -> None:
    with acting_for(tenant.ref):
        rows.run(rows.flow(), rows.event())
    one = restricted("view_runs")
    (run,) = one.data("/runs")["results"]
    assert {"workflowVersion", "event"}.isdisjoint(run)
    assert "input" not in one.data(f"/runs/{run['id']}")["steps"][0]
    assert refusal(one.get("/events"))[:2] == (403, "FORBIDDEN")
    assert one.get("/events").json()["details"] == {"permission": "view_events"}
    assert refusal(one.post("/events", {"type": "t", "payload": 1}))[:2] == (403, "FORBIDDEN")
    assert {"workflowVersion", "event"} <= set(rest.data("/runs")["results"][0])


@pytest.fixture
def restricted(tenant: Any) -> Callable[..., Rest]:
    """A client whose token has some permissions alone."""
    create = "mutation($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message } } }"

    def make(*scopes: str) -> Rest:
        wanted = {"name": "restricted", "role": "OPERATOR", "scopes": list(scopes)}
        return Rest(Api(tenant.token).data(create, input=wanted)["createToken"]["value"])

    return make


def test_callers_without_a_valid_token_are_refused(rest: Rest, tenant: Any, platform: Api) -> None:
    for nobody in (Rest(), Rest("x"), Rest("a_" + "b" * 40)):
        response = nobody.get("/runs")
        assert refusal(response)[:2] == (401, "UNAUTHENTICATED")
        assert response["WWW-Authenticate"] == "Bearer"
    assert refusal(Rest(platform.token).get("/runs"))[:2] == (403, "FORBIDDEN")
    with acting_for_platform("suspend the tenant of a test"):
        from tenants.services import suspend_tenant

        suspend_tenant(tenant.ref.slug, "test")
    assert refusal(rest.get("/runs"))[:2] == (403, "TENANT_SUSPENDED")


def test_caller_that_owes_points_is_told_when_to_return(rest: Rest, settings_of: Callable[..., Any]) -> None:
    from graphql_schema.allowance import allowance_of
    from graphql_schema.execution import credential_of

    with settings_of(API_POINTS_PER_SECOND=2):
        allowance_of(credential_of(f"Bearer {rest.token}", "")).spend(50_000)
        for response in (rest.get("/runs"), rest.get("/runs?limit=0"), rest.get("/exports/runs")):
            assert refusal(response)[:2] == (429, "RATE_LIMITED")
            assert int(response["Retry-After"]) > 0


def test_refused_request_is_charged(rest: Rest) -> None:
    from graphql_schema.allowance import allowance_of
    from graphql_schema.execution import credential_of

    token = allowance_of(credential_of(f"Bearer {rest.token}", "")).token
    rest.get("/runs?limit=0")
    before = token.remaining()
    for _ in range(20):
        rest.get("/runs?limit=0")
    assert token.remaining() < before - 100


def test_request_keeps_its_callers_trace(rest: Rest) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    response = rest.get("/runs?limit=0", traceparent=f"00-{trace}-b7ad6b7169203331-01")
    assert (response["X-Trace-Id"], response.json()["trace_id"]) == (trace, trace)
