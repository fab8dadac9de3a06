"""deleteTenant suspends at once and removes for good after some days; cancelTenantDeletion keeps; a receipt stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connections

from automate.kernel.permissions import DELETE_TENANT, EXPORT_TENANT, ROLES
from automate.kernel.tenancy import acting_for_platform
from automate.outbox.transitions import hold_lane
from tenants import directory, provisioning
from tenants import purge_queries as purge
from tenants.routers import ADMIN
from tenants.services import upsert_tenants
from tenants.specs import TenantSpec
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane, Root

DELETE = (
    "mutation ($input: DeleteTenantInput!) { deleteTenant(input: $input) { deletesAt errors { code message path } } }"
)
CANCEL = "mutation { cancelTenantDeletion { cancelled errors { code } } }"
DELETE_BY_PLATFORM = "mutation ($input: DeleteTenantInput!) { deleteTenant(input: $input) { tenant { slug deletesAt } errors { code } } }"
CANCEL_BY_PLATFORM = "mutation ($input: CancelTenantDeletionInput!) { cancelTenantDeletion(input: $input) { tenant { slug deletesAt } errors { code } } }"
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]


@pytest.fixture
def api(plane: Plane, tenant: Any) -> Api:
    return Api(tenant.token)


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "REMEMBER_SECONDS", 0.0)


def delete(api: Api, slug: str) -> Any:
    answer = api.data(DELETE, input={"tenant": slug, "reason": "we leave"})["deleteTenant"]
    assert answer["errors"] == []
    return answer["deletesAt"]


def held(plane: Plane) -> bool:
    return bool(plane.root.value("SELECT held FROM public.outbox_lane WHERE tenant_id = %s", plane.tenant.id))


def test_deletion_suspends_and_a_cancel_resumes(plane: Plane, api: Api) -> None:
    plane.publish("one", NOTE)
    first = delete(api, plane.tenant.slug)
    assert delete(api, plane.tenant.slug) == first, "the days count from the first request"
    assert held(plane)
    plane.send({"n": 1})
    plane.drain()
    assert plane.runs() == []
    assert api.code("{ runs { edges { node { id } } } }") == "FORBIDDEN"
    for document in (
        "{ runs { edges { node { id } } } }",
        "{ tokens { edges { node { id } } } }",
        "{ budgets { id } }",
    ):
        (error,) = api.answer(document)["errors"]
        assert error["message"] == naming("cancelTenantDeletion", error["extensions"]["details"]["permission"])
    assert sorted(api.data("{ viewer { permissions } }")["viewer"]["permissions"]) == [DELETE_TENANT, EXPORT_TENANT]
    assert api.data(CANCEL)["cancelTenantDeletion"] == {"cancelled": True, "errors": []}
    assert not held(plane)
    plane.drain()
    assert plane.run_states() == ["succeeded"]
    assert api.data(CANCEL)["cancelTenantDeletion"]["errors"] == [{"code": "CONFLICT"}]
    actions = plane.rows("SELECT action FROM audit_entry WHERE action LIKE 'tenant.delete%%' ORDER BY id")
    assert [action for (action,) in actions] == ["tenant.delete_request", "tenant.delete_cancel"]


def test_others_than_owners_are_refused_meanwhile(plane: Plane, api: Api, token_for: Any) -> None:
    assert [role for role, permissions in ROLES.items() if DELETE_TENANT in permissions] == ["owner"]
    admin = Api(token_for(plane.tenant, "admin"))
    wanted = {"tenant": plane.tenant.slug, "reason": "x"}
    assert admin.code(DELETE, input=wanted) == "FORBIDDEN"
    delete(api, plane.tenant.slug)
    assert admin.code("{ viewer { name } }") == "TENANT_SUSPENDED"


def test_another_slug_deletes_nothing(plane: Plane, api: Api) -> None:
    (error,) = api.data(DELETE, input={"tenant": "other", "reason": "x"})["deleteTenant"]["errors"]
    assert error == {"code": "BAD_USER_INPUT", "message": naming(plane.tenant.slug), "path": ["tenant"]}
    assert not held(plane)


def test_tenant_that_was_paused_stays_paused(plane: Plane, api: Api) -> None:
    with acting_for_platform("pause for a test"):
        hold_lane(plane.tenant.id, held=True)
    delete(api, plane.tenant.slug)
    api.data(CANCEL)
    assert held(plane)


def test_platform_deletes_and_keeps(plane: Plane, platform: Api, api: Api) -> None:
    wanted = {"tenant": plane.tenant.slug, "reason": "unpaid"}
    shown = platform.data(DELETE_BY_PLATFORM, input=wanted)["deleteTenant"]
    assert (shown["tenant"]["slug"], shown["errors"]) == (plane.tenant.slug, [])
    assert shown["tenant"]["deletesAt"] is not None
    assert api.code("{ runs { edges { node { id } } } }") == "FORBIDDEN"
    kept = platform.data(CANCEL_BY_PLATFORM, input={"tenant": plane.tenant.slug})["cancelTenantDeletion"]
    assert kept["tenant"] == {"slug": plane.tenant.slug, "deletesAt": None}
    gone = platform.data(DELETE_BY_PLATFORM, input={"tenant": "nobody", "reason": "x"})["deleteTenant"]
    assert gone["errors"] == [{"code": "NOT_FOUND"}]


@pytest.fixture
def leaving(root: Root, database: Any) -> Any:
    """A tenant with a schema of its own that no pool lends out."""
    provisioning.create_spare_schema()
    from automate.kernel.principals import Principal, acting_as

    slug = "leaving-soon"
    with acting_as(Principal(kind="operator", name="test")):
        (made,) = upsert_tenants([TenantSpec(external_id=slug, slug=slug, name="Leaving")])
    return made, slug


def names(root: Root, schema: str) -> tuple[int, int]:
    """Schemas and roles of this name."""
    return (
        root.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", schema),
        root.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", schema),
    )


@pytest.mark.slow
def test_after_the_days_all_is_gone_but_the_receipt(root: Root, leaving: Any, plane: Plane) -> None:
    made, slug = leaving
    schema = f"t_{made.tenant_id.hex}"
    api = Api(made.token)
    delete(api, slug)
    assert purge.purge_due() == 0
    assert names(root, schema) == (1, 1)
    root.execute("UPDATE public.tenant_deletion SET due_at = now() WHERE tenant_id = %s", made.tenant_id)
    assert api.data(CANCEL)["cancelTenantDeletion"]["errors"] == [{"code": "CONFLICT"}], "its days are over"
    assert purge.purge_due() == 1
    assert names(root, schema) == (0, 0)
    assert api.code("{ viewer { name } }") == "UNAUTHENTICATED"
    tables = root.rows(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r'"
        " AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id' AND c.relname <> 'platform_audit_entry'"
    )
    assert len(tables) > 10
    for (table,) in tables:
        assert root.value(f"SELECT count(*) FROM public.{table} WHERE tenant_id = %s", made.tenant_id) == 0, table
    assert root.value("SELECT count(*) FROM public.tenant WHERE id = %s", made.tenant_id) == 0
    ((label, changes),) = root.rows(
        "SELECT object_label, changes::text FROM public.platform_audit_entry WHERE action = 'tenant.delete' AND tenant_id = %s",
        made.tenant_id,
    )
    told = json.loads(changes)
    assert (label, told["reason"][0], told["schema"][0]) == (slug, "we leave", schema)
    assert told["requestedBy"][0]["name"] == "first token"
    assert plane.rows("SELECT 1") == [(1,)], "others work on"


@pytest.mark.slow
def test_interrupted_removal_is_whole_or_not_at_all(root: Root, leaving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made, slug = leaving
    schema = f"t_{made.tenant_id.hex}"
    delete(Api(made.token), slug)
    root.execute("UPDATE public.tenant_deletion SET due_at = now() WHERE tenant_id = %s", made.tenant_id)

    def dies(connection: Any, *_rest: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    receipt = purge.insert_receipt
    monkeypatch.setattr(purge, "insert_receipt", dies)
    purge.purge_due()
    connections[ADMIN].close()
    assert names(root, schema) == (1, 1)
    assert root.value("SELECT count(*) FROM public.tenant WHERE id = %s", made.tenant_id) == 1
    monkeypatch.setattr(purge, "insert_receipt", receipt)
    assert purge.purge_due() == 1
    assert names(root, schema) == (0, 0)
