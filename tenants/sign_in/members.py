"""Authenticates the member of a tenant by the key of a session."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import cast

from django.contrib.auth import get_user, login
from django.http import HttpRequest

from automate.kernel.errors import NormalizedError
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.credentials import Credential
from tenants.people.authentication import credential_of_member
from tenants.people.models import User
from tenants.sign_in.sessions import SessionStore


def person_of(session_key: str) -> User | None:
    # Requires the scope of the authentication role.
    # Django's get_user reads only the session of a request.
    holder = cast("HttpRequest", SimpleNamespace(session=SessionStore(session_key)))
    user = get_user(holder)
    return user if isinstance(user, User) else None


def begin_session(request: HttpRequest, user_id: uuid.UUID) -> None:
    """Sign in a person who has just set a password. Requires the scope of the authentication role."""
    login(request, User.objects.get(id=user_id))


def authenticate_session(session_key: str | None, slug: str) -> Credential:
    """Authenticate the person of a session as a member of a tenant. ``session_key`` is None if the request has no cookie.

    Raises UNAUTHENTICATED without a valid session. Raises NOT_FOUND for an unknown tenant, and for a tenant to which
    the person does not belong.
    """
    if not session_key:
        raise no_session()
    with acting_for_platform("a member's request", AUTHENTICATION_ROLE):
        person = person_of(session_key)
        if person is None:
            raise no_session()
        return credential_of_member(person.id, slug, session_key)


def no_session() -> NormalizedError:
    return NormalizedError(
        "UNAUTHENTICATED",
        "No person is signed in with this session. Sign in at /account/browser/v1/auth/login, or send an API token as "
        "`Authorization: Bearer …`.",
    )


def no_such_tenant() -> NormalizedError:
    """Return the error for a tenant of which the person is no member. An unknown tenant gives the same error."""
    return NormalizedError("NOT_FOUND", "There is no such tenant. Check the tenant's name in the URL.")
