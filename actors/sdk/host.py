"""The objects that a process passes to each connector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from actors.connectors.base import Connector
from actors.connectors.guard import Guard


@dataclass(frozen=True)
class Host:
    """The objects that a process passes to a connector."""

    guard: Guard
    """The only way to call another system."""


class ConnectorFactory(Protocol):
    """A function or class that creates a connector."""

    api: str

    def __call__(self, host: Host) -> Connector:
        """Create the connector. Each process calls this function once. The function must not do input or output."""
        ...
