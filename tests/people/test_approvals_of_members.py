"""Approvals between real people: mails to those who may decide, four eyes and quorum under session, token and link."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.test import Client

from tests.support.api import Api
from tests.support.approval_pages import approve, send
from tests.support.approvals import approvals, ask, decisions
from tests.support.mail import MailServer
from tests.support.people import MemberApi, mail_server_at, make_person
from tests.support.plane import Plane

AsMember = Callable[..., MemberApi]
DECIDE = (
    "mutation ($input: DecideApprovalInput!) { decideApproval(input: $input) { approval { state } errors { code } } }"
)
MINE = "{ approvals(filter: {mine: true}) { totalCount edges { node { id viewerCanDecide members } } } }"
ALL = "{ approvals { edges { node { id viewerCanDecide } } } }"
INGEST = 'mutation { ingestEvent(input: {source: "api", type: "ask", payload: {}}) { event { id } errors { code } } }'
CREATE = 'mutation { createToken(input: {name: "ci", role: OWNER}) { value errors { code } } }'


def mails(server: MailServer) -> dict[str, str]:
    """Recipient -> path of the link."""
    return {
        received.recipients[0]: re.findall(r"https?://[^/]+(/t/\S+/approvals/\S+)", received.message.get_content())[0]
        for received in server.received
    }


def decide(api: MemberApi | Api, approval: Any) -> list[str]:
    from graphql_schema.ids import global_id

    given = {"approval": global_id("Approval", approval.id), "outcome": "APPROVED", "shown": approval.shown_sha256}
    payload = api.data(DECIDE, input=given)["decideApproval"]
    return [error["code"] for error in payload["errors"]]


def can_decide(api: MemberApi) -> tuple[list[bool], int]:
    """``viewerCanDecide`` of all approvals, and how many are mine."""
    shown = [edge["node"]["viewerCanDecide"] for edge in api.data(ALL)["approvals"]["edges"]]
    return shown, api.data(MINE)["approvals"]["totalCount"]


def test_each_recipient_gets_one_mail_with_a_link_of_their_own(
    as_member: AsMember, plane: Plane, mail_server: MailServer
) -> None:
    owner, admin, editor = as_member("owner", "Olga"), as_member("admin"), as_member("editor")
    named = as_member("viewer", email="vera@partner.test")
    approval = ask(plane, roles=["owner", "admin"], members=["Vera@Partner.test"], notify=True, quorum=3)
    found = mails(mail_server)
    assert sorted(found) == sorted([owner.person.email, admin.person.email, named.person.email])
    assert len(set(found.values())) == 3
    assert editor.person.email not in found
    for email in (owner.person.email, named.person.email):
        assert Client().get(found[email]).status_code == 200
        assert send(found[email], approve(approval)).status_code == 303
        # Once each, by whatever road.
        assert send(found[email], approve(approval)).status_code == 409
    assert decide(owner, approval) == ["CONFLICT"]
    assert [name for name, _ in decisions(plane)] == ["Olga", named.person.email]
    assert decide(admin, approval) == []
    assert approvals(plane)[0].state == "approved"
    plane.drain()
    assert len(mail_server.received) == 3


def test_approval_without_notify_sends_nothing(as_member: AsMember, plane: Plane, mail_server: MailServer) -> None:
    as_member("owner")
    ask(plane)
    assert mail_server.received == []


def test_lost_mail_server_and_repeated_jobs_lose_and_repeat_no_mail(as_member: AsMember, plane: Plane) -> None:
    owner, admin = as_member("owner"), as_member("admin")
    with MailServer() as gone:
        port = gone.port
    with mail_server_at(port):
        ask(plane, notify=True)
        for _ in range(2):
            plane.root.pass_seconds(1_000)
            plane.drain()
    with MailServer() as server, mail_server_at(server.port):
        for _ in range(2):
            plane.root.pass_seconds(1_000)
            plane.drain()
        assert sorted(mails(server)) == sorted([owner.person.email, admin.person.email])
        # A message that comes again, of a job that is done, finds nothing to do.
        plane.root.execute(
            "UPDATE public.outbox_job SET state = 'dispatched', open = true, finished_at = NULL WHERE topic LIKE 'mail.%%' OR topic LIKE 'approval.%%'"
        )
        plane.root.pass_seconds(1_000)
        plane.drain()
        assert len(server.received) == 2


def test_link_of_a_removed_or_demoted_member_is_worth_nothing(
    as_member: AsMember, plane: Plane, mail_server: MailServer, superuser: psycopg.Connection[Any]
) -> None:
    owner, admin, second = as_member("owner"), as_member("admin"), as_member("admin")
    approval = ask(plane, notify=True)
    found = mails(mail_server)
    superuser.execute("UPDATE membership SET role = 'viewer' WHERE user_id = %s", [admin.person.id])
    assert send(found[admin.person.email], approve(approval)).status_code == 403
    superuser.execute("DELETE FROM membership WHERE user_id = %s", [second.person.id])
    assert Client().get(found[second.person.email]).status_code == 404
    assert send(found[second.person.email], approve(approval)).status_code == 404
    assert decisions(plane) == []
    assert send(found[owner.person.email], approve(approval)).status_code == 303


def test_person_behind_the_event_decides_under_no_name(
    as_member: AsMember, plane: Plane, mail_server: MailServer, servers: Any, superuser: psycopg.Connection[Any]
) -> None:
    """Jane sends the event by a token, takes another name, and tries her session, a new token and a link."""
    jane, other = as_member("owner", "Jane"), as_member("owner")
    steps = [{"key": "ok", "uses": "flow.approval", "with": {"title": "Refund?", "notify": True}}]
    plane.publish("ask", steps, when={"==": [{"var": "type"}, "ask"]})
    token = jane.data(CREATE)["createToken"]["value"]
    assert Api(token).data(INGEST)["ingestEvent"]["errors"] == []
    plane.drain()
    (approval,) = approvals(plane)
    superuser.execute("UPDATE person SET name = 'Janet' WHERE id = %s", [jane.person.id])
    again = jane.data(CREATE.replace('"ci"', '"innocent"'))["createToken"]["value"]
    assert [decide(one, approval) for one in (jane, Api(token), Api(again))] == [["FORBIDDEN"]] * 3
    # She gets no link, and one that an owner makes for her address is hers.
    assert sorted(mails(mail_server)) == [other.person.email]
    link = "mutation ($input: ApprovalLinkInput!) { approvalLink(input: $input) { url errors { code } } }"
    from graphql_schema.ids import global_id

    given = {"approval": global_id("Approval", approval.id), "recipient": jane.person.email.upper(), "role": "OWNER"}
    assert other.data(link, input=given)["approvalLink"]["errors"] == [{"code": "FORBIDDEN"}]
    assert can_decide(jane) == ([False], 0)
    assert can_decide(other) == ([True], 1)
    assert decide(other, approval) == []


def test_one_person_fills_one_place_of_a_quorum(as_member: AsMember, plane: Plane, mail_server: MailServer) -> None:
    """By session, by two tokens, and by the mailed link."""
    jane, other = as_member("owner", "Jane"), as_member("owner")
    approval = ask(plane, quorum=2, notify=True)
    tokens = [jane.data(CREATE.replace('"ci"', f'"{name}"'))["createToken"]["value"] for name in ("one", "two")]
    assert decide(Api(tokens[0]), approval) == []
    assert decide(Api(tokens[1]), approval) == ["CONFLICT"]
    assert decide(jane, approval) == ["CONFLICT"]
    assert send(mails(mail_server)[jane.person.email], approve(approval)).status_code == 409
    assert can_decide(jane) == ([False], 0)
    assert approvals(plane)[0].state == "pending"
    assert decide(other, approval) == []
    assert approvals(plane)[0].state == "approved"


def test_members_named_by_address_decide_alone(as_member: AsMember, plane: Plane) -> None:
    owner, named = as_member("owner"), as_member("operator", email="ops@partner.test")
    approval = ask(plane, members=["ops@partner.test", "nobody@partner.test"])
    assert approval.roles == ()
    assert (can_decide(owner), can_decide(named)) == (([False], 0), ([True], 1))
    assert decide(owner, approval) == ["FORBIDDEN"]
    assert decide(named, approval) == []


def test_address_that_is_none_fails_the_step(plane: Plane) -> None:
    with pytest.raises(IndexError):
        ask(plane, members=["no address"])
    assert plane.steps()[0][2:] == ("failed", "BAD_USER_INPUT")


def test_person_who_retries_in_bulk_by_a_token_decides_nothing(as_member: AsMember, plane: Plane) -> None:
    from graphql_schema.ids import global_id
    from tests.support.bulk_api import started

    jane, other = as_member("owner", "Jane"), as_member("owner")
    former = ask(plane)
    given = {"approval": global_id("Approval", former.id), "outcome": "REJECTED", "shown": former.shown_sha256}
    assert other.data(DECIDE, input=given)["decideApproval"]["errors"] == []
    plane.drain()
    started(Api(jane.data(CREATE)["createToken"]["value"]), runs={"states": ["FAILED"]}, retry={"from": "START"})
    plane.drain()
    newest = approvals(plane)[0]
    assert newest.id != former.id
    assert decide(jane, newest) == ["FORBIDDEN"]
    assert decide(other, newest) == []


def test_outsider_with_the_address_of_nobody_gets_no_mail(
    as_member: AsMember, plane: Plane, mail_server: MailServer
) -> None:
    owner = as_member("owner")
    outsider = make_person()
    ask(plane, roles=["owner"], members=[outsider.email, "unknown@example.test"], notify=True)
    assert sorted(mails(mail_server)) == [owner.person.email]
