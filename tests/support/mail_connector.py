"""A connector for mail as somebody else would write it: it imports ``actors.sdk`` alone."""

from __future__ import annotations

import base64
from typing import Any

import anyio

from actors.sdk import (
    BAD_INPUT,
    MAIL_PORTS,
    Call,
    ConnectorError,
    ConnectorSpec,
    Failure,
    Host,
    HostField,
    InputCheck,
    Json,
    LineStream,
    OverlongError,
    connect_failures,
    input_problem,
)

LATER = Failure("later", "CONNECTOR_TRANSIENT", "The server refuses for now.")
REFUSED = Failure("refused", "CONNECTOR_REFUSED", "The server refuses.")
NO_TLS = Failure("no_tls", "CONNECTOR_REFUSED", "The server offers no TLS.")
NOT_SMTP = Failure("not_smtp", "CONNECTOR_REFUSED", "What answers there speaks no SMTP.", may_have_arrived=True)
BROKEN = Failure("broken", "CONNECTOR_TRANSIENT", "The connection broke.", may_have_arrived=True)
TIMED_OUT = Failure("timed_out", "CONNECTOR_TIMEOUT", "It did not end in the step's time.", may_have_arrived=True)


def text(title: str, **more: Any) -> dict[str, Json]:
    return {"title": title, "type": "string", **more}


INPUT: dict[str, Json] = {
    "type": "object",
    "required": ["host", "user", "password", "from", "to", "subject", "text"],
    "additionalProperties": False,
    "properties": {
        "host": text("Server", examples=["smtp.example.com"]),
        "user": text("User", examples=["robot"]),
        "password": text("Password", examples=["$secret:SMTP_PASSWORD"]),
        "from": text("From", pattern="^[^\\s<>]+$", examples=["robot@example.com"]),
        "to": text("To", pattern="^[^\\s<>]+$", examples=["ada@example.com"]),
        "subject": text("Subject", examples=["Order 17"]),
        "text": text("Text", examples=["It is paid."]),
    },
}
OUTPUT: dict[str, Json] = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {"id": text("Message-ID", examples=["<1@example.com>"])},
}
_CHECK = InputCheck(INPUT)


class AcmeMail:
    api = "1.1"
    spec = ConnectorSpec(
        name="acme.mail",
        title="Hand over a mail",
        description="Hands one message to a server, encrypted and logged in.",
        effect="unsafe",
        input_schema=INPUT,
        output_schema=OUTPUT,
        failures=(BAD_INPUT, LATER, REFUSED, NO_TLS, NOT_SMTP, BROKEN, TIMED_OUT, *connect_failures()),
        host_fields=(HostField(("host",), kind="host"),),
    )
    inline = False

    def __init__(self, host: Host) -> None:
        self._guard = host.guard

    async def call(self, call: Call) -> Json:
        _CHECK(call.input)
        given = self.checked(call)
        told = {"begun": False}
        with anyio.move_on_after(call.timeout_seconds):
            stream = await self._guard.connect(given["host"], 587, call.allowed_networks, MAIL_PORTS)
            try:
                await self.hand_over(stream, call, told)
                return {"id": message_id(call)}
            except (OverlongError, ValueError):
                raise ConnectorError.of(NOT_SMTP, "This is no SMTP.", arrived=told["begun"]) from None
            except ConnectionError:
                raise ConnectorError.of(BROKEN, "The connection broke.", arrived=told["begun"]) from None
            finally:
                stream.close()
        raise ConnectorError.of(TIMED_OUT, "It took too long.", arrived=told["begun"])

    def checked(self, call: Call) -> Any:
        for name in ("host", "from", "to", "subject"):
            if not call.input[name].isprintable():
                raise input_problem(name, f"{name}: it holds a line break; remove it.")
        return call.input

    async def hand_over(self, stream: LineStream, call: Call, told: dict[str, bool]) -> None:
        given = call.input
        await self.expect(stream, "", 220)
        if "STARTTLS" not in await self.expect(stream, "EHLO [127.0.0.1]", 250):
            raise ConnectorError.of(NO_TLS, "The server offers no TLS.")
        await self.expect(stream, "STARTTLS", 220)
        await stream.start_tls()
        await self.expect(stream, "EHLO [127.0.0.1]", 250)
        proof = base64.b64encode(f"\0{given['user']}\0{given['password']}".encode()).decode()
        await self.expect(stream, f"AUTH PLAIN {proof}", 235)
        await self.expect(stream, f"MAIL FROM:<{given['from']}>", 250)
        await self.expect(stream, f"RCPT TO:<{given['to']}>", 250)
        await self.expect(stream, "DATA", 354)
        told["begun"] = True
        stream.write(self.message(call).encode())
        await self.settle(stream, told)

    async def settle(self, stream: LineStream, told: dict[str, bool]) -> None:
        try:
            await self.expect(stream, "", 250)
        except ConnectorError:
            told["begun"] = False
            raise

    def message(self, call: Call) -> str:
        given = call.input
        head = {
            "From": given["from"],
            "To": given["to"],
            "Subject": given["subject"],
            "Message-ID": message_id(call),
            "Traceparent": call.traceparent,
        }
        lines = [f"{name}: {value}" for name, value in head.items()]
        body = [f".{line}" if line.startswith(".") else line for line in given["text"].splitlines()]
        return "\r\n".join([*lines, "", *body, ".", ""])

    async def expect(self, stream: LineStream, command: str, code: int) -> str:
        """Say a command, where there is one, and read the reply."""
        if command:
            stream.write(f"{command}\r\n".encode())
        lines = [await stream.read_line()]
        while lines[-1][3:4] == b"-":
            lines.append(await stream.read_line())
            if len(lines) > 100 or lines[-1][:3] != lines[0][:3]:
                raise ValueError("no end, or another code")
        said = int(lines[0][:3])
        if 400 <= said < 600 and len(lines[0]) > 3:
            raise ConnectorError.of(LATER if said < 500 else REFUSED, f"The server answered {said}.")
        if said != code or lines[0][3:4] not in {b" ", b"-", b""}:
            raise ValueError("another code")
        return b" ".join(lines).decode("latin-1")


def message_id(call: Call) -> str:
    return f"<{call.idempotency_key[:32]}@{call.input['from'].partition('@')[2]}>"
