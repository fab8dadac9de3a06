"""Messages that nobody can take back, from the step on: once where it is unknown whether they went, and the truth about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from actors.connectors.email.connector import EmailSend
from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS
from actors.connectors.slack.connector import SlackPostMessage
from automate.workflows.connectors import Effect
from tests.support.endpoint_receiver import settle, threaded
from tests.support.mail import TAKEN, MailServer, ScriptedMail, hang_up
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane
from tests.support.raw_server import Exchange
from tests.support.slack import CHANNEL, TOKEN, Slack, said

GREETING, OK, GO_ON = "220 mail.example ready", "250 OK", "354 go on"
MESSAGE = {
    "host": "127.0.0.1",
    "security": "none",
    "from": "robot@host.example",
    "to": "ada@host.example",
    "subject": "Hi",
}
POST = {"token": TOKEN, "channel": CHANNEL, "text": "Charged {{ event.payload.n }}"}
RETRY = {"max_attempts": 3, "initial_seconds": 300}


@pytest.fixture(autouse=True)
def near(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    let_reach_this_machine(plane)
    monkeypatch.setattr("random.uniform", lambda _low, high: high)  # no attempt comes before its time is made to pass


def send(plane: Plane, uses: str, given: Any, hours: int = 2) -> None:
    """Let a step send, and then let hours pass."""
    plane.publish("tell", [{"key": "tell", "uses": uses, "with": given, "retry": RETRY}])
    plane.send({"n": 1})
    settle(plane)
    for _ in range(hours):
        plane.pass_seconds(3_600)
        settle(plane)


def test_mail_that_is_refused_for_now_is_sent_once_in_the_end(plane: Plane) -> None:
    with MailServer(refuses={"ada@host.example": "451 4.7.1 Greylisted"}) as server:
        send(plane, "email.send", {**MESSAGE, "port": server.port, "text": "It is."}, hours=0)
        assert plane.steps() == [("tell", 1, "retrying", "CONNECTOR_TRANSIENT")]
        server.take_all()
        plane.pass_seconds(301)
        settle(plane)
        assert len(server.received) == 1
    assert (plane.runs(), plane.effects()) == ([("succeeded", "")], [("tell", "confirmed", 2)])


@pytest.mark.parametrize(("effect", "messages"), [("unsafe", 1), ("keyed", 3)])
def test_mail_without_an_answer_is_not_sent_again(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, effect: Effect, messages: int
) -> None:
    """The sabotaged twin says that its effect is keyed, which mail's is not: then three went out."""
    monkeypatch.setattr(EmailSend, "spec", replace(EmailSend.spec, effect=effect))
    with threaded(ScriptedMail(GREETING, OK, OK, OK, GO_ON, hang_up)) as server:
        send(plane, "email.send", {**MESSAGE, "port": server.port, "text": "It is."})
        assert len([one for one in server.heard if b"It is." in one]) == messages
    if effect == "unsafe":
        assert plane.steps() == [("tell", 1, "uncertain", "CONNECTOR_TRANSIENT")]
        assert plane.effects() == [("tell", "uncertain", 1)]


def test_post_without_an_answer_is_not_made_again_and_is_found(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    async def post_and_reset(exchange: Exchange) -> None:
        if exchange.line.startswith("GET"):
            shown = [{**one, "ts": "1503435956.000247"} for one in slack.messages]
            await exchange.send(said({"ok": True, "messages": shown}))
        else:
            slack.messages.append(json.loads(exchange.body))
            exchange.reset()

    slack = Slack(raw=post_and_reset)
    with threaded(slack):
        connector = SlackPostMessage(Guard(), slack.api_url)
        monkeypatch.setitem(CONNECTORS, "slack.post_message", connector)
        send(plane, "slack.post_message", POST)
        assert [one["text"] for one in slack.messages] == ["Charged 1"]
        assert plane.steps() == [("tell", 1, "succeeded", "")]
        assert plane.effects() == [("tell", "confirmed", 1)]
        assert [(step, to) for step, _, to in plane.log() if step] == [
            ("tell", "running"), ("tell", "uncertain"), ("tell", "succeeded")
        ]  # fmt: skip
        ((output,),) = plane.rows("SELECT output::text FROM step_run")
        assert json.loads(output) == {"channel": CHANNEL, "ts": "1503435956.000247"}


def test_goodbye_of_a_server_that_hangs_up_changes_nothing(plane: Plane) -> None:
    with threaded(ScriptedMail(GREETING, OK, OK, OK, GO_ON, TAKEN, hang_up)) as server:
        send(plane, "email.send", {**MESSAGE, "port": server.port, "text": "It is."})
    assert (plane.runs(), plane.effects()) == ([("succeeded", "")], [("tell", "confirmed", 1)])
