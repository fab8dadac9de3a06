"""The connectors that come with the platform, by the name that a step's ``uses`` says."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from actors.connectors.base import Connector
from actors.connectors.guard import Guard
from actors.connectors.http.connector import HttpRequest
from actors.connectors.log.connector import LogWrite
from automate.workflows.connectors import ConnectorSpec

_USER_AGENT = f"DjangoAutomate/{version('django-automate')}"


def _by_name(*connectors: Connector) -> Mapping[str, Connector]:
    return {connector.spec.name: connector for connector in connectors}


CONNECTORS: Mapping[str, Connector] = _by_name(HttpRequest(Guard(), _USER_AGENT), LogWrite())


def specs() -> Mapping[str, ConnectorSpec]:
    """What the control plane checks definitions against; the setting AUTOMATE_CONNECTOR_SPECS names this function."""
    return {name: connector.spec for name, connector in CONNECTORS.items()}
