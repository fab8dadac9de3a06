"""Causation tokens detect loops of runs and events.

A call carries a signed token with the depth of its run. An event with this token gets the same depth.
The token gives no rights. An invalid token is ignored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import uuid
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from django.conf import settings
from django.utils.crypto import constant_time_compare

from automate.kernel.baggage import tokens_in

MOST_TOKENS = 64
"""The maximum number of tokens that are read from one request. ``baggage`` has at most this many members."""

_SALT = "automate.causation"
_MAC_BYTES = 16
_FORM = struct.Struct(f">B16s{_MAC_BYTES}s")
_CHARACTERS = len(base64.urlsafe_b64encode(bytes(_FORM.size)))
_DEEPEST = 255
"""The maximum of one byte, far above the limit causation_depth."""


def token(tenant_id: uuid.UUID, depth: int, run_id: uuid.UUID) -> str:
    """Make the token for the calls of a run. ``depth`` is the causation depth of the run.

    The token has 44 characters: A-Z, a-z, 0-9, - and _.
    """
    level = min(depth, _DEEPEST)
    mac = _mac(settings.SECRET_KEY, tenant_id, level, run_id.bytes)
    return base64.urlsafe_b64encode(_FORM.pack(level, run_id.bytes, mac)).decode()


def depth_of(token: str, tenant_id: uuid.UUID) -> int | None:
    # None for text that is not a token of this tenant.
    if len(token) != _CHARACTERS:
        return None
    try:
        level, run_id, mac = _FORM.unpack(base64.b64decode(token, altchars=b"-_", validate=True))
    except (ValueError, struct.error):  # binascii.Error is a ValueError
        return None
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    mine = any(constant_time_compare(mac, _mac(secret, tenant_id, level, run_id)) for secret in secrets)
    return level if mine else None


def depth_in(headers: Mapping[str, str], tenant_id: uuid.UUID) -> int:
    """Return the highest causation depth of the valid tokens in the headers. Return 0 if no token is valid."""
    shaped = (text for text in tokens_in(headers) if len(text) == _CHARACTERS)
    return max((depth_of(text, tenant_id) or 0 for text in islice(shaped, MOST_TOKENS)), default=0)


def _mac(secret: str | bytes, tenant_id: uuid.UUID, level: int, run_id: bytes) -> bytes:
    return hmac.digest(_key(secret), tenant_id.bytes + bytes([level]) + run_id, "sha256")[:_MAC_BYTES]


@lru_cache
def _key(secret: str | bytes) -> bytes:
    # Cached: Django's `salted_hmac` would derive the key for each message.
    return hashlib.sha256(_SALT.encode() + (secret.encode() if isinstance(secret, str) else secret)).digest()
