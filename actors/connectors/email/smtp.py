"""Sends a message to a mail server by SMTP (RFC 5321). Can use STARTTLS, AUTH and SIZE."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from actors.connectors.base import ConnectorError
from actors.connectors.email.errors import NO_LOGIN, NO_STARTTLS, TOO_LARGE, recipients_refused, refusal
from actors.connectors.email.message import Email
from actors.connectors.email.replies import NotSmtpError, Reply, read_reply
from actors.connectors.email.schema import STARTTLS, TLS
from actors.connectors.guard import LineStream

OUR_NAME = "[127.0.0.1]"
"""The name in EHLO for a client without a name: an address literal, because the machine's name is private."""

_FIRST_DOT = re.compile(rb"^\.", re.MULTILINE)
_READY, _OK, _GO_ON, _MORE, _PROVED = 220, 250, 354, 334, 235
_WILL_FORWARD = 251
_GO_AHEADS, _REFUSALS = 300, 400
"""The first reply code of each kind. Codes from 500 on refuse permanently."""


@dataclass
class Handover:
    """The progress of sending one message to a mail server."""

    begun: bool = False
    """Some of the message may have left, so the server possibly has the message."""
    taken: Reply | None = None
    """The reply to the accepted message."""
    refused: dict[str, Reply] = field(default_factory=dict)
    """Recipients that do not get the message."""


async def hand_over(stream: LineStream, email: Email, data: bytes, handover: Handover) -> Reply:
    """Send one message to the mail server.

    Raises ConnectorError if the server refuses a command, and NotSmtpError if a reply is not SMTP. Errors of the stream
    are passed on.
    """
    if email.security == TLS:
        await stream.start_tls()
    _expect(await read_reply(stream), "the connection", _READY)
    offers = await _greet(stream)
    if email.security == STARTTLS:
        offers = await _encrypt(stream, offers)
    if email.username is not None and email.password is not None:
        await _log_in(stream, offers, email.username, email.password)
    await _name_envelope(stream, offers, email, len(data), handover)
    _expect(await _ask(stream, b"DATA"), "DATA", _GO_ON)
    handover.begun = True
    ending = b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
    stream.write(_FIRST_DOT.sub(b"..", data) + ending)
    reply = await read_reply(stream)
    if _GO_AHEADS <= reply.code < _REFUSALS:  # the server asks for more, and has not accepted the message
        raise NotSmtpError
    handover.begun = False
    if reply.code >= _REFUSALS:
        raise refusal(reply, "the message")
    handover.taken = reply
    return reply


async def take_leave(stream: LineStream) -> None:
    await _ask(stream, b"QUIT")


async def _ask(stream: LineStream, command: bytes) -> Reply:
    stream.write(command + b"\r\n")
    return await read_reply(stream)


def _expect(reply: Reply, to_what: str, *codes: int) -> Reply:
    if reply.code in codes:
        return reply
    if reply.code < _REFUSALS:  # an intermediate reply, which is not allowed here
        raise NotSmtpError
    raise refusal(reply, to_what)


async def _greet(stream: LineStream) -> Mapping[str, str]:
    # The keyword of each extension of the server -> its parameters, all in capitals.
    reply = _expect(await _ask(stream, b"EHLO " + OUR_NAME.encode()), "EHLO", _OK)
    pairs = [line.upper().partition(" ") for line in reply.lines[1:]]
    return {keyword: parameters for keyword, _, parameters in pairs}


async def _encrypt(stream: LineStream, offers: Mapping[str, str]) -> Mapping[str, str]:
    # An attacker could have changed the first list of extensions, because it was not encrypted.
    if "STARTTLS" not in offers:
        raise ConnectorError.of(
            NO_STARTTLS, 'The mail server does not offer STARTTLS, so nothing was sent. Try "tls" on port 465.'
        )
    _expect(await _ask(stream, b"STARTTLS"), "STARTTLS", _READY)
    await stream.start_tls()
    return await _greet(stream)


async def _log_in(stream: LineStream, offers: Mapping[str, str], username: str, password: str) -> None:
    ways = offers.get("AUTH", "").split()
    if "PLAIN" in ways:
        proof = base64.b64encode(f"\0{username}\0{password}".encode())
        _expect(await _ask(stream, b"AUTH PLAIN " + proof), "the login", _PROVED)
    elif "LOGIN" in ways:
        _expect(await _ask(stream, b"AUTH LOGIN"), "the login", _MORE)
        _expect(await _ask(stream, base64.b64encode(username.encode())), "the login", _MORE)
        _expect(await _ask(stream, base64.b64encode(password.encode())), "the login", _PROVED)
    else:
        raise ConnectorError.of(
            NO_LOGIN,
            "The mail server does not offer AUTH PLAIN or AUTH LOGIN. Remove the login, or use another port.",
        )


async def _name_envelope(
    stream: LineStream, offers: Mapping[str, str], email: Email, size: int, handover: Handover
) -> None:
    # With `email.skip_refused`, a refused recipient is skipped. It still raises if all recipients are refused, or a refusal
    # is temporary.
    most = offers.get("SIZE", "")
    if most.isascii() and most.isdigit() and 0 < int(most[:15]) < size:
        raise ConnectorError.of(
            TOO_LARGE,
            f"The message has {size:,} bytes, and the mail server accepts {int(most[:15]):,}. Send a link instead.",
        )
    parameter = f" SIZE={size}" if "SIZE" in offers else ""
    _expect(await _ask(stream, f"MAIL FROM:<{email.sender}>{parameter}".encode()), "the sender", _OK)
    for address in email.recipients:
        reply = await _ask(stream, f"RCPT TO:<{address}>".encode())
        if reply.code in {_OK, _WILL_FORWARD}:
            continue
        if reply.code < _REFUSALS:
            raise NotSmtpError
        handover.refused[address] = reply
    refused = handover.refused
    all_refused = len(refused) == len(email.recipients)
    if refused and (all_refused or not email.skip_refused or any(reply.is_temporary for reply in refused.values())):
        raise recipients_refused(refused, all_refused=all_refused)
