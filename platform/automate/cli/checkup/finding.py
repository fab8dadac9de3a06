"""The result of one check of ``automate doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    state: State
    what: str
    """The fact, in one line."""
    fix: str = ""
    """The fix; empty if none is needed."""
    statements: tuple[str, ...] = ()
    """SQL at the end of the fix, one statement a line."""
    then: str = ""
    """The last part of the fix, after these statements."""

    def advice(self) -> list[str]:
        """Return the lines of the advice: the fix, then SQL statements to execute, then what to do after the statements."""
        return [text for text in (self.fix, *self.statements, self.then) if text]


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warn(what: str, fix: str, statements: tuple[str, ...] = (), then: str = "") -> Finding:
    return Finding("warn", what, fix, statements, then)


def fail(what: str, fix: str, statements: tuple[str, ...] = (), then: str = "") -> Finding:
    return Finding("fail", what, fix, statements, then)


def address(url: str) -> str:
    """Return the host, port and path of a URL."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path
