"""How a tenant gets its first owner: the platform invites an address, and the invitation's mail is part of the transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from automate.audit import services as audit
from automate.kernel.email_addresses import spelled
from automate.kernel.ids import new_id
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.principals import current_principal
from automate.kernel.sql import fetch
from automate.kernel.trace import current_trace
from automate.kernel.transactions import after_commit, require_transaction
from automate.mail.transitions import MAX_ATTEMPTS
from automate.outbox import claims
from automate.outbox.hints import wake_relay
from tenants.people import transitions

OWNER = "owner"
LINK_SECONDS = 7 * DAY_SECONDS
# Tenants among some that have an owner, or an open invitation of one.
SETTLED = """
SELECT t.id FROM unnest(%s::uuid[]) AS t (id)
WHERE EXISTS (SELECT FROM membership m WHERE m.tenant_id = t.id AND m.role = 'owner')
   OR EXISTS (SELECT FROM invitation i WHERE i.tenant_id = t.id AND i.role = 'owner' AND i.expires_at > now()
              AND i.accepted_at IS NULL AND i.revoked_at IS NULL)
"""
# Of the same address, from an earlier call.
EXPIRE = """
UPDATE invitation SET revoked_at = now()
WHERE tenant_id = %s AND email = %s AND accepted_at IS NULL AND revoked_at IS NULL RETURNING id
"""


def invite_owners(owners: Mapping[uuid.UUID, str]) -> None:
    """Invite each tenant's first owner. Tenants that have an owner, or have invited one, are left alone.

    owners: tenant -> address. Requires the operator's transaction.
    """
    require_transaction()
    settled = {tenant_id for (tenant_id,) in fetch(SETTLED, [list(owners)])} if owners else set()
    who = current_principal()
    for tenant_id, address in owners.items():
        if tenant_id in settled:
            continue
        email = spelled(address)
        fetch(EXPIRE, [tenant_id, email])
        invited_by = {"kind": who.kind, "id": who.id, "name": who.name}
        invitation_id = transitions.insert_invitation(tenant_id, email, OWNER, invited_by, LINK_SECONDS)
        jobs = [(new_id(), invitation_id, current_trace().trace_id)]
        claims.enqueue(tenant_id, claims.INVITATION_NOTIFY, jobs, max_attempts=MAX_ATTEMPTS)
        changes = {"role": (None, OWNER)}
        audit.record_of_platform("invitation.create", "invitation", invitation_id, email, changes, tenant_id)
        after_commit(wake_relay)
