"""Encrypts values that the web process must decrypt, such as the secrets of sources. Uses AES-256-GCM and a master key.

The first key of AUTOMATE_MASTER_KEYS encrypts. Each key of AUTOMATE_MASTER_KEYS decrypts.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from automate.vault.envelope import is_envelope, open_envelope
from automate.vault.unopened import CannotOpenError, unopened

VERSION = "v1"
KEY_BYTES, NONCE_BYTES = 32, 12
DERIVED_KEY_ID = "derived"


@lru_cache(maxsize=1)
def _keys() -> dict[str, AESGCM]:
    keys = {key_id: AESGCM(key) for key_id, key in settings.AUTOMATE_MASTER_KEYS.items()}
    if settings.SECRET_KEY:
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"automate.vault.sealing")
        keys[DERIVED_KEY_ID] = AESGCM(derived.derive(settings.SECRET_KEY.encode()))
    return keys


def seal(plain: str, context: str) -> str:
    """Encrypt a value. ``context`` names the place of the value in the database. Decryption fails with another context."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.encrypt(nonce, plain.encode(), context.encode())
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"


def open_sealed(sealed: str, context: str) -> str:
    """Decrypt a text that ``seal`` or ``envelope`` has encrypted.

    Raises INTERNAL if the key is missing or wrong, or if the text was encrypted with another ``context``.
    """
    try:
        return open_envelope(sealed, context) if is_envelope(sealed) else _opened(sealed, context)
    except CannotOpenError as error:
        raise unopened(error) from error


def resealed(sealed: str, context: str) -> str:
    """Encrypt a stored value again with the first master key. Raises INTERNAL if the value cannot be decrypted."""
    if key_of(sealed) == next(iter(_keys())):
        return sealed
    return seal(open_sealed(sealed, context), context)


def current_mark() -> str:
    """Return the prefix of the texts that were encrypted with the first master key."""
    return f"{VERSION}.{next(iter(_keys()))}."


def key_of(sealed: str) -> str:
    """Return the id of the key that encrypted a text."""
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
            f"{variable} has another key {key_id} than the key that sealed the value, or a person changed the row"
        ) from None
