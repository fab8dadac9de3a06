"""Links by which somebody without an account decides: signed, and good for one tenant, run, step and recipient.

A link lives as long as its approval is open, which the database knows; so nothing is kept of it but its AuditEntry.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from automate.kernel.limits import LIMITS
from automate.kernel.principals import Principal
from automate.kernel.tenancy import current_tenant

MOST_CHARACTERS = 4_000
_SIGNER_SALT = "automate.runs.approvals"


@dataclass(frozen=True)
class Link:
    """role: the one that the recipient decides in."""

    run_id: uuid.UUID
    approval_id: uuid.UUID
    role: str
    recipient: str

    @property
    def principal(self) -> Principal:
        return recipient(self.recipient, self.role)


def recipient(name: str, role: str) -> Principal:
    """Who holds a link: two links for one name are the same principal."""
    return Principal(kind="end_user", name=name, id=hashlib.sha256(plain(name).encode()).hexdigest(), role=role)


def plain(name: str) -> str:
    """A name without what tells two spellings of it apart: case, width, and space around it."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def url_of(link: Link) -> str:
    """Where its holder decides."""
    return f"{settings.AUTOMATE_BASE_URL}/t/{current_tenant().slug}/approvals/{token_of(link)}"


def token_of(link: Link) -> str:
    """For the current tenant."""
    parts = [current_tenant().id.hex, link.run_id.hex, link.approval_id.hex, link.role, link.recipient]
    return _signer().sign_object(parts)


def opened(token: str) -> Link | None:
    """The link of a token that was made for the current tenant; None for any other text."""
    if len(token) > MOST_CHARACTERS:
        return None
    try:
        tenant, run, approval, role, name = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    if tenant != current_tenant().id.hex:
        return None
    return Link(uuid.UUID(run), uuid.UUID(approval), role, name[: LIMITS.name_characters])


def _signer() -> signing.Signer:
    # A dot, for programs that end a URL at a colon.
    return signing.Signer(sep=".", salt=_SIGNER_SALT)
