"""Checks the form of a source's secrets. Messages contain no secret."""

from __future__ import annotations

import base64
import binascii

MIN_SECRET_CHARACTERS = 8
MAX_SECRET_CHARACTERS = 1_024
MIN_KEY_BYTES = 16
HMAC_PREFIX = "whsec_"
PUBLIC_KEY_PREFIX = "whpk_"
ED25519_KEY_BYTES = 32


def check_text(secret: str) -> None:
    """Check that a secret has a valid length and no signs of a copying mistake. Raises ValueError."""
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise ValueError(f"is shorter than {MIN_SECRET_CHARACTERS} characters; use a long random one")
    if len(secret) > MAX_SECRET_CHARACTERS:
        raise ValueError(f"is longer than {MAX_SECRET_CHARACTERS} characters")
    if secret != secret.strip():
        raise ValueError("starts or ends with white space; was it copied with too much?")
    if not secret.isprintable():
        raise ValueError("has control characters")


def check_basic(secret: str) -> None:
    """Raise ValueError if a secret is not of the form user:password."""
    check_text(secret)
    user, colon, password = secret.partition(":")
    if not (user and colon and password):
        raise ValueError("is not of the form user:password")


def check_bearer(secret: str) -> None:
    """Raise ValueError if a secret has characters that a header cannot carry."""
    check_text(secret)
    if not secret.isascii() or " " in secret:
        raise ValueError("has characters that a header cannot carry; use letters, digits and -._~+/=")


def check_standard_webhooks(secret: str) -> None:
    """Raise ValueError if a secret is not a key of Standard Webhooks.

    A shared key has at least 16 bytes. The specification recommends 24 to 64.
    """
    check_text(secret)
    if secret.startswith(PUBLIC_KEY_PREFIX):
        if len(key_bytes(secret)) != ED25519_KEY_BYTES:
            raise ValueError(f"is not {PUBLIC_KEY_PREFIX} and the base64 of an Ed25519 public key of 32 bytes")
    elif not secret.startswith(HMAC_PREFIX):
        raise ValueError(f"does not start with {HMAC_PREFIX} (shared key) or {PUBLIC_KEY_PREFIX} (Ed25519 public key)")
    elif len(key_bytes(secret)) < MIN_KEY_BYTES:
        raise ValueError(f"holds a key shorter than {MIN_KEY_BYTES} bytes; 24 to 64 are usual")


def key_bytes(secret: str) -> bytes:
    """Decode the key of a ``whsec_`` or ``whpk_`` secret. Raises ValueError if the key is not base64."""
    text = secret.partition("_")[2].rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64 after its prefix") from None
