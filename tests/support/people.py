"""People, and what members do through the API with a sign-in, over the login of web."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from automate.kernel.roles import AUTHENTICATION_ROLE, WEB_LOGIN
from automate.kernel.tenancy import TenantRef, acting_for_platform
from tests.support.logins import running_as
from tests.support.servers import Servers

ERRORS = "errors { code message path details }"
MEMBER = "member { id userId email name role active }"
INVITATION = "invitation { id email role state mail invitedBy { kind id name } }"
INVITE = f"mutation ($input: InviteMemberInput!) {{ inviteMember(input: $input) {{ {INVITATION} {ERRORS} }} }}"
RESEND = f"mutation ($input: ResendInvitationInput!) {{ resendInvitation(input: $input) {{ {INVITATION} {ERRORS} }} }}"
REVOKE = f"mutation ($input: RevokeInvitationInput!) {{ revokeInvitation(input: $input) {{ {INVITATION} {ERRORS} }} }}"
CHANGE = f"mutation ($input: ChangeMemberRoleInput!) {{ changeMemberRole(input: $input) {{ {MEMBER} {ERRORS} }} }}"
REMOVE = f"mutation ($input: RemoveMemberInput!) {{ removeMember(input: $input) {{ {MEMBER} {ERRORS} }} }}"
LEAVE = f"mutation {{ leaveTenant {{ {MEMBER} {ERRORS} }} }}"
MEMBERS = "{ members { totalCount edges { node { id userId email name role active } } } }"
INVITATIONS = "{ invitations { totalCount edges { node { id email role state mail } } } }"
CREATE_TOKEN = f"mutation ($input: CreateTokenInput!) {{ createToken(input: $input) {{ value {ERRORS} }} }}"
VIEWER = "{ viewer { kind id name role permissions } }"


@dataclass(frozen=True)
class Person:
    """session: the key of a session that is signed in."""

    id: uuid.UUID
    email: str
    session: str

    @property
    def proof(self) -> str:
        from tenants.people.sign_ins import proof_of_session

        return proof_of_session(self.session)


def make_person(name: str = "", *, email: str = "", password: str | None = None) -> Person:
    """A new person with a session."""
    from tenants.people import sign_ins
    from tenants.people.models import User

    address = email or f"{secrets.token_hex(6)}@example.test"
    with acting_for_platform("make a person for a test", AUTHENTICATION_ROLE):
        user = User.objects.create_user(address, password, name=name)
    key = secrets.token_hex(16)
    sign_ins.begin(user.id, key, datetime.now(timezone.utc) + timedelta(hours=1))
    return Person(user.id, user.email, key)


def join(person: Person, tenant: TenantRef, role: str) -> uuid.UUID:
    """Make the person a member, as no API does. Returns the membership's id."""
    from django.db.models.functions import Now

    from tenants.people.models import Membership

    with acting_for_platform("make a member for a test"):
        made = Membership.objects.create(tenant_id=tenant.id, user_id=person.id, role=role, created_at=Now())
    found: uuid.UUID = made.id
    return found


def new_member(tenant: TenantRef, role: str, name: str = "", *, email: str = "") -> Person:
    person = make_person(name, email=email)
    join(person, tenant, role)
    return person


@dataclass(frozen=True)
class MemberApi:
    """A tenant's GraphQL as a member with a session uses it. servers: whose login of web is used; None for the session's own login."""

    servers: Servers | None
    tenant: TenantRef
    person: Person

    def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        from graphql_schema.answering import answer_to
        from graphql_schema.execution import ApiRequest, caller_of, operation_of
        from tenants.people.authentication import credential_of_member

        with running_as(self.servers, WEB_LOGIN) if self.servers is not None else nullcontext():
            credential = credential_of_member(self.person.id, self.tenant.slug, self.person.session)
            operation = operation_of(credential, lambda: ApiRequest(query, variables))
            answer = answer_to(credential, operation, caller_of(credential))
        found: dict[str, Any] = json.loads(answer.content)
        return found

    def data(self, query: str, **variables: Any) -> Any:
        """The data of an operation that must have no errors."""
        answer = self.answer(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def act(self, query: str, **given: Any) -> Any:
        """The payload of the one mutation in a document. given: its input."""
        variables = {"input": given} if "$input" in query else {}
        ((_, payload),) = self.data(query, **variables).items()
        return payload

    def refused(self, query: str, **given: Any) -> str:
        """The code of the one error of a mutation."""
        payload = self.act(query, **given)
        (error,) = payload["errors"]
        code: str = error["code"]
        return code


def raw_token(tenant: TenantRef, *scopes: str) -> str:
    """A token that may read payloads as they were sent. A member with a session makes it: a token without the scope cannot."""
    scoped = {"name": "support", "role": "ADMIN", "scopes": ["view_raw_payload", *scopes]}
    member = MemberApi(None, tenant, new_member(tenant, "admin"))
    found: str = member.act(CREATE_TOKEN, **scoped)["value"]
    return found


@contextmanager
def mail_server_at(port: int) -> Iterator[None]:
    """Let the platform's mails go to a mail server on this machine."""
    from django.test.utils import override_settings

    from automate.project.mail_server import MailServer

    server = MailServer(
        "django.core.mail.backends.smtp.EmailBackend", {"host": "127.0.0.1", "port": port, "timeout": 5}
    )
    with override_settings(AUTOMATE_MAIL=server, **server.settings):
        yield
