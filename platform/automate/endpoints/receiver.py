"""The endpoint that receives a call. This module imports no Django."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WebhookReceiver:
    """The URL and the secrets of an endpoint, for one call."""

    id: uuid.UUID
    slug: str
    url: str
    secrets: Sequence[str] = field(repr=False)
    """The decrypted secrets, newest first. They exist only during one call."""
    revision: int
    disabled: str = ""
    """The reason why nothing is sent; empty while the endpoint is enabled."""
    deleted: bool = False
    """Deleted endpoints have no secrets."""
    target: str = ""
    """The endpoint's host as the ledger stores it; empty if nothing is sent."""
