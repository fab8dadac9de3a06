"""Trace ids, headers and errors of all HTTP answers."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from automate.approvals.rendering import is_page, is_page_path, refused, unknown
from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import NormalizedError
from automate.kernel.faults import is_ours, normalized
from automate.kernel.metrics import count_refusal
from automate.kernel.trace import current_trace, from_traceparent, tracing
from automate.serving.refusal_log import refusal_log

log = structlog.get_logger(__name__)

_INVITATION = re.compile(r"^(/account/invitations/).+")
MOST_HOSTS = 256
GUARDS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_GUARDS = tuple((name.lower(), (name, value)) for name, value in GUARDS.items())
Response = TypeVar("Response", bound=HttpResponseBase)
Handler = Callable[[HttpRequest], HttpResponseBase]


def error_response(error: NormalizedError) -> JsonResponse:
    """Return the HTTP answer for an error."""
    response = JsonResponse(error.as_answer(current_trace().trace_id), status=error.status)
    mark_refusal(response, error.code, error.message)
    if "retry_after_seconds" in error.details:
        response["Retry-After"] = str(error.details["retry_after_seconds"])
    if "allow" in error.details:
        response["Allow"] = str(error.details["allow"])
    # Web refuses some requests before any middleware.
    return guarded(response)


def guarded(response: Response) -> Response:
    """Add headers, so that browsers do not guess the content type and caches do not store the answer."""
    # Where Django keeps its headers, because it would check these constants for each answer.
    headers = response.headers._store  # noqa: SLF001
    for name, header in _GUARDS:
        headers.setdefault(name, header)
    return response


def mark_refusal(response: HttpResponse, code: str, message: str) -> None:
    """Count an error code. Store the code and the message in the response, so that the log line can contain them."""
    count_refusal(code)
    response.refusal = {"code": code, "said": message}  # type: ignore[attr-defined] # django-stubs knows no attributes of ours; the log reads it


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(normalized(exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request after an exception in a middleware. Django calls this function."""
    return answer_to(request, sys.exc_info()[1] or RuntimeError("nothing was raised"))


def answer_to(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Answer a request after an exception in its view. Faults of the platform are logged."""
    error = normalized(exception)
    if is_ours(error):
        log.error("request failed", path=_shown(request.path_info), code=error.code, exc_info=exception)
    return refusal(request, error)


def refusal(request: HttpRequest, error: NormalizedError) -> HttpResponse:
    """Return the answer for an error. The URL decides whether the answer is an HTML page or JSON."""
    return refused(error) if is_page(request) else error_response(error)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's call
    if is_page(request):
        return unknown()
    return error_response(NormalizedError("NOT_FOUND", "Nothing exists at this URL. Check the URL."))


class TraceMiddleware:
    """Sets the trace of each request. The trace comes from the header ``traceparent``, or is new. Also logs error answers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with tracing(from_traceparent(request.META.get("HTTP_TRACEPARENT"))) as trace:
            response = self.get_response(request)
            guarded(response)["X-Trace-Id"] = trace.trace_id
            if response.status_code >= HTTPStatus.BAD_REQUEST:
                _log_refusal(request, response, trace.trace_id)
            return response


def _log_refusal(request: HttpRequest, response: HttpResponseBase, trace_id: str) -> None:
    # Django's own log line has no trace id and no code, so `logs` suppresses it.
    refusal = getattr(response, "refusal", {})
    log_refusal(request.method or "", request.path_info, response.status_code, trace_id, refusal)


def log_refusal(method: str, path: str, status: int, trace_id: str, refusal: Mapping[str, str]) -> None:
    """Log an answer with an error. If equal errors are frequent, only the first ones in each second are logged.

    ``refusal`` is ``{code, said}``: the error code and the message.
    """
    shown, failed = _shown(path), status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if refusal_log.has_line(refusal.get("code", str(status)), shown):
        level = logging.ERROR if failed else logging.WARNING
        log.log(level, "request refused", method=method, path=shown, status=status, trace_id=trace_id, **refusal)


def _shown(path: str) -> str:
    # Anyone who reads this secret could decide the approval or join the tenant.
    return "/".join(path.split("/")[:4]) if is_page_path(path) else _INVITATION.sub(r"\1…", path)


_allowed: BoundedCache[tuple[str, tuple[str, ...]], bool] = BoundedCache(MOST_HOSTS)
"""Allowed Host headers. Each key also contains the allowed hosts of the settings at that time."""


def _require_allowed_host(request: HttpRequest) -> None:
    # Cached, because Django parses the header and compares patterns at each request.
    if settings.USE_X_FORWARDED_HOST:
        request.get_host()
        return
    key = request.META.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS)
    if _allowed.get(key) is None:
        request.get_host()
        if key[0]:
            _allowed.put(key, True)


class ErrorMiddleware:
    """Turns each exception of a view into an answer. The answer to an unknown exception shows no details."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            _require_allowed_host(request)
        except DisallowedHost as error:
            return error_response(normalized(error))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        return answer_to(request, exception)
