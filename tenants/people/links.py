"""The links of invitations. A link is derived from the invitation and the platform's secret, and is not stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

PREFIX = "invitation_"
MOST_CHARACTERS = 64


def token_of(invitation_id: uuid.UUID, serial: int) -> str:
    """Return the secret part of an invitation's link."""
    key = hashlib.sha256(b"automate.people.links " + settings.SECRET_KEY.encode()).digest()
    made = hmac.new(key, f"{invitation_id} {serial}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.urlsafe_b64encode(made).decode().rstrip("=")


def proof_of(token: str) -> str:
    """Return the proof that a person has the link: 64 hexadecimal characters."""
    return hashlib.sha256(f"invitation {token}".encode()).hexdigest()


def hash_of(token: str) -> str:
    # Only hashes are compared, so the time of the lookup reveals nothing about the secret.
    return hashlib.sha256(proof_of(token).encode()).hexdigest()


def url_of(invitation_id: uuid.UUID, serial: int) -> str:
    """Return the URL of the page on which the invited person accepts."""
    return str(settings.AUTOMATE_INVITATION_URL).replace("{token}", token_of(invitation_id, serial))
