"""People, their memberships, invitations and sign-ins."""

import uuid
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower

import automate.kernel.ids
import tenants.people.managers
from automate.kernel.models import check

ROLES = ("owner", "admin", "editor", "operator", "viewer")


def key() -> "models.UUIDField[uuid.UUID, uuid.UUID]":
    return models.UUIDField(default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)


def tenant(related_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to="tenants.tenant"
    )


def user(related_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenants", "0008_token_scopes"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("id", key()),
                ("email", models.CharField(max_length=254, unique=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("is_staff", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField()),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "db_table": "person",
                "constraints": [check(condition=models.Q(("email", Lower("email"))), name="person_email_spelled")],
            },
            managers=[("objects", tenants.people.managers.UserManager())],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", key()),
                ("tenant", tenant("memberships")),
                ("user", user("memberships")),
                ("role", models.CharField(max_length=16)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "membership",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "user"), name="membership_once"),
                    check(condition=models.Q(("role__in", ROLES)), name="membership_role"),
                ],
                "indexes": [models.Index(fields=["tenant", "id"], name="membership_by_tenant")],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", key()),
                ("tenant", tenant("invitations")),
                ("email", models.CharField(max_length=254)),
                ("role", models.CharField(max_length=16)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("serial", models.IntegerField(default=1)),
                ("invited_by", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "invitation",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "email"),
                        condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                        name="invitation_once",
                    ),
                    check(condition=models.Q(("role__in", ROLES)), name="invitation_role"),
                ],
                "indexes": [models.Index(fields=["tenant", "id"], name="invitation_by_tenant")],
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", key()),
                ("user", user("sign_ins")),
                ("proof", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={"db_table": "sign_in"},
        ),
    ]
