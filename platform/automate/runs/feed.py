"""The wakeup of run feeds: subscribers read the log in PostgreSQL; Redis only notifies them."""

from __future__ import annotations

import uuid

from automate.outbox.wakeups import publish as publish_hint


def channel(tenant_id: uuid.UUID) -> str:
    return f"automate:feed:{tenant_id.hex}"


def publish(tenant_id: uuid.UUID) -> None:
    """Wake subscribers. Call it after a commit that wrote to the tenant's run log."""
    publish_hint(channel(tenant_id))
