"""Completing planned values at once gives what graphql-core gives, and leaves to it what is out of the ordinary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graphql import get_introspection_query

from tests.support.api import MAIN_JOB, PLATFORM, Api

EVERYTHING = """
query($id: ID!, $yes: Boolean = true, $no: Boolean = false) {
  node(id: $id) { __typename id ... on Event { type ...E @include(if: $no) } ...F }
  events(first: 3) { totalCount edges { __typename cursor node { ...E alias: type gone: type @skip(if: $yes) } } }
  workflows(first: 2) { edges { node { draft { valid problems { code } definition } currentVersion { definition publishedAt workflow { slug } } } } }
  rules(first: 2) { edges { node { when workflow { revision } } } }
  sources(first: 2) { edges { node { scheme url enabled builtIn } } }
  none: run(id: "garbage") { id }
}
fragment E on Event { payload payloadPreview receivedAt source { slug } decisions(first: 2) { verdict path ruleSetVersion rule { slug } }
  runs(first: 1) { totalCount pageInfo { endCursor hasNextPage } edges { node { id state steps(first: 2) { key error { code } } event { id } } } } }
fragment F on Node { again: id ... on ExecutionRun { state } }
"""


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to leave everything to graphql-core."""
    from graphql_schema import completion

    def leave() -> None:
        def refuse(*_: Any) -> Any:
            raise completion.Uncommon

        monkeypatch.setattr(completion.Compiler, "object", refuse)

    return leave


EXTENSIONS = b',"extensions":'
"""What follows differs between two answers: the points that are left."""


def test_both_roads_give_the_same_answer(busy: Any, slow: Callable[[], None]) -> None:
    from graphql_schema.ids import global_id

    requests: list[tuple[str, dict[str, Any]]] = [
        (EVERYTHING, {"id": global_id("Event", busy.events[0])}),
        (EVERYTHING, {"id": global_id("ExecutionRun", busy.runs[0])}),
        (MAIN_JOB["Runs"], {"first": 20}),
        (MAIN_JOB["Events"], {"last": 20}),
        (MAIN_JOB["Workflows"], {}),
        (get_introspection_query(), {}),
    ]
    quick = [busy.api.data(document, **variables) for document, variables in requests]
    slow()
    assert [busy.api.data(document, **variables) for document, variables in requests] == quick


def test_order_of_keys_is_the_documents(busy: Any, slow: Callable[[], None]) -> None:
    document = "{ runs(first: 1) { edges { node { state id } cursor } pageInfo { endCursor } } }"
    quick = busy.api.post({"query": document}).content.partition(EXTENSIONS)[0]
    slow()
    assert busy.api.post({"query": document}).content.partition(EXTENSIONS)[0] == quick


def test_platform_roads_agree(platform: Api, slow: Callable[[], None]) -> None:
    quick = platform.data(PLATFORM["Tenants"], first=5)
    slow()
    assert platform.data(PLATFORM["Tenants"], first=5) == quick


def test_errors_below_are_reported_where_they_are(busy: Any) -> None:
    """A refused child takes the slow road, and its siblings keep their data."""
    document = '{ events(first: 2) { edges { node { id } } } node(id: "x") { id } runs(first: 1) { edges { node { steps(first: 101) { id } } } } }'
    answer = busy.api.answer(document)
    assert {tuple(error["path"]) for error in answer["errors"]} == {("runs", "edges", 0, "node", "steps")}


def test_rows_are_really_completed_at_once(busy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the two roads agree because there is one."""
    from graphql_schema import completion

    calls = []
    monkeypatch.setattr(
        completion.Executor,
        "complete_object_value",
        lambda *arguments: calls.append(arguments),
    )
    assert len(busy.api.data(MAIN_JOB["Runs"], first=20)["runs"]["edges"]) == 20
    assert calls == []
