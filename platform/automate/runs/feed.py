"""The wake-up of run feeds: subscribers read the log in Postgres; Redis only tells them when."""

from __future__ import annotations

import uuid

from automate.outbox.hints import publish as publish_hint


def channel(tenant_id: uuid.UUID) -> str:
    return f"automate:feed:{tenant_id.hex}"


def publish(tenant_id: uuid.UUID) -> None:
    """Call after the commit that wrote to the tenant's run log."""
    publish_hint(channel(tenant_id))
