"""The key pair for tenants' secrets. The web process has the public key, and workers have the private key.

A key is a text: ``id:base64 of 32 bytes`` (raw X25519). This module imports no Django.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

KEY_BYTES = 32
PUBLIC, PRIVATE = "AUTOMATE_VAULT_PUBLIC_KEY", "AUTOMATE_VAULT_PRIVATE_KEYS"
READER = "worker"
"""The process that may hold tenants' secrets and the private key that opens them."""
TENANT_SECRET = re.compile(r"AUTOMATE_SECRET_[A-Z0-9_]+?__")
"""Prefix of the variables of tenants' secrets: see ``backends.environment``."""


@dataclass(frozen=True)
class VaultKeys:
    """The vault keys of a process."""

    public_id: str
    public: X25519PublicKey | None
    """Seals new values; None if this installation has no key pair."""
    private: Mapping[str, X25519PrivateKey]
    """The private keys by key id. Only workers have private keys."""


def symmetric_keys(texts: Sequence[str], variable: str) -> dict[str, bytes]:
    """Parse keys, and return them by id. Raises ValueError for a malformed key or a repeated id."""
    keys: dict[str, bytes] = {}
    for given in texts:
        key_id, _, text = given.partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:  # not base64, or not even ASCII
            key = b""
        if not key_id.isidentifier() or not key_id.isascii() or key_id in keys or len(key) != KEY_BYTES:
            raise ValueError(
                f"{variable} must be id:base64 of {KEY_BYTES} bytes, several separated by commas, each id once"
            )
        keys[key_id] = key
    return keys


def vault_keys(public: str, private: Sequence[str]) -> VaultKeys:
    """Return the key pair of this process. If ``public`` is empty, the public key is computed from the private key.

    Raises ValueError if a key is malformed, or if ``public`` and ``private`` do not belong together.
    """
    held = {
        key_id: X25519PrivateKey.from_private_bytes(raw) for key_id, raw in symmetric_keys(private, PRIVATE).items()
    }
    own = {key_id: key.public_key().public_bytes_raw() for key_id, key in held.items()}
    given = symmetric_keys([public] if public else [], PUBLIC)
    for key_id, raw in given.items():
        if own and own.get(key_id) != raw:
            raise ValueError(
                f"{PUBLIC} is the key {key_id}, but {PRIVATE} does not hold its private half, so workers could not open "
                f"new secrets. Add the private key {key_id} to {PRIVATE}"
            )
    key_id, raw = next(iter({**given, **own}.items()), ("", b""))
    return VaultKeys(key_id, X25519PublicKey.from_public_bytes(raw) if raw else None, held)


def new_pair(key_id: str) -> tuple[str, str]:
    """Create a key pair: the public key, and the private key."""
    raw = os.urandom(KEY_BYTES)
    return public_of(f"{key_id}:{base64.b64encode(raw).decode()}"), f"{key_id}:{base64.b64encode(raw).decode()}"


def public_of(private: str) -> str:
    """Compute the public key of a private key. Raises ValueError for a malformed key."""
    keys = vault_keys("", [private])
    raw = keys.public.public_bytes_raw() if keys.public is not None else b""
    return f"{keys.public_id}:{base64.b64encode(raw).decode()}"


def for_process(environ: Mapping[str, str], process: str) -> dict[str, str]:
    """Return the environment variables for one process. Only a worker gets the private key and tenants' secrets."""
    if process == READER:
        return dict(environ)
    return {name: value for name, value in environ.items() if name != PRIVATE and not TENANT_SECRET.match(name)}
