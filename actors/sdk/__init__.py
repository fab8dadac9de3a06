"""The API for connectors in other packages.

A connector imports no other package of this platform than ``actors.sdk``. The API stays compatible until the first
number of API_VERSION rises, as from 1.4 to 2.0. ``docs/writing_connectors.md`` has a guide. ``actors.sdk.contract`` is
the test suite for connectors.
"""

from typing import TypeAlias

from actors.connectors.answers import NO_JSON, TOO_DEEP, is_json, parse_json
from actors.connectors.base import Call, Connector, ConnectorError, LookedUp, LooksUp, Previews
from actors.connectors.guard import (
    MAIL_PORTS,
    Guard,
    LineStream,
    OutboundRequest,
    OutboundResponse,
    OverlongError,
    connect_failures,
    guard_failures,
)
from actors.connectors.inputs import BAD_INPUT, InputCheck, input_problem
from actors.connectors.previews import shown_request
from actors.connectors.stamps import stamped
from actors.connectors.statuses import STATUS_FAILURES, status_error
from actors.sdk.host import ConnectorFactory, Host
from actors.sdk.versions import API_VERSION
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import ConnectorSpec, Effect, Failure, HostField

Json: TypeAlias = JsonValue
"""Another name of ``JsonValue``. Until version 1.3, it was the only name."""

__all__ = [
    "API_VERSION",
    "BAD_INPUT",
    "MAIL_PORTS",
    "NO_JSON",
    "STATUS_FAILURES",
    "TOO_DEEP",
    "Call",
    "Connector",
    "ConnectorError",
    "ConnectorFactory",
    "ConnectorSpec",
    "Effect",
    "Failure",
    "Guard",
    "Host",
    "HostField",
    "InputCheck",
    "Json",
    "JsonValue",
    "LineStream",
    "LookedUp",
    "LooksUp",
    "OutboundRequest",
    "OutboundResponse",
    "OverlongError",
    "Previews",
    "connect_failures",
    "guard_failures",
    "input_problem",
    "is_json",
    "parse_json",
    "shown_request",
    "stamped",
    "status_error",
]
