"""Notify watchers of work that a job does in several parts. PostgreSQL stores the progress, and Redis only announces it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial

from automate.kernel.transactions import after_commit
from automate.outbox.wakeups import publish as publish_hint


def channel(subject_id: uuid.UUID) -> str:
    """The Redis channel for the progress of a job. ``subject_id`` is the row that the job is about, such as a bulk
    operation.
    """
    return f"automate:progress:{subject_id.hex}"


def publish(subject_id: uuid.UUID) -> None:
    """Announce that work advanced. Call it after the commit of the progress."""
    publish_hint(channel(subject_id))


def publish_after_commit(subject_ids: Iterable[uuid.UUID]) -> None:
    """Announce that work advanced, once the caller's transaction has committed."""
    for subject_id in subject_ids:
        after_commit(partial(publish, subject_id))
