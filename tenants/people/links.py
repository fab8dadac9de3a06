"""Links of invitations. The token is derived from the row and the platform's secret, so a worker can write the mail."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid

from django.conf import settings

PREFIX = "invitation_"
MOST_CHARACTERS = 64


def token_of(invitation_id: uuid.UUID, serial: int) -> str:
    """The token of an invitation's current link: 256 bits, derived with the platform's secret."""
    key = hashlib.sha256(b"automate.people.links " + settings.SECRET_KEY.encode()).digest()
    made = hmac.new(key, f"{invitation_id} {serial}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.urlsafe_b64encode(made).decode().rstrip("=")


def proof_of(token: str) -> str:
    """The proof of a link, for row-level security when the invitation is accepted. 64 hexadecimal characters."""
    return hashlib.sha256(f"invitation {token}".encode()).hexdigest()


def hash_of(token: str) -> str:
    """The hash of a link's token, by which the invitation is found.

    The lookup compares hashes, so its time reveals nothing about a token.
    """
    return hashlib.sha256(proof_of(token).encode()).hexdigest()


def url_of(invitation_id: uuid.UUID, serial: int) -> str:
    """The URL of the page on which the invited person accepts."""
    return str(settings.AUTOMATE_INVITATION_URL).replace("{token}", token_of(invitation_id, serial))
