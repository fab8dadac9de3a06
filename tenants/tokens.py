"""Makes API tokens: a prefix, 256 random bits and a checksum. The database stores only the digest of a token."""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Now

from automate.kernel.permissions import PLATFORM_ROLE, ROLES
from automate.kernel.principals import current_principal
from tenants.models import ApiToken, Tenant

PREFIX = "automate_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_CHARACTERS = 43
"""Number of random characters from ALPHABET. Together they have more than 256 bits."""
CHECKSUM_CHARACTERS = 6
SHOWN_CHARACTERS = len(PREFIX) + 4
"""Number of characters that a list shows. They distinguish two tokens, but do not help an attacker."""

_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{RANDOM_CHARACTERS + CHECKSUM_CHARACTERS}}}")
_OLD_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
"""Tokens of release 0.1 have no checksum."""


@dataclass(frozen=True)
class TokenRestrictions:
    """The restrictions of a token, in addition to its role."""

    scopes: Sequence[str] | None = None
    """Permissions; None: all of the role."""
    allowed_ips: Sequence[str] | None = None
    """CIDRs; None: all addresses."""
    expires_at: datetime | None = None
    """None: never."""


UNBOUNDED = TokenRestrictions()


def checksum(text: str) -> str:
    """Return the checksum at the end of a token: a CRC-32 in base 62."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def digest_of(token: str) -> str | None:
    """Return the SHA-256 digest of a token, or None for text that is no token."""
    if not _OLD_SHAPE.fullmatch(token):
        whole = _SHAPE.fullmatch(token) and checksum(token[:-CHECKSUM_CHARACTERS]) == token[-CHECKSUM_CHARACTERS:]
        if not whole:
            return None
    return lookup_key(token)


def lookup_key(text: str) -> str:
    # A tenth of the time of `digest_of`, because the text is not checked.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def proof_of(token: str) -> str:
    """Return the proof of a token: 64 hexadecimal characters. The token cannot be computed from the proof."""
    return hashlib.sha256(f"operator {token}".encode()).hexdigest()


def mint(tenant: Tenant | None, name: str, role: str, bounds: TokenRestrictions = UNBOUNDED) -> tuple[str, ApiToken]:
    """Make a token and its unsaved row. The tenant is None for a platform token.

    Raises ValueError if tokens of this kind cannot have the role.
    """
    if role not in ROLES or (role == PLATFORM_ROLE) != (tenant is None):
        raise ValueError(f"{role!r} is not a role for a token of {'the platform' if tenant is None else 'a tenant'}")
    text = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    token = text + checksum(text)
    maker = current_principal()
    row = ApiToken(
        tenant=tenant,
        name=name,
        prefix=token[:SHOWN_CHARACTERS],
        digest=digest_of(token) or "",
        proof=hashlib.sha256(proof_of(token).encode()).hexdigest(),
        role=role,
        scopes=None if bounds.scopes is None else list(bounds.scopes),
        allowed_ips=None if bounds.allowed_ips is None else list(bounds.allowed_ips),
        created_by={"kind": maker.kind, "id": maker.id, "name": maker.name, "person": maker.person},
        created_at=Now(),
        expires_at=bounds.expires_at,
    )
    return token, row
