"""A new tenant's first owner is invited by the platform, once, over the login of web."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from automate.kernel.roles import WEB_LOGIN
from automate.kernel.tenancy import acting_for_platform
from tests.people.test_invitations import PASSWORD, links_in
from tests.support.api import Api
from tests.support.logins import running_as
from tests.support.mail import MailServer
from tests.support.people import VIEWER, MemberApi, Person
from tests.support.plane import Plane

UPSERT = (
    "mutation ($input: UpsertTenantsInput!) { upsertTenants(input: $input) { tenants { slug } errors { code path } } }"
)
TENANTS = "{ tenants(first: 100) { edges { node { slug externalId name } } } }"


@pytest.fixture
def platform(servers: Any, database: Any) -> Any:
    from tenants.platform_tokens import issue_platform_token

    return Api(issue_platform_token("first owners"))


def upsert(servers: Any, platform: Api, tenant: Any, owner: str | None) -> list[Any]:
    known = {"externalId": tenant.ref.slug, "slug": tenant.ref.slug, "name": tenant.ref.slug.title()}
    with running_as(servers, WEB_LOGIN):
        payload = platform.data(UPSERT, input={"tenants": [{**known, "owner": owner}]})["upsertTenants"]
    errors: list[Any] = payload["errors"]
    return errors


def test_owner_is_invited_once_and_becomes_the_owner(
    servers: Any, platform: Api, tenant: Any, plane: Plane, mail_server: MailServer
) -> None:
    from datetime import datetime, timedelta, timezone

    from tenants.people import sign_ins
    from tenants.people.accepting import accept

    email = f"{secrets.token_hex(6)}@example.test"
    for _ in range(2):
        assert upsert(servers, platform, tenant, email.upper()) == []
        plane.drain()
    ((recipient, token),) = links_in(mail_server)
    assert recipient == email
    with running_as(servers, WEB_LOGIN):
        user_id, _ = accept(token, None, name="Jane", password=PASSWORD)
    sign_ins.begin(user_id, "first", datetime.now(timezone.utc) + timedelta(hours=1))
    assert MemberApi(servers, tenant.ref, Person(user_id, email, "first")).data(VIEWER)["viewer"]["role"] == "OWNER"
    # A tenant with an owner invites no other.
    assert upsert(servers, platform, tenant, "eve@example.test") == []
    plane.drain()
    assert len(mail_server.received) == 1
    with acting_for_platform("look at the record"):
        from automate.kernel.sql import fetch

        rows = fetch(
            "SELECT actor_kind, object_label FROM platform_audit_entry WHERE tenant_id = %s AND action = 'invitation.create'",
            [tenant.ref.id],
        )
    assert rows == [("operator", email)]


def test_owner_that_is_no_address_is_refused_with_its_place(servers: Any, platform: Api, tenant: Any) -> None:
    assert upsert(servers, platform, tenant, "jane") == [{"code": "BAD_USER_INPUT", "path": ["tenants", "0", "owner"]}]
