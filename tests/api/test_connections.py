"""Keyset connections: whole, in order, in both directions, in a fixed number of statements."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.kernel import access_changes
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.api import MAIN_JOB, Api
from tests.support.facts import naming

IDS = "query($first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter) { runs(first: $first, after: $after, last: $last, before: $before, filter: $filter) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } } }"


def ids(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


@pytest.fixture(scope="session")
def newest_first(busy: Any) -> list[str]:
    from graphql_schema.ids import global_id

    return [global_id("ExecutionRun", run) for run in reversed(busy.runs)]


def test_forward_pages_hold_every_row_once(busy: Any, newest_first: list[str]) -> None:
    seen, after, pages = [], None, 0
    while True:
        page = busy.api.data(IDS, first=7, after=after)["runs"]
        seen += ids(page)
        pages += 1
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert (seen, pages) == (newest_first, 9)


def test_backward_pages_hold_every_row_once(busy: Any, newest_first: list[str]) -> None:
    seen: list[str] = []
    before = None
    while True:
        page = busy.api.data(IDS, last=7, before=before)["runs"]
        seen = ids(page) + seen
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        before = page["pageInfo"]["startCursor"]
    assert seen == newest_first


def test_after_and_before_bound_a_window(busy: Any, newest_first: list[str]) -> None:
    edges = busy.api.data(IDS, first=10)["runs"]["edges"]
    page = busy.api.data(IDS, first=50, after=edges[2]["cursor"], before=edges[7]["cursor"])["runs"]
    assert ids(page) == newest_first[3:7]


def test_page_holds_fifty_unless_asked(busy: Any) -> None:
    assert len(busy.api.data(IDS)["runs"]["edges"]) == 50


def test_page_of_none_is_empty(busy: Any) -> None:
    page = busy.api.data(IDS, first=0)["runs"]
    assert page == {
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        "edges": [],
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first": 101}, "LIMIT_EXCEEDED"),
        ({"last": 101}, "LIMIT_EXCEEDED"),
        ({"first": -1}, "BAD_USER_INPUT"),
        ({"last": -1}, "BAD_USER_INPUT"),
        ({"first": 5, "last": 5}, "BAD_USER_INPUT"),
        ({"first": 2**31}, "BAD_USER_INPUT"),
    ],
)
def test_page_size_out_of_bounds_is_refused(busy: Any, arguments: dict[str, int], code: str) -> None:
    assert busy.api.code(IDS, **arguments) == code


def test_total_is_the_whole_list(busy: Any) -> None:
    document = "query($filter: RunFilter) { runs(first: 1, filter: $filter) { totalCount } }"
    assert busy.api.data(document)["runs"]["totalCount"] == 60
    assert busy.api.data(document, filter={"states": ["FAILED"]})["runs"]["totalCount"] == 0


def test_filter_takes_slug_or_id(busy: Any) -> None:
    from graphql_schema.ids import global_id

    for workflow in (busy.flow.slug, global_id("Workflow", busy.flow.workflow)):
        assert len(busy.api.data(IDS, filter={"workflow": workflow})["runs"]["edges"]) == 50
    assert busy.api.data(IDS, filter={"workflow": global_id("Workflow", busy.flow.rule)})["runs"]["edges"] == []


LISTS = {
    "runs": "query($filter: RunFilter) { list: runs(filter: $filter) { totalCount edges { node { id } } } }",
    "runs_counted": "query($filter: RunFilter) { list: runs(filter: $filter) { totalCount } }",
    "events": "query($filter: EventFilter) { list: events(filter: $filter) { totalCount edges { node { id } } } }",
    "deliveries": "query($filter: WebhookDeliveryFilter) { list: webhookDeliveries(filter: $filter) { totalCount } }",
}


@pytest.mark.parametrize(
    ("of", "field"),
    [
        ("runs", "workflow"),
        ("runs_counted", "workflow"),
        ("runs", "rule"),
        ("events", "source"),
        ("deliveries", "endpoint"),
    ],
)
def test_name_that_there_is_not_is_refused(busy: Any, of: str, field: str) -> None:
    """A typo would else look like a list with nothing in it."""
    (error,) = busy.api.answer(LISTS[of], filter={field: "no-such"})["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "NOT_FOUND",
        naming("no-such", field),
    )


def test_name_of_another_tenants_is_refused_as_any_other(busy: Any, tenant_factory: Any) -> None:
    stranger = Api(tenant_factory().token)
    assert stranger.code(LISTS["runs"], filter={"workflow": busy.flow.slug}) == "NOT_FOUND"
    assert stranger.code(LISTS["events"], filter={"source": "no-such"}) == "NOT_FOUND"


def test_name_that_there_is_may_have_nothing_and_an_id_that_there_is_not_has_nothing(
    busy: Any, tenant_factory: Any
) -> None:
    """What an id named may be gone; and another tenant's is as one of nothing."""
    from graphql_schema.ids import global_id

    nothing = {"totalCount": 0, "edges": []}
    assert busy.api.data(LISTS["runs"], filter={"workflow": busy.flow.slug, "states": ["FAILED"]})["list"] == nothing
    assert Api(tenant_factory().token).data(LISTS["events"], filter={"source": "api"})["list"] == nothing
    ids_of_nothing = {
        "workflow": global_id("Workflow", busy.flow.rule),
        "rule": global_id("RuleSpec", busy.flow.workflow),
        "version": global_id("WorkflowVersion", busy.flow.rule),
        "event": global_id("Event", busy.flow.rule),
        "fingerprint": "ab" * 16,
    }
    for field, value in ids_of_nothing.items():
        assert busy.api.data(LISTS["runs"], filter={field: value})["list"] == nothing
    stranger = Api(tenant_factory().token)
    for field, value in {"workflow": global_id("Workflow", busy.flow.workflow)}.items():
        assert stranger.data(LISTS["runs"], filter={field: value})["list"] == nothing


def test_filter_by_event_finds_its_runs(busy: Any) -> None:
    from graphql_schema.ids import global_id

    page = busy.api.data(IDS, filter={"event": global_id("Event", busy.events[3])})["runs"]
    assert ids(page) == [global_id("ExecutionRun", busy.runs[3])]
    assert busy.api.data(IDS, filter={"event": "garbage"})["runs"]["edges"] == []


def statements(api: Api, document: str, **variables: Any) -> int:
    # What is remembered of tokens would save their statement.
    access_changes.changed()
    with CaptureQueriesContext(connection) as captured:
        api.data(document, **variables)
    return len(captured)


PAGE = ["token", "page"]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("Runs", [*PAGE, "count"]),
        ("Events", [*PAGE, "count", "sources", "payloads", "decisions", "rules", "runs"]),
        ("Workflows", [*PAGE, "current versions", "versions"]),
    ],
)
def test_statements_do_not_follow_the_rows(busy: Any, operation: str, expected: list[str]) -> None:
    assert [statements(busy.api, MAIN_JOB[operation], first=first) for first in (1, 50)] == [len(expected)] * 2


def test_count_is_not_asked_unless_selected(busy: Any) -> None:
    assert statements(busy.api, IDS) == 2


def test_children_may_be_aliased_and_fragmented(busy: Any) -> None:
    document = """
    query($no: Boolean!) { runs(first: 2) { edges { node { ...Two ... on ExecutionRun { one: steps(first: 1) { key } }
      ... on Node { id } gone: steps(first: 5) @include(if: $no) { key } } } } }
    fragment Two on ExecutionRun { two: steps(first: 2) { key } one: steps(first: 1) { attempt } }
    """
    for edge in busy.api.data(document, no=False)["runs"]["edges"]:
        assert edge["node"]["one"] == [{"key": "step_0", "attempt": 1}]
        assert edge["node"]["two"] == [{"key": "step_0"}, {"key": "step_1"}]
        assert "gone" not in edge["node"]


def test_child_list_limits_are_refused_by_name(busy: Any) -> None:
    answer = busy.api.answer("{ runs(first: 1) { edges { node { steps(first: 101) { key } } } } }")
    assert answer["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


def test_nested_connection_pages(busy: Any) -> None:
    document = "query($after: String) { events(first: 1) { edges { node { runs(first: 1, after: $after) { totalCount edges { cursor node { id } } } } } } }"
    runs = busy.api.data(document)["events"]["edges"][0]["node"]["runs"]
    assert (runs["totalCount"], len(runs["edges"])) == (1, 1)
    after = runs["edges"][0]["cursor"]
    assert busy.api.data(document, after=after)["events"]["edges"][0]["node"]["runs"]["edges"] == []


def test_parents_that_share_a_neighbour_show_its_lists_once_each(api: Api, tenant: Any) -> None:
    """Three runs of one event."""
    with acting_for(tenant.ref):
        event = rows.event()
        for n in range(3):
            rows.run(rows.flow(f"flow-{n}"), event)
    document = """{ runs { edges { node { event {
      decisions { verdict rule { slug } }
      runs(first: 2) { totalCount pageInfo { hasNextPage } edges { node { id } } }
    } } } } }"""
    nodes = [edge["node"] for edge in api.data(document)["runs"]["edges"]]
    newest = [{"node": {"id": edge["node"]["id"]}} for edge in api.data(IDS)["runs"]["edges"][:2]]
    decisions = [{"verdict": "MATCHED", "rule": {"slug": f"flow-{n}-rule"}} for n in range(3)]
    runs = {"totalCount": 3, "pageInfo": {"hasNextPage": True}, "edges": newest}
    assert nodes == [{"event": {"decisions": decisions, "runs": runs}}] * 3
