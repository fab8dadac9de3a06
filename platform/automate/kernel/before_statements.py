"""Calls a function before each statement that the current thread sends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _ThisThread(threading.local):
    before: Callable[[], object] | None = None


_this_thread = _ThisThread()


@contextmanager
def before_each_statement(call: Callable[[], object] | None) -> Iterator[None]:
    """Within the block, call ``call`` before this thread sends a statement, or statements together. COMMIT is no statement."""
    former, _this_thread.before = _this_thread.before, call
    try:
        yield
    finally:
        _this_thread.before = former


def announce_statement() -> None:
    """Make the call of ``before_each_statement``. The functions of ``kernel/sql.py`` call this function."""
    if (before := _this_thread.before) is not None:
        before()
