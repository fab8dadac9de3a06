"""What every HTTP answer has: a trace id, and NormalizedErrors instead of anything else."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
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
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        if isinstance(exception, NormalizedError):
            return error_response(exception)
        if isinstance(exception, Http404):
            return not_found(request)
        if isinstance(exception, RequestDataTooBig):
            return error_response(NormalizedError("PAYLOAD_TOO_LARGE", "The body is too large for this URL."))
        if isinstance(exception, SuspiciousOperation):
            return error_response(NormalizedError("BAD_REQUEST", "The request is malformed."))
        log.error("request failed", path=request.path, exc_info=exception, trace_id=current_trace().trace_id)
        return error_response(
            NormalizedError(
                "INTERNAL", "The platform failed on this request. Try again; if it stays, quote the trace id."
            )
        )
