"""The page on which a person resets the password. The page has no scripts."""

from __future__ import annotations

from pathlib import Path

from allauth.account.internal.flows import password_reset
from allauth.core import ratelimit
from allauth.headless.account.inputs import ResetPasswordInput, ResetPasswordKeyInput
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Context, Engine

from automate.approvals.rendering import FOLDER, HEADERS, STYLE
from automate.kernel.errors import NormalizedError

_ENGINE = Engine(dirs=[str(Path(__file__).parent / "templates"), str(FOLDER)])
PASSWORD_CHARACTERS = 1024
FORM_HEADERS = {**HEADERS, "Referrer-Policy": "strict-origin"}
"""Without a referrer, a browser sends ``Origin: null`` with the form. The check of the form's origin refuses
this value."""


def reset_password_page(request: HttpRequest) -> HttpResponse:
    """Show the form for a new password, or store the password.

    Raises METHOD_NOT_ALLOWED if the method is neither GET nor POST. Raises RATE_LIMITED if one client address tries too
    many links.
    """
    # The key is in the query string, which is never logged.
    if request.method not in {"GET", "POST"}:
        raise NormalizedError(
            "METHOD_NOT_ALLOWED",
            f"This page does not support the method {request.method}. Open it with GET.",
            details={"allow": "GET, POST"},
        )
    if not ratelimit.consume(request, action="reset_password_from_key"):
        raise NormalizedError(
            "RATE_LIMITED",
            "Too many links were tried from your address. Wait a minute, then open the link again.",
            details={"retry_after_seconds": 60},
        )
    key = request.GET.get("key", "")
    opened = ResetPasswordKeyInput({"key": key})
    if not opened.is_valid():
        return _page(request, status=404)
    if request.method == "GET":
        return _page(request, email=opened.user.email)
    password = request.POST.get("password", "")[:PASSWORD_CHARACTERS]
    chosen = ResetPasswordInput({"key": key, "password": password})
    if not chosen.is_valid():
        problems = [str(problem) for problems in chosen.errors.values() for problem in problems]
        return _page(request, email=opened.user.email, problems=problems, status=422)
    password_reset.reset_password(chosen.user, chosen.cleaned_data["password"])
    password_reset.finalize_password_reset(request, chosen.user)
    return _page(request, done=True)


def _page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    shown = {**context, "style": STYLE, "csrf_token": get_token(request)}
    text = _ENGINE.get_template("reset_password.html").render(Context(shown, autoescape=True))
    return HttpResponse(text, status=status, content_type="text/html; charset=utf-8", headers=FORM_HEADERS)
