"""Removes the secrets of running calls from all log lines.

Calls can share a thread, so each line is searched for the secrets of all running calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol


class Scrubs(Protocol):
    """An object that removes secrets from a text."""

    def scrub_text(self, text: str) -> str: ...


_of_this_call: ContextVar[tuple[Scrubs, ...]] = ContextVar("automate_secrets_of_this_call", default=())
_under_way: set[Scrubs] = set()
_NOTHING: AbstractContextManager[None] = nullcontext()


def redact_logs(*scrubbers: Scrubs | None) -> AbstractContextManager[None]:
    """While the block runs, remove the secrets that ``scrubbers`` know from all log lines."""
    found = [scrubber for scrubber in scrubbers if scrubber is not None]
    return _redact_logs(found) if found else _NOTHING


@contextmanager
def _redact_logs(scrubbers: Sequence[Scrubs]) -> Iterator[None]:
    before = _of_this_call.set((*_of_this_call.get(), *scrubbers))
    _under_way.update(scrubbers)
    try:
        yield
    finally:
        _under_way.difference_update(scrubbers)
        _of_this_call.reset(before)


def scrubbed_line(text: str) -> str:
    """Return a log line without the secrets of calls that are in progress."""
    mine = _of_this_call.get()
    if not mine and not _under_way:
        return text
    for scrubber in {*mine, *tuple(_under_way)}:
        text = scrubber.scrub_text(text)
    return text
