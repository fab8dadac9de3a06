"""A straight read gives what planning gives, makes no objects, and leaves to planning what it does not know."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.api import MAIN_JOB, Api
from tests.support.examples import examples

RUN = """query($id: ID!) { run(id: $id) { again: id state stateReason traceId __typename fingerprint test error { code message traceId }
  waitingFor { cause } rule { slug workflow { slug } } workflow { id slug pausedEvents currentVersion { number } }
  timeline(first: 3) { pageInfo { hasNextPage endCursor } edges { cursor node { at kind step item compensates attempt message } } }
  steps(first: 100) { id runId key item compensates state attempt input output idempotencyKey startedAt finishedAt nextAttemptAt reason
    error { code message details traceId retryable path }
    attempts(first: 20) { pageInfo { hasNextPage } edges { cursor node { id attempt state startedAt finishedAt error { code message } } } } }
  event { id type subject idempotencyKey derivedFrom { id } source { slug scheme } }
  retryOf { id } retries(first: 20) { pageInfo { startCursor } edges { node { id state } } } } }"""
ATTEMPTS = """query($id: ID!) { run(id: $id) { steps(first: 9) { key
  none: attempts(first: 0) { edges { node { id } } } newest: attempts(last: 1) { pageInfo { hasPreviousPage hasNextPage } edges { node { id attempt } } }
  attempts(first: 1) { pageInfo { hasNextPage } edges { cursor node { attempt input output
    attempts(first: 5) { edges { node { id attempt state attempts(first: 2) { edges { node { id } } } } } } } } } } } }"""
RUNS = MAIN_JOB["Runs"]
EVENTS = """query($first: Int, $after: String, $last: Int, $before: String) {
  events(first: $first, after: $after, last: $last, before: $before) { __typename totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename }
    edges { __typename cursor node { id type source { id slug } subject idempotencyKey traceId receivedAt occurredAt payloadBytes depth
      decisions(first: 20) { rule { id slug } verdict ruleSetVersion decidedAt } runs(first: 5) { edges { node { id state } } } } } } }"""
LEAVES = {
    "ExecutionRun": "{ id state stateReason traceId createdAt startedAt finishedAt stepCount test fingerprint __typename }",
    "StepRun": "{ id runId key item compensates attempt state startedAt finishedAt nextAttemptAt reason input output idempotencyKey }",
    "Event": "{ id type subject idempotencyKey traceId depth occurredAt receivedAt payloadBytes payloadSha256 secretVersion }",
    "Workflow": "{ id slug name enabled pausedAt pausedEvents archivedAt revision createdAt updatedAt }",
    "WorkflowVersion": "{ id number checksum publishedAt publishedBy restores }",
    "RuleSpec": "{ id slug name enabled pausedAt priority when revision createdAt updatedAt }",
    "Decision": "{ verdict ruleSetVersion decidedAt }",
    "TimelineEntry": "{ at kind step item compensates attempt message }",
    "NormalizedError": "{ code message details path retryable traceId }",
}
BELOW = {
    "ExecutionRun": {
        "event": "Event",
        "workflow": "Workflow",
        "workflowVersion": "WorkflowVersion",
        "rule": "RuleSpec",
        "retryOf": "ExecutionRun",
        "error": "NormalizedError",
        "steps(first: 3)": "StepRun",
        "retries(first: 2) { edges { node": "ExecutionRun",
        "timeline(first: 4) { edges { cursor node": "TimelineEntry",
    },
    "StepRun": {"error": "NormalizedError", "attempts(first: 2) { edges { cursor node": "StepRun"},
    "Event": {
        "derivedFrom": "Event",
        "decisions(first: 3)": "Decision",
        "runs(first: 2) { pageInfo { endCursor } edges { node": "ExecutionRun",
    },
    "WorkflowVersion": {"workflow": "Workflow"},
    "Workflow": {"currentVersion": "WorkflowVersion"},
    "RuleSpec": {"workflow": "Workflow"},
    "Decision": {"rule": "RuleSpec"},
}


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to leave everything to planning."""
    from graphql_schema.completion import Uncommon
    from graphql_schema.straight import roots

    def refuse(*_: Any) -> Any:
        raise Uncommon

    def leave() -> None:
        for name in ("list_shape", "connection_shape"):
            monkeypatch.setattr(roots, name, refuse)

    return leave


@pytest.fixture
def straight_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning is out of order."""
    from graphql_schema.planning import ReadPlan

    def fail(*_: Any) -> Any:
        raise AssertionError("planning was asked")

    monkeypatch.setattr(ReadPlan, "fill", fail)


def requests(busy: Any) -> list[tuple[str, dict[str, Any]]]:
    first = busy.api.data(EVENTS, first=7)["events"]["pageInfo"]["endCursor"]
    runs = busy.api.data(RUNS, first=7)["runs"]["pageInfo"]["endCursor"]
    return [
        (RUN, {"id": str(busy.runs[3])}),
        (RUNS, {"first": 20}),
        (RUNS, {"first": 5, "after": runs}),
        (RUNS, {"last": 5, "before": runs}),
        (RUNS, {"last": 3}),
        (RUNS, {"first": 0}),
        (RUNS, {"first": 20, "filter": {"states": ["SUCCEEDED"], "workflow": "notify-sales"}}),
        (RUNS, {"first": 20, "filter": {"event": str(busy.events[4])}}),
        (EVENTS, {"first": 5, "after": first}),
        (EVENTS, {"last": 5}),
    ]


def test_both_roads_give_the_same_answer(busy: Any, planned: Callable[[], None]) -> None:
    asked = requests(busy)
    quick = [busy.api.data(document, **variables) for document, variables in asked]
    planned()
    assert [busy.api.data(document, **variables) for document, variables in asked] == quick


def test_straight_reads_make_no_plan(busy: Any, straight_only: None) -> None:
    """Else the two roads agree because there is one."""
    assert len(busy.api.data(RUNS, first=20)["runs"]["edges"]) == 20
    assert len(busy.api.data(EVENTS, first=20)["events"]["edges"]) == 20
    assert busy.api.data(RUN, id=str(busy.runs[0]))["run"]["steps"]


def test_keys_keep_the_documents_order(busy: Any, planned: Callable[[], None]) -> None:
    document = "{ runs(first: 1) { edges { node { steps { key id } event { type id } state z: id a: id } cursor } totalCount } }"
    quick = busy.api.post({"query": document}).content.partition(b',"extensions":')[0]
    planned()
    assert busy.api.post({"query": document}).content.partition(b',"extensions":')[0] == quick


def test_condition_of_a_rule_has_the_same_bytes(busy: Any, planned: Callable[[], None], superuser: Any) -> None:
    """With a number that PostgreSQL writes without an exponent, alone and in the list of an event's decisions."""
    superuser.execute(f"""UPDATE {busy.ref.schema}.rule_spec SET "when" = '{{"==": [1e300, 0.1]}}'""")
    document = """{ runs(first: 1) { edges { node { rule { when } } } }
      events(first: 1) { edges { node { decisions(first: 9) { rule { when } again: rule { slug } } } } } }"""
    quick = busy.api.post({"query": document}).content.partition(b',"extensions":')[0]
    assert quick.count(b"1e+300") + quick.count(b"1e300") == 2
    planned()
    assert busy.api.post({"query": document}).content.partition(b',"extensions":')[0] == quick


def test_column_that_sql_does_not_return_as_json_is_named() -> None:
    import strawberry
    import strawberry_django

    from automate.runs.models import ExecutionRun
    from graphql_schema.straight.columns import straight

    @strawberry_django.type(ExecutionRun)
    class Run:
        state: strawberry.auto
        fingerprint: strawberry.auto

    assert {*vars(straight({"fingerprint": None})(Run))["__straight__"]} == {"state"}
    for computed in ({}, {"fingerprint": None, "stat": None}):
        with pytest.raises(TypeError):
            straight(computed)(Run)


def test_history_of_a_real_run_is_the_same(api: Api, plane: Any, planned: Callable[[], None]) -> None:
    """With errors, retries, effects, outputs, a compensation, and a waiting run."""
    from tests.support.plane import Scripted, connectors, failing

    acts = (failing("CONNECTOR_TRANSIENT"), {"password": "hunter2", "ok": True})
    undo, broken = (
        Scripted("keyed", name="test.undo", acts=acts),
        Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),)),
    )
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo, broken):
        retry = {"max_attempts": 2, "initial_seconds": 100}
        compensate = {"uses": "test.undo", "with": {"token": "hunter2"}, "retry": retry}
        plane.publish(
            "one",
            [
                {"key": "b", "uses": "test.do", "compensate": compensate, "with": {"n": "{{ event.payload.n }}"}},
                {"key": "d", "uses": "test.undo", "with": {"n": 1}, "retry": retry},
                {"key": "c", "uses": "test.broken", "retry": {"max_attempts": 1}, "needs": ["d"]},
            ],
        )
        plane.send({"n": 1})
        plane.drain()
        half = api.data(RUNS, first=5)["runs"]["edges"][0]["node"]["id"]
        waiting = api.data(RUN, id=half)
        plane.pass_seconds(201)
        plane.drain()
        plane.pass_seconds(201)
        plane.drain()
    ended = api.data(RUN, id=half)
    assert waiting["run"]["waitingFor"] is not None
    assert ended["run"]["error"]["code"] == "CONNECTOR_REFUSED"
    assert any(step["output"] for step in ended["run"]["steps"])
    assert "hunter2" not in str(ended)
    assert {len(step["attempts"]["edges"]) for step in ended["run"]["steps"]} == {1, 2}
    attempts = api.data(ATTEMPTS, id=half)
    planned()
    assert api.data(RUN, id=half) == ended
    assert api.data(ATTEMPTS, id=half) == attempts


def test_sabotaged_column_is_noticed(busy: Any, monkeypatch: pytest.MonkeyPatch, planned: Callable[[], None]) -> None:
    """The sabotaged twin: a column that is not the field's."""
    from graphql_schema.runs.types import ExecutionRun
    from graphql_schema.straight import columns

    declared: Any = ExecutionRun
    document = RUNS.replace("stepCount", "count: stepCount")
    fields = dict(declared.__straight__, startedAt=columns.Column("{}.finished_at - interval '1 second'"))
    monkeypatch.setattr(declared, "__straight__", fields)
    quick = busy.api.data(document, first=5)
    planned()
    assert busy.api.data(document, first=5) != quick


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_refusals_are_the_same(busy: Any, token_for: Any, role: str, planned: Callable[[], None]) -> None:
    api = Api(token_for(busy.ref, role))
    asked: list[tuple[str, dict[str, Any]]] = [
        (RUN, {"id": str(busy.runs[3])}),
        (RUNS, {"first": 3}),
        (EVENTS, {"first": 3}),
    ]
    quick = [api.answer(document, **variables).get("data") for document, variables in asked]
    planned()
    assert [api.answer(document, **variables).get("data") for document, variables in asked] == quick


def test_missing_permission_is_refused_where_it_is(busy: Any) -> None:
    """A token of runs alone reads runs straight, and is refused what is below them."""
    document = """mutation { createToken(input: {name: "runs", role: VIEWER, scopes: ["view_runs"]}) { value errors { code } } }"""
    api = Api(busy.api.data(document)["createToken"]["value"])
    answer = api.answer("{ runs(first: 2) { edges { node { id event { id } steps { key input } } } } }")
    assert {tuple(error["path"][:5]) for error in answer["errors"]} >= {("runs", "edges", 0, "node", "event")}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


def test_directives_are_left_to_planning(busy: Any) -> None:
    document = """query($yes: Boolean!) { runs(first: 1) { edges { node { id state @include(if: $yes) } } } }"""
    for yes in (True, False, True):
        (edge,) = busy.api.data(document, yes=yes)["runs"]["edges"]
        assert ("state" in edge["node"]) is yes


def test_variables_of_one_request_do_not_reach_the_next(busy: Any) -> None:
    document = "query($n: Int!) { runs(first: 1) { edges { node { steps(first: $n) { key } } } } }"
    found = [len(busy.api.data(document, n=n)["runs"]["edges"][0]["node"]["steps"]) for n in (1, 3, 2)]
    assert found == [1, 3, 2]


def test_what_is_compiled_lives_as_long_as_the_document(busy: Any) -> None:
    """Once for a document that is kept. A long document is prepared anew each time, and nothing of it stays."""
    from graphql_schema.documents import prepare
    from graphql_schema.limits import DOCUMENT
    from graphql_schema.schema import tenant_schema

    document = "{ runs(first: 1) { edges { node { id steps(first: 1) { key } } } } }"
    for _ in range(3):
        busy.api.data(document)
        found = prepare(tenant_schema._schema, document).selections
        assert len(found) == 2
    busy.api.data(long := document + " " * DOCUMENT.cached_characters)
    assert prepare(tenant_schema._schema, long).selections == {}


def test_other_tenants_rows_are_unknown(busy: Any, api: Api) -> None:
    assert api.data(RUN, id=str(busy.runs[0])) == {"run": None}
    assert api.data("query($id: ID!) { event(id: $id) { id } }", id=str(busy.events[0])) == {"event": None}


def selections(kind: str, depth: int) -> st.SearchStrategy[str]:
    """Some fields of a type, as a document has them."""
    leaves = st.lists(st.sampled_from(LEAVES[kind].split()[1:-1]), min_size=1, max_size=5, unique=True)
    inner = BELOW.get(kind, {}) if depth else {}
    if not inner:
        return leaves.map(" ".join)

    def nested(fields: list[str]) -> st.SearchStrategy[str]:
        parts = [selections(inner[field], depth - 1).map(partial(_nested, field)) for field in fields]
        return st.tuples(leaves.map(" ".join), *parts).map(" ".join)

    return st.lists(st.sampled_from(sorted(inner)), max_size=3, unique=True).flatmap(nested)


def _nested(field: str, text: str) -> str:
    return f"{field} {{ {text} }}" + " }" * (field.count("{") - field.count("}"))


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(runs=selections("ExecutionRun", 3), events=selections("Event", 3))
def test_any_selection_is_the_same_on_both_roads(busy: Any, runs: str, events: str) -> None:
    from django.conf import settings as settings_there

    from automate.kernel.bounded import BoundedCache
    from graphql_schema import allowance

    document = (
        f"query($id: ID!) {{ run(id: $id) {{ {runs} }} runs(first: 3) {{ edges {{ node {{ {runs} }} }} }}"
        f" events(first: 3) {{ edges {{ node {{ {events} }} }} }} }}"
    )
    # Documents that cost much come one after another, as fast as they are answered.
    plenty = pytest.MonkeyPatch()
    plenty.setattr(settings_there, "API_POINTS_PER_SECOND", 10**9)
    plenty.setattr(allowance, "_accounts", BoundedCache(100))
    plenty.setattr(allowance, "_allowances", BoundedCache(100))
    try:
        compare(busy, document)
    finally:
        plenty.undo()


def compare(busy: Any, document: str) -> None:
    from graphql_schema.completion import Uncommon
    from graphql_schema.straight import roots

    quick = busy.api.answer(document, id=str(busy.runs[0]))
    # A document may be deeper than documents may be.
    assume([error["extensions"]["code"] for error in quick.get("errors", ())] != ["GRAPHQL_TOO_COMPLEX"])
    with pytest.MonkeyPatch.context() as patched:

        def refuse(*_: Any) -> Any:
            raise Uncommon

        for name in ("list_shape", "connection_shape"):
            patched.setattr(roots, name, refuse)
        slow = busy.api.answer(document, id=str(busy.runs[0]))
    assert slow.get("data") == quick.get("data")
    assert quick.get("data") is not None, quick


def test_nothing_below_a_missing_neighbour_hides_a_row(busy: Any) -> None:
    below = "id retryOf { id workflow { id } workflowVersion { id workflow { id } } } rule { id workflow { id } }"
    found = busy.api.data(f"query($id: ID!) {{ run(id: $id) {{ {below} }} }}", id=str(busy.runs[0]))["run"]
    assert found is not None
    assert found["retryOf"] is None
