"""Signed links to approvals. A person without an account decides through such a link. The database does not store links."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from automate.approvals.hands import plain
from automate.approvals.members import member_of
from automate.kernel.limits import LIMITS
from automate.kernel.principals import Principal
from automate.kernel.tenancy import current_tenant

MOST_CHARACTERS = 4_000
_SIGNER_SALT = "automate.runs.approvals"


@dataclass(frozen=True)
class Link:
    """The content of a signed link."""

    run_id: uuid.UUID
    approval_id: uuid.UUID
    role: str
    """The role in which the recipient decides."""
    recipient: str
    person: str = ""
    """The person id of a member's link; empty for a recipient without an account."""

    def principal(self) -> Principal | None:
        """Return the principal who decides through this link. Return None for a member who has left the tenant."""
        if not self.person:
            return recipient(self.recipient, self.role)
        member = member_of(self.person)
        return member.principal if member is not None else None


def recipient(name: str, role: str) -> Principal:
    """Return the principal for a person who decides through a link. The same name gives the same principal."""
    return Principal(kind="end_user", name=name, id=hashlib.sha256(plain(name).encode()).hexdigest(), role=role)


def url_of(link: Link) -> str:
    """Return the URL of a link."""
    return f"{settings.AUTOMATE_BASE_URL}/t/{current_tenant().slug}/approvals/{token_of(link)}"


def token_of(link: Link) -> str:
    """Sign a link for the current tenant, and return the token."""
    parts = [current_tenant().id.hex, link.run_id.hex, link.approval_id.hex, link.role, link.recipient]
    if link.person:
        parts.append(link.person)
    return _signer().sign_object(parts)


def opened(token: str) -> Link | None:
    """Decode a token and return its link. Return None if the token is invalid."""
    if len(token) > MOST_CHARACTERS:
        return None
    try:
        tenant, run, approval, role, name, *person = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    if tenant != current_tenant().id.hex:
        return None
    return Link(uuid.UUID(run), uuid.UUID(approval), role, name[: LIMITS.name_characters], *person[:1])


def _signer() -> signing.Signer:
    # A dot as separator, because some programs end a URL at a colon.
    return signing.Signer(sep=".", salt=_SIGNER_SALT)
