"""Renders pages for people, without scripts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

from automate.kernel.errors import NormalizedError

FOLDER = Path(__file__).parent / "templates"
_ENGINE = Engine(dirs=[str(FOLDER)])
STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Shown as escapes, also in inputs: the reader sees exactly the text that is stored and sent.
_TURNS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters that change the direction of text."""
_VISIBLE = {code: f"\\u{code:04x}" for code in _TURNS}

_PATH = re.compile(r"/t/[^/]+/approvals/")


def is_page(request: HttpRequest) -> bool:
    """Return whether a request asks for an HTML page."""
    return is_page_path(request.path_info)


def is_page_path(path: str) -> bool:
    return _PATH.match(path) is not None


def unknown() -> HttpResponse:
    """Return the answer for a URL that leads to no approval."""
    return response(
        "unknown.html",
        {},
        NormalizedError(
            "NOT_FOUND", "This link belongs to no open approval. Check the link, or ask the sender for a new link."
        ),
    )


def refused(error: NormalizedError) -> HttpResponse:
    """Return a page that refuses a request."""
    return response("refused.html", {"message": error.message}, error)


def see(path: str) -> HttpResponse:
    """Redirect the browser to the page that shows the outcome of the POST request."""
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={**HEADERS, "Location": path})


def response(template: str, context: Mapping[str, object], error: NormalizedError | None = None) -> HttpResponse:
    """Render a page. If ``error`` is given, the HTTP response has the status of the error."""
    page = _ENGINE.get_template(template).render(Context({**context, "style": STYLE}, autoescape=True))
    made = HttpResponse(page.translate(_VISIBLE), content_type="text/html; charset=utf-8", headers=HEADERS)
    if error is not None:
        made.status_code = error.status
        made.refusal = {"code": error.code, "said": error.message}  # type: ignore[attr-defined] # django-stubs knows no attributes of ours; the middleware reads it
    return made
