"""Turns the errors in a GraphQL answer into the error of the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from actors.connectors.base import ConnectorError
from actors.connectors.guard import OutboundResponse
from actors.connectors.inputs import whole
from actors.connectors.statuses import EXCERPT_CHARACTERS, MAX_RETRY_AFTER_SECONDS, retry_after
from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.workflows.connectors import Failure

NOT_GRAPHQL = Failure(
    "not_graphql", "CONNECTOR_REFUSED", "A 2xx answer is not a JSON object with data or errors.", True
)
PARTIAL = Failure(
    "partial",
    "CONNECTOR_REFUSED",
    "Some fields have data and other fields have errors, and accept_partial is not set.",
    True,
)
ERRORS_AUTH = Failure("errors_auth", "CONNECTOR_AUTH", "An error's code reports that the credentials are insufficient.")
ERRORS_REFUSED = Failure(
    "errors_refused",
    "CONNECTOR_REFUSED",
    "The errors report that the document, its variables or the requested data are refused.",
)
ERRORS_RATE_LIMITED = Failure("errors_rate_limited", "CONNECTOR_RATE_LIMITED", "An error's code reports a rate limit.")
ERRORS_TRANSIENT = Failure(
    "errors_transient", "CONNECTOR_TRANSIENT", "The errors' codes report a fault of the receiver."
)

GRAPHQL_FAILURES: Sequence[Failure] = (
    NOT_GRAPHQL,
    PARTIAL,
    ERRORS_AUTH,
    ERRORS_REFUSED,
    ERRORS_RATE_LIMITED,
    ERRORS_TRANSIENT,
)

_BY_CODE: Mapping[str, Failure] = {
    **dict.fromkeys(
        (
            "UNAUTHENTICATED",
            "UNAUTHORIZED",
            "FORBIDDEN",
            "ACCESS_DENIED",
            "PERMISSION_DENIED",
            "AUTH_NOT_AUTHENTICATED",
            "AUTH_NOT_AUTHORIZED",
        ),
        ERRORS_AUTH,
    ),
    **dict.fromkeys(
        ("RATE_LIMITED", "RATE_LIMIT_EXCEEDED", "TOO_MANY_REQUESTS", "THROTTLED", "RATELIMITED"), ERRORS_RATE_LIMITED
    ),
    **dict.fromkeys(
        (
            "INTERNAL_SERVER_ERROR",
            "INTERNAL_ERROR",
            "INTERNAL",
            "SERVICE_UNAVAILABLE",
            "UNAVAILABLE",
            "TIMEOUT",
            "DEADLINE_EXCEEDED",
            "DOWNSTREAM_SERVICE_ERROR",
        ),
        ERRORS_TRANSIENT,
    ),
}
_WORST_FIRST = (ERRORS_AUTH, ERRORS_REFUSED, ERRORS_RATE_LIMITED, ERRORS_TRANSIENT)
"""A permanent failure takes precedence over a failure that a retry can fix."""

_ADVICE: Mapping[str, str] = {
    ERRORS_AUTH.name: "check the credentials that the step sends, and what they allow",
    ERRORS_REFUSED.name: "correct the document or its variables",
    ERRORS_RATE_LIMITED.name: "the server asks for fewer requests",
    ERRORS_TRANSIENT.name: "it may work later",
}
_SHOWN, _SHOWN_FIELDS = 5, 8


def errors_failure(response: OutboundResponse, errors: Sequence[JsonValue], data: JsonValue) -> ConnectorError:
    # An answer without data proves that nothing was done.
    details: JsonObject = {"status": response.status, "errors": [_shown(error) for error in errors[:_SHOWN]]}
    first = _text(errors[0], "message")
    if has_part(data):
        given = ", ".join(
            islice((whole(name) for name, value in as_object(data).items() if value is not None), _SHOWN_FIELDS)
        )
        message = (
            f"Part of the operation failed, and {given} have data. To continue with them, set accept_partial. {first}"
        )
        return ConnectorError.of(PARTIAL, message, details=details, arrived=True)
    found = {_failure(error).name for error in errors}
    failure = next(row for row in _WORST_FIRST if row.name in found)
    return ConnectorError.of(
        failure,
        f"The receiver answered with an error ({_ADVICE[failure.name]}): {first}",
        details=details,
        retry_after_seconds=_retry_after(response, errors) if failure is ERRORS_RATE_LIMITED else None,
    )


def has_part(data: JsonValue) -> bool:
    return isinstance(data, dict) and any(value is not None for value in data.values())


def _failure(error: JsonValue) -> Failure:
    # The code is in `extensions.code`, or in `type` in GitHub's errors.
    code = _code(error) or _text(error, "type")
    return _BY_CODE.get(code.upper(), ERRORS_REFUSED)


def _code(error: JsonValue) -> str:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return _text(extensions, "code")


def _text(holder: JsonValue, name: str) -> str:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value[:EXCERPT_CHARACTERS] if isinstance(value, str) else ""


def _shown(error: JsonValue) -> dict[str, JsonValue]:
    shown: dict[str, JsonValue] = {"message": _text(error, "message")}
    path = error.get("path") if isinstance(error, dict) else None
    if isinstance(path, list):
        shown["path"] = [
            whole(part) if isinstance(part, str) else part for part in path[:32] if isinstance(part, (str, int))
        ]
    if code := _code(error) or _text(error, "type"):
        shown["code"] = code
    return shown


def _retry_after(response: OutboundResponse, errors: Sequence[JsonValue]) -> float | None:
    # From the header Retry-After, or from the extensions of an error.
    seconds = retry_after(response)
    for error in errors:
        extensions: JsonValue = error.get("extensions") if isinstance(error, dict) else None
        for name in ("retryAfter", "retry_after"):
            value: JsonValue = extensions.get(name) if isinstance(extensions, dict) else None
            if seconds is None and isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
                seconds = min(float(value), MAX_RETRY_AFTER_SECONDS)
    return seconds
