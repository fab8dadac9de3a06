"""The error for an unexpected status of ``http.request``."""

from __future__ import annotations

from actors.connectors.base import ConnectorError
from actors.connectors.guard import OutboundResponse
from actors.connectors.statuses import status_error


def unexpected(response: OutboundResponse) -> ConnectorError:
    redirected = 300 <= response.status < 400  # noqa: PLR2004
    fix = "set follow_redirects" if redirected else "correct the request"
    return status_error(response, f"{fix}, or name the status in expected_statuses")
