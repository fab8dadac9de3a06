"""Log lines without the secrets of calls in flight, also if a connector's library writes the line.

A line is scrubbed of the secrets of all calls in flight, since a thread or a shared client serves several calls. A task that
outlives its call is still scrubbed of that call's secrets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol


class Scrubs(Protocol):
    """The interface that ``Scrubber`` and ``Hider`` share."""

    def scrub_text(self, text: str) -> str: ...


_of_this_call: ContextVar[tuple[Scrubs, ...]] = ContextVar("automate_secrets_of_this_call", default=())
_under_way: set[Scrubs] = set()
_NOTHING: AbstractContextManager[None] = nullcontext()


def redact_logs(*scrubbers: Scrubs | None) -> AbstractContextManager[None]:
    """Remove the scrubbers' values from all log lines during the block. None stands for a scrubber without values."""
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
    """Scrub a line, or replace it completely. Returns the same object if no secret is registered."""
    mine = _of_this_call.get()
    if not mine and not _under_way:
        return text
    for scrubber in {*mine, *tuple(_under_way)}:
        text = scrubber.scrub_text(text)
    return text
