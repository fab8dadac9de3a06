"""Log lines without the secrets of calls under way, whoever writes them: a connector, or a library that it uses.

A line is scrubbed of what any call under way holds, since a thread or a client that calls share tells of no call. What a
call has left behind, such as a task of its own, goes on being scrubbed of what that call held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol


class Scrubs(Protocol):
    """A ``Scrubber`` or a ``Hider``."""

    def scrub_text(self, text: str) -> str: ...


_of_this_call: ContextVar[tuple[Scrubs, ...]] = ContextVar("automate_secrets_of_this_call", default=())
_under_way: set[Scrubs] = set()
_NOTHING: AbstractContextManager[None] = nullcontext()


def unlogged(*scrubbers: Scrubs | None) -> AbstractContextManager[None]:
    """For the length of the block no line has what a scrubber finds. None: there is nothing to find."""
    found = [scrubber for scrubber in scrubbers if scrubber is not None]
    return _unlogged(found) if found else _NOTHING


@contextmanager
def _unlogged(scrubbers: Sequence[Scrubs]) -> Iterator[None]:
    before = _of_this_call.set((*_of_this_call.get(), *scrubbers))
    _under_way.update(scrubbers)
    try:
        yield
    finally:
        _under_way.difference_update(scrubbers)
        _of_this_call.reset(before)


def scrubbed_line(text: str) -> str:
    """The text, or a whole line; the same object where no secret is held."""
    mine = _of_this_call.get()
    if not mine and not _under_way:
        return text
    for scrubber in {*mine, *tuple(_under_way)}:
        text = scrubber.scrub_text(text)
    return text
