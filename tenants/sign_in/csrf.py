"""Checks that a browser's request comes from a page of this installation."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from automate.kernel.errors import NormalizedError
from automate.serving.middleware import error_response

OWN_SITES = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site that browsers send for our own pages and for an address that a person typed."""


def _never(_request: HttpRequest) -> HttpResponse:
    raise LookupError("the check has no view")


class _Check(CsrfViewMiddleware):
    # Returns the reason of a refusal, and creates no response.
    def _reject(self, _request: HttpRequest, reason: str) -> str:
        return reason


def refused(reason: str) -> NormalizedError:
    """Return the error for a refused request."""
    return NormalizedError(
        "CSRF_FAILED",
        f"{reason.rstrip('.')}. Send the request from a page of this installation, and send the cookie "
        f"{settings.CSRF_COOKIE_NAME} also as the header X-CSRFToken.",
        details={"cookie": settings.CSRF_COOKIE_NAME, "header": "X-CSRFToken"},
    )


def require_own_page(request: HttpRequest) -> None:
    """Check that a browser's request comes from a page of this installation. Raises CSRF_FAILED."""
    origin = request.headers.get("Origin")
    if origin is not None and not is_own_origin(origin, request.get_host(), secure=request.is_secure()):
        raise foreign_origin(origin)
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITES:
        raise foreign_origin(request.headers.get("Referer", "of another site"))
    check = _Check(_never)
    check.process_request(request)
    reason = check.process_view(request, _never, (), {})
    if reason is not None:
        raise refused(str(reason))


def is_own_origin(origin: str, host: str, *, secure: bool) -> bool:
    """Return whether the value of an ``Origin`` header is an origin of this installation."""
    scheme = "https" if secure or settings.SESSION_COOKIE_SECURE else "http"
    return origin == f"{scheme}://{host}" or origin in settings.CSRF_TRUSTED_ORIGINS


def foreign_origin(origin: str) -> NormalizedError:
    return refused(f"The page {origin[:200]} may not use the sessions of this installation")


def failure(_request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the answer for a request that Django's CSRF check refused. Used as CSRF_FAILURE_VIEW."""
    return error_response(refused(reason))
