"""Messages about the problems of a draft."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import SequenceMatcher

MAX_COMPARED = 100
"""Up to this number of names, similar names are found by likeness, which is slow. Among more names, only a
name that differs in case or separators is found."""
MAX_SUGGESTED = 10
"""Number of problems of one definition that get a suggestion."""
CLOSE = 0.6
"""Minimum likeness of a suggestion. 1 means equal."""
_COMPARED_WHOLE = 3
_COMPARED_CHARACTERS = 64

_left: ContextVar[list[None] | None] = ContextVar("suggestions_left", default=None)

Path = Sequence[str | int]
"""A path in a JSON value, outermost first: ``["steps", 0, "with", "url"]``."""


@contextmanager
def few_suggestions() -> Iterator[None]:
    """In the block, at most MAX_SUGGESTED problems get a suggestion, because the search for a suggestion takes time."""
    if _left.get() is not None:
        yield
        return
    token = _left.set([None] * MAX_SUGGESTED)
    try:
        yield
    finally:
        _left.reset(token)


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return `` Did you mean "x"?`` with a known word. Returns "" if no known word is similar."""
    left = _left.get()
    if left is not None:
        if not left:
            return ""
        left.pop()
    if len(known) > MAX_COMPARED:
        plain = _plain(name)
        near = next((other for other in known if _plain(other) == plain), None)
    else:
        near = _likest(name[:_COMPARED_CHARACTERS], known)
    return f' Did you mean "{near}"?' if near is not None else ""


def _likest(name: str, known: Collection[str]) -> str | None:
    # Counting letters is fast. Only names with similar counts are compared in full.
    matcher = SequenceMatcher(b=name)

    def likeness(other: str, *, whole: bool) -> float:
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() < CLOSE:
            return 0
        return matcher.ratio() if whole else matcher.quick_ratio()

    rough = heapq.nlargest(_COMPARED_WHOLE, known, key=lambda other: likeness(other, whole=False))
    best, near = max(((likeness(other, whole=True), other) for other in rough), default=(0, None))
    return near if best >= CLOSE else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def short(text: str, most: int = 60) -> str:
    """Shorten a text for a message."""
    return text if len(text) <= most else text[: most - 1] + "…"
