"""Lists of configuration are sorted by a column of the caller's choice, with the same signed cursors, at the same number of statements."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.kernel.ids import new_id
from automate.kernel.queries import Slice, keyset
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from automate.recipes import services as recipes
from automate.runs.approvals.queries import SELECT as SELECT_APPROVALS
from tenants import fresh_tokens
from tests.api.test_configuration import apply, told
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.held_secrets import hold_secret
from tests.support.whole_configuration import say

LONG = "x" * 45
NAMES = ["Zebra", "apple", "Apple", "Ä", "", f"{LONG} two", f"{LONG} one", "\U0001f984 horse", "apple"]
SAVED = ["createdAt", "updatedAt"]
COLUMNS = {
    "workflows": ("WorkflowOrder", ["name", "slug", *SAVED]),
    "rules": ("RuleOrder", ["name", "slug", *SAVED]),
    "schedules": ("ScheduleOrder", ["name", "slug", *SAVED]),
    "sources": ("SourceOrder", ["slug", *SAVED]),
    "webhookEndpoints": ("WebhookEndpointOrder", ["slug", *SAVED]),
    "eventTypes": ("EventTypeOrder", ["name", *SAVED]),
    "approvals": ("ApprovalOrder", ["requestedAt", "expiresAt"]),
}
APPROVALS = """
INSERT INTO approval (step_id, run_id, title, description, roles, members, quorum, on_expiry, shown_sha256, requested_by_kind,
    requested_by_name, caused_by, requested_at, expires_at, state)
SELECT id, id, 'Pay?', '', '["owner"]', '[]', 1, 'reject', repeat('0', 64), 'member', 'ada', '[]',
    timestamptz '2026-01-01' + n %% 3 * interval '1 s', timestamptz '2100-01-01' - n %% 5 * interval '1 s', 'pending'
FROM unnest(%s::uuid[]) WITH ORDINALITY AS asked (id, n)
"""
SECRETS = "query ($order: SecretOrder) { secrets(order: $order) { name updatedAt } }"
SAVE_SECRET = "mutation ($input: SaveSecretInput!) { saveSecret(input: $input) { errors { code message } } }"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def configuration() -> dict[str, Any]:
    named = [(f"{chr(ord('i') - number)}-{number}", name or "-") for number, name in enumerate(NAMES)]
    return {
        "eventTypes": [{"name": slug} for slug, _ in named],
        "sources": [{"slug": slug, "scheme": "UNSIGNED"} for slug, _ in named],
        "webhookEndpoints": [
            {"slug": slug, "url": "https://r.example.com/x", "secrets": [SECRET]} for slug, _ in named
        ],
        "workflows": [{"slug": slug, "name": name, "published": False, "definition": say("x")} for slug, name in named],
        "rules": [{"slug": slug, "name": name, "workflow": slug, "when": {"==": [1, 1]}} for slug, name in named],
        "schedules": [
            {"slug": slug, "name": name, "plan": {"interval": {"everySeconds": 900}}} for slug, name in named
        ],
    }


@pytest.fixture(scope="module")
def filled(tenant_factory: Any) -> NewTenant:
    made: NewTenant = tenant_factory()
    told(apply(Api(made.token), configuration()))
    tables = ("workflow", "rule_spec", "schedule", "source", "webhook_endpoint", "event_type")
    with acting_for(made.ref):
        for table in tables:
            # Some times are the same, so that the ids tell them apart.
            execute(
                f"UPDATE {table} SET updated_at = timestamptz '2026-01-01' + (hashtext(id::text) %% 3) * interval '1 s'"
            )
        execute(APPROVALS, [[new_id() for _ in NAMES]])
    return made


def document(field: str, order: str, columns: str) -> str:
    return (
        f"query ($first: Int, $after: String, $last: Int, $before: String, $order: {order}) {{ page: {field}"
        "(first: $first, after: $after, last: $last, before: $before, order: $order) "
        f"{{ pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} edges {{ cursor node {{ id {columns} }} }} }} }}"
    )


def through(api: Api, text: str, order: Any, size: int = 4, *, backwards: bool = False) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        part = {"last": size, "before": cursor} if backwards else {"first": size, "after": cursor}
        page = api.data(text, order=order, **part)["page"]
        nodes = [edge["node"] for edge in page["edges"]]
        found = [*nodes, *found] if backwards else [*found, *nodes]
        if not page["pageInfo"]["hasPreviousPage" if backwards else "hasNextPage"]:
            return found
        cursor = page["pageInfo"]["startCursor" if backwards else "endCursor"]


def folded(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text[:40])


CASES = [(field, order, column) for field, (order, columns) in COLUMNS.items() for column in columns]


@pytest.mark.parametrize(("field", "order", "column"), CASES)
def test_list_is_sorted_by_each_column_in_both_directions(
    filled: NewTenant, field: str, order: str, column: str
) -> None:
    api = Api(filled.token)
    text = document(field, order, column)
    newest = [node["id"] for node in through(api, text, None, 50)]
    for direction in ("ASC", "DESC", "ASC_NULLS_LAST", "DESC_NULLS_FIRST"):
        whole = through(api, text, {column: direction}, 50)
        assert sorted(node["id"] for node in whole) == sorted(newest)
        # Ids rise with time; the list without an order has the newest first.
        oldest_first = {node: -place for place, node in enumerate(newest)}
        wanted = sorted(
            whole,
            key=lambda node: (folded(node[column]), oldest_first[node["id"]]),
            reverse=direction.startswith("DESC"),
        )
        assert whole == wanted
        if direction in {"ASC", "DESC"}:
            assert through(api, text, {column: direction}) == whole
            assert through(api, text, {column: direction}, backwards=True) == whole


def test_cursor_is_good_in_its_own_order_alone(filled: NewTenant, tenant_factory: Any) -> None:
    api = Api(filled.token)
    text = document("workflows", "WorkflowOrder", "name")
    orders: list[Any] = [None, {"name": "ASC"}, {"name": "DESC"}, {"slug": "ASC"}, {"createdAt": "ASC"}]
    cursors = [api.data(text, first=1, order=order)["page"]["pageInfo"]["endCursor"] for order in orders]
    for place, order in enumerate(orders):
        for other, cursor in enumerate(cursors):
            answer = api.answer(text, first=1, order=order, after=cursor)
            assert ("errors" not in answer) == (place == other), (order, orders[other])
    stranger = Api(tenant_factory().token)
    assert stranger.code(text, first=1, order={"name": "ASC"}, after=cursors[1]) == "INVALID_CURSOR"


@pytest.mark.parametrize("field", [*COLUMNS, "secrets"])
def test_order_names_one_column_and_a_direction(api: Api, field: str) -> None:
    kind, columns = COLUMNS.get(field, ("SecretOrder", ["name", "updatedAt"]))
    first, second = columns[0], columns[-1]
    text = SECRETS if field == "secrets" else document(field, kind, first)
    hostile: list[Any] = [
        {},
        {first: "ASC", second: "ASC"},
        {first: None},
        {"nothing": "ASC"},
        {first: "UP"},
        [],
        "ASC",
    ]
    for order in hostile:
        assert api.code(text, order=order) == "BAD_USER_INPUT", order


def test_approvals_of_a_filter_are_sorted(filled: NewTenant) -> None:
    api = Api(filled.token)
    text = document("approvals", "ApprovalOrder", "expiresAt").replace("(first:", "(filter: {states: $states}, first:")
    text = text.replace("($first:", "($states: [ApprovalState!], $first:")
    page = api.data(text, first=2, order={"expiresAt": "ASC"}, states=["PENDING"])["page"]
    whole = through(api, document("approvals", "ApprovalOrder", "expiresAt"), {"expiresAt": "ASC"})
    assert [edge["node"] for edge in page["edges"]] == whole[:2]
    given = {"first": 2, "order": {"expiresAt": "ASC"}, "after": page["pageInfo"]["endCursor"]}
    rest = api.data(text, **given, states=["PENDING"])["page"]
    assert [edge["node"] for edge in rest["edges"]] == whole[2:4]
    assert api.data(text, first=2, order={"expiresAt": "ASC"}, states=["APPROVED"])["page"]["edges"] == []
    # A cursor is good for its filter alone.
    assert api.code(text, **given, states=["APPROVED"]) == "INVALID_CURSOR"
    assert api.code(text, **given, states=None) == "INVALID_CURSOR"


@pytest.mark.parametrize("column", ["requested_at", "expires_at"])
def test_sorted_approvals_read_an_index_from_one_end(tenant: NewTenant, column: str) -> None:
    with acting_for(tenant.ref):
        execute(APPROVALS, [[new_id() for _ in range(3000)]])
        execute("ANALYZE approval")
        for oldest_first in (True, False):
            part = Slice(50, by=column, oldest_first=oldest_first)
            tail, values = keyset("a.step_id", part, [])
            plan = "\n".join(line for (line,) in fetch(f"EXPLAIN {SELECT_APPROVALS}{tail}", values))
            assert f"using approval_{'requested' if column == 'requested_at' else 'expiry'}" in plan
            assert "Sort" not in plan


def test_secrets_are_sorted_like_rows(tenant: NewTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(tenant.token)
    for name in ("ZED", "ABC", "MID_2", "MIDS"):
        assert api.data(SAVE_SECRET, input={"name": name})["saveSecret"]["errors"] == []
    with acting_for(tenant.ref):
        execute("UPDATE secret SET updated_at = timestamptz '2026-01-01' + length(slug) %% 2 * interval '1 s'")
    # Its value comes from the environment, so that no row has the time of a save.
    hold_secret(monkeypatch, tenant.ref, "HELD", "x")

    def listed(order: Any) -> list[str]:
        return [one["name"] for one in api.data(SECRETS, order=order)["secrets"]]

    names = ["ABC", "HELD", "MIDS", "MID_2", "ZED"]
    assert listed(None) == listed({"name": "ASC"}) == names
    assert listed({"name": "DESC"}) == names[::-1]
    earlier, later = ["MIDS"], ["ABC", "MID_2", "ZED"]
    wanted = {
        "ASC": [*earlier, *later, "HELD"],
        "ASC_NULLS_LAST": [*earlier, *later, "HELD"],
        "ASC_NULLS_FIRST": ["HELD", *earlier, *later],
        "DESC": ["HELD", *later, *earlier],
        "DESC_NULLS_FIRST": ["HELD", *later, *earlier],
        "DESC_NULLS_LAST": [*later, *earlier, "HELD"],
    }
    assert {direction: listed({"updatedAt": direction}) for direction in wanted} == wanted


def test_recipes_are_sorted_by_title_whatever_the_folder_says(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = [(one.title, one.slug) for one in recipes.recipes().values()]
    assert titles == sorted(titles)
    files = sorted(recipes.CATALOGUE.glob("*.yaml"))
    same = {path.stem: dataclasses.replace(recipes.recipe_of(path.stem), title="One title") for path in files}
    orders = []
    for found in (files, files[::-1]):
        folder = SimpleNamespace(glob=lambda _pattern, found=found: iter(found))
        monkeypatch.setattr(recipes, "CATALOGUE", folder)
        monkeypatch.setattr(recipes, "_read", lambda path: same[path.stem])
        orders.append(list(recipes.recipes.__wrapped__()))
    assert orders[0] == orders[1] == sorted(same)


def test_place_stays_where_rows_are_renamed_or_deleted(api: Api) -> None:
    told(apply(api, {"workflows": configuration()["workflows"]}))
    text = document("workflows", "WorkflowOrder", "name slug")
    whole = through(api, text, {"name": "ASC"}, 50)
    page = api.data(text, first=3, order={"name": "ASC"})["page"]
    last = page["edges"][-1]["node"]
    assert api.data(
        "mutation ($slug: String!) { deleteWorkflow(input: {workflow: $slug}) { errors { code message } } }", slug=last["slug"]
    )["deleteWorkflow"]["errors"] == []  # fmt: skip
    rest = api.data(text, first=50, order={"name": "ASC"}, after=page["pageInfo"]["endCursor"])["page"]["edges"]
    assert [edge["node"]["id"] for edge in rest] == [node["id"] for node in whole[3:]]


def test_order_costs_no_statement(filled: NewTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a slow machine the token would be looked up again between two of the requests.
    monkeypatch.setattr(fresh_tokens, "FRESH_SECONDS", 3_600.0)
    api = Api(filled.token)
    text = document("rules", "RuleOrder", "slug name workflow { slug }")
    said = []
    for order in (None, {"name": "ASC"}, {"updatedAt": "DESC"}):
        api.data(text, first=9, order=order)
        with CaptureQueriesContext(connection) as seen:
            api.data(text, first=9, order=order)
        said.append(len(seen))
    assert len(set(said)) == 1, said


def test_texts_are_folded_alike_by_both_sides(tenant: NewTenant) -> None:
    """Else a cursor would name another place than the row that it was made of."""
    from automate.kernel.keyset_queries import folded
    from automate.triggers.schedules.models import Schedule
    from graphql_schema.ordering import _folded

    texts = [chr(code) for code in (*range(1, 0x250), 0x130, 0x1E9E, 0x3A3, 0xFB01, 0x1F984)] + [LONG, "İstanbul" * 9]
    at = datetime.now(timezone.utc)
    made = [
        Schedule(slug=f"s{number}", name=name, kind="at", catch_up_seconds=0, created_at=at, updated_at=at)
        for number, name in enumerate(texts)
    ]
    with acting_for(tenant.ref):
        Schedule.objects.bulk_create(made)
        rows = list(Schedule.objects.values_list("name", folded("name")))
    assert len(rows) == len(texts)
    assert [(name, found) for name, found in rows if _folded(name) != found] == []
