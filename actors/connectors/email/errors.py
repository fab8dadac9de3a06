"""The error table of ``email.send``."""

from __future__ import annotations

from collections.abc import Mapping

from actors.connectors.base import ConnectorError
from actors.connectors.email.replies import Reply
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import Failure

AUTH = Failure("auth", "CONNECTOR_AUTH", "The server refuses the user name and password, or requires them.")
LATER = Failure("later", "CONNECTOR_TRANSIENT", "The server refuses temporarily, with a reply of 400 to 499.")
REFUSED = Failure("refused", "CONNECTOR_REFUSED", "The server refuses permanently, with a reply of 500 to 599.")
RECIPIENT_LATER = Failure(
    "recipient_later",
    "CONNECTOR_TRANSIENT",
    "The server refuses a recipient temporarily; nothing was sent.",
)
RECIPIENT_REFUSED = Failure(
    "recipient_refused", "CONNECTOR_REFUSED", "The server refuses a recipient; nothing was sent."
)
NO_STARTTLS = Failure("no_starttls", "CONNECTOR_REFUSED", "The server does not offer STARTTLS, so nothing is sent.")
NO_LOGIN = Failure("no_login", "CONNECTOR_REFUSED", "The server does not offer AUTH PLAIN or AUTH LOGIN.")
TOO_LARGE = Failure("message_too_large", "CONNECTOR_REFUSED", "The message is larger than the server accepts.")
NOT_SMTP = Failure("not_smtp", "CONNECTOR_REFUSED", "The server does not speak SMTP.", may_have_arrived=True)
BROKEN = Failure(
    "broken", "CONNECTOR_TRANSIENT", "The connection broke before the server had answered.", may_have_arrived=True
)

FAILURES = (
    AUTH,
    LATER,
    REFUSED,
    RECIPIENT_LATER,
    RECIPIENT_REFUSED,
    NO_STARTTLS,
    NO_LOGIN,
    TOO_LARGE,
    NOT_SMTP,
    BROKEN,
)

_OF_LOGIN = frozenset({530, 534, 535, 538})
"""Replies about authentication: it is required (530), too weak (534), failed (535) or needs encryption (538)."""

_ADVICE: Mapping[str, str] = {
    AUTH.name: "check the user name and the password",
    LATER.name: "send the message again later",
    REFUSED.name: "correct the fault that the server's reply names",
}


def refusal(reply: Reply, to_what: str) -> ConnectorError:
    """Return the error for a command that the mail server refused. ``to_what`` names the command."""
    failure = AUTH if reply.code in _OF_LOGIN else LATER if reply.is_temporary else REFUSED
    return ConnectorError.of(
        failure,
        f"The mail server answered {reply.code} to {to_what}: {_ADVICE[failure.name]}.",
        details={"reply": str(reply)},
    )


def recipients_refused(refused: Mapping[str, Reply], *, all_refused: bool) -> ConnectorError:
    later = any(reply.is_temporary for reply in refused.values())
    fix = "correct the addresses" if all_refused else 'correct these addresses, or set refused_recipients to "skip"'
    advice = "send the message again later" if later else fix
    return ConnectorError.of(
        RECIPIENT_LATER if later else RECIPIENT_REFUSED,
        f"The mail server refused {'all' if all_refused else len(refused)} of the recipients, so nothing was sent: {advice}.",
        details={"refused": shown(refused)},
    )


def shown(refused: Mapping[str, Reply]) -> list[JsonValue]:
    return [{"address": address, "reply": str(reply)} for address, reply in refused.items()]
