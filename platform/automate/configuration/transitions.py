"""One application of a configuration at a time, in each tenant."""

from __future__ import annotations

from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction

APPLYING = 1_129_270_855
"""The first half of an advisory lock's key; the second is the tenant."""
TAKE_TURN = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"


def take_turn() -> None:
    """Wait until nobody else applies one to this tenant: two that make the same objects in another order would each wait for
    the other. Requires the transaction, whose end lets the next one in.
    """
    require_transaction()
    fetch(TAKE_TURN, [APPLYING, str(current_tenant().id)])
