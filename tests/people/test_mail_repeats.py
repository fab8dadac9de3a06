"""A mail that may have been sent before is sent again, and the audit record shows it. A mail that was surely not sent is no repeat."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from automate.kernel.tenancy import acting_for
from tests.support.mail import MailServer
from tests.support.people import INVITE, MemberApi, mail_server_at
from tests.support.plane import TRACE, Plane

AsMember = Callable[..., MemberApi]
REPEATS = (
    "SELECT object_kind, object_id, object_label, changes #>> '{mail,1}' FROM audit_entry WHERE action = 'mail.repeat'"
)


class HangsUp(MailServer):
    """Takes a mail, and closes the connection in the place of its answer. times: how often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = await super().handle_DATA(server, session, envelope)
        if self.times:
            self.times -= 1
            server.transport.abort()
        return answer


def invite(owner: MemberApi, plane: Plane, tries: int = 2) -> str:
    email = f"{secrets.token_hex(6)}@example.test"
    assert owner.act(INVITE, email=email, role="viewer")["errors"] == []
    for _ in range(tries):
        plane.drain()
        plane.root.pass_seconds(1_000)
    return email


def test_lost_answer_of_the_mail_server_is_one_repeat(as_member: AsMember, plane: Plane) -> None:
    with HangsUp(1) as server, mail_server_at(server.port):
        email = invite(as_member("owner"), plane, tries=3)
    first, second = server.received
    assert first.message["Message-ID"] == second.message["Message-ID"]
    ((mail, subject, state),) = plane.rows("SELECT id::text, subject_id::text, state FROM mail")
    assert plane.rows(REPEATS) == [("invitation", subject, email, mail)]
    assert state == "sent"


def test_each_repeat_is_an_entry(as_member: AsMember, plane: Plane) -> None:
    with HangsUp(3) as server, mail_server_at(server.port):
        invite(as_member("owner"), plane, tries=5)
    assert (len(server.received), len(plane.rows(REPEATS))) == (4, 3)


@pytest.mark.parametrize("answer", ["451 4.3.0 try later", "452 4.2.2 full"])
def test_mail_that_the_server_refused_for_now_is_no_repeat(as_member: AsMember, plane: Plane, answer: str) -> None:
    with MailServer(refuses={"DATA": answer}) as server, mail_server_at(server.port):
        owner = as_member("owner")
        invite(owner, plane)
        server.take_all()
        plane.drain()
    assert (len(server.received), plane.rows(REPEATS)) == (1, [])


def test_mail_without_a_server_is_no_repeat(as_member: AsMember, plane: Plane) -> None:
    with MailServer() as gone:
        port = gone.port
    with mail_server_at(port):
        invite(as_member("owner"), plane, tries=3)
    with MailServer() as server, mail_server_at(server.port):
        plane.drain()
    assert (len(server.received), plane.rows(REPEATS)) == (1, [])


def test_mail_of_a_stale_worker_is_not_sent_again(
    as_member: AsMember, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It read the mail before another worker sent it, and finds out when it writes down its own try."""
    from dataclasses import replace

    from actors.mails import sending
    from automate.mail.models import QUEUED

    with MailServer() as server, mail_server_at(server.port):
        invite(as_member("owner"), plane)
        ((mail_id,),) = plane.rows("SELECT id FROM mail")
        read = sending.mail_by_id
        monkeypatch.setattr(sending, "mail_by_id", lambda one: replace(cast("Any", read(one)), state=QUEUED))
        job: Any = SimpleNamespace(subject_id=mail_id, trace_id=TRACE)
        with acting_for(plane.tenant):
            assert sending._send(job) is False
    assert (len(server.received), plane.rows(REPEATS)) == (1, [])
