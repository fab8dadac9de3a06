"""The wake-up of who watches work that jobs do bit by bit: how far it is stands in PostgreSQL; Redis only tells when to look."""

from __future__ import annotations

import uuid

from automate.outbox.hints import publish as publish_hint


def channel(subject_id: uuid.UUID) -> str:
    """subject_id: of the jobs, such as a bulk operation."""
    return f"automate:progress:{subject_id.hex}"


def publish(subject_id: uuid.UUID) -> None:
    """Call after the commit that moved the work on."""
    publish_hint(channel(subject_id))
