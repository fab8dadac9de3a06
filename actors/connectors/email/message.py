"""Converts a step's input to an email and its recipients. The input is the rendered field ``with`` of the step."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from actors.connectors.base import Call
from actors.connectors.email.addresses import read_address, read_addresses, refuse_controls
from actors.connectors.email.schema import (
    FAIL,
    INPUT_SCHEMA,
    MAX_RECIPIENTS,
    PLAIN,
    PORTS,
    SKIP,
    STARTTLS,
)
from actors.connectors.inputs import InputCheck, input_problem, whole
from automate.kernel.json_values import JsonValue, as_integer, as_object, as_objects, as_text, optional_text

MAX_MESSAGE_BYTES = 10 * 1024 * 1024
MESSAGE_ID_CHARACTERS = 32
"""The length of the key's part in the Message-ID: 128 bits in hexadecimal digits."""

_MOST_QUOTED_CHARACTERS = 32 * 1024

_CHECK = InputCheck(INPUT_SCHEMA)
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,76}")
_NO_ATOM = re.compile(r"[^0-9A-Za-z]+")
"""Characters that are replaced in the Message-ID. The key of a dry run has some, and Python 3.10 fails on them."""
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BEFORE_A_WORD = re.compile(r" (?=\S)")
_LINE_CHARACTERS, _MOST_LINE_CHARACTERS = 78, 998
"""The recommended and the maximum length of a line (RFC 5322 2.1.1)."""
_ENCODED_WORD = "=?"
"""The beginning of an encoded word. Python also decodes it within a file name, with encoded line breaks."""
_UNREAD = HeaderRegistry(use_default_map=False)
"""Accepts any text as a header and parses nothing."""
_SET_FOR_YOU = frozenset(
    {
        "bcc",
        "cc",
        "content-disposition",
        "content-transfer-encoding",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "received",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
        "traceparent",
    }
)


class Written(str):
    """The ASCII text of a mail header. Python sends this text unchanged.

    If the text were an ordinary ``str``, Python would encode a header that contains a long word.
    """

    __slots__ = ("name",)
    name: str

    def __new__(cls, name: str, value: str) -> Written:  # noqa: PYI034 - Python 3.10 has no Self
        made = super().__new__(cls, value)
        made.name = name
        return made

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return the header, folded into lines. A new line begins only before a word."""
        first, *words = _BEFORE_A_WORD.split(self)
        lines = [f"{self.name}: {first}"]
        for word in words:
            if len(lines[-1]) + len(word) < _LINE_CHARACTERS:
                lines[-1] += f" {word}"
            else:
                lines.append(f" {word}")
        return policy.linesep.join([*lines, ""])


@dataclass(frozen=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Email:
    """One validated message."""

    host: str
    port: int
    security: str
    username: str | None
    password: str | None = field(repr=False)
    """None without a login."""
    sender: str
    recipients: Sequence[str]
    headers: Mapping[str, str | Address | tuple[Address, ...]] = field(repr=False)
    """All headers of the message, in order."""
    text: str | None = field(repr=False)
    html: str | None = field(repr=False)
    attachments: Sequence[Attachment]
    skip_refused: bool
    """Whether to send to the accepted recipients if the server refuses others."""

    @property
    def message_id(self) -> str:
        return str(self.headers["Message-ID"])

    def as_bytes(self) -> bytes:
        """Return the message with CRLF at the ends of lines. Raises BAD_USER_INPUT if the message is too large."""
        message = EmailMessage(policy=SMTP)
        for name, value in self.headers.items():
            message[name] = value
        if self.text is not None:
            message.set_content(self.text, cte=_transfer(self.text))
        if self.html is not None:
            add = message.set_content if self.text is None else message.add_alternative
            add(self.html, subtype="html", cte=_transfer(self.html))
        for attached in self.attachments:
            main, _, sub = attached.content_type.partition("/")
            message.add_attachment(attached.content, maintype=main, subtype=sub, filename=attached.filename)
        data = _LINE_END.sub(b"\r\n", message.as_bytes())
        if len(data) > MAX_MESSAGE_BYTES:
            raise input_problem(
                "attachments",
                f"The encoded message has {len(data):,} bytes, and the maximum is {MAX_MESSAGE_BYTES:,}. Send a link instead.",
            )
        return data


def _transfer(text: str) -> str:
    # Long texts use base64, because Python encodes quoted-printable slowly.
    return "quoted-printable" if len(text) <= _MOST_QUOTED_CHARACTERS else "base64"


def read_email(call: Call) -> Email:
    """Read the message from a call's input.

    Raises BAD_USER_INPUT for an invalid input. The error has no values of the input, because each value may be a secret.
    """
    given = call.input
    _CHECK(given)
    security = as_text(given.get("security", STARTTLS))
    if security == PLAIN and "password" in given:
        raise input_problem(
            "security", "A password is never sent unencrypted. Choose starttls or tls, or remove the login."
        )
    sender = read_address(as_text(given["from"]), "from")
    seen = {name: read_addresses(given.get(name), name) for name in ("to", "cc", "reply_to")}
    all_addresses = [*seen["to"], *seen["cc"], *read_addresses(given.get("bcc"), "bcc")]
    recipients = list(dict.fromkeys(address.addr_spec for address in all_addresses))
    if len(recipients) > MAX_RECIPIENTS:
        raise input_problem(
            "to",
            f"The message has {len(recipients)} recipients, and the maximum is {MAX_RECIPIENTS}. Send several messages.",
        )
    return Email(
        host=as_text(given["host"]),
        port=as_integer(given.get("port", PORTS[security])),
        security=security,
        username=optional_text(given.get("username")),
        password=optional_text(given.get("password")),
        sender=sender.addr_spec,
        recipients=recipients,
        headers=_headers(call, sender, seen),
        text=_body(given, "text"),
        html=_body(given, "html"),
        attachments=[
            _attachment(one, f"attachments.{at}") for at, one in enumerate(as_objects(given.get("attachments", [])))
        ],
        skip_refused=given.get("refused_recipients", FAIL) == SKIP,
    )


def _headers(
    call: Call, sender: Address, seen: Mapping[str, Sequence[Address]]
) -> dict[str, str | Address | tuple[Address, ...]]:
    given = call.input
    subject = as_text(given["subject"])
    refuse_controls(subject, "subject")
    headers: dict[str, str | Address | tuple[Address, ...]] = {"From": sender}
    for name, header in (("to", "To"), ("cc", "Cc"), ("reply_to", "Reply-To")):
        if seen[name]:
            headers[header] = tuple(seen[name])
    headers["Subject"] = subject
    headers["Date"] = format_datetime(datetime.now(timezone.utc))
    # Two messages with one Message-ID can be recognised as equal, after a person decided to send it again.
    headers["Message-ID"] = f"<{_NO_ATOM.sub('-', call.idempotency_key)[:MESSAGE_ID_CHARACTERS]}@{sender.domain}>"
    headers["Traceparent"] = call.traceparent
    for name, given_value in as_object(given.get("headers") or {}).items():
        value = as_text(given_value)
        field_name = f"headers.{whole(name)}"
        if not _HEADER_NAME.fullmatch(name):
            raise input_problem("headers", f"{whole(name)!r} is not a header name: use letters, digits and hyphens.")
        if name.lower() in _SET_FOR_YOU:
            raise input_problem(
                field_name,
                f"The header {name} must not be in `headers`, because another field sets it. Remove it from `headers`.",
            )
        if name.lower() in (known.lower() for known in headers):
            raise input_problem(
                field_name, f"The header {name} occurs twice, with different case. Write the header once."
            )
        refuse_controls(value, field_name)
        headers[name] = _further(name, value.strip(" "))
    return headers


def _further(name: str, value: str) -> str:
    longest = max(map(len, value.split(" ")))
    as_written = value.isascii() and len(name) + longest + 2 <= _MOST_LINE_CHARACTERS
    return Written(name, value) if as_written else _UNREAD(name, value)


def _body(given: Mapping[str, JsonValue], name: str) -> str | None:
    text = optional_text(given.get(name))
    if text is not None:
        _encoded(text, name)
    return text


def _attachment(given: Mapping[str, JsonValue], place: str) -> Attachment:
    filename = as_text(given["filename"])
    refuse_controls(filename, f"{place}.filename")
    if _ENCODED_WORD in filename:
        message = f'{place}.filename contains "{_ENCODED_WORD}", which mail programs read as the beginning of encoded text. Remove it.'
        raise input_problem(f"{place}.filename", message)
    content_type = as_text(given.get("content_type", "text/plain" if "text" in given else "application/octet-stream"))
    if content_type.lower().startswith(("multipart/", "message/")):
        raise input_problem(
            f"{place}.content_type", "An attachment is a file; its content type must not be message or multipart."
        )
    if "text" in given:
        return Attachment(filename, content_type, _encoded(as_text(given["text"]), f"{place}.text"))
    try:
        content = base64.b64decode(as_text(given["base64"]), validate=True)
    except (binascii.Error, ValueError):
        raise input_problem(f"{place}.base64", "The attachment is not base64. Use `text` for plain text.") from None
    return Attachment(filename, content_type, content)


def _encoded(text: str, place: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise input_problem(
            place, "The text contains half of a surrogate pair, which UTF-8 cannot encode. Remove it."
        ) from None
