"""Helpers to open, require and share transactions, and to run code after a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from django.db import transaction

from automate.kernel import locks

_shared: ContextVar[bool] = ContextVar("shared", default=False)
_tried: ContextVar[bool] = ContextVar("tried", default=False)


class TransactionRequiredError(RuntimeError):
    """A function that must share its caller's transaction was called outside of one."""


def in_transaction() -> AbstractContextManager[None]:
    """Open a transaction that commits at the end of the block.

    It may not be nested: one operation, one commit. Within ``one_commit`` it joins that transaction.

    Raises NormalizedError LOCKED in web if a lock was not free in time.
    """
    return nullcontext() if _shared.get() else _durable()


def _durable() -> AbstractContextManager[None]:
    return locks.interactive_transaction() if locks.bounded() else transaction.atomic(durable=True)


@contextmanager
def one_commit(*, kept: bool = True) -> Iterator[None]:
    """Let several operations, each with ``in_transaction``, share one commit: all of them take effect, or none.

    A caller that continues after a failed operation, to find further failures, must raise in the end. There are no savepoints:
    a thousand operations would create a thousand of them and slow all readers of the rows.

    kept: False rolls everything back at the end of the block.
    """
    with _durable():
        shared, tried = _shared.set(True), _tried.set(not kept)
        try:
            yield
        finally:
            _shared.reset(shared)
            _tried.reset(tried)
        transaction.set_rollback(not kept)


def is_shared() -> bool:
    """Whether the transaction belongs to a caller. Only the caller may then retry it."""
    return _shared.get()


def only_tried() -> bool:
    """Whether the transaction will be rolled back.

    Such a transaction must not block others by locking the rows that it reads.
    """
    return _tried.get()


def require_transaction() -> None:
    """Raise TransactionRequiredError unless the caller has opened a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionRequiredError("call this inside in_transaction(): its rows belong to the caller's commit")


def after_commit(hint: Callable[[], None]) -> None:
    """Run a wakeup after the commit. Use it for wakeups only: they may be lost."""
    transaction.on_commit(hint, robust=True)
