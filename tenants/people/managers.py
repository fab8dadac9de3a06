"""Finds and creates people by their mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager
from django.db import transaction
from django.db.models.functions import Now

from automate.kernel.email_addresses import normalized_address
from tenants.people.audit_queries import record_of_person

if TYPE_CHECKING:
    from tenants.people.models import User


class UserManager(BaseUserManager["User"]):
    """The manager of the model User. Mail addresses identify users."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """Create a person, with or without a password. Raises ValueError if the text is not a mail address."""
        user: User = self.model(email=normalized_address(email), **{"date_joined": Now(), **fields})
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        """Create a member of the platform's staff, and write an audit entry."""
        with transaction.atomic(using=self.db):
            user = self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})
            record_of_person("person.create_superuser", user, self.db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a person by mail address. Upper and lower case are equal. Raises User.DoesNotExist."""
        try:
            email = normalized_address(username or "")
        except ValueError:
            # Query even for text that is not an address: the time must not distinguish it from an unknown address.
            email = ""
        return self.get(email=email)
