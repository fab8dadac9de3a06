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
    """In clear, newest first, for the duration of one call."""
    revision: int
    disabled: str = ""
    """Why nothing is sent; empty while it is enabled."""
    deleted: bool = False
    """Deleted endpoints have no secrets."""
    target: str = ""
    """Its host in the ledger's spelling; empty if nothing is sent."""
