"""The public message for each kind of exception."""

from __future__ import annotations

from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404

from automate.kernel import locks
from automate.kernel.errors import NormalizedError
from automate.kernel.outages import LOCK_TIMED_OUT, QUERY_CANCELED, sqlstate

RETRY_AFTER_SECONDS = 1
_SERVER_FAULT = 500
_AWAY = "The database is unavailable for a short time. Try again."
_TOO_LONG = "The database took too long for this request. Request less data, or try again."

SAID: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((Http404,), "NOT_FOUND", "Nothing exists at this URL. Check the URL."),
    ((DisallowedHost,), "BAD_REQUEST", "The Host header names a host that is not served here."),
    ((RequestDataTooBig,), "PAYLOAD_TOO_LARGE", "The body is too large for this URL."),
    ((SuspiciousOperation,), "BAD_REQUEST", "The request is malformed."),
    ((OperationalError, InterfaceError), "UNAVAILABLE", _AWAY),
    (
        (BaseException,),
        "INTERNAL",
        "The platform failed on this request. Try again; if the failure remains, report the trace id.",
    ),
)
"""The first match applies. Internal faults reveal no details."""


def normalized(exception: BaseException) -> NormalizedError:
    """Turn an exception into the error for the caller."""
    if isinstance(exception, NormalizedError):
        return exception
    if isinstance(exception, OperationalError) and sqlstate(exception) == LOCK_TIMED_OUT:
        return locks.locked(exception)
    code, message = next((code, message) for kinds, code, message in SAID if isinstance(exception, kinds))
    if code == "UNAVAILABLE" and sqlstate(exception) == QUERY_CANCELED:
        message = _TOO_LONG
    details = {"retry_after_seconds": RETRY_AFTER_SECONDS} if code == "UNAVAILABLE" else {}
    return NormalizedError(code, message, details=details)


def is_ours(error: NormalizedError) -> bool:
    """Return whether the fault lies in the platform, and not in the request."""
    return error.status >= _SERVER_FAULT
