"""The only page of the portal. Its scripts read all data from the GraphQL APIs."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

from automate.approvals import rendering
from automate.kernel.errors import NormalizedError
from tenants.portal import files
from tenants.staff.middleware import HSTS_SECONDS

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
RELOAD_SECONDS = 3
"""The seconds after which a browser reloads a page that waits for the build."""
_ENGINE = Engine(dirs=[str(Path(__file__).parent / "templates"), str(rendering.FOLDER)])


def page(request: HttpRequest) -> HttpResponse:
    """Return the page of the portal. Raises METHOD_NOT_ALLOWED if the method is neither GET nor HEAD."""
    if request.method not in {"GET", "HEAD"}:
        message = f"This page does not support the method {request.method}. Open it with GET."
        raise NormalizedError("METHOD_NOT_ALLOWED", message, details={"allow": "GET, HEAD"})
    html = files.page()
    response = _not_built() if html is None else HttpResponse(html, headers=HEADERS)
    if settings.SESSION_COOKIE_SECURE:
        response.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
    return response


def _not_built() -> HttpResponse:
    text = _ENGINE.get_template("not_built.html").render(Context({"style": rendering.STYLE}, autoescape=True))
    headers = {**rendering.HEADERS, "Refresh": str(RELOAD_SECONDS)}
    return HttpResponse(text, status=HTTPStatus.NOT_FOUND, headers=headers)
