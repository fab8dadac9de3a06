"""Tenants and their credentials, in public tables."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Coalesce
from django_tenants.models import DomainMixin, TenantMixin

from automate.audit.models import AuditColumns
from automate.kernel.ids import new_id
from automate.kernel.models import Row, check
from automate.kernel.tenancy import TenantRef
from tenants.plans import STANDARD_PLAN, STANDARD_WEIGHT

ACTIVE, SUSPENDED = "active", "suspended"
UTC = "UTC"
NO_TENANT = uuid.UUID(int=0)


class Plan(Row):
    """A plan that you sell to your customers. It sets the budgets of the tenants that have it."""

    slug = models.CharField(max_length=64, unique=True, help_text="The name in references, unique on the platform.")
    name = models.CharField(max_length=200, help_text="The name for people.")
    weight = models.IntegerField(
        default=STANDARD_WEIGHT,
        help_text="The number of jobs that a tenant gets for each job of a tenant with weight 1, while both have jobs waiting.",
    )
    budgets = models.JSONField(default=list, help_text="The budgets of each of its tenants.")
    """A list of ``{metric, window, limit, action}``."""
    retention = models.JSONField(
        default=dict,
        help_text="The number of days for which its tenants keep each class of data, where it differs from the platform's default.",
    )
    prices = models.JSONField(
        default=dict,
        help_text="The price of a step or a call, by the step's `uses`, in millionths of the currency.",
    )
    revision = models.IntegerField(default=1, help_text="Rises by one with each change.")
    created_at = models.DateTimeField(help_text="The time of creation.")
    updated_at = models.DateTimeField(help_text="The time of the last change.")

    class Meta:
        db_table = "plan"


class Tenant(TenantMixin):  # type: ignore[misc]
    """A tenant, which is one customer of yours."""

    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False, help_text="The row's UUIDv7, which rises with time."
    )
    external_id = models.CharField(max_length=255, unique=True, help_text="Your own id of the tenant.")
    slug = models.CharField(max_length=64, unique=True, help_text="The name in URLs, unique on the platform.")
    name = models.CharField(max_length=200, help_text="The name for people.")
    plan = models.CharField(max_length=64, default=STANDARD_PLAN, help_text="The slug of the plan.")
    state = models.CharField(max_length=16, default=ACTIVE, help_text="Whether the tenant may work.")
    state_reason = models.CharField(
        max_length=255, blank=True, help_text="The reason of the suspension. Empty while active."
    )
    allowed_networks = models.JSONField(
        default=list,
        help_text="Inside addresses that the tenant's connectors may reach: CIDRs or `host:port`. Empty: only outside addresses.",
    )
    timezone = models.CharField(
        max_length=64,
        default=UTC,
        help_text="The IANA name of the zone in which the days and months of its budgets begin.",
    )
    created_at = models.DateTimeField(help_text="The time of creation.")

    auto_create_schema = False

    class Meta:
        db_table = "tenant"
        constraints = [check("tenant_state", models.Q(state__in=[ACTIVE, SUSPENDED]))]

    def ref(self) -> TenantRef:
        return TenantRef(id=self.id, schema=self.schema_name, slug=self.slug)


class Domain(DomainMixin):  # type: ignore[misc]
    """A hostname that belongs to a tenant, for installations that find the tenant by hostname."""

    class Meta:
        db_table = "tenant_domain"


class ApiToken(Row):
    """An API token of a tenant. A token without a tenant is a platform token."""

    tenant = models.ForeignKey(
        Tenant,
        null=True,
        on_delete=models.CASCADE,
        related_name="tokens",
        help_text="The tenant. Null for a token of the platform.",
    )
    name = models.CharField(max_length=200, help_text="The name for people. Several tokens may have one name.")
    prefix = models.CharField(max_length=16, help_text="The first characters of the value, to distinguish tokens.")
    # A token has 256 random bits, so its hash needs no salt.
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the value.")
    # Null for older tokens.
    proof = models.CharField(max_length=64, null=True, help_text="SHA-256 of the proof that is derived from the value.")  # noqa: DJ001 - null: a token without one
    role = models.CharField(max_length=16, help_text="The role of the token: owner, admin, editor, operator or viewer.")
    # The only permissions of the role that the token has; null for all of them.
    scopes = models.JSONField(
        null=True, help_text="The only permissions of the role that the token has. Null: all of them."
    )
    # CIDRs of the addresses that may use the token; null for all addresses.
    allowed_ips = models.JSONField(null=True, help_text="Networks and addresses that may use the token. Null: all.")
    # The Principal that made the token, as {kind, id, name}; null for tokens of release 0.1.
    created_by = models.JSONField(
        null=True, help_text="The caller that made the token. Null for tokens of release 0.1."
    )
    created_at = models.DateTimeField(help_text="The time of creation.")
    expires_at = models.DateTimeField(null=True, help_text="The time at which the token expires. Null: never.")
    revoked_at = models.DateTimeField(
        null=True, help_text="The time at which the token was revoked. Null while it is not revoked."
    )

    class Meta:
        db_table = "api_token"
        indexes = [models.Index(fields=["tenant", "id"], name="api_token_by_tenant")]


class ApiTokenUse(models.Model):
    """The last use of a token from one address, rounded to the minute. IPv6 addresses of one /64 network count as one."""

    token_id = models.UUIDField(help_text="The token.")
    tenant_id = models.UUIDField(null=True, help_text="The tenant.")
    address = models.CharField(max_length=64, help_text="The client's address; of an IPv6 address, its /64 network.")
    used_at = models.DateTimeField(help_text="The time of the last use, to the minute.")

    class Meta:
        db_table = "api_token_use"
        constraints = [models.UniqueConstraint(fields=["token_id", "address"], name="api_token_use_once")]
        indexes = [models.Index(fields=["tenant_id", "used_at"], name="api_token_use_by_tenant")]


class AuditTally(models.Model):
    """How often something happened within a minute. After the minute the count becomes one audit entry.

    ``automate.audit.tallies`` writes the counts.
    """

    tenant_id = models.UUIDField(null=True, help_text="The tenant. Null for the platform's record.")
    minute = models.DateTimeField(help_text="The minute.")
    action = models.CharField(max_length=64, help_text="A noun and a verb, such as token.refuse.")
    reason = models.CharField(max_length=64, help_text="The cause.")
    who = models.CharField(max_length=64, help_text="The id of the caller, or a network.")
    actor = models.JSONField(help_text="{kind, id, name} of the caller.")
    object = models.JSONField(help_text="{kind, id, label} of the object.")
    addresses = models.JSONField(help_text="Some of the clients' addresses.")
    times = models.BigIntegerField(help_text="How often the act was counted.")

    class Meta:
        db_table = "audit_tally"
        constraints = [
            # The minute comes first, to read the minutes that are over.
            models.UniqueConstraint(
                "minute",
                Coalesce("tenant_id", models.Value(NO_TENANT, models.UUIDField())),
                "action",
                "reason",
                "who",
                name="audit_tally_once",
            )
        ]


class SpareSchema(models.Model):
    """A prepared schema for a future tenant. The name of the schema contains the id of this tenant."""

    tenant_id = models.UUIDField(primary_key=True, help_text="The id that the tenant will have.")
    ready_at = models.DateTimeField(help_text="The time since which the schema is ready.")

    class Meta:
        db_table = "spare_schema"


class SpareDemand(models.Model):
    """How many prepared schemas a call needed, so that the scheduler creates them. The table has only one row."""

    id = models.SmallIntegerField(primary_key=True, default=1, help_text="The row's UUIDv7, which rises with time.")
    wanted = models.IntegerField(help_text="How many spare schemas were missing.")
    asked_at = models.DateTimeField(help_text="The time of the last request.")

    class Meta:
        db_table = "spare_demand"


class PlatformAuditEntry(AuditColumns):
    """An audit entry about something that the platform did. The tenant that it concerns can read it as well."""

    tenant_id = models.UUIDField(
        null=True, help_text="The tenant that the act concerns, which reads the entry as well. Null for none."
    )

    class Meta:
        db_table = "platform_audit_entry"
        indexes = [models.Index(fields=["tenant_id", "id"], name="platform_audit_by_tenant")]
