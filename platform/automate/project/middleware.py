"""What every HTTP answer has: a trace id, and NormalizedErrors instead of anything else."""

from __future__ import annotations

import sys
from collections.abc import Callable

import structlog
from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from automate.kernel.errors import NormalizedError
from automate.kernel.trace import current_trace, from_traceparent, tracing

log = structlog.get_logger(__name__)

Handler = Callable[[HttpRequest], HttpResponseBase]


def error_response(error: NormalizedError) -> JsonResponse:
    """The public form of an error, with its status and, where waiting helps, Retry-After."""
    response = JsonResponse(error.as_answer(current_trace().trace_id), status=error.status)
    if "retry_after_seconds" in error.details:
        response["Retry-After"] = str(error.details["retry_after_seconds"])
    return response


SAID: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    ((Http404,), "NOT_FOUND", "There is nothing at this URL."),
    ((DisallowedHost,), "BAD_REQUEST", "The Host header is not one that is served here."),
    ((RequestDataTooBig,), "PAYLOAD_TOO_LARGE", "The body is too large for this URL."),
    ((SuspiciousOperation,), "BAD_REQUEST", "The request is malformed."),
    ((OperationalError, InterfaceError), "UNAVAILABLE", "The database is away for a moment. Try again."),
    ((BaseException,), "INTERNAL", "The platform failed on this request. Try again; if it stays, quote the trace id."),
)
"""What an exception says to the outside, the first that fits; our own faults say nothing of their inside."""
RETRY_AFTER_SECONDS = 1


def normalized(exception: BaseException) -> NormalizedError:
    if isinstance(exception, NormalizedError):
        return exception
    code, message = next((code, message) for kinds, code, message in SAID if isinstance(exception, kinds))
    details = {"retry_after_seconds": RETRY_AFTER_SECONDS} if code == "UNAVAILABLE" else {}
    return NormalizedError(code, message, details=details)


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(normalized(exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """For what a middleware raises, which no other middleware sees. Django calls it while it handles the exception."""
    return answer_to(request, sys.exc_info()[1] or RuntimeError("nothing was raised"))


def answer_to(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """The answer to a request that failed; logged where the fault is ours."""
    error = normalized(exception)
    if error.code in {"INTERNAL", "UNAVAILABLE"}:
        log.error("request failed", path=request.path, code=error.code, exc_info=exception)
    return error_response(error)


def not_found(_request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's call
    return error_response(NormalizedError("NOT_FOUND", "There is nothing at this URL."))


class TraceMiddleware:
    """Takes the caller's ``traceparent`` or makes a trace; each answer names its trace id."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with tracing(from_traceparent(request.headers.get("traceparent"))) as trace:
            response = self.get_response(request)
            response["X-Trace-Id"] = trace.trace_id
            return response


class ErrorMiddleware:
    """Views raise NormalizedError; what else they raise is our fault, is logged, and says nothing of its inside."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()
        except DisallowedHost as error:
            return error_response(normalized(error))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        return answer_to(request, exception)
