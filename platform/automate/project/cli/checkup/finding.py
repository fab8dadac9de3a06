"""What one look found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """what: the fact, in a line. mend: what to do about it; empty where nothing need be done."""

    state: State
    what: str
    mend: str = ""


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warn(what: str, mend: str) -> Finding:
    return Finding("warn", what, mend)


def fail(what: str, mend: str) -> Finding:
    return Finding("fail", what, mend)


def address(url: str) -> str:
    """Host, port and path: a URL without what must not be shown."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path
