"""The wake-up of who watches an operation: its numbers are read from PostgreSQL; Redis only tells when."""

from __future__ import annotations

import uuid

from automate.outbox.hints import publish as publish_hint


def channel(operation_id: uuid.UUID) -> str:
    return f"automate:bulk:{operation_id.hex}"


def publish(operation_id: uuid.UUID) -> None:
    """Call after the commit that moved the operation on."""
    publish_hint(channel(operation_id))
