"""A real mail server on this machine, which fails on demand."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType

from actors.sdk.contract.faults import DONE_NOTHING, Fault
from actors.sdk.contract.peer import DRIP_SECONDS
from tests.support.mail_conversation import Conversation

GREETING, MESSAGE = "", "."
"""The places before the first command and after the message. Other places of a dialogue are named by the command's
verb."""
TLS_PORT = 465
"""The port on which a mail server expects TLS from the first byte (RFC 8314)."""
NAME = "mail.contract.example"
OFFERS = f"250-{NAME}\r\n250-AUTH PLAIN LOGIN\r\n250-SIZE 10485760\r\n250 8BITMIME"
OFFERS_TLS = f"250-{NAME}\r\n250-STARTTLS\r\n250-SIZE 10485760\r\n250 8BITMIME"
REFUSED_FOR_NOW = "450 4.7.1 Too many messages for now, try again later"
_REFUSALS = range(400, 600)
_QUESTIONS: Mapping[bytes, Sequence[bytes]] = {b"PLAIN": [b""], b"LOGIN": [b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6"]}
"""The server's questions to the client, for each mechanism of login."""
_ECHOED = 400
"""The number of characters of an echoed line."""
_ADDRESS = re.compile(rb"[^:]*:\s*<([^>]*)>")

Says = Mapping[str, "str | Fault"]
"""Replaces the usual reply, by the place in the dialogue: another reply without its line end, or a misbehaviour."""


@dataclass(frozen=True)
class Mail:
    """One received message."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes = field(repr=False)
    """The message as it was sent, without dot-stuffing."""
    encrypted: bool
    login: str
    """The authenticated user; empty without a login."""

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "")


class MailService:
    """A substitute for the receiving mail system."""

    def __init__(self) -> None:
        self.done: list[Mail] = []

    def take(self, mail: Mail) -> str:
        """Return the reply to a message. A message with an effect is appended to ``done``."""
        self.done.append(mail)
        return f"250 2.0.0 Taken as {len(self.done)}"


@dataclass
class _Envelope:
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    login: str = ""
    received: list[bytes] = field(default_factory=list)


class MailPeer:
    """A mail server for tests: ``async with MailPeer(service) as peer``."""

    def __init__(self, service: MailService, says: Says | None = None) -> None:
        self.service, self.says = service, says or {}
        self.connections = 0
        self.verbs: list[str] = []
        self.certificate: ssl.SSLContext | None = None
        self.tls_at_once = False
        self._conversations: list[Conversation] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def in_clear(self) -> bytes:
        return b"".join(one.in_clear for one in self._conversations)

    async def __aenter__(self) -> MailPeer:  # noqa: PYI034 - Python 3.10 has no Self
        self._server = await asyncio.get_running_loop().create_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self) -> Conversation:
        conversation = Conversation(self._begin)
        self.connections += 1
        self._conversations.append(conversation)
        return conversation

    def _begin(self, conversation: Conversation) -> None:
        task = asyncio.get_running_loop().create_task(self._converse(conversation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, with_: Conversation) -> None:
        try:
            if self.tls_at_once and self.certificate is not None:
                await with_.start_tls(self.certificate)
            envelope = _Envelope()
            going = await self._say(with_, GREETING, f"220 {NAME} ready", envelope)
            while going:
                command = await with_.read(b"\r\n")
                envelope.received.append(command)
                verb = command.split(b" ", 1)[0].decode("latin-1").upper()
                self.verbs.append(verb)
                going = await self._obey(with_, verb, command, envelope)
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            with_.close()

    async def _obey(self, with_: Conversation, verb: str, command: bytes, envelope: _Envelope) -> bool:
        if verb == "STARTTLS" and verb not in self.says and self.certificate is not None and not with_.encrypted:
            await with_.start_tls(self.certificate, b"220 2.0.0 Go ahead\r\n")
            return True
        if verb == "AUTH":
            return await self._log_in(with_, command, envelope)
        if verb == "DATA":
            return await self._take(with_, envelope)
        usual = self._usual(with_, verb)
        # A client whose EHLO is refused may try HELO.
        going = await self._say(with_, "EHLO" if verb == "HELO" else verb, usual, envelope)
        if going and self._consents(verb, usual):
            found = _ADDRESS.match(command)
            address = found[1].decode("latin-1") if found else ""
            if verb == "MAIL":
                envelope.sender, envelope.recipients = address, []
            elif verb == "RCPT":
                envelope.recipients.append(address)
        return going and verb != "QUIT"

    def _usual(self, with_: Conversation, verb: str) -> str:
        if verb == "EHLO":
            return OFFERS if with_.encrypted or self.certificate is None else OFFERS_TLS
        known = {"HELO": f"250 {NAME}", "MAIL": "250 2.1.0 Ok", "RCPT": "250 2.1.5 Ok", "QUIT": "221 2.0.0 Bye"}
        return known.get(verb, "250 2.0.0 Ok" if verb in {"RSET", "NOOP"} else "500 5.5.2 No such command")

    def _consents(self, place: str, usual: str) -> bool:
        said = self.says.get(place, usual)
        if isinstance(said, Fault):
            return said not in DONE_NOTHING
        return not said[:3].isdigit() or int(said[:3]) not in _REFUSALS

    async def _log_in(self, with_: Conversation, command: bytes, envelope: _Envelope) -> bool:
        words = command.upper().split()[1:2]
        if not words or words[0] not in _QUESTIONS:
            with_.write(b"504 5.5.4 PLAIN or LOGIN\r\n")
            return True
        given = command.split()[2:]
        for question in _QUESTIONS[words[0]][len(given) :]:
            with_.write(b"334 " + question + b"\r\n")
            given.append(await with_.read(b"\r\n"))
            envelope.received.append(given[-1])
        if self._consents("AUTH", "235 2.7.0 Welcome"):
            parts = _decoded(given[0]).split("\0")
            envelope.login = parts[1] if len(parts) > 1 else parts[0]
        return await self._say(with_, "AUTH", "235 2.7.0 Welcome", envelope)

    async def _take(self, with_: Conversation, envelope: _Envelope) -> bool:
        if not envelope.recipients:
            with_.write(b"503 5.5.1 Whose mail, and for whom?\r\n")
            return True
        going = await self._say(with_, "DATA", "354 Send the message", envelope)
        if not going or not self._consents("DATA", "354 Send the message"):
            return going
        data = (await with_.read(b"\r\n.\r\n")) + b"\r\n"
        envelope.received.append(data)
        data = re.sub(rb"^\.", b"", data, flags=re.MULTILINE)
        reply = "250 2.0.0 Taken"
        if self._consents(MESSAGE, reply):
            recipients = tuple(envelope.recipients)
            reply = self.service.take(Mail(envelope.sender, recipients, data, with_.encrypted, envelope.login))
        envelope.recipients = []
        return await self._say(with_, MESSAGE, reply, envelope)

    async def _say(self, with_: Conversation, place: str, usual: str, envelope: _Envelope) -> bool:
        said = self.says.get(place, usual)
        if not isinstance(said, Fault):
            with_.write(said.encode() + b"\r\n")
        elif said is Fault.TIME_OUT:
            await asyncio.Event().wait()
        elif said is Fault.RESET:
            with_.reset()
        elif said is Fault.HALF_A_BODY:
            with_.write(usual[:2].encode())
        elif said is Fault.SLOW_DRIP:
            with_.write(usual[:3].encode() + b"-")
            while True:
                with_.write(b"a")
                await asyncio.sleep(DRIP_SECONDS)
        else:
            with_.write(_spoilt(said, usual, envelope.received))
            return said is not Fault.WRONG_TYPE
        return not isinstance(said, Fault)


def _spoilt(fault: Fault, usual: str, received: list[bytes]) -> bytes:
    if fault is Fault.RATE_LIMITED:
        return REFUSED_FOR_NOW.encode() + b"\r\n"
    if fault is Fault.WRONG_TYPE:
        return b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>\r\n"
    if fault in {Fault.ECHO, Fault.ECHO_REFUSED}:
        code = usual[:3] if fault is Fault.ECHO else "550"
        text = " ".join(b" ".join(received).decode("latin-1").split())
        lines = [text[at : at + _ECHOED] for at in range(0, len(text), _ECHOED)] or ["nothing"]
        *before, last = lines
        return "".join([*(f"{code}-{line}\r\n" for line in before), f"{code} {last}\r\n"]).encode()
    raise ValueError(f"a mail server cannot do {fault.name}")


def _decoded(given: bytes) -> str:
    try:
        return base64.b64decode(given, validate=True).decode("latin-1")
    except binascii.Error:
        return ""
