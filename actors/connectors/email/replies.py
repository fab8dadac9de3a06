"""Reads the replies of a mail server (RFC 5321 4.2). The size of a reply is limited."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actors.connectors.guard import LineStream

MAX_LINES = 100
MAX_SHOWN_CHARACTERS = 512

_LINE = re.compile(rb"([2-5][0-5][0-9])(?:([ -])(.*))?", re.DOTALL)


class NotSmtpError(Exception):
    """The received text is not a reply of a mail server."""


@dataclass(frozen=True)
class Reply:
    code: int
    lines: tuple[str, ...]

    @property
    def is_temporary(self) -> bool:
        return 400 <= self.code < 500  # noqa: PLR2004

    def __str__(self) -> str:
        # Shortened so that people can read it.
        return f"{self.code} {' '.join(self.lines)}"[:MAX_SHOWN_CHARACTERS].strip()


async def read_reply(stream: LineStream) -> Reply:
    """Read one reply, which can have several lines. Raises NotSmtpError if the text is not a valid SMTP reply.

    Also raises the errors that ``LineStream.read_line`` raises.
    """
    code, lines = b"", []
    for _ in range(MAX_LINES):
        match = _LINE.fullmatch(await stream.read_line())
        if match is None or (code and match[1] != code):
            raise NotSmtpError
        code = match[1]
        lines.append((match[3] or b"").decode(errors="replace").replace("\0", "\ufffd"))
        if match[2] != b"-":
            return Reply(int(code), tuple(lines))
    raise NotSmtpError
