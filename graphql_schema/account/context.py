"""The caller at ``/graphql/account``: a person or an anonymous client."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.http import HttpRequest
from strawberry.types import Info as StrawberryInfo

from graphql_schema.context import Caller
from tenants.people.models import User
from tenants.sign_in.members import begin_session


@dataclass(frozen=True)
class AccountCaller(Caller):
    """The caller of an account operation."""

    browser: HttpRequest = field(default_factory=HttpRequest, repr=False)
    """The HTTP request, with its session."""

    @property
    def person(self) -> User | None:
        """The signed-in person, or None."""
        user = getattr(self.browser, "user", None)
        return user if isinstance(user, User) else None

    @property
    def user_id(self) -> uuid.UUID | None:
        return self.person.id if self.person is not None else None

    def sign_in(self, user_id: uuid.UUID) -> None:
        """Begin a session for a person who has just set a password."""
        begin_session(self.browser, user_id)


AccountInfo = StrawberryInfo[AccountCaller, None]
