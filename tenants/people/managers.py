"""Users are found and made by their e-mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import transaction
from django.db.models.functions import Now

from automate.kernel.email_addresses import spelled
from tenants.people.audit_queries import record_of_person

if TYPE_CHECKING:
    from tenants.people.models import User


class UserManager(BaseUserManager["User"]):
    """Django's manager for a user whose login is an address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A stored user. password: None for a user who cannot sign in with one. Raises ValueError for text that is no address."""
        user: User = self.model(email=spelled(email), **{"date_joined": Now(), **fields})
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user of the platform's staff with all of Django's permissions, and the entry of the platform's record."""
        with transaction.atomic(using=self.db):
            user = self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})
            record_of_person("person.create_superuser", user, self.db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """By the login in any case. Raises User.DoesNotExist."""
        try:
            email = spelled(username or "")
        except ValueError:
            # The database is asked all the same: an unknown address and one that is none take the same time.
            email = ""
        return self.get(email=email)
