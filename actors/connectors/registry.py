"""The connectors of a process: the connectors of the platform, and the connectors of installed packages."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from actors.connectors.base import Connector
from actors.connectors.email.connector import EmailSend
from actors.connectors.graphql.connector import GraphQLRequest
from actors.connectors.guard import Guard
from actors.connectors.http.connector import HttpRequest
from actors.connectors.installed import KnownConnectors, KnownSpecs, discover
from actors.connectors.log.connector import LogWrite
from actors.connectors.previews import previewed
from actors.connectors.slack.connector import SlackPostMessage
from actors.connectors.tokens import Tokens
from actors.connectors.webhook.connector import WebhookSend
from actors.sdk.host import Host
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import ConnectorSpec

log = structlog.get_logger(__name__)

_GUARD = Guard()
_TOKENS = Tokens(_GUARD)
OURS: tuple[Connector, ...] = (
    EmailSend(_GUARD),
    GraphQLRequest(_GUARD, _TOKENS),
    HttpRequest(_GUARD, _TOKENS),
    LogWrite(),
    SlackPostMessage(_GUARD),
    WebhookSend(_GUARD),
)
INSTALLED, REFUSED = discover(Host(_GUARD), {connector.spec.name for connector in OURS})
CONNECTORS = KnownConnectors([*OURS, *(one.connector for one in INSTALLED)], REFUSED)


def log_refused() -> None:
    """Log the refused connectors."""
    for one in REFUSED:
        log.error("connector refused", connector=one.name, package=one.package, why=one.why)


def specs() -> Mapping[str, ConnectorSpec]:
    """Return the specs of all connectors. The setting AUTOMATE_CONNECTOR_SPECS names this function."""
    return KnownSpecs(CONNECTORS)


def preview(uses: str, rendered: JsonValue) -> dict[str, JsonValue]:
    """Return ``{request, hosts}`` for the rendered input of a step. Raises ConnectorError."""
    return previewed(CONNECTORS[uses], rendered)
