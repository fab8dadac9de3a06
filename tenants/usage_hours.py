"""Replaces the usage entries of each past hour with sums. Connects with the admin login."""

from __future__ import annotations

from django.db import connections, transaction

from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from automate.usage import transitions
from tenants.routers import ADMIN


def close_hours() -> int:
    """Replace the usage entries of each past hour with sums. Returns the number of these hours."""
    with administering(PUBLIC_SCHEMA), transaction.atomic(using=ADMIN, durable=True):
        return transitions.close_hours(connections[ADMIN])
