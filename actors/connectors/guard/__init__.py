"""The outbound guard. Every connection of a connector goes through it.

The guard looks up a host once, checks every address, and connects to a checked address. See
``docs/decisions/outbound-guard.md``.
"""

from actors.connectors.guard.client import Guard, OutboundRequest, OutboundResponse
from actors.connectors.guard.failures import connect_failures, guard_failures
from actors.connectors.guard.lines import LineStream, OverlongError
from actors.connectors.guard.ports import MAIL_PORTS

__all__ = [
    "MAIL_PORTS",
    "Guard",
    "LineStream",
    "OutboundRequest",
    "OutboundResponse",
    "OverlongError",
    "connect_failures",
    "guard_failures",
]
