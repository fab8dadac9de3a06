"""Parses URLs for the outbound guard."""

from __future__ import annotations

from actors.connectors.base import ConnectorError
from actors.connectors.guard.failures import BLOCKED
from automate.kernel import targets
from automate.kernel.targets import CallTarget, TargetError

__all__ = ["CallTarget", "parse_host", "parse_target", "refused"]


def refused(reason: str) -> ConnectorError:
    return ConnectorError.of(BLOCKED, f"The URL is refused: {reason}.")


def parse_target(url: str) -> CallTarget:
    """Parse a URL. Raises CONNECTOR_BLOCKED. The message does not contain the URL's path or query."""
    try:
        return targets.parse_target(url)
    except TargetError as error:
        raise refused(str(error)) from None


def parse_host(host: str, port: int) -> CallTarget:
    """Parse a host and a port. Raises CONNECTOR_BLOCKED."""
    try:
        return targets.parse_host(host, port)
    except TargetError as error:
        raise refused(str(error)) from None
