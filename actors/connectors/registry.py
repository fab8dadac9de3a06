"""The connectors that come with the platform and those of installed packages, by the name that a step's ``uses`` says."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from actors.connectors.base import Connector
from actors.connectors.email.connector import EmailSend
from actors.connectors.graphql.connector import GraphQLRequest
from actors.connectors.guard import Guard
from actors.connectors.http.connector import HttpRequest
from actors.connectors.installed import Known, KnownSpecs, discover
from actors.connectors.log.connector import LogWrite
from actors.connectors.previews import previewed
from actors.connectors.slack.connector import SlackPostMessage
from actors.connectors.tokens import Tokens
from actors.connectors.webhook.connector import WebhookSend
from actors.sdk.host import Host
from automate.kernel.errors import Json
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
CONNECTORS = Known([*OURS, *(one.connector for one in INSTALLED)], REFUSED)


def tell_refused() -> None:
    """Say in the log, once a process has started, what it cannot use."""
    for one in REFUSED:
        log.error("connector refused", connector=one.name, package=one.package, why=one.why)


def specs() -> Mapping[str, ConnectorSpec]:
    """What the control plane checks definitions against; the setting AUTOMATE_CONNECTOR_SPECS names this function."""
    return KnownSpecs(CONNECTORS)


def preview(uses: str, rendered: Json) -> dict[str, Json]:
    """``{request, hosts}``: what a step would send, and where to; the setting AUTOMATE_CONNECTOR_PREVIEW names this function.

    rendered: the rendered request as the ledger keeps it, SecretRefs beside the input. Raises ConnectorError.
    """
    return previewed(CONNECTORS[uses], rendered)
