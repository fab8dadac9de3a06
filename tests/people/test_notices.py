"""What people are told of the platform's own accord: once per cause and hour, whatever dies, and in words that do nothing."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from email.message import EmailMessage
from typing import Any

import pytest

from automate.kernel.json_values import as_text
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.notices import transitions as notices
from automate.notices.policy import NoticeSettings
from automate.notices.services import save_policy
from automate.notices.transitions import NOTICE_TELL, NoticeRequest
from automate.notices.wording import inert
from automate.runs import breaker_view as view
from tests.support.approvals import ask
from tests.support.breakers import Hosted, call_it
from tests.support.breakers import send as send_one
from tests.support.facts import naming
from tests.support.mail import MailServer
from tests.support.people import new_member
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.racing import race

HOUR = 3_600
RACERS = 8
REFUSED = failing("CONNECTOR_REFUSED")
FACTS = {"run": str(uuid.UUID(int=1)), "workflow": "w", "code": "X", "message": "m"}
ONCE: dict[str, Any] = {"retry": {"max_attempts": 1}}


@pytest.fixture
def server(mail_server: MailServer) -> MailServer:
    return mail_server


@pytest.fixture
def owner(plane: Plane) -> str:
    return new_member(plane.tenant, "owner").email


def policy(plane: Plane, **changes: Any) -> None:
    plane.by_ada(lambda: save_policy(NoticeSettings(**changes), None))


def told(plane: Plane) -> list[tuple[str, str]]:
    """Kind and state of each notice, oldest first."""
    return plane.rows("SELECT kind, state FROM notice ORDER BY created_at, kind, id")


def pass_time(plane: Plane, seconds: float) -> None:
    plane.pass_seconds(seconds)
    plane.root.execute(
        f'UPDATE "{plane.tenant.schema}".notice SET created_at = created_at - make_interval(secs => {seconds}),'
        f" ended_at = ended_at - make_interval(secs => {seconds})"
    )


def fail(plane: Plane, *errors: Any, slug: str = "orders") -> None:
    """A run for each error, each of a workflow that ends with it."""
    with connectors(Scripted(acts=errors)):
        if not plane.rows("SELECT 1 FROM workflow WHERE slug = %s", slug):
            plane.publish(slug, [{"key": "a", "uses": "test.scripted", **ONCE}])
        for _ in errors:
            plane.send({})
            plane.drain()


def subjects(server: MailServer) -> list[str]:
    return [str(received.message["Subject"]).partition(": ")[2] for received in server.received]


def text_of(message: EmailMessage) -> str:
    return str(message.get_content())


def no_digest_soon(plane: Plane) -> None:
    policy(plane, digest_hour=(datetime.now(timezone.utc).hour + 12) % 24)


def test_first_failure_of_a_kind_is_told_once(plane: Plane, server: MailServer, owner: str) -> None:
    no_digest_soon(plane)
    fail(plane, REFUSED, REFUSED)
    assert told(plane) == [("digest", "planned"), ("failure", "told")]
    (received,) = server.received
    assert list(received.recipients) == [owner]
    assert subjects(server) == [naming("orders", "CONNECTOR_REFUSED")]
    ((run, _),) = plane.rows("SELECT id, created_at FROM execution_run ORDER BY created_at, id LIMIT 1")
    assert f"/portal/{plane.tenant.slug}/runs/{run}" in text_of(received.message)
    pass_time(plane, 2 * HOUR)
    fail(plane, REFUSED)
    assert len(server.received) == 1


def test_failure_is_news_again_after_a_week_without_it(plane: Plane, server: MailServer, owner: str) -> None:
    no_digest_soon(plane)
    fail(plane, REFUSED)
    plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".execution_run SET finished_at = now() - interval '8 days'")
    pass_time(plane, 2 * HOUR)
    fail(plane, REFUSED)
    assert subjects(server) == [naming("orders", "CONNECTOR_REFUSED")] * 2
    assert owner


def test_nothing_is_planned_where_there_is_nobody_to_tell(plane: Plane, server: MailServer) -> None:
    fail(plane, REFUSED)
    assert (told(plane), server.received) == ([], [])


def test_other_roles_and_kinds_as_the_policy_says(plane: Plane, server: MailServer, owner: str) -> None:
    operator = new_member(plane.tenant, "operator").email
    policy(plane, kinds=("failure",), roles=("operator",))
    fail(plane, REFUSED)
    assert [list(received.recipients) for received in server.received] == [[operator]]
    policy(plane, kinds=())
    fail(plane, failing("CONNECTOR_AUTH"))
    assert told(plane) == [("failure", "told")]
    assert owner != operator


def test_lost_worker_tells_once(plane: Plane, server: MailServer, owner: str) -> None:
    """kill -9 between the claim and the commit: the outbox has the job, and nothing was told."""
    with acting_for(plane.tenant), in_transaction():
        notices.plan([NoticeRequest("failure", "x", FACTS)], NoticeSettings())
    assert [job.topic for job in plane.claim()] == [NOTICE_TELL]
    assert server.received == []
    plane.root.expire_leases()
    plane.drain()
    assert [list(received.recipients) for received in server.received] == [[owner]]


def test_one_of_many_transactions_plans_a_cause(plane: Plane, owner: str) -> None:
    def plan(_number: int) -> None:
        with acting_for(plane.tenant), in_transaction():
            notices.plan([NoticeRequest("host", "x", {})], NoticeSettings())

    assert race(RACERS, plan) == [None] * RACERS
    assert told(plane) == [("host", "planned")]
    pass_time(plane, HOUR + 1)
    with acting_for(plane.tenant), in_transaction():
        assert (
            len(notices.plan([NoticeRequest("host", "x", {}), NoticeRequest("host", "y", {})], NoticeSettings())) == 2
        )
    assert owner


def test_flood_of_causes_is_muted(plane: Plane, server: MailServer, owner: str) -> None:
    words = [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "omikron",
        "pi",
        "rho",
        "sigma",
        "tau",
        "ypsilon",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
    with acting_for(plane.tenant), in_transaction():
        notices.plan([NoticeRequest("failure", word, FACTS) for word in words], NoticeSettings())
    plane.drain()
    states = [state for _, state in told(plane)]
    assert (states.count("told"), states.count("muted"), len(server.received)) == (20, len(words) - 20, 20)
    pass_time(plane, HOUR + 1)
    with acting_for(plane.tenant), in_transaction():
        notices.plan([NoticeRequest("failure", "later", FACTS)], NoticeSettings())
    plane.drain()
    assert len(server.received) == 21
    assert owner


HOSTILE = "http://evil.example/a?b=c\r\nBcc: eve@evil.example\r\n\r\n<b>www.evil.example</b> \u202egnp"


def test_text_of_a_tenant_is_inert() -> None:
    shown = inert(HOSTILE)
    assert not {"\r", "\n", "\u202e", "@"} & set(shown)
    assert "://" not in shown
    assert "evil.example" not in shown
    assert inert("Region 3.") == "Region 3."


def test_hostile_error_reaches_no_header_and_is_no_link(plane: Plane, server: MailServer, owner: str) -> None:
    with acting_for(plane.tenant), in_transaction():
        about = {"run": "../../evil", "workflow": HOSTILE, "code": HOSTILE, "message": HOSTILE}
        notices.plan([NoticeRequest("failure", "x", about)], NoticeSettings())
    plane.drain()
    (received,) = server.received
    message = received.message
    assert (list(received.recipients), message["Bcc"]) == ([owner], None)
    text = text_of(message)
    assert text.count("://") == 1
    assert "evil.example" not in text + str(message["Subject"])
    assert "..%2F..%2Fevil" in text


def test_digest_comes_once_on_a_day_with_failures(plane: Plane, server: MailServer, owner: str) -> None:
    policy(plane, kinds=("digest",))
    fail(plane, REFUSED, REFUSED, {})
    assert (told(plane), server.received) == ([("digest", "planned")], [])
    plane.pass_seconds(25 * HOUR)
    plane.drain()
    assert subjects(server) == [naming("2", "3", "24")]
    assert text_of(server.received[0].message) == naming("2", "CONNECTOR_REFUSED", "orders")
    pass_time(plane, HOUR)
    plane.pass_seconds(25 * HOUR)
    plane.drain()
    assert len(server.received) == 1
    assert owner


def test_approval_that_waits_is_told_to_those_who_decide(plane: Plane, server: MailServer, owner: str) -> None:
    ask(plane)
    plane.drain()
    before = len(server.received)
    pass_time(plane, 5 * HOUR)
    plane.drain()
    assert ("approval", "told") in told(plane)
    assert len(server.received) > before
    assert owner


def test_approval_that_is_over_is_told_to_nobody(plane: Plane, server: MailServer, owner: str) -> None:
    ask(plane)
    plane.drain()
    plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".approval SET state = 'approved', ended_at = now()")
    pass_time(plane, 5 * HOUR)
    plane.drain()
    assert ("approval", "dropped") in told(plane)
    assert server.received == []
    assert owner


def test_budget_at_80_percent_is_told(plane: Plane, server: MailServer, owner: str) -> None:
    from automate.budgets.services import set_budget
    from automate.budgets.settings import BudgetSettings as WantedBudget
    from automate.events.services import announce_thresholds

    plane.by_ada(lambda: set_budget(WantedBudget("runs", "day", 5, "alert"), announce=announce_thresholds))
    plane.publish("note", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    for _ in range(4):
        plane.send({})
        plane.drain()
    assert told(plane) == [("budget", "told")]
    assert subjects(server) == [naming("80", "runs per day")]
    assert owner


def test_unhealthy_host_is_told_if_it_holds_runs(
    plane: Plane, server: MailServer, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "REMEMBER_SECONDS", 0.0)
    monkeypatch.setattr(view, "SUSPECT_SECONDS", 600.0)
    policy(plane, kinds=("host",))
    with connectors(hosted := Hosted(acts=(failing("CONNECTOR_TIMEOUT"),))):
        call_it(plane, hosted, **ONCE)
        send_one(plane, 5)
        assert told(plane) == [("host", "planned")]
        send_one(plane, 2)
        plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE topic = %s", NOTICE_TELL)
        plane.drain()
    assert told(plane) == [("host", "told")]
    assert subjects(server) == [naming("host")]
    assert text_of(server.received[0].message) == naming("ill[.]example", "2")
    assert owner


@pytest.mark.parametrize("pauses", [True, False])
def test_failing_workflow_pauses_itself_if_the_tenant_has_said_so(
    plane: Plane, server: MailServer, owner: str, *, pauses: bool
) -> None:
    policy(plane, kinds=(), pauses=pauses)
    fail(plane, *[REFUSED] * 19)
    plane.pass_seconds(61)
    plane.drain()
    fail(plane, REFUSED)
    pass_time(plane, HOUR + 1)
    fail(plane, REFUSED)
    plane.pass_seconds(61)
    plane.drain()
    paused = plane.rows("SELECT paused_at IS NOT NULL FROM workflow WHERE slug = 'orders'")
    assert paused == [(pauses,)]
    assert subjects(server) == ([naming("orders", "paused")] if pauses else [])
    if pauses:
        assert told(plane) == [("failing", "dropped"), ("failing", "told")]
        entries = plane.rows("SELECT actor_kind FROM audit_entry WHERE action = 'workflow.pause'")
        assert entries == [("system",)]
    assert owner


def test_one_success_in_ten_keeps_a_workflow_going(plane: Plane) -> None:
    policy(plane, kinds=(), pauses=True)
    fail(plane, *([REFUSED] * 9 + [{}]) * 3)
    plane.pass_seconds(61)
    plane.drain()
    assert plane.rows("SELECT paused_at IS NOT NULL FROM workflow") == [(False,)]


def test_notice_is_an_event_for_workflows_that_tell_others(plane: Plane) -> None:
    policy(plane, emits=True)
    slack = Scripted(name="test.slack")
    with connectors(slack):
        plane.publish(
            "tell-slack",
            [
                {
                    "key": "post",
                    "uses": slack.name,
                    "with": {"text": "{{ event.payload.about.code }}", "url": "{{ event.payload.url }}"},
                }
            ],
            when={"==": [{"var": "type"}, "notice.raised"]},
        )
        plane.publish(
            "other", [{"key": "a", "uses": "test.scripted", **ONCE}], when={"==": [{"var": "type"}, "order.created"]}
        )
        with connectors(Scripted(acts=(REFUSED,))):
            plane.send({})
            plane.drain()
    ((call, *others),) = [slack.calls]
    assert (call.input["text"], others) == ("CONNECTOR_REFUSED", [])
    assert f"/portal/{plane.tenant.slug}/runs/" in as_text(call.input["url"])
    assert json.dumps(call.input)


def test_failing_notice_workflow_does_not_call_itself(plane: Plane) -> None:
    policy(plane, emits=True, kinds=("failure",))
    with connectors(Scripted(acts=(REFUSED,))):
        plane.publish(
            "all", [{"key": "a", "uses": "test.scripted", **ONCE}], when={"==": [{"var": "type"}, "notice.raised"]}
        )
        plane.publish(
            "orders", [{"key": "a", "uses": "test.scripted", **ONCE}], when={"==": [{"var": "type"}, "order.created"]}
        )
        plane.send({})
        plane.drain()
    assert len(plane.runs()) == 2
