"""Words for who opens a transaction, who requires one, who lets several verbs share one, and what runs after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from django.db import transaction

from automate.kernel import locks

_shared: ContextVar[bool] = ContextVar("shared", default=False)
_tried: ContextVar[bool] = ContextVar("tried", default=False)


class TransactionRequiredError(RuntimeError):
    """A verb that must share its caller's transaction was called outside one."""


def in_transaction() -> AbstractContextManager[None]:
    """Open a transaction that commits at the end of the block. It may not be nested: one verb, one commit; within
    ``one_commit`` it is that one.

    Raises NormalizedError LOCKED in web, where a lock was not free within its time-out.
    """
    return nullcontext() if _shared.get() else _durable()


def _durable() -> AbstractContextManager[None]:
    return locks.interactive_transaction() if locks.bounded() else transaction.atomic(durable=True)


@contextmanager
def one_commit(*, kept: bool = True) -> Iterator[None]:
    """Let several verbs, each of which says ``in_transaction``, share one commit: all of them come to pass, or none. Whoever
    goes on after a verb has raised, to see what else there is, raises in the end: there are no savepoints, of which a thousand
    verbs would make as many, and all who look at their rows pay for them.

    kept: False undoes at the end of the block all that was tried in it.
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
    """Whether the transaction is another's, who alone may begin it again."""
    return _shared.get()


def only_tried() -> bool:
    """Whether nothing of the transaction is kept: then it may not keep anybody from acting on what it looks at."""
    return _tried.get()


def require_transaction() -> None:
    """Raise TransactionRequiredError unless the caller has opened one."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionRequiredError("call this inside in_transaction(): its rows belong to the caller's commit")


def after_commit(hint: Callable[[], None]) -> None:
    """Run a wake-up after the commit. Only hints: nothing that must happen may depend on it."""
    transaction.on_commit(hint, robust=True)
