"""Lists of runs by start and by end, with cursors in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.api import Api
from tests.support.facts import naming

RUNS = """query($sort: RunSort!, $first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter, $order: ListOrder = NEWEST) {
  runs(sort: $sort, first: $first, after: $after, last: $last, before: $before, filter: $filter, order: $order) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id startedAt finishedAt } } } }"""
PLANNED = """query($sort: RunSort!, $first: Int) { runs(sort: $sort, first: $first) { edges { cursor node { id effects(first: 1) { key } } } } }"""
SECONDS = (3, 1, 4, 2, 4)
"""By which the runs started late. Two started at once."""


@pytest.fixture
def runs(api: Api, tenant: Any) -> list[str]:
    """In the order of creation: four that ended, and one that did not; and one that has not started."""
    from graphql_schema.ids import global_id

    with acting_for(tenant.ref):
        made = rows.flow()
        ids = [rows.run(made, rows.event(), state="succeeded" if place < 4 else "running") for place in range(5)]
        for row_id, seconds in zip(ids, SECONDS, strict=True):
            execute(
                "UPDATE execution_run SET started_at = '2026-11-01T10:00:00Z'::timestamptz + make_interval(secs => %s),"
                " finished_at = CASE WHEN finished_at IS NOT NULL THEN '2026-11-01T11:00:00Z'::timestamptz - make_interval(secs => %s) END"
                " WHERE id = %s",
                [seconds, seconds, row_id],
            )
        queued = rows.run(made, rows.event(), state="queued")
        execute("UPDATE execution_run SET started_at = NULL WHERE id = %s", [queued])
    return [global_id("ExecutionRun", row_id) for row_id in ids]


def ids(page: Any) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


@pytest.mark.parametrize(("sort", "places"), [("STARTED", [4, 2, 0, 3, 1]), ("FINISHED", [1, 3, 0, 2])])
def test_runs_are_listed_by_time(api: Api, runs: list[str], sort: str, places: list[int]) -> None:
    wanted = [runs[place] for place in places]
    whole = api.data(RUNS, sort=sort)["runs"]
    assert (ids(whole), whole["totalCount"]) == (wanted, len(wanted))
    forward: list[str] = []
    after = None
    for _ in wanted:
        page = api.data(RUNS, sort=sort, first=1, after=after)["runs"]
        forward += ids(page)
        after = page["pageInfo"]["endCursor"]
    assert (forward, page["pageInfo"]["hasNextPage"]) == (wanted, False)
    back = api.data(RUNS, sort=sort, last=2, before=after)["runs"]
    assert (ids(back), back["pageInfo"]["hasPreviousPage"]) == (wanted[-3:-1], len(wanted) > 3)
    assert ids(api.data(RUNS, sort=sort, last=2)["runs"]) == wanted[-2:]
    planned = api.data(PLANNED, sort=sort, first=10)["runs"]
    assert [edge["cursor"] for edge in planned["edges"]] == [edge["cursor"] for edge in whole["edges"]]


def test_filter_holds_under_a_sort(api: Api, runs: list[str]) -> None:
    found = api.data(RUNS, sort="STARTED", filter={"states": ["SUCCEEDED"]})["runs"]
    assert (ids(found), found["totalCount"]) == ([runs[place] for place in (2, 0, 3, 1)], 4)
    assert api.code(RUNS, sort="STARTED", filter={"workflow": "mistyped"}) == "NOT_FOUND"


def test_cursor_belongs_to_its_sort(api: Api, runs: list[str]) -> None:
    cursor = api.data(RUNS, sort="STARTED", first=1)["runs"]["pageInfo"]["endCursor"]
    for sort in ("FINISHED", "CREATED"):
        assert api.code(RUNS, sort=sort, first=1, after=cursor) == "INVALID_CURSOR"
    created = api.data(RUNS, sort="CREATED", first=1)["runs"]["pageInfo"]["endCursor"]
    assert api.code(RUNS, sort="STARTED", first=1, after=created) == "INVALID_CURSOR"


def test_sort_does_not_go_with_the_order_of_commits(api: Api, runs: list[str]) -> None:
    (error,) = api.answer(RUNS, sort="STARTED", order="COMMITTED")["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", naming("sort", "COMMITTED"))


def test_page_that_would_read_too_many_rows_is_refused(
    api: Api, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from automate.runs import sorted_queries

    monkeypatch.setattr(sorted_queries, "MOST_ROWS", 2)
    assert ids(api.data("query { runs(sort: STARTED, first: 2) { edges { node { id } } } }")["runs"]) == [
        runs[4],
        runs[2],
    ]
    few = api.answer(RUNS, sort="STARTED", first=3, filter={"states": ["SUCCEEDED"]})
    assert [error["extensions"]["code"] for error in few["errors"]] == ["FILTER_TOO_BROAD"]
