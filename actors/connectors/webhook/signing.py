"""Signatures of the Standard Webhooks specification: HMAC-SHA256 over id, time and body, one for each secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def signatures(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``. secrets: ``whsec_`` and base64, all active; a receiver needs only one."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signed(secret, content)}" for secret in secrets)


def revealing_texts(secrets: Sequence[str]) -> list[str]:
    """The texts that reveal one of the secrets: the secret as written, its key alone, and the key's bytes."""
    return [text for secret in secrets for text in (secret, secret.removeprefix(PREFIX), _key(secret).hex())]


def _signed(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
