"""Three words for three things: who opens a transaction, who requires one, and what runs after it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import transaction


class TransactionRequiredError(RuntimeError):
    """A verb that must share its caller's transaction was called outside one."""


def in_transaction() -> AbstractContextManager[None]:
    """Open a transaction that commits at the end of the block. It may not be nested: one verb, one commit."""
    return transaction.atomic(durable=True)


def require_transaction() -> None:
    """Raise TransactionRequiredError unless the caller has opened one."""
    if not transaction.get_connection().in_atomic_block:
        raise TransactionRequiredError("call this inside in_transaction(): its rows belong to the caller's commit")


def after_commit(hint: Callable[[], None]) -> None:
    """Run a wake-up after the commit. Only hints: nothing that must happen may depend on it."""
    transaction.on_commit(hint, robust=True)
