"""Members through the API: their roles change, they leave, and a tenant keeps one owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from automate.kernel.permissions import ROLES
from automate.kernel.tenancy import acting_for
from tests.support.api import Api
from tests.support.people import CHANGE, LEAVE, MEMBERS, REMOVE, VIEWER, MemberApi, new_member

AsMember = Callable[..., MemberApi]


def id_of(api: MemberApi, person: Any) -> str:
    found: str = next(
        edge["node"]["id"] for edge in api.data(MEMBERS)["members"]["edges"] if edge["node"]["userId"] == str(person.id)
    )
    return found


def audited(tenant: Any, action: str) -> list[tuple[str, str, Any]]:
    from automate.kernel.sql import fetch

    with acting_for(tenant.ref):
        return [
            tuple(row)
            for row in fetch(
                "SELECT actor_kind, object_label, changes::text FROM audit_entry WHERE action = %s ORDER BY id",
                [action],
            )
        ]


@pytest.mark.parametrize("role", ["owner", "admin", "editor", "operator", "viewer"])
def test_member_has_the_rights_of_the_role(as_member: AsMember, role: str) -> None:
    api = as_member(role, "Jane")
    viewer = api.data(VIEWER)["viewer"]
    assert viewer["permissions"] == sorted(ROLES[role])
    assert (viewer["kind"], viewer["name"], viewer["role"]) == ("MEMBER", "Jane", role.upper())
    assert viewer["id"] == str(api.person.id)


def test_members_are_seen_by_all_and_by_no_other_tenant(as_member: AsMember, tenant_factory: Any, servers: Any) -> None:
    viewer, owner = as_member("viewer", "Vera"), as_member("owner")
    other = tenant_factory()
    stranger = MemberApi(servers, other.ref, new_member(other.ref, "owner"))
    seen = [edge["node"]["email"] for edge in viewer.data(MEMBERS)["members"]["edges"]]
    assert seen == [owner.person.email, viewer.person.email]
    assert stranger.data(MEMBERS)["members"]["totalCount"] == 1
    assert stranger.refused(REMOVE, member=id_of(viewer, viewer.person)) == "NOT_FOUND"
    query = "query ($id: ID!) { node(id: $id) { __typename } }"
    assert stranger.data(query, id=id_of(viewer, viewer.person)) == {"node": None}
    assert viewer.data(query, id=id_of(viewer, owner.person)) == {"node": {"__typename": "Member"}}


def test_person_who_is_no_member_gets_the_answer_of_an_unknown_tenant(as_member: AsMember, tenant_factory: Any) -> None:
    from automate.kernel.errors import NormalizedError
    from tenants.people.authentication import credential_of_member

    person, other = as_member("owner").person, tenant_factory()
    said = []
    for slug in (other.ref.slug, "no-such-tenant", "../x", "\x00"):
        with pytest.raises(NormalizedError) as raised:
            credential_of_member(person.id, slug)
        said.append((raised.value.code, raised.value.message))
    assert len(set(said)) == 1
    assert said[0][0] == "NOT_FOUND"


def test_role_changes_at_once_and_is_audited(as_member: AsMember, tenant: Any) -> None:
    owner, other = as_member("owner"), as_member("viewer")
    made = owner.act(CHANGE, member=id_of(owner, other.person), role="editor")
    assert (made["member"]["role"], made["errors"]) == ("EDITOR", [])
    assert other.data(VIEWER)["viewer"]["role"] == "EDITOR"
    assert owner.act(CHANGE, member=id_of(owner, other.person), role="editor")["errors"] == []
    assert audited(tenant, "member.change_role") == [("member", other.person.email, '{"role": ["viewer", "editor"]}')]


def test_removed_member_is_refused_at_once(as_member: AsMember, tenant: Any) -> None:
    from automate.kernel.errors import NormalizedError

    admin, other = as_member("admin"), as_member("editor")
    assert admin.act(REMOVE, member=id_of(admin, other.person))["member"]["email"] == other.person.email
    with pytest.raises(NormalizedError, match="no such tenant"):
        other.data(VIEWER)
    assert [entry[:2] for entry in audited(tenant, "member.remove")] == [("member", other.person.email)]


def test_deactivated_person_is_refused_at_once(as_member: AsMember, superuser: psycopg.Connection[Any]) -> None:
    from automate.kernel.errors import NormalizedError

    other = as_member("editor")
    superuser.execute("UPDATE person SET is_active = false WHERE id = %s", [other.person.id])
    with pytest.raises(NormalizedError, match="no such tenant"):
        other.data(VIEWER)


def test_owners_are_managed_by_owners_alone(as_member: AsMember) -> None:
    owner, second, admin = as_member("owner"), as_member("owner"), as_member("admin")
    viewer = as_member("viewer")
    assert admin.refused(REMOVE, member=id_of(admin, owner.person)) == "FORBIDDEN"
    assert admin.refused(CHANGE, member=id_of(admin, owner.person), role="viewer") == "FORBIDDEN"
    assert admin.refused(CHANGE, member=id_of(admin, viewer.person), role="owner") == "FORBIDDEN"
    assert admin.refused(CHANGE, member=id_of(admin, admin.person), role="owner") == "FORBIDDEN"
    assert admin.act(CHANGE, member=id_of(admin, viewer.person), role="admin")["errors"] == []
    assert owner.act(REMOVE, member=id_of(owner, second.person))["errors"] == []


@pytest.mark.parametrize("role", ["editor", "operator", "viewer"])
def test_members_below_admin_manage_nobody(as_member: AsMember, role: str) -> None:
    api, other = as_member(role), as_member("viewer")
    answer = api.answer(REMOVE, input={"member": id_of(api, other.person)})
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_last_owner_stays(as_member: AsMember, superuser: psycopg.Connection[Any]) -> None:
    owner = as_member("owner")
    mine = id_of(owner, owner.person)
    for document, given in ((REMOVE, {"member": mine}), (CHANGE, {"member": mine, "role": "ADMIN"}), (LEAVE, {})):
        payload = owner.act(document, **given)
        assert [(error["code"], error["details"]) for error in payload["errors"]] == [
            ("CONFLICT", {"reason": "last_owner"})
        ]
    # An owner who cannot sign in is none.
    second = as_member("owner")
    superuser.execute("UPDATE person SET is_active = false WHERE id = %s", [second.person.id])
    assert owner.refused(LEAVE) == "CONFLICT"
    as_member("owner")
    assert owner.act(LEAVE)["errors"] == []


def test_member_leaves_and_a_token_cannot(as_member: AsMember, api: Api, tenant: Any) -> None:
    viewer = as_member("viewer")
    assert viewer.act(LEAVE)["member"]["email"] == viewer.person.email
    assert [entry[:2] for entry in audited(tenant, "member.leave")] == [("member", viewer.person.email)]
    (error,) = api.data(LEAVE)["leaveTenant"]["errors"]
    assert error["code"] == "FORBIDDEN"


def test_unknown_ids_and_roles_are_refused_with_their_place(as_member: AsMember) -> None:
    owner = as_member("owner")
    for member in ("x", "TWVtYmVyOng=", "0197-not-an-id"):
        (error,) = owner.act(REMOVE, member=member)["errors"]
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["member"])
    (error,) = owner.answer(CHANGE, input={"member": "x", "role": "god"})["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["details"] == {"values": ["OWNER", "ADMIN", "EDITOR", "OPERATOR", "VIEWER"]}


def test_demotion_counts_inside_a_request_that_began_before(as_member: AsMember, superuser: Any) -> None:
    """The rights are read again under the lock: a request that waited for its own demotion does nothing."""
    from automate.kernel.errors import NormalizedError
    from automate.kernel.principals import acting_as
    from tenants.people.authentication import credential_of_member
    from tenants.people.memberships import remove
    from tenants.people.queries import member_by_user

    keeper, owner, victim = as_member("owner"), as_member("owner"), as_member("viewer")
    credential = credential_of_member(owner.person.id, owner.tenant.slug, owner.person.session)
    keeper.act(CHANGE, member=id_of(keeper, owner.person), role="operator")
    with acting_for(owner.tenant), acting_as(credential.principal):
        member = member_by_user(owner.tenant.id, victim.person.id)
        with pytest.raises(NormalizedError) as raised:
            remove(member.id, credential.proof)
    assert raised.value.code == "FORBIDDEN"
