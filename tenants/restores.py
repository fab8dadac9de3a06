"""Lets an operator report that the database was restored."""

from __future__ import annotations

from automate.audit import services as audit
from automate.kernel.limits import LIMITS
from automate.kernel.roles import OPERATOR_ROLE, QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction
from automate.outbox.epochs import transitions as epochs
from automate.outbox.epochs.transitions import Raised
from tenants import claims


def state_restore(reason: str) -> Raised:
    """Report that the database was restored.

    Raises BAD_USER_INPUT for a reason that cannot be stored. Raises FORBIDDEN for a login that does not own the tables.
    """
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    with acting_for_platform("state a restore", OPERATOR_ROLE):
        claims.require_operator()
    with acting_for_platform("state a restore", QUEUE_ROLE):
        raised = epochs.raise_by_hand(reason)
    changes = audit.differences({}, {"epoch": raised.epoch, "held": raised.held, "reason": reason})
    with acting_for_platform("state a restore", OPERATOR_ROLE), in_transaction():
        audit.record_of_platform("platform.restored", "database", str(raised.epoch), "database", changes, None)
    return raised
