"""An endpoint as a worker sends to it. No Django here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Receiver:
    """secrets: in clear, newest first, for the length of one call. disabled: why nothing is sent; empty where it is.
    deleted: it is there no more, and has no secrets. target: its host, as the ledger writes it; empty where nothing is sent.
    """

    id: uuid.UUID
    slug: str
    url: str
    secrets: Sequence[str] = field(repr=False)
    revision: int
    disabled: str = ""
    deleted: bool = False
    target: str = ""
