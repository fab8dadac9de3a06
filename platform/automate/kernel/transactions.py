"""Opens transactions, lets several operations share one transaction, and runs code after a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from django.db import transaction

from automate.kernel import locks

_shared: ContextVar[bool] = ContextVar("shared", default=False)
_tried: ContextVar[bool] = ContextVar("tried", default=False)


class TransactionRequiredError(RuntimeError):
    """A function that writes in the caller's transaction was called outside a transaction."""


def in_transaction() -> AbstractContextManager[None]:
    """Open a transaction that commits at the end of the block.

    If ``one_commit`` has already opened a transaction, the block uses this open transaction.
    """
    return nullcontext() if _shared.get() else _durable()


def within_transaction() -> AbstractContextManager[None]:
    """Open a transaction. If a transaction is already open, create a savepoint in it.

    An error in the block reverts only the changes of the block.
    """
    return transaction.atomic() if transaction.get_connection().in_atomic_block else in_transaction()


def _durable() -> AbstractContextManager[None]:
    return locks.interactive_transaction() if locks.bounded() else transaction.atomic(durable=True)


@contextmanager
def one_commit(*, kept: bool = True) -> Iterator[None]:
    """Let several operations share one commit."""
    with _durable():
        shared, tried = _shared.set(True), _tried.set(not kept)
        try:
            yield
        finally:
            _shared.reset(shared)
            _tried.reset(tried)
        transaction.set_rollback(not kept)


def is_shared() -> bool:
    """Return whether several operations share the current transaction.

    If an operation fails in a shared transaction, the operation must not retry its own part alone.
    """
    return _shared.get()


def only_tried() -> bool:
    """Return whether the current transaction will be rolled back.

    Such a transaction does not need locks on rows that it only reads.
    """
    return _tried.get()


def require_transaction() -> None:
    """Raise TransactionRequiredError unless a transaction is open."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionRequiredError(
            "call this function inside in_transaction(), because the caller must commit the rows that this function writes"
        )


def after_commit(hint: Callable[[], None]) -> None:
    """Call ``hint`` after the commit, to send a wakeup. If the process crashes, ``hint`` is possibly never called."""
    transaction.on_commit(hint, robust=True)
