"""What one look found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """what: the fact, in a line. mend: what to do about it; empty where nothing need be done.

    statements: SQL that ``mend`` ends with, a line each. then: what to do after them.
    """

    state: State
    what: str
    mend: str = ""
    statements: tuple[str, ...] = ()
    then: str = ""

    def advice(self) -> list[str]:
        """All that is to be done, in lines."""
        return [text for text in (self.mend, *self.statements, self.then) if text]


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warn(what: str, mend: str, statements: tuple[str, ...] = (), then: str = "") -> Finding:
    return Finding("warn", what, mend, statements, then)


def fail(what: str, mend: str, statements: tuple[str, ...] = (), then: str = "") -> Finding:
    return Finding("fail", what, mend, statements, then)


def address(url: str) -> str:
    """Host, port and path: a URL without what must not be shown."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path
