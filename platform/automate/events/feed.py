"""The wake-up of event feeds. Subscribers read the log in PostgreSQL; Redis only tells them when."""

from __future__ import annotations

import uuid


def channel(tenant_id: uuid.UUID) -> str:
    """The Redis channel on which each commit of new events is announced."""
    return f"automate:events:{tenant_id.hex}"
