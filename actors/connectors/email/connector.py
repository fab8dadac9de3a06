"""The connector ``email.send``."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import anyio

from actors.connectors.base import Call, ConnectorError
from actors.connectors.email.errors import BROKEN, FAILURES, NOT_SMTP, shown
from actors.connectors.email.message import Email, read_email
from actors.connectors.email.replies import NotSmtpError, Reply
from actors.connectors.email.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from actors.connectors.email.smtp import Handover, hand_over, take_leave
from actors.connectors.guard import MAIL_PORTS, Guard, LineStream, OverlongError, connect_failures
from actors.connectors.guard.failures import TIMED_OUT
from actors.connectors.inputs import BAD_INPUT
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import ConnectorSpec, HostField

LEAVE_SECONDS = 1.0
"""The time limit of QUIT. The server has already accepted the message, so a failed QUIT has no effect."""


class EmailSend:
    """Sends mails. The effect is unsafe because SMTP has no idempotency keys."""

    api = "1.1"
    spec = ConnectorSpec(
        name="email.send",
        title="Send an email",
        description="Sends one message to a mail server.",
        effect="unsafe",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        external_id=("message_id",),
        failures=(BAD_INPUT, *FAILURES, *connect_failures(), TIMED_OUT),
        host_fields=(HostField(("host",), kind="host"),),
    )
    inline = False

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def call(self, call: Call) -> JsonValue:
        """Send the mail.

        Raises CONNECTOR_REFUSED if the server does not speak SMTP. Raises CONNECTOR_TRANSIENT if the connection breaks before the
        reply. Raises CONNECTOR_TIMEOUT if the call does not end in time. If the server has possibly received the mail, the
        field ``arrived`` of the error is True.
        """
        email = read_email(call)
        # In a thread: large attachments take long to encode, and the loop is shared.
        data = await asyncio.to_thread(email.as_bytes)
        handover = Handover()
        with anyio.move_on_after(call.timeout_seconds):
            try:
                return await self._send(call, email, data, handover)
            except ConnectorError as error:
                error.arrived = error.arrived or handover.begun
                raise
            except (NotSmtpError, OverlongError):
                message = "The server does not speak SMTP. Check `host`, `port` and `security`."
                raise ConnectorError.of(NOT_SMTP, message, arrived=handover.begun) from None
            except ConnectionError as error:
                raise _broken(handover) from error
        if handover.taken is not None:
            return _output(email, handover, handover.taken)
        sent = "sent in part or whole, without a reply from the server" if handover.begun else "not sent"
        raise ConnectorError.of(
            TIMED_OUT,
            f"The call did not end within {call.timeout_seconds:g} s. The message was {sent}.",
            arrived=handover.begun,
        )

    def preview(self, call: Call) -> JsonValue:
        """Return a preview: the parts of the message."""
        email = read_email(call)
        email.as_bytes()
        return {
            "host": email.host,
            "port": email.port,
            "security": email.security,
            "username": email.username,
            "password": email.password,
            "from": email.sender,
            "recipients": list(email.recipients),
            "headers": {name: _header(value) for name, value in email.headers.items()},
            "text": email.text,
            "html": email.html,
            "attachments": [
                {"filename": one.filename, "content_type": one.content_type, "bytes": len(one.content)}
                for one in email.attachments
            ],
        }

    async def _send(self, call: Call, email: Email, data: bytes, handover: Handover) -> JsonValue:
        stream = await self._guard.connect(email.host, email.port, call.allowed_networks, MAIL_PORTS)
        try:
            reply = await hand_over(stream, email, data, handover)
            await _leave(stream)
        finally:
            stream.close()
        return _output(email, handover, reply)


async def _leave(stream: LineStream) -> None:
    # A failure is ignored, because the server has already accepted the message.
    with (
        anyio.move_on_after(LEAVE_SECONDS),
        suppress(ConnectionError, NotSmtpError, OverlongError),
    ):
        await take_leave(stream)


def _broken(handover: Handover) -> ConnectorError:
    sent = "the server may have received the message" if handover.begun else "the message was not sent"
    return ConnectorError.of(
        BROKEN, f"The connection broke before the mail server had answered; {sent}.", arrived=handover.begun
    )


def _output(email: Email, handover: Handover, reply: Reply) -> JsonValue:
    return {
        "message_id": email.message_id,
        "accepted": [address for address in email.recipients if address not in handover.refused],
        "refused": shown(handover.refused),
        "reply": str(reply),
    }


def _header(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
