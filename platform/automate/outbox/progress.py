"""Wakeups for watchers of work that jobs do in chunks. PostgreSQL stores the progress; Redis only announces changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial

from automate.kernel.transactions import after_commit
from automate.outbox.wakeups import publish as publish_hint


def channel(subject_id: uuid.UUID) -> str:
    """The channel of a job. subject_id: of the job, such as a bulk operation."""
    return f"automate:progress:{subject_id.hex}"


def publish(subject_id: uuid.UUID) -> None:
    """Announce progress. Call it after the commit that advanced the work."""
    publish_hint(channel(subject_id))


def publish_after_commit(subject_ids: Iterable[uuid.UUID]) -> None:
    """Publish once the caller's transaction has committed."""
    for subject_id in subject_ids:
        after_commit(partial(publish, subject_id))
