"""Two more connectors than the platform has: HTTP that is unsafe to repeat, and HTTP that is idempotent."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Literal, cast

from actors.connectors.base import Connector
from actors.connectors.registry import CONNECTORS

UNSAFE, IDEMPOTENT = "http.unsafe", "http.idempotent"
HTTP = "http.request"


class _Twin:
    """The same calls under another promise about what may be repeated."""

    def __init__(self, name: str, effect: Literal["idempotent", "unsafe"]) -> None:
        http = CONNECTORS[HTTP]
        self.spec = replace(http.spec, name=name, effect=effect)
        self.inline = False
        self.call = http.call


def register() -> None:
    registry = cast("MutableMapping[str, Connector]", CONNECTORS)
    registry[UNSAFE] = _Twin(UNSAFE, "unsafe")
    registry[IDEMPOTENT] = _Twin(IDEMPOTENT, "idempotent")
