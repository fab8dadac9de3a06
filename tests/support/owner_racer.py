"""One process of the race for the last owner: connect, wait for the start, then leave or demote another owner.

Arguments: sabotaged or sound, the tenant's id, the person's id, the session's key, the membership to remove (or ``leave``).
"""

from __future__ import annotations

import sys
import uuid

import django

from tests.support.outcomes import outcome_told


def main() -> None:
    django.setup()
    from automate.kernel.principals import acting_as
    from automate.kernel.tenancy import TenantRef, acting_for, schema_of
    from tenants.people import memberships, queries, transitions
    from tenants.people.authentication import member_principal
    from tenants.people.sign_ins import proof_of_session

    mode, tenant_text, person_text, session, target = sys.argv[1:]
    tenant_id, person = uuid.UUID(tenant_text), uuid.UUID(person_text)
    tenant = TenantRef(tenant_id, schema_of(tenant_id), "race")
    if mode == "sabotaged":
        transitions.LOCK_MEMBERS = "SELECT %s::text"
    with acting_for(tenant), acting_as(member_principal(person, "", "racer", "owner")):
        # The connection and its plans are made before the start.
        queries.member_by_user(tenant_id, person)
        print("ready", flush=True)
        sys.stdin.readline()
        with outcome_told():
            if target == "leave":
                memberships.leave(proof_of_session(session))
            else:
                memberships.remove(uuid.UUID(target), proof_of_session(session))


main()
