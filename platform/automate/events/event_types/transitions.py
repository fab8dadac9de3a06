"""Order the changes of a tenant's event types. A change waits until the previous change has committed.

So the marks of the changes rise in the order of the commits.
"""

from __future__ import annotations

from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction

CHANGING = 1_163_284_549
"""The first half of an advisory lock's key; the second half is the tenant."""
TAKE_TURN = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
NEXT_MARK = "SELECT coalesce(max(mark), 0) + 1 FROM event_type"


def next_mark() -> int:
    """Wait for other changes of this tenant's event types to end, and return the next mark.

    Without the wait, a higher mark could be committed before a lower one. A cache that has read the higher mark would
    then miss the change with the lower one. Requires a transaction.
    """
    require_transaction()
    fetch(TAKE_TURN, [CHANGING, str(current_tenant().id)])
    ((mark,),) = fetch(NEXT_MARK)
    return int(mark)
