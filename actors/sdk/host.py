"""What a connector is given when its process starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from actors.connectors.base import Connector
from actors.connectors.guard import Guard


@dataclass(frozen=True)
class Host:
    """guard: the only way out, shared by all connectors of the process."""

    guard: Guard


class ConnectorFactory(Protocol):
    """What an entry point of the group ``automate.connectors`` names: most often the connector's class.

    api: the version of ``actors.sdk`` that it is written for, such as "1.0".
    """

    api: str

    def __call__(self, host: Host) -> Connector:
        """Called once in each process. It does no input or output yet."""
        ...
