"""Loads the session and the person for requests of browsers."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.sign_in.paths import is_for_browsers

REASON = "a browser's request"


class BrowserMiddleware(SessionMiddleware, AuthenticationMiddleware):
    """Combines Django's middlewares for sessions, authentication and CSRF.

    The view runs in the scope of the authentication role. ``request.user`` is loaded before the view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.view = get_response
        self.csrf = CsrfViewMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_for_browsers(request.path_info):
            return self.view(request)
        with acting_for_platform(REASON, AUTHENTICATION_ROLE):
            SessionMiddleware.process_request(self, request)
            request.user = get_user(request)
            self.csrf.process_request(request)
            response = self.view(request)
            self.csrf.process_response(request, response)
            return self.process_response(request, response)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> HttpResponse | None:
        if not is_for_browsers(request.path_info):
            return None
        refusal: HttpResponse | None = self.csrf.process_view(request, view, args, kwargs)
        return refusal
