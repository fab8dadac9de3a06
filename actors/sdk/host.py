"""The objects that a connector gets when its process starts."""

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
    """The object that an entry point of the group ``automate.connectors`` names, usually the connector's class.

    api: the version of ``actors.sdk`` for which it is written, such as "1.0".
    """

    api: str

    def __call__(self, host: Host) -> Connector:
        """Create the connector. Called once in each process. It must not do input or output."""
        ...
