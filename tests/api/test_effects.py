"""The ledger of all runs: an operator finds what waits for a person without knowing of which run it is, and says what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.effects import list_queries
from automate.kernel import access_changes
from automate.kernel.queries import Condition, Slice, keyset
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from graphql_schema.audit.types import object_id
from graphql_schema.ids import global_id
from tests.support import rows
from tests.support.api import Api
from tests.support.plane import Scripted, connectors, failing

EFFECTS = """
query ($first: Int, $after: String, $last: Int, $before: String, $filter: EffectFilter) {
  effects(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id run { id } } } } }"""
COUNT = "query ($filter: EffectFilter) { effects(first: 1, filter: $filter) { totalCount } }"
SHOWN = """
query ($first: Int) { effects(first: $first) { totalCount edges { node {
  id key state proof request earlierTries { state } run { id state event { id } workflowVersion { number } } } } } }"""
AUDIT = """
query ($filter: AuditEntryFilter) { auditEntries(filter: $filter) { edges { node { action object { id label } } } } }"""
RESOLVE = """
mutation ($input: ResolveEffectInput!) { resolveEffect(input: $input) { effect { state } run { state } errors { code } } }"""
SAID = '{"how": "repeat", "reason": "asked", "by": "Olga", "at": "2026-11-25T00:00:00+00:00"}'


@pytest.fixture
def run(tenant: Any) -> Any:
    with acting_for(tenant.ref):
        return rows.run(rows.flow(), rows.event())


def made(tenant: Any, run: Any, *kinds: dict[str, Any]) -> list[str]:
    """Effects, each given one a second older than the one before it; their ids."""
    with acting_for(tenant.ref):
        return [global_id("Effect", rows.effect(run, **{"ago": float(n), **kind})) for n, kind in enumerate(kinds)]


def ids(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in page["edges"]]


def found(api: Api, **wanted: Any) -> list[str]:
    page = ids(api.data(EFFECTS, filter=wanted)["effects"])
    assert api.data(COUNT, filter=wanted)["effects"]["totalCount"] == len(page)
    return page


def test_pages_hold_every_effect_once_newest_first_in_both_directions(api: Api, tenant: Any, run: Any) -> None:
    newest_first = made(tenant, run, *[{} for _ in range(11)])
    seen, after = [], None
    while True:
        page = api.data(EFFECTS, first=4, after=after)["effects"]
        seen += ids(page)
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == newest_first
    seen, before = [], None
    while True:
        page = api.data(EFFECTS, last=4, before=before)["effects"]
        seen = ids(page) + seen
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        before = page["pageInfo"]["startCursor"]
    assert seen == newest_first


def test_effects_of_one_time_are_told_apart_by_their_keys(api: Api, tenant: Any, run: Any) -> None:
    with acting_for(tenant.ref):
        made(tenant, run, *[{} for _ in range(9)])
        execute("UPDATE effect SET intended_at = '2026-11-25T10:00:00.123456Z'")
        in_order = [global_id("Effect", row[0]) for row in fetch(f"{list_queries.SELECT} ORDER BY e.key DESC")]
    seen: list[str] = []
    cursors: list[str] = []
    while len(seen) < len(in_order):
        page = api.data(EFFECTS, first=2, after=cursors[-1] if cursors else None)["effects"]
        seen += ids(page)
        cursors += [edge["cursor"] for edge in page["edges"]]
    assert seen == in_order
    for place, cursor in enumerate(cursors):
        assert ids(api.data(EFFECTS, last=100, before=cursor)["effects"]) == in_order[:place]


def test_effect_that_is_tried_again_comes_to_the_front(api: Api, tenant: Any, run: Any) -> None:
    first, second = made(tenant, run, {}, {"ago": 60.0})
    with acting_for(tenant.ref):
        execute("UPDATE effect SET intended_at = now(), tries = 2 WHERE intended_at < now() - interval '30 seconds'")
    assert ids(api.data(EFFECTS)["effects"]) == [second, first]


def test_each_narrowing_finds_its_own_and_counts_them(api: Api, tenant: Any, run: Any) -> None:
    with acting_for(tenant.ref):
        other = rows.run(rows.flow("other"), rows.event())
    held, said, mail, failed = made(
        tenant,
        run,
        {"state": "uncertain"},
        {"state": "uncertain", "resolution": SAID},
        {"connector": "email.send", "target": "mail.example:25", "step_key": "tell"},
        {"state": "failed", "ago": 7200.0},
    )
    (elsewhere,) = made(tenant, other, {"ago": 3600.0})
    assert found(api) == [held, said, mail, elsewhere, failed]
    assert found(api, unresolved=True) == [held]
    assert found(api, unresolved=False) == [said, mail, elsewhere, failed]
    assert found(api, states=["UNCERTAIN"]) == [held, said]
    assert found(api, states=["UNCERTAIN", "FAILED"]) == [held, said, failed]
    assert found(api, states=[]) == []
    assert (
        found(api, connector="email.send") == found(api, target="mail.example:25") == found(api, step="tell") == [mail]
    )
    for spelling in ("MAIL.example.:25", " mail.EXAMPLE:025"):
        assert found(api, target=spelling) == [mail]
    assert found(api, target="mail.example") == []
    assert api.code(EFFECTS, filter={"target": "https://mail.example/"}) == "BAD_USER_INPUT"
    assert found(api, run=global_id("ExecutionRun", other)) == found(api, run=str(other)) == [elsewhere]
    assert found(api, run=global_id("Effect", other)) == found(api, run="garbage") == []
    hour = (datetime.now(timezone.utc) - timedelta(minutes=30)).isoformat()
    assert found(api, intendedFrom=hour) == [held, said, mail]
    assert found(api, intendedBefore=hour) == [elsewhere, failed]
    assert found(api, unresolved=True, connector="email.send") == []


def test_what_waits_is_found_and_resolved_by_who_does_not_know_its_run(tenant: Any, plane: Any, token_for: Any) -> None:
    operator = Api(token_for(tenant.ref, "operator"))
    with connectors(Scripted("unsafe", acts=(failing("CONNECTOR_TIMEOUT", arrived=True),))):
        plane.publish("one", [{"key": "a", "uses": "test.scripted"}])
        plane.send({})
        plane.drain()
        assert operator.data(COUNT, filter={"unresolved": True})["effects"]["totalCount"] == 1
        (edge,) = operator.data(EFFECTS, filter={"unresolved": True})["effects"]["edges"]
        ((waiting,),) = plane.rows("SELECT id FROM execution_run")
        assert edge["node"]["run"]["id"] == global_id("ExecutionRun", waiting)
        given = {"effect": edge["node"]["id"], "resolution": "HAPPENED", "reason": "I rang them up"}
        made = operator.data(RESOLVE, input=given)["resolveEffect"]
        assert (made["effect"]["state"], made["errors"]) == ("CONFIRMED", [])
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert operator.data(EFFECTS, filter={"unresolved": True})["effects"]["edges"] == []
    admin = Api(token_for(tenant.ref, "admin"))
    (entry,) = admin.data(AUDIT, filter={"object": given["effect"]})["auditEntries"]["edges"]
    assert entry["node"] == {"action": "effect.resolve", "object": {"id": given["effect"], "label": "a"}}


def test_audit_entries_about_objects_without_a_uuid_keep_their_text() -> None:
    assert object_id("effect", "ab" * 32) == "ab" * 32
    assert object_id("workflow", "orders") == "orders"


def test_statements_do_not_depend_on_the_number_of_effects(api: Api, tenant: Any, run: Any) -> None:
    made(tenant, run, {}, {})

    def statements(first: int) -> int:
        # What is remembered of tokens would save their statement.
        access_changes.changed()
        with CaptureQueriesContext(connection) as context:
            answer = api.data(SHOWN, first=first)
        assert answer["effects"]["totalCount"] == len(made_so_far)
        return len(context)

    made_so_far = [*range(2)]
    few = statements(1)
    made(tenant, run, *[{} for _ in range(30)])
    made_so_far = [*range(32)]
    assert statements(32) == few
    with CaptureQueriesContext(connection) as context:
        api.data("{ effects { edges { node { id run { id } } } } }")
    assert len([q for q in context if "effect" in q["sql"]]) == 1
    assert len([q for q in context if "FROM execution_run" in q["sql"]]) == 1
    assert not [q for q in context if "count(" in q["sql"]]


def test_run_that_retention_removed_is_null(api: Api, tenant: Any, run: Any) -> None:
    from automate.kernel.ids import new_id

    made(tenant, new_id(), {})
    assert api.data(EFFECTS)["effects"]["edges"][0]["node"]["run"] is None


def test_cursor_is_good_in_its_own_list_only(
    api: Api, tenant: Any, run: Any, tenant_factory: Callable[[], Any], busy: Any
) -> None:
    made(tenant, run, {}, {})
    cursor = api.data(EFFECTS, first=1)["effects"]["pageInfo"]["endCursor"]
    runs = busy.api.data("{ runs(first: 1) { pageInfo { endCursor } } }")["runs"]["pageInfo"]["endCursor"]
    assert api.code(EFFECTS, after=cursor, filter={"unresolved": True}) == "INVALID_CURSOR"
    assert api.code(EFFECTS, after=runs) == "INVALID_CURSOR"
    assert api.code("query ($a: String) { runs(after: $a) { edges { cursor } } }", a=cursor) == "INVALID_CURSOR"
    other = Api(tenant_factory().token)
    assert other.code(EFFECTS, after=cursor) == "INVALID_CURSOR"
    assert other.data(EFFECTS)["effects"]["edges"] == []


def plan_of(statement: str, values: list[Any]) -> str:
    """As of a statement that a session has prepared, whose plan is made without its parameters."""
    execute("SET LOCAL plan_cache_mode = force_generic_plan")
    marks = statement
    for place in range(len(values)):
        marks = marks.replace("%s", f"${place + 1}", 1)
    execute(f"PREPARE listed AS {marks}")
    given = ", ".join(["NULL"] * (len(values) - 1) + ["51"])
    plan = "\n".join(row[0] for row in fetch(f"EXPLAIN EXECUTE listed({given})"))
    execute("DEALLOCATE listed")
    return plan


@pytest.fixture
def many(tenant: Any, run: Any) -> Any:
    """So many effects that their table is not read whole for one that is uncertain."""
    with acting_for(tenant.ref):
        execute(
            "INSERT INTO effect (key, run_id, step_key, item, connector, effect, state, request, target, tries, former,"
            " response_sha256, external_id, code, lookups, intended_at)"
            " SELECT encode(sha256(n::text::bytea), 'hex'), %s, 'a', -1, 'http.request', 'unsafe',"
            " CASE WHEN n %% 5000 = 0 THEN 'uncertain' ELSE 'confirmed' END, '{}', '', 1, '[]', '', '', '', 0,"
            " now() - make_interval(secs => n) FROM generate_series(1, 20000) n",
            [run],
        )
    return tenant


def listed(conditions: list[Condition]) -> tuple[str, list[Any]]:
    tail, values = keyset(list_queries.ORDER, Slice(50), conditions)
    return list_queries.SELECT + tail, values


def test_what_waits_is_read_from_an_index_of_its_own(many: Any, plane: Any) -> None:
    plane.root.execute(f'ANALYZE "{many.ref.schema}".effect')
    from automate.kernel.transactions import in_transaction

    with acting_for(many.ref), in_transaction():
        wanted = list_queries.conditions_of(list_queries.EffectsFilter(unresolved=True))
        assert "Index Scan Backward using effect_uncertain" in plan_of(*listed(wanted))
        assert "Index Scan Backward using effect_newest" in plan_of(*listed([]))
        # The twin, whose state is a parameter, reads the whole ledger.
        twin = plan_of(*listed([Condition("e.state = ANY(%s)", (["uncertain"],)), list_queries.UNSAID]))
        assert "effect_uncertain" not in twin
