"""Invites the first owner of a tenant."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from automate.audit import services as audit
from automate.kernel.email_addresses import normalized_address
from automate.kernel.ids import new_id
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.principals import current_principal
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit, require_transaction
from automate.mail.transitions import MAX_ATTEMPTS
from automate.outbox import claims
from automate.outbox.wakeups import wake_relay
from tenants.people import queries, transitions

INVITATION_NOTIFY = "invitation.notify"
"""The topic of its jobs."""

OWNER = "owner"
LINK_SECONDS = 7 * DAY_SECONDS


def invite_owners(owners: Mapping[uuid.UUID, str]) -> None:
    # A tenant that has an owner or an open invitation for one is skipped. `owners`: tenant -> mail address.
    # Requires a transaction in the operator's scope.
    require_transaction()
    settled = queries.with_owner(list(owners)) if owners else set()
    who = current_principal()
    for tenant_id, address in owners.items():
        if tenant_id in settled:
            continue
        email = normalized_address(address)
        transitions.revoke_unsettled(tenant_id, email)
        invited_by = {"kind": who.kind, "id": who.id, "name": who.name}
        invitation_id = transitions.insert_invitation(tenant_id, email, OWNER, invited_by, LINK_SECONDS)
        jobs = [(new_id(), invitation_id, current_trace().trace_id)]
        claims.enqueue(tenant_id, INVITATION_NOTIFY, jobs, max_attempts=MAX_ATTEMPTS)
        changes = {"role": (None, OWNER)}
        audit.record_of_platform("invitation.create", "invitation", invitation_id, email, changes, tenant_id)
        after_commit(wake_relay)
