"""Wakes the subscribers of run feeds. Subscribers read the run log from PostgreSQL."""

from __future__ import annotations

import uuid

from automate.outbox.wakeups import publish as publish_wakeup


def channel(tenant_id: uuid.UUID) -> str:
    return f"automate:feed:{tenant_id.hex}"


def publish(tenant_id: uuid.UUID) -> None:
    """Wake the subscribers of the tenant's run feed. Call this function after a commit."""
    publish_wakeup(channel(tenant_id))
