"""Signs messages as the Standard Webhooks specification says: HMAC-SHA256 over the message's id, time and body."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def signatures(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header ``webhook-signature``, with a signature for each active secret."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signed(secret, content)}" for secret in secrets)


def revealing_texts(secrets: Sequence[str]) -> list[str]:
    # The secret as written, its base64 part, and the decoded bytes.
    return [text for secret in secrets for text in (secret, secret.removeprefix(PREFIX), _key(secret).hex())]


def _signed(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
