"""Causation that leaves through an outbound call and comes back: a signed token says how many runs deep the call was made.

The token gives no right to anything: the most that it does is to make an event count as deeper. So one that was forged,
cut, or carried to another tenant counts as none, and refuses nobody. ``baggage`` says how it travels.
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
"""How many of one request are looked at: as many as ``baggage`` may have members."""

_SALT = "automate.causation"
_MAC_BYTES = 16
_FORM = struct.Struct(f">B16s{_MAC_BYTES}s")
_CHARACTERS = len(base64.urlsafe_b64encode(bytes(_FORM.size)))
_DEEPEST = 255
"""What one byte holds, and far beyond the limit causation_depth."""


def token(tenant_id: uuid.UUID, depth: int, run_id: uuid.UUID) -> str:
    """What calls of a run carry: 44 characters of A-Z a-z 0-9 - and _. depth: the run's."""
    level = min(depth, _DEEPEST)
    mac = _mac(settings.SECRET_KEY, tenant_id, level, run_id.bytes)
    return base64.urlsafe_b64encode(_FORM.pack(level, run_id.bytes, mac)).decode()


def depth_of(token: str, tenant_id: uuid.UUID) -> int | None:
    """The depth of the run that the token was made for; None for whatever is not a token of this tenant."""
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
    """How many runs lie between a request and the outside: the deepest of its valid tokens, 0 where it has none.

    headers: names in lower case or without case; what was repeated is joined by commas.
    """
    shaped = (text for text in tokens_in(headers) if len(text) == _CHARACTERS)
    return max((depth_of(text, tenant_id) or 0 for text in islice(shaped, MOST_TOKENS)), default=0)


def _mac(secret: str | bytes, tenant_id: uuid.UUID, level: int, run_id: bytes) -> bytes:
    return hmac.digest(_key(secret), tenant_id.bytes + bytes([level]) + run_id, "sha256")[:_MAC_BYTES]


@lru_cache
def _key(secret: str | bytes) -> bytes:
    """That of Django's ``salted_hmac``, which derives it anew for each message."""
    return hashlib.sha256(_SALT.encode() + (secret.encode() if isinstance(secret, str) else secret)).digest()
