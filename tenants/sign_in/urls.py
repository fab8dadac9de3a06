"""The URLs of sign-in below ``/account/``: a part of allauth's headless API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from allauth.headless.account import views as account
from allauth.headless.base import views as base
from allauth.headless.constants import Client
from allauth.headless.mfa import views as mfa
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from tenants.sign_in.answers import is_limited, normalized_answer
from tenants.sign_in.invitation_page import invitation_page
from tenants.sign_in.pages import reset_password_page
from tenants.sign_in.signals import limited

View = Callable[..., HttpResponse]


class HeadlessView(Protocol):
    """A view class of allauth. This protocol declares its type, because allauth has no types."""

    def as_api_view(self, *, client: object) -> View: ...


def _view(kind: HeadlessView) -> View:
    view: View = kind.as_api_view(client=Client.BROWSER)

    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return normalized_answer(request, lambda: view(request, *args, **kwargs))

    return answered


def _proof(kind: HeadlessView) -> View:
    # An attempt that a rate limit refuses counts as a failed sign-in.
    view = _view(kind)

    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if is_limited(response):
            limited(request)
        return response

    return answered


FLOWS: list[URLPattern] = [
    path("config", _view(base.ConfigView)),
    path("auth/session", _view(account.SessionView)),
    path("auth/login", _proof(account.LoginView)),
    path("auth/reauthenticate", _proof(account.ReauthenticateView)),
    path("auth/password/request", _view(account.RequestPasswordResetView)),
    path("auth/password/reset", _view(account.ResetPasswordView)),
    path("auth/2fa/authenticate", _proof(mfa.AuthenticateView)),
    path("auth/2fa/reauthenticate", _proof(mfa.ReauthenticateView)),
    path("account/password/change", _view(account.ChangePasswordView)),
    path("account/authenticators", _view(mfa.AuthenticatorsView)),
    path("account/authenticators/totp", _view(mfa.ManageTOTPView)),
    path("account/authenticators/recovery-codes", _view(mfa.ManageRecoveryCodesView)),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("browser/v1/", include(FLOWS)),
    path("reset-password", reset_password_page),
    path("invitations/<str:token>", invitation_page),
]
