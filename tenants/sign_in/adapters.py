"""Connects allauth's flows to this platform."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from automate.vault.sealing import open_sealed, seal
from tenants.people.models import User
from tenants.sign_in.mail import post
from tenants.sign_in.seed_queries import PLACE


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Allauth's adapter for accounts. People cannot sign up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's call
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the client. The web process has already evaluated the headers of trusted proxies."""
        return request.META.get("REMOTE_ADDR") or "unknown"

    def set_password(self, user: User, password: str) -> None:
        user.set_password(password)
        # The authentication role may write no other column.
        user.save(update_fields=["password"])

    def forget_failures(self, request: HttpRequest, user: User) -> None:
        """Forget failed sign-ins to the account, so that a new password works at once.

        Allauth itself forgets failed sign-ins only for addresses in its own table. This table is not installed here.
        """
        self._delete_login_attempts_cached_email(request, email=user.email)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the URL of a password reset. Its host comes from the settings, not from the request's headers."""
        return str(settings.AUTOMATE_PASSWORD_RESET_URL).replace("{key}", quote(key, safe=""))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Send the mail after the answer. So the response time does not show whether the mail address exists."""
        site = SimpleNamespace(name=site_name(), domain=site_name())
        post(self.render_mail(template_prefix, email, {**context, "email": email, "current_site": site}))

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, object] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)


class HeadlessAdapter(DefaultHeadlessAdapter):  # type: ignore[misc] # allauth has no types
    """Allauth's adapter for API clients. A person has exactly one mail address."""

    def user_as_dataclass(self, user: User) -> object:
        return dataclasses.replace(super().user_as_dataclass(user), email=user.email)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Allauth's adapter for second factors. It encrypts keys and recovery codes."""

    def encrypt(self, text: str) -> str:
        return seal(text, PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return open_sealed(encrypted_text, PLACE)

    def get_totp_issuer(self) -> str:
        return site_name()


def site_name() -> str:
    return urlsplit(settings.AUTOMATE_BASE_URL).netloc


def shown_name(user: User) -> str:
    """Return the name under which allauth shows a person."""
    return user.get_full_name()
