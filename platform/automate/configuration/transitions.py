"""Prevents a tenant from applying two configurations at the same time."""

from __future__ import annotations

from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction

APPLYING = 1_129_270_855
"""The first half of an advisory lock's key; the second is the tenant."""
TAKE_TURN = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"


def take_turn() -> None:
    # Two applications that create the same objects in different order would deadlock. Requires a transaction.
    require_transaction()
    fetch(TAKE_TURN, [APPLYING, str(current_tenant().id)])
