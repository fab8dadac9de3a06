"""kill -9 of a worker after the mail server took a mail and before the worker wrote it down: no mail is lost, and each repeat is recorded."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import Any

import pytest

from automate.kernel.ids import new_id
from tests.faults.conftest import MakeScene, Scene
from tests.support.mail import MailServer
from tests.support.processes import RECOVERY_SECONDS

MEMBERS = 3
INVITE = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { errors { code message details } } }"
SAVE = "mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message details } } }"
PUBLISH = (
    "mutation($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message details } } }"
)
RUN = "mutation($input: RunWorkflowInput!) { runWorkflow(input: $input) { errors { code message details } } }"
SENT = "SELECT recipient FROM mail WHERE state = 'sent' AND kind = %s"
REPEATS = "SELECT object_label, object_kind FROM audit_entry WHERE action = 'mail.repeat'"
ASK = {
    "schema": 1,
    "steps": [
        {"key": "ask", "uses": "flow.approval", "with": {"title": "Refund?", "roles": ["viewer"], "notify": True}}
    ],
}


class Holds(MailServer):
    """Takes mails, and answers none while it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.holds = False
        self.held = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = await super().handle_DATA(server, session, envelope)
        if self.holds:
            self.held.set()
        while self.holds:  # noqa: ASYNC110 - another thread says when
            await asyncio.sleep(0.01)
        return answer

    def recipients(self) -> Counter[str]:
        return Counter(one.recipients[0] for one in self.received)


def _join(scene: Scene, email: str) -> None:
    """Make a person with this address a member, as no API does."""
    person = new_id()
    scene.books.rows(
        "INSERT INTO public.person (id, email, name, password, is_staff, is_superuser, is_active, date_joined)"
        " VALUES (%s, %s, '', '', false, false, true, now()) RETURNING id",
        [person, email],
    )
    scene.books.rows(
        "INSERT INTO public.membership (id, tenant_id, user_id, role, created_at) VALUES (%s, %s, %s, 'viewer', now()) RETURNING id",
        [new_id(), scene.books.tenant_id, person],
    )


def _kill_while_a_mail_is_held(scene: Scene, server: Holds) -> set[str]:
    """Returns the addresses whose mails the server took and did not answer."""
    assert server.held.wait(RECOVERY_SECONDS)
    scene.platform.kill("worker")
    held = set(server.recipients())
    server.holds = False
    server.held.clear()
    return held


def _scenario(make_scene: MakeScene, kind: str, *, sabotage: str = "") -> None:
    with Holds() as server:
        scene = make_scene(AUTOMATE_MAIL_URL=f"smtp://127.0.0.1:{server.port}")
        platform, books = scene.platform, scene.books
        wanted = {f"person-{n}@example.test" for n in range(MEMBERS)}
        server.holds = True
        platform.start("relay")
        platform.start("worker", sabotage=sabotage)
        platform.await_ready("worker")
        if kind == "invitation":
            for email in sorted(wanted):
                platform.mutate(INVITE, {"email": email, "role": "VIEWER"})
        else:
            for email in sorted(wanted):
                _join(scene, email)
            platform.mutate(SAVE, {"slug": "asks", "name": "Asks", "definition": ASK})
            platform.mutate(PUBLISH, {"workflow": "asks"})
            platform.mutate(RUN, {"workflow": "asks", "payload": {}})
        cut = _kill_while_a_mail_is_held(scene, server)
        platform.start("worker", sabotage=sabotage)
        platform.until(
            lambda: {row[0] for row in books.rows(SENT, [kind])} >= wanted, RECOVERY_SECONDS * 2, "all mails to be sent"
        )
        times = server.recipients()
        assert {email for email in wanted if times[email] == 0} == set(), "no mail is lost"
        repeated = {email for email, count in times.items() if count > 1}
        assert repeated == cut
        assert set(books.rows(REPEATS)) == {(email, kind) for email in cut}, "each repeat is in the record"
        ids = {(one.recipients[0], one.message["Message-ID"]) for one in server.received}
        assert len(ids) == len(wanted), "a repeat has the same Message-ID"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["invitation", "approval"])
def test_killed_worker_loses_no_mail_and_each_repeat_is_recorded(make_scene: MakeScene, kind: str) -> None:
    _scenario(make_scene, kind)


@pytest.mark.slow
@pytest.mark.long
def test_worker_that_writes_down_no_try_is_found_out(make_scene: MakeScene) -> None:
    """The sabotaged twin: a mail is repeated, and nothing shows it."""
    with pytest.raises(AssertionError, match="each repeat is in the record"):
        _scenario(make_scene, "invitation", sabotage="worker_sends_mails_unnoted")
