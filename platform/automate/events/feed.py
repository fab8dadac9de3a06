"""Wakes the subscribers of event feeds. Subscribers read new entries from PostgreSQL."""

from __future__ import annotations

import uuid


def channel(tenant_id: uuid.UUID) -> str:
    """Return the Redis channel that reports new events."""
    return f"automate:events:{tenant_id.hex}"
