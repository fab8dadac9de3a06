"""The objects that a process passes to each connector when it creates the connector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from actors.connectors.base import Connector
from actors.connectors.guard import Guard


@dataclass(frozen=True)
class Host:
    """The objects that a process passes to a connector when it creates the connector.

    guard: the outbound guard, which is the only way to call another system. All connectors of the process share it.
    """

    guard: Guard


class ConnectorFactory(Protocol):
    """The object that an entry point of the group ``automate.connectors`` names. It is usually the connector's class.

    api: the version of ``actors.sdk`` for which the connector is written, such as "1.0".
    """

    api: str

    def __call__(self, host: Host) -> Connector:
        """Create the connector. Each process calls this once. It must not do input or output."""
        ...
