"""Handles signals of Django and allauth. Writes audit entries. A new password ends the sessions of the person."""

from __future__ import annotations

from typing import Protocol

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.mfa import signals as mfa
from django.contrib.auth import signals as auth
from django.dispatch import receiver
from django.http import HttpRequest

from automate.kernel import strict_json
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.people.models import User
from tenants.sign_in.answers import BODY_BYTES, JSON_DEPTH
from tenants.sign_in.failures import failures
from tenants.sign_in.record import record
from tenants.sign_in.sessions import end_all

PASSWORD, SECOND_FACTOR, RATE_LIMITED = "password", "second_factor", "rate_limited"
"""The causes of failed sign-ins."""


def address_of(request: HttpRequest | None) -> str:
    return (request.META.get("REMOTE_ADDR") if request is not None else None) or "unknown"


@receiver(auth.user_logged_in)
def signed_in(request: HttpRequest | None, user: User, **_signal: object) -> None:
    record(user, "signed_in", {"address": address_of(request)})


@receiver(auth.user_logged_out)
def signed_out(request: HttpRequest | None, user: User | None, **_signal: object) -> None:
    if isinstance(user, User):
        record(user, "signed_out", {"address": address_of(request)})


@receiver(auth.user_login_failed)
def failed(credentials: dict[str, object], request: HttpRequest | None = None, **_signal: object) -> None:
    email = credentials.get("email") or credentials.get("username") or ""
    failures.note(PASSWORD, address_of(request), str(email))


@receiver(mfa.authentication_failed)
def second_factor_failed(request: HttpRequest, user: User, **_signal: object) -> None:
    failures.note(SECOND_FACTOR, address_of(request), user.email)


def limited(request: HttpRequest) -> None:
    """Count a refused attempt to sign in. A rate limit has refused the attempt."""
    body = strict_json.loads(request.body, max_bytes=BODY_BYTES, max_depth=JSON_DEPTH) if request.body else {}
    email = body.get("email") if isinstance(body, dict) else None
    failures.note(
        RATE_LIMITED, address_of(request), email if isinstance(email, str) else getattr(request.user, "email", "")
    )


@receiver(account.password_changed)
@receiver(account.password_set)
def password_changed(request: HttpRequest, user: User, **_signal: object) -> None:
    # The hash in the other sessions ends them at their next request. This ends their sockets and streams now.
    _end(user, but=request.session.session_key)
    record(user, "changed_password", {"address": address_of(request)})


@receiver(account.password_reset)
def password_reset(request: HttpRequest, user: User, **_signal: object) -> None:
    _end(user)
    get_adapter(request).forget_failures(request, user)
    record(user, "reset_password", {"address": address_of(request)})


class AddedAuthenticator(Protocol):
    """An authenticator that a person uses to sign in: a row of allauth. allauth declares no types."""

    type: str


@receiver(mfa.authenticator_added)
def authenticator_added(request: HttpRequest, user: User, authenticator: AddedAuthenticator, **_signal: object) -> None:
    record(user, "added_authenticator", {"kind": authenticator.type, "address": address_of(request)})


@receiver(mfa.authenticator_removed)
def authenticator_removed(
    request: HttpRequest, user: User, authenticator: AddedAuthenticator, **_signal: object
) -> None:
    record(user, "removed_authenticator", {"kind": authenticator.type, "address": address_of(request)})


@receiver(mfa.authenticator_reset)
def authenticator_reset(request: HttpRequest, user: User, authenticator: AddedAuthenticator, **_signal: object) -> None:
    record(user, "reset_authenticator", {"kind": authenticator.type, "address": address_of(request)})


def _end(user: User, *, but: str | None = None) -> None:
    with acting_for_platform("a new password", AUTHENTICATION_ROLE):
        end_all(user.id, but=but)
