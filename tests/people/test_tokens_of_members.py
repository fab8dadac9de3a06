"""A token never has more rights than the member who made it, from the time at which the member's rights change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from automate.kernel.permissions import token_permissions
from automate.kernel.roles import WEB_LOGIN
from tests.support.api import Api, code_of
from tests.support.logins import running_as
from tests.support.people import CHANGE, MEMBERS, REMOVE, MemberApi

AsMember = Callable[..., MemberApi]
CREATE = """
mutation ($input: CreateTokenInput!) { createToken(input: $input) { value token { id state permissions } errors { code } } }"""
TOKENS = "{ tokens { edges { node { name state permissions } } } }"
VIEWER = "{ viewer { name permissions } }"


def id_of(api: MemberApi, person: Any) -> str:
    edges = api.data(MEMBERS)["members"]["edges"]
    found: str = next(edge["node"]["id"] for edge in edges if edge["node"]["userId"] == str(person.id))
    return found


@pytest.fixture
def made(as_member: AsMember) -> tuple[MemberApi, MemberApi, str]:
    """An owner, an admin, and the value of the admin's token."""
    owner, admin = as_member("owner"), as_member("admin")
    payload = admin.act(CREATE, name="ci", role="admin")
    assert payload["errors"] == []
    return owner, admin, payload["value"]


def test_token_loses_what_its_maker_loses(made: Any) -> None:
    owner, admin, value = made
    assert Api(value).data(VIEWER)["viewer"]["permissions"] == sorted(token_permissions("admin", None))
    owner.act(CHANGE, member=id_of(owner, admin.person), role="viewer")
    assert Api(value).data(VIEWER)["viewer"]["permissions"] == sorted(token_permissions("viewer", None))
    owner.act(CHANGE, member=id_of(owner, admin.person), role="owner")
    assert Api(value).data(VIEWER)["viewer"]["permissions"] == sorted(token_permissions("admin", None))


def test_token_ends_with_its_makers_membership(made: Any, servers: Any) -> None:
    owner, admin, value = made
    owner.act(REMOVE, member=id_of(owner, admin.person))
    assert code_of(Api(value).post({"query": VIEWER})) == "UNAUTHENTICATED"
    (shown,) = [edge["node"] for edge in owner.data(TOKENS)["tokens"]["edges"] if edge["node"]["name"] == "ci"]
    assert (shown["state"], shown["permissions"]) == ("REVOKED", [])


def test_token_ends_while_its_maker_is_deactivated(made: Any, superuser: psycopg.Connection[Any]) -> None:
    _, admin, value = made
    superuser.execute("UPDATE person SET is_active = false WHERE id = %s", [admin.person.id])
    assert code_of(Api(value).post({"query": VIEWER})) == "UNAUTHENTICATED"
    superuser.execute("UPDATE person SET is_active = true WHERE id = %s", [admin.person.id])
    assert Api(value).data(VIEWER)["viewer"]["name"] == "ci"


def test_token_of_a_token_has_the_same_maker(made: Any, servers: Any) -> None:
    owner, admin, value = made
    with running_as(servers, WEB_LOGIN):
        second = Api(value).data(CREATE, input={"name": "second", "role": "VIEWER"})["createToken"]
    assert second["errors"] == []
    owner.act(REMOVE, member=id_of(owner, admin.person))
    assert code_of(Api(second["value"]).post({"query": VIEWER})) == "UNAUTHENTICATED"


def test_demoted_makers_token_proves_nothing(made: Any, servers: Any, superuser: psycopg.Connection[Any]) -> None:
    """In the database, too: the proof of the token writes no token."""
    from automate.kernel.tenancy import acting_for
    from tenants.token_queries import may_write
    from tenants.tokens import proof_of

    _, admin, value = made

    def proven() -> bool:
        with running_as(servers, WEB_LOGIN), acting_for(admin.tenant, proof=proof_of(value)):
            return may_write()

    assert proven()
    superuser.execute("UPDATE membership SET role = 'editor' WHERE user_id = %s", [admin.person.id])
    assert not proven()


def test_open_connection_of_a_token_follows_its_maker(made: Any) -> None:
    import uuid

    from automate.kernel.roles import AUTHENTICATION_ROLE
    from automate.kernel.tenancy import acting_for_platform
    from tenants.authentication import authenticate
    from tenants.queries import permissions_of_tokens

    owner, admin, value = made
    token_id = uuid.UUID(authenticate(value).principal.id)

    def now() -> frozenset[str] | None:
        with acting_for_platform("look", AUTHENTICATION_ROLE):
            return permissions_of_tokens([token_id]).get(token_id)

    assert now() == token_permissions("admin", None)
    owner.act(CHANGE, member=id_of(owner, admin.person), role="operator")
    assert now() == token_permissions("operator", None)
    owner.act(REMOVE, member=id_of(owner, admin.person))
    assert now() is None
