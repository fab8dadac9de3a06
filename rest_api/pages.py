"""Serves the OpenAPI document, and a page on which people can try the API."""

from __future__ import annotations

import mimetypes
from functools import cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse

from automate.kernel.errors import NormalizedError

OPENAPI = "openapi.json"
SWAGGER = "static/drf_spectacular_sidecar/swagger-ui-dist"
ASSETS = {
    "swagger-ui.css": ("drf_spectacular_sidecar", f"{SWAGGER}/swagger-ui.css"),
    "swagger-ui-bundle.js": ("drf_spectacular_sidecar", f"{SWAGGER}/swagger-ui-bundle.js"),
    "favicon-32x32.png": ("drf_spectacular_sidecar", f"{SWAGGER}/favicon-32x32.png"),
    "start.js": ("rest_api", "start.js"),
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Allows no external host, no inline script and no inline style."""
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
KEEP = "public, max-age=3600"
PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Automate REST API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<main id="swagger-ui"></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""


def openapi(request: HttpRequest) -> HttpResponse:
    # From the committed file. A test checks that the file is up to date.
    return _answer(request, _read("rest_api", OPENAPI), "application/json")


def docs(request: HttpRequest) -> HttpResponse:
    return _answer(request, PAGE, "text/html; charset=utf-8")


def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Send a script, a style or an icon of the page. Raises NOT_FOUND for any other name."""
    found = ASSETS.get(name)
    if found is None:
        raise NormalizedError("NOT_FOUND", "There is no file at this URL. Check the URL.")
    return _answer(request, _read(*found), mimetypes.guess_type(name)[0] or "application/octet-stream")


def _answer(request: HttpRequest, content: bytes, content_type: str) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        raise NormalizedError(
            "METHOD_NOT_ALLOWED",
            f"This URL does not support the method {request.method}. Use GET.",
            details={"allow": "GET, HEAD"},
        )
    return HttpResponse(content, content_type=content_type, headers={**HEADERS, "Cache-Control": KEEP})


@cache
def _read(package: str, name: str) -> bytes:
    return files(package).joinpath(name).read_bytes()
