"""The wake-up of who watches work that jobs do bit by bit: how far it is stands in PostgreSQL; Redis only tells when to look."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial

from automate.kernel.transactions import after_commit
from automate.outbox.hints import publish as publish_hint


def channel(subject_id: uuid.UUID) -> str:
    """subject_id: of the jobs, such as a bulk operation."""
    return f"automate:progress:{subject_id.hex}"


def publish(subject_id: uuid.UUID) -> None:
    """Call after the commit that moved the work on."""
    publish_hint(channel(subject_id))


def publish_after_commit(subject_ids: Iterable[uuid.UUID]) -> None:
    """Publish once the caller's transaction has committed."""
    for subject_id in subject_ids:
        after_commit(partial(publish, subject_id))
