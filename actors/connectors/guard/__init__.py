"""The outbound guard: the only way out for connectors.

A host is resolved once, every answer is judged, and the connection goes to the judged address. Redirects pass the
same judge. ``docs/decisions/outbound-guard.md`` says what is refused and why.
"""

from actors.connectors.guard.client import Guard, OutboundRequest, OutboundResponse

__all__ = ["Guard", "OutboundRequest", "OutboundResponse"]
