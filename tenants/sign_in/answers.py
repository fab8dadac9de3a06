"""Adapts the answers of allauth's views."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from automate.kernel import strict_json
from automate.kernel.errors import NormalizedError
from automate.kernel.faults import RETRY_AFTER_SECONDS
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_objects
from automate.kernel.limits import KIB
from automate.kernel.trace import current_trace
from automate.serving.middleware import mark_refusal

BODY_BYTES = 16 * KIB
"""Maximum bytes of a body. The longest valid body contains an address, a password and a code."""
JSON_DEPTH = 4
PLAIN_JSON = "application/json"
CODE_OF = {
    HTTPStatus.BAD_REQUEST: "BAD_REQUEST",
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "FORBIDDEN",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    HTTPStatus.CONFLICT: "CONFLICT",
    HTTPStatus.GONE: "UNAUTHENTICATED",
    HTTPStatus.TOO_MANY_REQUESTS: "RATE_LIMITED",
}
SAID = {
    "BAD_REQUEST": "The input is refused: {problems}. `errors` names each invalid field.",
    "UNAUTHENTICATED": "Sign-in is not complete. `data.flows` lists the next steps; those with `is_pending` are open.",
    "FORBIDDEN": "This account may not do this.",
    "NOT_FOUND": "The account has nothing of this kind.",
    "METHOD_NOT_ALLOWED": "The URL does not support this method.",
    "CONFLICT": "The step does not fit the state of the session. GET /account/browser/v1/auth/session shows the state.",
    "RATE_LIMITED": "Too many attempts from this address or for this account. Wait a minute, then try again.",
}
CONFIRM = (
    "This step needs a password that was confirmed within five minutes. Send the password to "
    "/account/browser/v1/auth/reauthenticate as `password`, then send this request again."
)
MOST_PROBLEMS = 5
TOO_MANY = "too_many_login_attempts"
"""Allauth's code for an attempt that it refused without a check of the credentials."""
FAILED_WAIT_SECONDS = 300
"""The longest time after which the limit of failed sign-ins ends."""
SAID_OF_PROBLEM = {
    TOO_MANY: "Too many sign-ins to this account, or from this address, have failed. Wait five minutes, or reset the password "
    "by mail.",
    "enter_current_password": "The current password is wrong. Type the password with which you sign in now.",
    "invalid_password_reset": "The link of this mail is not valid: it was used, it is older than three days, or you have signed "
    "in since. Request a new mail.",
}
"""Messages for allauth's codes whose own message does not say how to continue."""


def normalized_answer(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the answer of an allauth view. Raises NormalizedError if the request's body is refused."""
    _require_body(request)
    try:
        response = view()
    except ImmediateHttpResponse as immediate:
        response = immediate.response
    except PermissionDenied:
        response = HttpResponse(status=HTTPStatus.FORBIDDEN)
    if response.status_code < HTTPStatus.BAD_REQUEST or response.status_code not in CODE_OF:
        return response
    return _refused(response)


def is_limited(response: HttpResponse) -> bool:
    """True if a limit refused an attempt. ``response`` comes from ``normalized_answer``."""
    return response.status_code == HTTPStatus.TOO_MANY_REQUESTS


def _require_body(request: HttpRequest) -> None:
    if request.method != "GET" and request.content_type not in {"", PLAIN_JSON}:
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            "The header Content-Type names another type than application/json. Send the body as JSON in UTF-8.",
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if (length.isdecimal() and int(length) > BODY_BYTES) or len(request.body) > BODY_BYTES:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE",
            f"The body is too large. At this URL a body has at most {BODY_BYTES:,} bytes. Send a smaller body.",
            details={"max_bytes": BODY_BYTES},
        )
    if not request.body:
        return
    body = strict_json.loads(request.body, max_bytes=BODY_BYTES, max_depth=JSON_DEPTH)
    if not isinstance(body, dict):
        raise NormalizedError("BAD_REQUEST", "The body is JSON, but not an object. Send a JSON object.")
    for name, value in body.items():
        if isinstance(value, str) and "\0" in value:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"`{name}` contains a NUL character, which the database cannot store. Remove the character.",
                path=[name],
            )


def _refused(response: HttpResponse) -> HttpResponse:
    body: dict[str, JsonValue] = {"status": response.status_code}
    if response.headers.get("Content-Type", "").startswith(PLAIN_JSON):
        body = json.loads(response.content)
    errors = [_explained(error) for error in as_objects(body.get("errors", []))]
    status = HTTPStatus(response.status_code)
    if errors:
        body["errors"] = [*errors]
    wait = RETRY_AFTER_SECONDS * 60
    if any(error.get("code") == TOO_MANY for error in errors):
        status, wait = HTTPStatus.TOO_MANY_REQUESTS, FAILED_WAIT_SECONDS
        body["status"] = int(status)
    code = CODE_OF[status]
    details: dict[str, JsonValue] = {"retry_after_seconds": wait} if code == "RATE_LIMITED" else {}
    error = NormalizedError(code, _message(code, body, errors), details=details)
    refused = HttpResponse(
        json_bytes({**body, **error.as_answer(current_trace().trace_id)}),
        status=status,
        content_type=PLAIN_JSON,
    )
    refused.cookies = response.cookies
    for name in ("Cache-Control", "Allow"):
        if name in response.headers:
            refused[name] = response.headers[name]
    if details:
        refused["Retry-After"] = str(details["retry_after_seconds"])
    mark_refusal(refused, error.code, error.message)
    return refused


def _explained(problem: JsonObject) -> JsonObject:
    return {**problem, "message": SAID_OF_PROBLEM.get(str(problem.get("code")), problem.get("message", ""))}


def _message(code: str, body: JsonObject, errors: list[JsonObject]) -> str:
    if len(errors) == 1 and errors[0].get("code") in SAID_OF_PROBLEM:
        return str(errors[0]["message"])
    if code == "UNAUTHENTICATED" and as_object(body.get("meta") or {}).get("is_authenticated"):
        return CONFIRM
    problems = [str(error["message"]).rstrip(".") for error in errors]
    return SAID[code].format(problems="; ".join(problems[:MOST_PROBLEMS]) or "the step needs another input")
