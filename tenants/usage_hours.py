"""Replaces the usage entries of each past hour with sums. Connects with the database role that owns the tables."""

from __future__ import annotations

from django.db import connections, transaction

from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from automate.usage import transitions
from tenants.routers import ADMIN


def close_hours() -> int:
    """Close the hours that are over. Returns the number of closed hours."""
    with administering(PUBLIC_SCHEMA), transaction.atomic(using=ADMIN, durable=True):
        return transitions.close_hours(connections[ADMIN])
