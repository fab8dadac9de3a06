"""Wakeups for watchers of work that jobs do in chunks. PostgreSQL stores the progress; Redis only announces changes."""

from __future__ import annotations

import uuid

from automate.outbox.hints import publish as publish_hint


def channel(subject_id: uuid.UUID) -> str:
    """subject_id: of the job, such as a bulk operation."""
    return f"automate:progress:{subject_id.hex}"


def publish(subject_id: uuid.UUID) -> None:
    """Call after the commit that advanced the work."""
    publish_hint(channel(subject_id))
