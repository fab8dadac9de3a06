"""What the network's failures mean to a run: a table from httpcore's exceptions, most special first."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import httpcore2

from actors.connectors.base import ConnectorError

_MEANINGS: Sequence[tuple[type[Exception], str, str]] = (
    (httpcore2.ConnectTimeout, "CONNECTOR_TRANSIENT", "No connection could be made to the host in time."),
    (httpcore2.ConnectError, "CONNECTOR_TRANSIENT", "No connection could be made to the host."),
    (httpcore2.TimeoutException, "CONNECTOR_TIMEOUT", "The other side did not answer in time."),
    (httpcore2.NetworkError, "CONNECTOR_TRANSIENT", "The connection broke before the answer was complete."),
    (httpcore2.ProtocolError, "CONNECTOR_TRANSIENT", "The other side closed early or did not answer in valid HTTP."),
)


def as_connector_error(error: Exception, *, arrived: bool) -> ConnectorError:
    """arrived: whether the request may have left before it failed. Texts of the library stay out of the message."""
    certificate = _certificate_problem(error)
    if certificate is not None:
        message = f"The host's TLS certificate is not trusted: {certificate}."
        return ConnectorError("CONNECTOR_REFUSED", message, arrived=arrived)
    code, message = next((code, message) for kind, code, message in _MEANINGS if isinstance(error, kind))
    return ConnectorError(code, message, arrived=arrived)


def _certificate_problem(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None
