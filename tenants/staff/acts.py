"""The acts of the staff in Django admin. Each act writes an audit entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import MANAGE_TENANTS
from automate.kernel.roles import OPERATOR_ROLE, STAFF_ROLE
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.recovery.poison import redrive
from automate.triggers.revealing import GRANT_SECONDS, REVEAL, checked_reason
from tenants import token_queries
from tenants.authentication import authenticate
from tenants.models import ApiToken
from tenants.plan_services import delete_plan, save_plan
from tenants.plan_specs import PlanSpec
from tenants.staff.queries import is_staff

REDRIVE = "outbox_job.redrive_by_staff"


def revoke_tokens(ids: Sequence[uuid.UUID], reason: str, proof: str) -> str:
    """Revoke tokens. The tokens can belong to several tenants and to the platform.

    Raises BAD_USER_INPUT for an invalid reason, and FORBIDDEN without a valid sign-in.
    """
    # Tokens that have already ended are ignored. `proof` is derived from the person's sign-in.
    reason = checked_reason(reason)
    with acting_for_platform("staff revoke tokens", STAFF_ROLE, proof=proof), in_transaction():
        _require_staff()
        revoked = token_queries.revoke(ids)
        for token in ApiToken.objects.filter(id__in=revoked).only("id", "name", "tenant_id"):
            changes: audit.Changes = {"state": ("active", "revoked"), "reason": (None, reason)}
            audit.record_of_platform("api_token.revoke", "api_token", token.id, token.name, changes, token.tenant_id)
    return f"{len(revoked)} of {len(ids)} tokens revoked."


def redrive_jobs(tenant: TenantRef, ids: Sequence[uuid.UUID], reason: str, proof: str) -> str:
    """Redrive dead jobs of a tenant, so that these jobs run again. Raises BAD_USER_INPUT, FORBIDDEN."""
    reason = checked_reason(reason)
    changes: audit.Changes = {"jobs": (None, [str(one) for one in ids]), "reason": (None, reason)}
    _record(REDRIVE, "tenant", tenant.id, tenant.slug, changes, tenant, proof)
    with acting_for(tenant):
        done = redrive(ids)
    refused = [error.message for error in done.errors]
    return " ".join([f"{len(done.jobs)} of {len(ids)} jobs redriven.", *refused])


def reveal(tenant: TenantRef, event_id: uuid.UUID, event_type: str, reason: str, proof: str) -> str:
    """Let the person read the payload of an event for GRANT_SECONDS. Raises BAD_USER_INPUT, FORBIDDEN."""
    reason = checked_reason(reason)
    changes: audit.Changes = {"reason": (None, reason), "seconds": (None, GRANT_SECONDS)}
    _record(REVEAL, "event", event_id, event_type, changes, tenant, proof)
    return f"You may read this payload for {GRANT_SECONDS // 60} minutes."


def save_plan_by_staff(spec: PlanSpec, expected_revision: int | None, token: str) -> str:
    """Save a plan. Raises the errors of ``save_plan``. Raises UNAUTHENTICATED or FORBIDDEN if the token is unsuitable."""
    # The change needs a platform token, and the audit entries name the person.
    with _as_operator(token):
        save_plan(spec, expected_revision)
    return f"The plan {spec.slug} is saved."


def delete_plan_by_staff(slug: str, expected_revision: int | None, token: str) -> str:
    """Delete a plan. Raises the errors of ``delete_plan``.

    Raises UNAUTHENTICATED for an invalid token, and FORBIDDEN for a token that is no platform token.
    """
    with _as_operator(token):
        delete_plan(slug, expected_revision)
    return f"The plan {slug} is deleted."


@contextmanager
def _as_operator(token: str) -> Iterator[None]:
    # Row-level security allows changes of plans only with such a token. So a stolen session cannot change plans.
    credential = authenticate(token)
    if credential.face != "platform" or MANAGE_TENANTS not in credential.principal.permissions:
        raise NormalizedError(
            "FORBIDDEN",
            "This change needs a platform token, and the token that you sent is not a platform token. "
            "Create one with `automate platform-token`.",
        )
    with acting_for_platform("an act of the staff with a platform token", OPERATOR_ROLE, proof=credential.proof):
        yield


def _record(  # noqa: PLR0917 - an entry's parts
    action: str,
    object_kind: str,
    object_id: uuid.UUID,
    label: str,
    changes: audit.Changes,
    tenant: TenantRef,
    proof: str,
) -> None:
    with acting_for_platform("an act of the staff", STAFF_ROLE, proof=proof), in_transaction():
        _require_staff()
        audit.record_of_platform(action, object_kind, object_id, label, changes, tenant.id)


def _require_staff() -> None:
    # Raises FORBIDDEN if row-level security would refuse the audit entry of this person.
    if not is_staff():
        raise NormalizedError(
            "FORBIDDEN", "Your sign-in has ended, or you are no longer a member of the staff. Sign in again."
        )
