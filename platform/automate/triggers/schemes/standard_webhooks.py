"""Standard Webhooks: ``v1`` signatures (shared key) and ``v1a`` signatures (Ed25519).

The standardwebhooks library does not support several secrets or a tolerance.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from automate.kernel.errors import NormalizedError
from automate.triggers.schemes.recipes import MAX_SIGNATURES, SigningRecipe
from automate.triggers.schemes.scheme import SignedRequest, no_match
from automate.triggers.schemes.secrets import PUBLIC_KEY_PREFIX, key_bytes

_HEADER = "webhook-signature"
_PUBLIC_KEY_SIGNATURE = "v1a,"

SHARED_KEY = SigningRecipe(
    header=_HEADER,
    prefix="v1,",
    separator=" ",
    encoding="base64",
    signs="{id}.{timestamp}.{body}",
    id_header="webhook-id",
    timestamp_header="webhook-timestamp",
    key=key_bytes,
)


def verify(request: SignedRequest, secrets: Sequence[str]) -> int:
    """Return the index of the matching secret. Raises INVALID_SIGNATURE, INVALID_TIMESTAMP."""
    items = SHARED_KEY.items(request)
    content = SHARED_KEY.covered(request, items)
    signatures = public_key_signatures(items)
    public = [place for place, secret in enumerate(secrets) if secret.startswith(PUBLIC_KEY_PREFIX)]
    for place in public:
        if fits_public_key(secrets[place], signatures, content):
            return place
    shared = [place for place, secret in enumerate(secrets) if not secret.startswith(PUBLIC_KEY_PREFIX)]
    if not shared:
        raise no_match(f"the v1a signature in {_HEADER}", secrets)
    try:
        return shared[SHARED_KEY.verify(request, [secrets[place] for place in shared])]
    except NormalizedError as error:
        if signatures and public:
            raise no_match(f"the signature in {_HEADER}", secrets) from error
        raise


def public_key_signatures(items: Sequence[str]) -> list[str]:
    found = [item.removeprefix(_PUBLIC_KEY_SIGNATURE) for item in items if item.startswith(_PUBLIC_KEY_SIGNATURE)]
    return found[:MAX_SIGNATURES]


def fits_public_key(secret: str, signatures: Sequence[str], content: bytes) -> bool:
    public_key = Ed25519PublicKey.from_public_bytes(key_bytes(secret))
    for signature in signatures:
        try:
            public_key.verify(base64.b64decode(signature, validate=True), content)
        except (binascii.Error, ValueError, InvalidSignature):
            continue
        return True
    return False
