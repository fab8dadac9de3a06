"""People, memberships, invitations and sign-ins. Their tables are in the schema ``public``, because a person can belong to several tenants."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from automate.kernel.ids import new_id
from automate.kernel.models import Row, check
from automate.kernel.permissions import MEMBER_ROLES
from tenants.models import Tenant
from tenants.people.managers import UserManager

OWNER = "owner"

EMAIL_CHARACTERS = 254
NAME_CHARACTERS = 200


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in. Only the database role for authentication may read the hash of the password."""

    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False, help_text="The row's UUIDv7, which rises with time."
    )
    # In lower case and ASCII, as ``email_addresses.normalized_address`` returns it.
    email = models.CharField(
        max_length=EMAIL_CHARACTERS, unique=True, help_text="The address with which the person signs in."
    )
    # The name for people; may be empty.
    name = models.CharField(
        max_length=NAME_CHARACTERS, blank=True, help_text="The name that people see. Empty if the person gave none."
    )
    # Whether the person is staff of the platform and may use Django admin.
    is_staff = models.BooleanField(default=False, help_text="Whether the person may use the platform's admin pages.")
    # An inactive user cannot sign in, and every tenant refuses the user's requests.
    is_active = models.BooleanField(
        default=True, help_text="Whether the person can sign in. False if the platform has deactivated the person."
    )
    date_joined = models.DateTimeField(help_text="The time at which the account was created.")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "person"
        constraints = [check("person_email_spelled", models.Q(email=Lower("email")))]

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name()


class Membership(Row):
    """A person's membership in a tenant, with the person's role."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships", help_text="The tenant.")
    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="memberships",
        help_text="The id of the person, as in `viewer.id` and in audit entries.",
    )
    role = models.CharField(max_length=16, help_text="The role of the person.")
    created_at = models.DateTimeField(help_text="The time at which the person joined.")

    class Meta:
        db_table = "membership"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="membership_once"),
            check("membership_role", models.Q(role__in=MEMBER_ROLES)),
        ]
        indexes = [models.Index(fields=["tenant", "id"], name="membership_by_tenant")]


class Invitation(Row):
    """An invitation of a mail address to a tenant. It is open until it is accepted, revoked or expired."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations", help_text="The tenant.")
    email = models.CharField(max_length=EMAIL_CHARACTERS, help_text="The invited email address.")
    role = models.CharField(max_length=16, help_text="The offered role.")
    # sha256 hex of the proof of the link's token, see ``links.proof_of``. Sending again replaces it, so the earlier
    # link ends.
    token_hash = models.CharField(
        max_length=64, unique=True, help_text="The SHA-256 of a value that is derived from the link's token."
    )
    # Increases with each link; the token is derived from the id and this number.
    serial = models.IntegerField(default=1, help_text="The number of the current link.")
    # The Principal who invites, as {kind, id, name}.
    invited_by = models.JSONField(help_text="The caller who sent the invitation.")
    created_at = models.DateTimeField(help_text="The time of creation.")
    expires_at = models.DateTimeField(help_text="The time at which the current link expires.")
    accepted_at = models.DateTimeField(
        null=True, help_text="The time at which the invitation was accepted. Null before that."
    )
    revoked_at = models.DateTimeField(
        null=True, help_text="The time at which the invitation was revoked. Null while it is not revoked."
    )

    class Meta:
        db_table = "invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_once",
            ),
            check("invitation_role", models.Q(role__in=MEMBER_ROLES)),
        ]
        indexes = [models.Index(fields=["tenant", "id"], name="invitation_by_tenant")]


class SignIn(Row):
    """A person's sign-in in one browser. Row-level security checks the sign-in when the person manages members or tokens."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins", help_text="The person.")
    # sha256 hex of the proof that ``sign_ins.proof_of_session`` derives from the session's key.
    proof = models.CharField(
        max_length=64, unique=True, help_text="The SHA-256 of the proof that is derived from the session's key."
    )
    created_at = models.DateTimeField(help_text="The time of creation.")
    expires_at = models.DateTimeField(help_text="The time at which the session ends.")

    class Meta:
        db_table = "sign_in"
