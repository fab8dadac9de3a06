"""Django's command ``changepassword``. It connects with the role that owns the tables."""

from __future__ import annotations

from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction

from tenants.management.owner import as_owner
from tenants.people.audit_queries import record_of_person
from tenants.people.models import User


class Command(changepassword.Command):
    """Asks for the new password twice. A new password ends all sessions of the person."""

    # Django's checks of migrations need a connection that sees their table; a process's connection does not.
    requires_migrations_checks = False

    def handle(self, *_args: object, **options: object) -> str:
        """Change the password. Raises CommandError if the address is unknown, the two inputs differ or the password is weak."""
        with as_owner() as alias:
            try:
                user = User.objects.db_manager(alias).get_by_natural_key(options["username"])
            except User.DoesNotExist:
                raise CommandError(
                    f"There is no person with the address {options['username']!r}. /admin/people/user/ lists the addresses."
                ) from None
            password, again = self.ask("New password: "), self.ask("New password (again): ")
            if password != again:
                raise CommandError("The two passwords differ. Nothing was changed.")
            try:
                validate_password(password, user)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from None
            user.set_password(password)
            with transaction.atomic(using=alias):
                user.save(using=alias, update_fields=["password"])
                record_of_person("person.change_password", user, alias)
        return f"The password of {user.email} is changed."

    def ask(self, prompt: str) -> str:
        typed: str = self._get_pass(prompt)  # type: ignore[attr-defined] # Django's
        return typed
