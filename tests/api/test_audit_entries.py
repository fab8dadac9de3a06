"""The audit record through the API: who did what, filtered, and nothing of another tenant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automate.audit.hashing import entry_hash
from automate.audit.queries import entries_by_id
from automate.kernel.tenancy import acting_for
from graphql_schema.ids import parse_global_id
from tests.support.api import Api

ENTRIES = """
query ($filter: AuditEntryFilter, $first: Int, $after: String) {
  auditEntries(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { id at actor { kind id name } action object { kind id label } changes traceId hash seal { number } } } } }"""
SAVE_RULES = """
mutation ($slug: String!) { saveSource(input: {slug: $slug, scheme: UNSIGNED}) { source { id } errors { code } } }"""
DELETE = 'mutation { deleteSource(input: {source: "one"}) { errors { code } } }'


def entries(api: Api, **variables: Any) -> list[dict[str, Any]]:
    return [edge["node"] for edge in api.data(ENTRIES, **variables)["auditEntries"]["edges"]]


@pytest.fixture
def sources(api: Api) -> list[str]:
    """Two sources, one of them deleted; their ids."""
    ids = [api.data(SAVE_RULES, slug=slug)["saveSource"]["source"]["id"] for slug in ("one", "two")]
    assert api.data(DELETE)["deleteSource"]["errors"] == []
    return ids


def test_entries_name_actor_object_and_change(api: Api, sources: list[str]) -> None:
    viewer = api.data("{ viewer { kind id name } }")["viewer"]
    deleted, made, _first = entries(api, filter={"actions": ["source.*"]})
    assert (deleted["action"], made["action"]) == ("source.delete", "source.create")
    assert deleted["actor"] == viewer
    assert deleted["object"] == {"kind": "source", "id": sources[0], "label": "one"}
    assert made["changes"]["scheme"] == [None, "UNSIGNED"]
    assert (len(made["traceId"]), len(made["hash"]), made["seal"]) == (32, 64, None)


def test_filters_narrow_by_actor_action_object_and_time(
    api: Api, sources: list[str], tenant: Any, token_for: Callable[..., str]
) -> None:
    other = Api(token_for(tenant.ref, "admin"))
    assert other.data(SAVE_RULES, slug="three")["saveSource"]["errors"] == []
    all_of_them = entries(api, filter={"objectKind": "source"})
    assert len(all_of_them) == 4
    actor = other.data("{ viewer { id } }")["viewer"]["id"]
    last = all_of_them[0]
    narrow = {
        "actor": ({"actor": actor}, 1),
        "kind": ({"actorKinds": ["API_TOKEN"], "objectKind": "source"}, 4),
        "action": ({"actions": ["source.delete"]}, 1),
        "object": ({"object": sources[0]}, 2),
        "uuid": ({"object": str(parse_global_id(sources[0])[1])}, 2),  # type: ignore[index]
        "since": ({"since": last["at"], "objectKind": "source"}, 1),
        "before": ({"before": last["at"], "objectKind": "source"}, 3),
        "none": ({"actions": []}, 0),
        "unknown": ({"object": "x' OR true --"}, 0),
    }
    assert {name: len(entries(api, filter=wanted)) for name, (wanted, _) in narrow.items()} == {
        name: count for name, (_, count) in narrow.items()
    }


def test_pages_follow_one_another_under_the_same_filter_alone(api: Api, sources: list[str]) -> None:
    wanted = {"objectKind": "source"}
    page = api.data(ENTRIES, filter=wanted, first=2)["auditEntries"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    cursor = page["pageInfo"]["endCursor"]
    assert [node["action"] for node in entries(api, filter=wanted, first=2, after=cursor)] == ["source.create"]
    assert api.code(ENTRIES, filter={"objectKind": "rule_spec"}, after=cursor) == "INVALID_CURSOR"


def test_act_of_the_platform_stands_in_the_tenants_record(
    api: Api, platform: Api, tenant: Any, tenant_factory: Callable[[], Any]
) -> None:
    from tests.support.api import PLATFORM

    acted = {"tenant": tenant.ref.slug, "reason": "unpaid"}
    assert platform.data(PLATFORM["SuspendTenant"], input=acted)["suspendTenant"]["errors"] == []
    platform.data(PLATFORM["ResumeTenant"], input={"tenant": tenant.ref.slug})
    found = entries(api, filter={"objectKind": "tenant", "actorKinds": ["OPERATOR"]})
    assert [node["action"] for node in found] == ["tenant.resume", "tenant.suspend"]
    assert found[1]["changes"]["reason"] == ["", "unpaid"]
    ids = [node["id"] for node in found]
    stranger = Api(tenant_factory().token)
    assert entries(stranger, filter={"actorKinds": ["OPERATOR"]}) == []
    document = "query ($id: ID!) { node(id: $id) { id } }"
    assert [api.data(document, id=one)["node"] for one in ids] == [{"id": one} for one in ids]
    assert [stranger.data(document, id=one)["node"] for one in ids] == [None, None]


def test_hash_of_each_entry_is_made_of_its_fields(api: Api, sources: list[str], tenant: Any) -> None:
    ids = [parse_global_id(node["id"])[1] for node in entries(api)]  # type: ignore[index]
    with acting_for(tenant.ref):
        rows = entries_by_id(ids)
    assert {row.id: entry_hash(row.at, row.hashed()) for row in rows.values()} == {
        row.id: row.hash for row in rows.values()
    }


@pytest.mark.parametrize("role", ["viewer", "operator", "editor"])
def test_roles_below_admin_do_not_read_the_record(tenant: Any, token_for: Callable[..., str], role: str) -> None:
    assert Api(token_for(tenant.ref, role)).code(ENTRIES) == "FORBIDDEN"


def test_viewer_and_tenant_are_shown_to_every_token(tenant: Any, token_for: Callable[..., str], platform: Api) -> None:
    from automate.kernel.permissions import ROLES

    document = "{ viewer { kind name role permissions } tenant { id slug name } }"
    data = Api(token_for(tenant.ref, "viewer")).data(document)
    assert data["viewer"] == {
        "kind": "API_TOKEN",
        "name": "test viewer",
        "role": "VIEWER",
        "permissions": sorted(ROLES["viewer"]),
    }
    assert data["tenant"]["slug"] == tenant.ref.slug
    assert platform.data("{ viewer { kind role } }")["viewer"] == {"kind": "OPERATOR", "role": "PLATFORM"}
