"""Encrypted values of tenants' secrets. Every process can encrypt, and only workers can decrypt.

The text is ``v2.<key id>.<encrypted data key>.<nonce and ciphertext>``. A key rotation keeps the ciphertext.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from django.conf import settings

from automate.kernel.errors import NormalizedError
from automate.vault.keys import PRIVATE, PUBLIC, VaultKeys
from automate.vault.unopened import CannotOpenError

VERSION = "v2"
NONCE_BYTES = 12
PARTS = 4
REMEMBERED_DATA_KEYS = 1_024
"""Number of decrypted data keys that are cached. Decrypting a data key costs a key agreement. The cache is
safe, because a worker holds the private key anyway."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_for_workers(plain: str, context: str) -> str:
    """Encrypt a value. ``context`` names the place of the value in the database. Decryption fails with another context.

    Raises VAULT_KEY_MISSING if the installation has no key pair.
    """
    data_key, nonce = AESGCM.generate_key(256), os.urandom(NONCE_BYTES)
    wrapped = _wrap(data_key, context)
    sealed = nonce + AESGCM(data_key).encrypt(nonce, plain.encode(), context.encode())
    return f"{VERSION}.{_keys().public_id}.{wrapped}.{_text(sealed)}"


def current_prefix() -> str:
    """Return the prefix of the texts that were encrypted with the current public key.

    Raises VAULT_KEY_MISSING if there is no key pair.
    """
    _public()
    return f"{VERSION}.{_keys().public_id}."


def is_envelope(sealed: str) -> bool:
    return sealed.startswith(f"{VERSION}.")


def open_envelope(sealed: str, context: str) -> str:
    """Decrypt a value. Raises CannotOpenError if the key is missing or the stored row was changed."""
    key_id, wrapped, text = _parts(sealed)
    try:
        raw = base64.urlsafe_b64decode(text)
        data_key = _unwrapped(key_id, wrapped, context)
        return AESGCM(data_key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
    except (InvalidTag, ValueError):
        raise _changed(key_id) from None


def rewrapped(sealed: str, context: str) -> str:
    """Encrypt the data key of an encrypted value again, with the current public key.

    Raises CannotOpenError if the data key cannot be decrypted. Raises VAULT_KEY_MISSING without a key pair.
    """
    key_id, wrapped, text = _parts(sealed)
    if key_id == _keys().public_id:
        return sealed
    try:
        data_key = _unwrapped(key_id, wrapped, context)
    except (InvalidTag, ValueError):
        raise _changed(key_id) from None
    return f"{VERSION}.{_keys().public_id}.{_wrap(data_key, context)}.{text}"


def _keys() -> VaultKeys:
    keys: VaultKeys = settings.AUTOMATE_VAULT_KEYS
    return keys


def _wrap(data_key: bytes, context: str) -> str:
    return _text(_SUITE.encrypt(data_key, _public(), _info(context)))


def _public() -> X25519PublicKey:
    public = _keys().public
    if public is None:
        raise NormalizedError(
            "VAULT_KEY_MISSING",
            f"This installation cannot store secret values, because {PUBLIC} is not set. Ask the operator of the platform to create a "
            "key pair with `automate vault new-key`.",
        )
    return public


@lru_cache(maxsize=REMEMBERED_DATA_KEYS)
def _unwrapped(key_id: str, wrapped: str, context: str) -> bytes:
    private = _keys().private.get(key_id)
    if private is None:
        raise CannotOpenError(
            f"it is sealed with the key {key_id}, but {PRIVATE} of this process does not contain this key"
        )
    return _SUITE.decrypt(base64.urlsafe_b64decode(wrapped), private, _info(context))


def _info(context: str) -> bytes:
    return f"automate.vault.{VERSION} {context}".encode()


def _parts(sealed: str) -> tuple[str, str, str]:
    parts = sealed.split(".")
    if len(parts) != PARTS or parts[0] != VERSION:
        raise CannotOpenError("it is not an envelope of this version")
    return parts[1], parts[2], parts[3]


def _changed(key_id: str) -> CannotOpenError:
    return CannotOpenError(f"{PRIVATE} holds another key {key_id} than the one that sealed it, or the row was changed")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
