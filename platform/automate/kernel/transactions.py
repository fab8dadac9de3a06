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
    """A function that must write in the caller's transaction was called outside a transaction."""


def in_transaction() -> AbstractContextManager[None]:
    """Open a transaction that commits at the end of the block.

    One operation has one commit, so the block must not be inside another transaction. Within ``one_commit`` the block
    instead joins the transaction of ``one_commit``. In web, raises NormalizedError LOCKED if a lock was not free in
    time.
    """
    return nullcontext() if _shared.get() else _durable()


def _durable() -> AbstractContextManager[None]:
    return locks.interactive_transaction() if locks.bounded() else transaction.atomic(durable=True)


@contextmanager
def one_commit(*, kept: bool = True) -> Iterator[None]:
    """Let several operations share one commit: all of them take effect, or none.

    Each operation uses ``in_transaction``. After a failed operation the block may continue, to find more failures. In
    this case the block must raise an error at the end. The operations have no savepoints, because a thousand savepoints
    would slow down all readers of the rows.

    kept: False rolls back everything at the end of the block.
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
    """Whether several operations share the current transaction. A single operation must not retry a shared transaction."""
    return _shared.get()


def only_tried() -> bool:
    """Whether the current transaction will be rolled back, because the caller only tries the changes.

    Code in such a transaction must not lock rows that are only read. The locks would block other requests.
    """
    return _tried.get()


def require_transaction() -> None:
    """Raise TransactionRequiredError unless a transaction is open."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionRequiredError("call this inside in_transaction(): its rows belong to the caller's commit")


def after_commit(hint: Callable[[], None]) -> None:
    """Send a wakeup after the commit. Use this for wakeups only, because a crash after the commit loses the call."""
    transaction.on_commit(hint, robust=True)
