"""Workers are killed with SIGKILL again and again while they tell: each cause is told once, and none is lost."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections import Counter

import pytest

from automate.endpoints.services import save_endpoint
from tests.people.test_notice_channels import SIGNING, policy
from tests.support.endpoint_receiver import Hook, settle
from tests.support.mail import MailServer
from tests.support.near import let_reach_this_machine
from tests.support.people import new_member
from tests.support.plane import Plane, connectors
from tests.support.processes import ROOT
from tests.support.refusing import WORDS, refusing

CAUSES, RUNS, KILLS, DYING_SECONDS = len(WORDS), 3, 8, 5.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def killed(plane: Plane, server: MailServer, mischief: str = "") -> tuple[Counter[str], Counter[str]]:
    """Runs fail for some causes while workers are killed. Returns the mails by Message-ID, and the webhooks by webhook-id."""
    let_reach_this_machine(plane)
    new_member(plane.tenant, "owner")
    with Hook(204) as hook:
        plane.by_ada(lambda: save_endpoint(slug="ops", url=hook.url, secrets=[SIGNING], expected_revision=None))
        policy(plane, kinds=("failure",), webhook_endpoint="ops")
        for word in WORDS:
            step = {"key": "a", "uses": "test.scripted", "with": {"word": word}, "retry": {"max_attempts": 1}}
            plane.publish(word, [step], when={"==": [{"var": "type"}, word]})
            plane.send(*({} for _ in range(RUNS)), kind=word)
        dice = random.Random(19)
        for _ in range(KILLS):
            # The twin ends itself, and may take its time to get there.
            work_and_die(plane, server, DYING_SECONDS if mischief else dice.uniform(0.05, 0.4), mischief)
            plane.root.expire_leases()
        with connectors(refusing()):
            for _ in range(6):
                settle(plane)
                plane.pass_seconds(60)
        mails = Counter(str(one.message["Message-ID"]) for one in server.received)
        return mails, Counter(str(one.headers["webhook-id"]) for one in hook.taken)


def work_and_die(plane: Plane, server: MailServer, seconds: float, mischief: str) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.support.noticing_process",
        str(plane.tenant.id),
        *([mischief] if mischief else []),
    ]
    environ = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "AUTOMATE_MAIL_URL": f"smtp://127.0.0.1:{server.port}",
    }
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()


def test_kill_loses_no_notice_and_tells_none_twice(plane: Plane, mail_server: MailServer) -> None:
    mails, webhooks = killed(plane, mail_server)
    assert plane.rows("SELECT state, count(*), count(DISTINCT cause) FROM notice GROUP BY state") == [
        ("told", CAUSES, CAUSES)
    ]
    assert (len(mails), len(webhooks)) == (CAUSES, CAUSES)
    # A kill between the other side's answer and our commit repeats one message under the same id, by which it is known.
    assert sum(mails.values()) <= CAUSES + KILLS
    assert sum(webhooks.values()) <= CAUSES + KILLS
    ((events,),) = plane.rows("SELECT count(*) FROM event WHERE type = 'notice.raised'")
    assert events == CAUSES
    told = [json.loads(text) for (text,) in plane.rows("SELECT about::text FROM notice")]
    assert len({one["workflow"] for one in told}) == CAUSES


@pytest.mark.long
def test_twin_that_ends_a_notice_before_it_is_told_loses_it(plane: Plane, mail_server: MailServer) -> None:
    mails, webhooks = killed(plane, mail_server, "forgetful")
    assert plane.rows("SELECT count(*) FROM notice WHERE state = 'told'") == [(CAUSES,)]
    assert len(mails) < CAUSES
    assert len(webhooks) < CAUSES
