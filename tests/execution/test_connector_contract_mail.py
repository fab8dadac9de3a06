"""slack.post_message and webhook.send pass the suite that authors of connectors use; email.send passes one of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

import pytest

from actors.connectors.email.connector import EmailSend
from actors.connectors.slack.connector import SlackPostMessage
from actors.connectors.webhook.connector import WebhookSend
from actors.connectors.webhook.errors import unreadable
from actors.sdk import Connector, Guard
from actors.sdk.contract import Answer, HttpContract, Provoke, Request, Service
from automate.endpoints.receiver import WebhookReceiver
from automate.kernel.json_values import JsonValue, as_object
from tests.support.mail_contract import MailProvoke, SmtpContract

MAIL: dict[str, Any] = {
    "host": "smtp.example.com",
    "username": "robot",
    "password": "$secret:SMTP_PASSWORD",
    "from": "Robot <robot@example.com>",
    "to": "ada@example.com",
    "subject": "Order 17",
    "text": "It is paid.",
}
NAMED = "250-mail.contract.example\r\n"


class TestEmail(SmtpContract):
    connector: ClassVar[Any] = EmailSend
    sample = MAIL
    provokes = {
        "auth": MailProvoke(MAIL, says={"AUTH": "535 5.7.8 Wrong password"}),
        "recipient_later": MailProvoke(says={"RCPT": "450 4.2.1 Later"}),
        "recipient_refused": MailProvoke(says={"RCPT": "550 5.1.1 Nobody"}),
        "no_starttls": MailProvoke(MAIL, says={"EHLO": "250 mail.contract.example"}),
        "no_login": MailProvoke(MAIL, says={"EHLO": f"{NAMED}250 STARTTLS"}),
        "message_too_large": MailProvoke(MAIL, says={"EHLO": f"{NAMED}250-STARTTLS\r\n250-AUTH PLAIN\r\n250 SIZE 100"}),
    }

    def make(self, guard: Guard | None = None) -> Connector:
        return EmailSend(guard or Guard())


@pytest.mark.slow
class TestEmailEncryptedAtOnce(TestEmail):
    """The same on port 465."""

    sample = {**MAIL, "security": "tls"}


@pytest.mark.slow
class TestEmailWithoutLogin(TestEmail):
    """In clear, to a server that asks for no login."""

    sample = {**{name: MAIL[name] for name in ("host", "from", "to", "subject", "text")}, "security": "none"}


class Slack(Service):
    """Posts what it is sent, again and again, and shows the latest messages with their metadata."""

    def answer(self, request: Request) -> Answer:
        if request.method == "GET":
            messages: list[JsonValue] = [
                {"ts": f"{number}.0", "metadata": as_object(made.json)["metadata"]}
                for number, made in enumerate(self.done)
            ]
            return Answer(json={"ok": True, "messages": messages[::-1]})
        self.done.append(request)
        return Answer(json={"ok": True, "channel": "C024BE91L", "ts": f"{len(self.done) - 1}.0"})


def said(error: str) -> Provoke:
    return Provoke(answer=Answer(json={"ok": False, "error": error}))


@pytest.mark.slow
class TestSlack(HttpContract):
    connector: ClassVar[Any] = SlackPostMessage
    sample = {"token": "$secret:SLACK_TOKEN", "channel": "C024BE91L", "text": "Charged 100"}
    service = Slack
    provokes = {
        "auth": said("invalid_auth"),
        "rate_limited": said("ratelimited"),
        "unavailable": said("service_unavailable"),
        "fault": said("fatal_error"),
        "channel": said("channel_not_found"),
        "refused": said("msg_too_long"),
        "not_slack": Provoke(answer=Answer(body=b"<html>")),
    }

    def make(self, guard: Guard | None = None) -> Connector:
        return SlackPostMessage(guard or Guard())


RECEIVER = WebhookReceiver(UUID(int=1), "billing", "https://hooks.example.com/in?a=1", ["whsec_" + "c2VjcmV0" * 6], 3)
UNREACHED = {
    "no_endpoint": None,
    "disabled": replace(RECEIVER, disabled="410"),
    "deleted": replace(RECEIVER, secrets=(), deleted=True),
    "unreadable": unreadable(),
}


@pytest.mark.slow
class TestWebhook(HttpContract):
    connector: ClassVar[Any] = WebhookSend
    sample = {"endpoint": "billing", "type": "order.paid", "data": {"id": 17}}
    receiver: Any = RECEIVER
    provokes = {
        "gone": Provoke(answer=Answer(410)),
        "not_taken": Provoke(answer=Answer(500)),
        **{name: Provoke() for name in UNREACHED},
    }

    def make(self, guard: Guard | None = None) -> Connector:
        send = WebhookSend(guard or Guard())
        bound: Any = send.to(self.receiver)
        object.__setattr__(bound, "preview", send.preview)
        return bound

    async def provoke(self, provoke: Provoke, name: str) -> Any:
        self.receiver = UNREACHED.get(name, RECEIVER)
        try:
            return await super().provoke(provoke, name)
        finally:
            self.receiver = RECEIVER
