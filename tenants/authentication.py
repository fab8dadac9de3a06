"""Authenticates API tokens."""

from __future__ import annotations

from automate.audit.tallies import TalliedAction, note
from automate.kernel.addresses import is_within
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import DELETE_TENANT, EXPORT_TENANT
from automate.kernel.principals import Principal
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import TenantRef, acting_for_platform
from tenants.credentials import Admitted, Credential
from tenants.fresh_tokens import fresh_tokens
from tenants.lanes import remember_token
from tenants.queries import KnownTenant, find_token
from tenants.token_uses import note_use
from tenants.tokens import digest_of, lookup_key, proof_of

WEB = Principal(kind="system", name="web")
"""The actor of the audit entry when an unknown caller is refused."""


LEAVING = frozenset({DELETE_TENANT, EXPORT_TENANT})
"""Permissions that remain until a tenant is deleted: export its data, and cancel the deletion."""


def leaving(known: KnownTenant | None, permissions: frozenset[str]) -> frozenset[str] | None:
    """Return the permissions that a caller keeps while the deletion of the caller's tenant is requested.

    Return None if the tenant's deletion is not requested, or if the caller cannot delete tenants.
    """
    return permissions & LEAVING if known is not None and known.deleting and DELETE_TENANT in permissions else None


def authenticate(token: str, address: str = "") -> Credential:
    """Authenticate an API token. Unknown, revoked and expired tokens cause the same error message.

    ``address`` is the client's address. It is empty if the address is unknown.

    Raises UNAUTHENTICATED. Raises FORBIDDEN for a token that must not be used from this address.
    """
    admitted = fresh_tokens.admitted(lookup_key(token), lambda: _looked_up(token, address))
    credential = admitted.credential
    if admitted.allowed_ips is not None and not is_within(address, admitted.allowed_ips):
        note_refusal(credential.principal, credential.tenant, "address", address)
        raise NormalizedError(
            "FORBIDDEN",
            f"This token may not be used from the address {address or 'of this client, which is unknown'}. "
            "Use it from one of its allowedIps, or create a token that allows this address.",
            details={"address": address},
        )
    note_use(credential, address)
    return credential


def _looked_up(token: str, address: str) -> Admitted:
    # Raises UNAUTHENTICATED if the token is not valid.
    digest = digest_of(token)
    found = None
    if digest is not None:
        with acting_for_platform("authentication", AUTHENTICATION_ROLE):
            found = find_token(digest)
    if found is None or digest is None:
        note(TalliedAction("api_token.refuse", None, WEB, reason="unknown", address=address))
        raise invalid_token()
    tenant = found.tenant.ref if found.tenant else None
    left = leaving(found.tenant, found.permissions)
    principal = Principal(
        kind="api_token" if tenant else "operator",
        name=found.name,
        id=str(found.id),
        role=found.role,
        permissions=found.permissions if left is None else left,
        person=found.person,
    )
    if found.ended:
        note_refusal(principal, tenant, found.ended, address)
        raise invalid_token()
    remember_token(digest, tenant)
    suspended = found.tenant is not None and found.tenant.suspended and left is None
    return Admitted(Credential(principal, tenant, suspended, proof_of(token)), found.allowed_ips)


def note_refusal(principal: Principal, tenant: TenantRef | None, reason: str, address: str) -> None:
    """Count a refused use of a token. ``reason`` is ``revoked``, ``expired``, ``address`` or ``rate_limited``."""
    about = {"object_kind": "api_token", "object_id": principal.id, "object_label": principal.name}
    note(TalliedAction("api_token.refuse", tenant.id if tenant else None, principal, reason, address, **about))


def invalid_token() -> NormalizedError:
    return NormalizedError(
        "UNAUTHENTICATED",
        "The token is not valid, because it is unknown, revoked or expired. Send a valid one as `Authorization: Bearer <token>`.",
    )
