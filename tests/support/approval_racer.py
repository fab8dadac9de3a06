"""One process of the race for the last decision on an approval: connect, wait for the start, then decide.

Arguments: sound, unlocked (without the lock of the run) or sabotaged (also without the condition of the last statement), the tenant's id, the person's id, the approval's id, the checksum of what was shown, the outcome.
"""

from __future__ import annotations

import sys
import time
import uuid
from typing import Any

import django

from tests.support.outcomes import outcome_told

CHECKED_SECONDS = 0.3
"""Between the check and the write, so that a race is lost wherever it can be lost."""


def _pause_after_the_check(services: Any) -> None:
    check = services._check_pending

    def checked(approval: Any) -> None:
        check(approval)
        time.sleep(CHECKED_SECONDS)

    services._check_pending = checked


def _without(words: str, statement: str) -> str:
    assert words in statement, f"the statement does not say {words!r} any more; change this sabotage"
    return statement.replace(words, "")


def main() -> None:
    django.setup()
    from automate.approvals import services
    from automate.kernel.principals import acting_as
    from automate.kernel.tenancy import TenantRef, acting_for, schema_of
    from automate.runs import transitions
    from automate.runs.approvals import queries
    from automate.runs.approvals import transitions as ends
    from tenants.people.authentication import member_principal

    mode, tenant_text, person, approval_text, shown, outcome = sys.argv[1:]
    tenant_id, approval = uuid.UUID(tenant_text), uuid.UUID(approval_text)
    if mode in ("unlocked", "sabotaged"):
        transitions.LOCK_JOBS = _without("FOR UPDATE", transitions.LOCK_JOBS)
    if mode == "sabotaged":
        ends.END = _without(" AND a.state = 'pending'", ends.END)
    _pause_after_the_check(services)
    tenant = TenantRef(tenant_id, schema_of(tenant_id), "race")
    with acting_for(tenant), acting_as(member_principal(uuid.UUID(person), "", f"racer {person}", "owner")):
        # The connection and its plans are made before the start.
        queries.approvals_by_id([approval])
        print("ready", flush=True)
        sys.stdin.readline()
        with outcome_told():
            services.decide(approval, outcome=outcome, form=None, shown_sha256=shown)


main()
