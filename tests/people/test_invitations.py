"""Invitations: mailed links that work once, end, and reveal nothing about accounts."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.roles import WEB_LOGIN
from tests.support.logins import running_as
from tests.support.mail import MailServer
from tests.support.people import INVITATIONS, INVITE, RESEND, REVOKE, VIEWER, MemberApi, Person, make_person
from tests.support.plane import Plane

AsMember = Callable[..., MemberApi]
PASSWORD = "a long and quiet evening"


def new_address() -> str:
    return f"{secrets.token_hex(6)}@example.test"


def links_in(server: MailServer) -> list[tuple[str, str]]:
    """Recipient and token of each mail, in their order."""
    found = []
    for received in server.received:
        (token,) = re.findall(r"/account/invitations/(\S+)", received.message.get_content())
        found.append((received.recipients[0], token))
    return found


def invited(api: MemberApi, plane: Plane, server: MailServer, email: str, role: str = "editor") -> str:
    """The token of the link in the mail."""
    assert api.act(INVITE, email=email, role=role)["errors"] == []
    plane.drain()
    recipient, token = links_in(server)[-1]
    assert recipient == email.lower()
    return token


def accepted(servers: Any, token: str, signed_in: Person | None = None, **given: str) -> Any:
    from tenants.people.accepting import accept

    with running_as(servers, WEB_LOGIN):
        return accept(token, signed_in.id if signed_in else None, **given)


def refusal(servers: Any, token: str, signed_in: Person | None = None, **given: str) -> str:
    with pytest.raises(NormalizedError) as raised:
        accepted(servers, token, signed_in, **given)
    return raised.value.code


def test_new_person_accepts_with_a_password_and_is_a_member(
    as_member: AsMember, plane: Plane, mail_server: MailServer, servers: Any
) -> None:
    from django.contrib.auth.hashers import check_password

    from tenants.people import sign_ins
    from tenants.people.models import User

    owner, email = as_member("owner"), new_address()
    token = invited(owner, plane, mail_server, email)
    user_id, offer = accepted(servers, token, name="Jane", password=PASSWORD)
    assert (offer.email, offer.role, offer.user_id) == (email, "editor", None)
    from datetime import datetime, timedelta, timezone

    from automate.kernel.roles import AUTHENTICATION_ROLE
    from automate.kernel.tenancy import acting_for_platform

    sign_ins.begin(user_id, "key", datetime.now(timezone.utc) + timedelta(hours=1))
    viewer = MemberApi(servers, owner.tenant, Person(user_id, email, "key")).data(VIEWER)["viewer"]
    assert (viewer["name"], viewer["role"]) == ("Jane", "EDITOR")
    with acting_for_platform("look at a person", AUTHENTICATION_ROLE):
        stored = User.objects.get(id=user_id).password
    assert PASSWORD not in stored
    assert check_password(PASSWORD, stored)
    assert refusal(servers, token, name="Eve", password=PASSWORD) == "NOT_FOUND"


def test_existing_person_has_to_be_signed_in_as_the_address(
    as_member: AsMember, plane: Plane, mail_server: MailServer, servers: Any
) -> None:
    owner, jane, eve = as_member("owner"), make_person("Jane"), make_person("Eve")
    token = invited(owner, plane, mail_server, jane.email)
    assert refusal(servers, token) == "UNAUTHENTICATED"
    assert refusal(servers, token, name="x", password=PASSWORD) == "UNAUTHENTICATED"
    assert refusal(servers, token, eve) == "FORBIDDEN"
    assert accepted(servers, token, jane)[0] == jane.id
    assert MemberApi(servers, owner.tenant, jane).data(VIEWER)["viewer"]["role"] == "EDITOR"


def test_invitation_reveals_nothing_about_accounts(as_member: AsMember) -> None:
    """The same answer, statement for statement, for an address with an account and for one without."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    owner, known, unknown = as_member("owner"), make_person().email, new_address()
    told, asked = [], []
    for email in (known, unknown):
        with CaptureQueriesContext(connection) as statements:
            payload = owner.act(INVITE, email=email, role="viewer")
        invitation = payload["invitation"]
        told.append({**invitation, "id": "", "email": ""})
        asked.append(
            [re.sub(r"[0-9a-f-]{36}|[0-9a-f]{64}", "", query["sql"]).replace(email, "") for query in statements]
        )
    assert told[0] == told[1]
    assert [len(one) for one in asked[:1]] == [len(one) for one in asked[1:]]


def test_link_ends_when_it_is_resent_revoked_or_expired(
    as_member: AsMember, plane: Plane, mail_server: MailServer, servers: Any
) -> None:
    owner = as_member("owner")
    first = invited(owner, plane, mail_server, new_address())
    ((edge),) = owner.data(INVITATIONS)["invitations"]["edges"]
    assert owner.act(RESEND, invitation=edge["node"]["id"])["errors"] == []
    plane.drain()
    second = links_in(mail_server)[-1][1]
    assert first != second
    assert refusal(servers, first, password=PASSWORD) == "NOT_FOUND"
    assert owner.act(REVOKE, invitation=edge["node"]["id"])["invitation"]["state"] == "REVOKED"
    assert refusal(servers, second, password=PASSWORD) == "NOT_FOUND"
    assert owner.act(REVOKE, invitation=edge["node"]["id"])["errors"] == []
    assert owner.refused(RESEND, invitation=edge["node"]["id"]) == "CONFLICT"
    third = invited(owner, plane, mail_server, new_address())
    plane.root.execute("UPDATE public.invitation SET expires_at = now() - interval '1 second' WHERE revoked_at IS NULL")
    assert refusal(servers, third, password=PASSWORD) == "NOT_FOUND"
    for text in ("", "x", "invitation_" + "A" * 43, "x" * 10_000, "\x00"):
        assert refusal(servers, text, password=PASSWORD) == "NOT_FOUND"


def test_invited_again_gets_the_new_role_and_one_link(
    as_member: AsMember, plane: Plane, mail_server: MailServer, servers: Any
) -> None:
    owner, email = as_member("owner"), new_address()
    first = invited(owner, plane, mail_server, email, "viewer")
    second = invited(owner, plane, mail_server, email.upper().replace("EXAMPLE", "example"), "admin")
    assert owner.data(INVITATIONS)["invitations"]["totalCount"] == 1
    assert refusal(servers, first, password=PASSWORD) == "NOT_FOUND"
    assert accepted(servers, second, password=PASSWORD)[1].role == "admin"
    assert owner.refused(INVITE, email=email, role="viewer") == "CONFLICT"


def test_role_of_an_invitation_is_at_most_the_inviters(as_member: AsMember, api: Any) -> None:
    admin, owner = as_member("admin"), as_member("owner")
    email = new_address()
    assert admin.refused(INVITE, email=email, role="owner") == "FORBIDDEN"
    assert owner.act(INVITE, email=email, role="owner")["errors"] == []
    # An admin can neither lower, resend nor revoke an owner's invitation.
    assert admin.refused(INVITE, email=email, role="viewer") == "FORBIDDEN"
    invitation = owner.data(INVITATIONS)["invitations"]["edges"][0]["node"]["id"]
    assert admin.refused(RESEND, invitation=invitation) == "FORBIDDEN"
    assert admin.refused(REVOKE, invitation=invitation) == "FORBIDDEN"


def test_scoped_token_invites_nobody_with_more_rights(api: Any, tenant: Any) -> None:
    from tests.support.api import Api

    made = api.data(
        'mutation { createToken(input: {name: "hr", role: ADMIN, scopes: ["manage_members"]}) { value errors { code } } }'
    )["createToken"]
    document = INVITE.replace("state mail", "state")
    payload = Api(made["value"]).data(document, input={"email": new_address(), "role": "VIEWER"})["inviteMember"]
    assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    "email",
    ["", "x", "@example.com", "a b@example.com", "jane@", "jane@exa\nmple.com", "ü@example.com", "a" * 250 + "@x.de"],
)
def test_text_that_is_no_address_is_refused(as_member: AsMember, email: str) -> None:
    (error,) = as_member("owner").act(INVITE, email=email, role="viewer")["errors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["email"])


@pytest.mark.parametrize("password", ["", "x" * 1_001])
def test_password_without_a_length_that_can_be_is_refused_and_the_link_stays(
    as_member: AsMember, plane: Plane, mail_server: MailServer, servers: Any, password: str
) -> None:
    token = invited(as_member("owner"), plane, mail_server, new_address())
    assert refusal(servers, token, password=password) == "BAD_USER_INPUT"
    assert accepted(servers, token, password=PASSWORD)


def test_lost_mail_server_loses_no_invitation(as_member: AsMember, plane: Plane, servers: Any) -> None:
    """Three tries find no server; the mail waits in the outbox, and goes out once when the server is back."""
    from tests.support.people import mail_server_at

    owner, email = as_member("owner"), new_address()
    with MailServer() as gone:
        port = gone.port
    with mail_server_at(port):
        owner.act(INVITE, email=email, role="viewer")
        for _ in range(3):
            plane.drain()
            plane.root.pass_seconds(1_000)
    state = owner.data(INVITATIONS)["invitations"]["edges"][0]["node"]["mail"]
    assert state == "QUEUED"
    ((tries, code),) = plane.rows("SELECT tries, error ->> 'code' FROM mail")
    assert (tries, code) == (3, "UNAVAILABLE")
    with MailServer() as server, mail_server_at(server.port):
        plane.drain()
        plane.root.pass_seconds(1_000)
        plane.drain()
        ((recipient, token),) = links_in(server)
    assert recipient == email.lower()
    assert owner.data(INVITATIONS)["invitations"]["edges"][0]["node"]["mail"] == "SENT"
    assert accepted(servers, token, password=PASSWORD)


def test_address_that_the_server_refuses_is_not_tried_again(as_member: AsMember, plane: Plane) -> None:
    from tests.support.people import mail_server_at

    owner, email = as_member("owner"), new_address()
    with MailServer(refuses={email: "550 5.1.1 no such user"}) as server, mail_server_at(server.port):
        owner.act(INVITE, email=email, role="viewer")
        plane.drain()
        assert plane.rows("SELECT state, error ->> 'code' FROM mail") == [("refused", "CONNECTOR_REFUSED")]
        assert plane.jobs()[-1][0] == "dead"
        server.take_all()
        ids = [job for (job,) in plane.root.rows("SELECT id FROM public.outbox_job WHERE state = 'dead'")]
        from automate.recovery import poison

        plane.by_ada(lambda: poison.redrive(ids))
        plane.drain()
        assert [recipient for recipient, _ in links_in(server)] == [email]


def test_mail_shows_hostile_names_as_text(as_member: AsMember, plane: Plane, mail_server: MailServer) -> None:
    owner = as_member("owner", "Jane\u2028Bcc: eve@example.test {url}")
    invited(owner, plane, mail_server, new_address())
    message = mail_server.received[-1].message
    assert "{url}" in message.get_content()
    assert message["Bcc"] is None
    assert mail_server.received[-1].recipients == [message["To"]]


def test_actor_sends_mails_on_threads_of_their_own(as_member: AsMember, plane: Plane, mail_server: MailServer) -> None:
    """What the relay sends to a worker: the tenant scheduler of mails claims the jobs, and the tenant scheduler of runs has nothing to do."""
    from actors.pools import mail_scheduler, run_scheduler
    from actors.tasks import begin_jobs

    owner, emails = as_member("owner"), [new_address() for _ in range(3)]
    for email in emails:
        owner.act(INVITE, email=email, role="viewer")
    jobs = plane.dispatch()
    assert {job.topic for job in jobs} == {"mail.send"}
    begin_jobs.fn("mail.send", str(plane.tenant.id), [str(job.id) for job in jobs])
    assert run_scheduler.jobs() == []
    plane.until(lambda: len(mail_server.received) == len(emails))
    plane.until(lambda: plane.rows("SELECT DISTINCT state FROM mail") == [("sent",)])
    assert mail_scheduler.await_rest(10)
    assert sorted(recipient for recipient, _ in links_in(mail_server)) == sorted(emails)
    assert {state for state, _, _ in plane.jobs()} == {"done"}


def test_mail_waits_while_no_mail_server_is_configured(as_member: AsMember, plane: Plane) -> None:
    from django.test.utils import override_settings

    owner = as_member("owner")
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        owner.act(INVITE, email=new_address(), role="viewer")
        plane.drain()
    assert plane.rows("SELECT state, tries, error ->> 'code' FROM mail") == [("queued", 1, "UNAVAILABLE")]
