"""Basic and bearer authentication. The body is not signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from automate.triggers.schemes.scheme import SignedRequest, no_match, refused


def verify_basic(request: SignedRequest, secrets: Sequence[str]) -> int:
    """Verify HTTP Basic authentication. Return the index of the matching secret in ``secrets``.

    Raises INVALID_SIGNATURE if the header is malformed or no secret fits.
    """
    try:
        shown = base64.b64decode(credentials_in(request, "Basic"), validate=True)
    except (binascii.Error, ValueError):
        raise refused("the Authorization header does not have the form Basic <base64 of user:password>") from None
    return _hold(shown, secrets, "the user and password in Authorization")


def verify_bearer(request: SignedRequest, secrets: Sequence[str]) -> int:
    """Verify a bearer token. Return the index of the matching secret in ``secrets``.

    Raises INVALID_SIGNATURE if the header is malformed or no secret fits.
    """
    shown = credentials_in(request, "Bearer").encode(errors="replace")
    return _hold(shown, secrets, "the token in Authorization")


def credentials_in(request: SignedRequest, kind: str) -> str:
    """Return the credentials in the Authorization header.

    Raises INVALID_SIGNATURE if the header is malformed.
    """
    scheme, _, credentials = request.header("Authorization").partition(" ")
    if scheme.lower() != kind.lower() or not credentials.strip():
        raise refused(f"the Authorization header does not have the form {kind} <credentials>", header="Authorization")
    return credentials.strip()


def _hold(shown: bytes, secrets: Sequence[str], what: str) -> int:
    # Digests are compared, because the duration of a comparison of secrets could reveal their length.
    digest = hashlib.sha256(shown).digest()
    fits = [hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), digest) for secret in secrets]
    if not any(fits):
        raise no_match(what, secrets)
    return fits.index(True)
