"""The outbound guard: the only way out for connectors.

A host is resolved once, every answer is judged, and the connection goes to the judged address. Redirects pass the
same judge. ``docs/decisions/outbound-guard.md`` says what is refused and why.
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
