"""Mail servers for tests: a real one in a thread of its own, and one that says what a test tells it to say."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult
from typing_extensions import Self

from tests.support.serving import Connections

TAKEN = "250 2.0.0 Ok: queued as 17"


@dataclass(frozen=True)
class Received:
    """A message that the server took. data: its bytes, as they were sent and with the dots undone."""

    sender: str
    recipients: Sequence[str]
    data: bytes
    encrypted: bool
    login: str | None

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.data.replace(b"\r\n", b"\n"), policy=policy.default)


class MailServer:
    """``with MailServer() as server``. tls: encrypted from the first byte; starttls: after STARTTLS. users: who may log
    in, and has to where there are any. refuses: what is answered to a sender or recipient, or to ``DATA``. port: a free one
    by default. options: aiosmtpd's own.
    """

    def __init__(
        self,
        *,
        tls: Any = None,
        starttls: Any = None,
        users: Mapping[str, str] | None = None,
        refuses: Mapping[str, str] | None = None,
        port: int = 0,
        **options: Any,
    ) -> None:
        self.received: list[Received] = []
        self.port = port
        self._tls: ssl.SSLContext | None = tls
        self._users, self._refuses = users or {}, refuses or {}
        self._options = {"tls_context": starttls, "auth_require_tls": tls is None, **options}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-server")

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_exception: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def take_all(self) -> None:
        """Refuse nothing any more."""
        self._refuses = {}

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=self._tls)

    def _protocol(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that AUTH does not require TLS: it knows no other TLS than STARTTLS's
            return SMTP(
                self,
                hostname="mail.example",
                loop=self._loop,
                authenticator=self._authenticate,
                auth_required=bool(self._users),
                **self._options,
            )

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        login, password = data.login.decode(), data.password.decode()
        return AuthResult(success=self._users.get(login) == password, handled=False, auth_data=login)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address not in self._refuses:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self._refuses.get(address, "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address not in self._refuses:
            envelope.rcpt_tos.append(address)
        return self._refuses.get(address, "250 OK")

    async def handle_DATA(self, _server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" not in self._refuses:
            encrypted = self._tls is not None or session.ssl is not None
            self.received.append(
                Received(envelope.mail_from, envelope.rcpt_tos, envelope.content, encrypted, session.auth_data)
            )
        return self._refuses.get("DATA", TAKEN)


Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def say_nothing(_writer: asyncio.StreamWriter) -> None:
    pass


class ScriptedMail:
    """``async with ScriptedMail(greeting, *replies) as server``: one reply to each command, and to the message.

    A reply is a line without its end, bytes that are sent as they are, or an act. heard: the commands, then the message.
    """

    def __init__(self, *replies: str | bytes | Act) -> None:
        self._replies = replies
        self.heard: list[bytes] = []
        self._connections = Connections()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**24)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connections.end(self._server)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._connections.serving(writer):
            for place, reply in enumerate(self._replies):
                if place:
                    ending = b"\r\n.\r\n" if self.heard[-1:] == [b"DATA"] else b"\r\n"
                    self.heard.append((await reader.readuntil(ending)).removesuffix(b"\r\n"))
                if callable(reply):
                    await reply(writer)
                else:
                    writer.write(reply if isinstance(reply, bytes) else reply.encode() + b"\r\n")
                    await writer.drain()
            await reader.read()
