"""Wake the subscribers of event feeds. They read new entries from PostgreSQL. Redis only reports that entries exist."""

from __future__ import annotations

import uuid


def channel(tenant_id: uuid.UUID) -> str:
    """The Redis channel that reports each commit of new events."""
    return f"automate:events:{tenant_id.hex}"
