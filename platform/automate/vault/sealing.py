"""Encryption at rest: AES-256-GCM under a key of the installation's, bound to the place where the value stands.

A sealed text is ``v1.<key id>.<base64url of nonce and ciphertext>``. The first of AUTOMATE_MASTER_KEYS seals, any of
them opens, so that a key is rotated by putting a new one in front. Without them the key comes from AUTOMATE_SECRET_KEY.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from automate.kernel.errors import NormalizedError

VERSION = "v1"
KEY_BYTES, NONCE_BYTES = 32, 12
DERIVED_KEY_ID = "derived"


def parsed_keys(texts: Sequence[str]) -> dict[str, bytes]:
    """By key id, in the order given, from ``id:base64``. Raises ImproperlyConfigured for a malformed AUTOMATE_MASTER_KEYS."""
    keys: dict[str, bytes] = {}
    for given in texts:
        key_id, _, text = given.partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:  # no base64, or not even ASCII
            key = b""
        if not key_id.isidentifier() or key_id in keys or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(
                "AUTOMATE_MASTER_KEYS must be id:base64 of 32 bytes, several separated by commas, each id once"
            )
        keys[key_id] = key
    return keys


@lru_cache(maxsize=1)
def _keys() -> dict[str, AESGCM]:
    """By key id, the one that seals first."""
    keys = {key_id: AESGCM(key) for key_id, key in settings.AUTOMATE_MASTER_KEYS.items()}
    if settings.SECRET_KEY:
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"automate.vault.sealing")
        keys[DERIVED_KEY_ID] = AESGCM(derived.derive(settings.SECRET_KEY.encode()))
    return keys


def seal(plain: str, context: str) -> str:
    """The sealed text. context: what the value belongs to; opening needs the same."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.encrypt(nonce, plain.encode(), context.encode())
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"


class CannotOpenError(Exception):
    """Why a sealed text does not open, for the operator: which key is missing, or that it is another one."""


def open_sealed(sealed: str, context: str) -> str:
    """The value. Raises NormalizedError INTERNAL, because of a CannotOpenError, where its key is gone or another one,
    or it was sealed for another place. Whoever asked can do nothing about it.
    """
    try:
        return _opened(sealed, context)
    except CannotOpenError as error:
        raise NormalizedError(
            "INTERNAL", "A stored secret cannot be opened, which the operator of this platform has to mend. Try again."
        ) from error


def key_of(sealed: str) -> str:
    """The id of the key that sealed it."""
    return [*sealed.split("."), "", ""][1]


def _opened(sealed: str, context: str) -> str:
    version, key_id, text = [*sealed.split("."), "", ""][:3]
    key = _keys().get(key_id)
    variable = "AUTOMATE_SECRET_KEY" if key_id == DERIVED_KEY_ID else "AUTOMATE_MASTER_KEYS"
    if version != VERSION or key is None:
        raise CannotOpenError(f"it was sealed with the key {key_id}, which {variable} does not hold")
    try:
        raw = base64.urlsafe_b64decode(text)
        return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
    except (InvalidTag, ValueError):
        raise CannotOpenError(
            f"{variable} is not what it was when it was sealed with the key {key_id}, or the row was changed by hand"
        ) from None
