"""Notifies watchers when a job makes progress. PostgreSQL stores the progress."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial

from automate.kernel.transactions import after_commit
from automate.outbox.wakeups import publish as publish_wakeup


def channel(subject_id: uuid.UUID) -> str:
    """Return the name of the Redis channel that announces progress of a job's subject."""
    return f"automate:progress:{subject_id.hex}"


def publish(subject_id: uuid.UUID) -> None:
    """Announce that the subject has made progress. Call this after the commit."""
    publish_wakeup(channel(subject_id))


def publish_after_commit(subject_ids: Iterable[uuid.UUID]) -> None:
    """Announce progress after the caller's transaction has committed."""
    for subject_id in subject_ids:
        after_commit(partial(publish, subject_id))
