"""API tokens: 256 random bits behind a prefix that secret scanners can find. Only their digest is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

from django.db.models.functions import Now

from automate.kernel.permissions import PLATFORM_ROLE, ROLES
from tenants.models import ApiToken, Tenant

PREFIX = "automate_"
RANDOM_BYTES = 32
SHOWN_CHARACTERS = len(PREFIX) + 4
"""Enough to tell two tokens apart in a list, too few to help a guess."""

_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")


def digest_of(token: str) -> str | None:
    """sha256 hex of a token, by which it is looked up; None for text that no token can be.

    The lookup compares digests, so its time tells nothing of a token.
    """
    return hashlib.sha256(token.encode()).hexdigest() if _SHAPE.fullmatch(token) else None


def operator_proof(token: str) -> str:
    """The proof that the holder of a platform token shows to row-level security. 64 hex characters.

    The database holds the proof's hash. Nothing leads from the proof back to the token, so a log that shows it opens no API.
    """
    return hashlib.sha256(f"operator {token}".encode()).hexdigest()


def mint(tenant: Tenant | None, name: str, role: str, *, expires_at: datetime | None = None) -> tuple[str, ApiToken]:
    """A new token, which is shown this once, and its row, which the caller saves in its own transaction.

    tenant: None for a token of the platform, whose role is ``platform``. role: a name of ROLES.
    """
    if role not in ROLES or (role == PLATFORM_ROLE) != (tenant is None):
        raise ValueError(f"{role!r} is no role for a token of {'the platform' if tenant is None else 'a tenant'}")
    token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    row = ApiToken(
        tenant=tenant,
        name=name,
        prefix=token[:SHOWN_CHARACTERS],
        digest=digest_of(token) or "",
        proof=hashlib.sha256(operator_proof(token).encode()).hexdigest() if tenant is None else None,
        role=role,
        created_at=Now(),
        expires_at=expires_at,
    )
    return token, row
