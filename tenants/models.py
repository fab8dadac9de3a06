"""Plans, tenants and API tokens. Their tables are in the schema ``public`` of PostgreSQL."""

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
    """A plan that you sell to your customers. The plan sets the budgets of the tenants that have the plan."""

    slug = models.CharField(
        max_length=64, unique=True, help_text="The name in references. It is unique on the platform."
    )
    name = models.CharField(max_length=200, help_text="The name that people see.")
    weight = models.IntegerField(
        default=STANDARD_WEIGHT,
        help_text="The weight in the queue: how many jobs of the tenant are sent for each job of a tenant with "
        "weight 1, while both wait.",
    )
    budgets = models.JSONField(default=list, help_text="The budgets that each tenant with the plan gets.")
    """A list of ``{metric, window, limit, action}``."""
    retention = models.JSONField(
        default=dict,
        help_text="For how many days tenants with the plan store each class of data. Classes with the platform's "
        "default are not listed.",
    )
    prices = models.JSONField(
        default=dict,
        help_text="The prices of steps and calls, in millionths of the currency. Unlisted ones are free.",
    )
    revision = models.IntegerField(default=1, help_text="A number that rises by one with each change.")
    created_at = models.DateTimeField(help_text="The time of creation.")
    updated_at = models.DateTimeField(help_text="The time of the last change.")

    class Meta:
        db_table = "plan"


class Tenant(TenantMixin):  # type: ignore[misc] # django-tenants has no types
    """A tenant, which is one customer of yours."""

    id = models.UUIDField(
        primary_key=True, default=new_id, editable=False, help_text="The row's UUIDv7, which rises with time."
    )
    external_id = models.CharField(
        max_length=255, unique=True, help_text="The id that your own product gave to the tenant."
    )
    slug = models.CharField(max_length=64, unique=True, help_text="The name in URLs. It is unique on the platform.")
    name = models.CharField(max_length=200, help_text="The name that people see.")
    plan = models.CharField(
        max_length=64, default=STANDARD_PLAN, help_text="The tenant's plan, which sets the budgets."
    )
    state = models.CharField(max_length=16, default=ACTIVE, help_text="The state of the tenant: whether it may work.")
    state_reason = models.CharField(
        max_length=255, blank=True, help_text="Why the tenant is suspended. Empty while it is active."
    )
    allowed_networks = models.JSONField(
        default=list,
        help_text="Internal addresses that the tenant's connectors may reach: networks such as `10.1.0.0/16`, or "
        "`host:port`. Empty: only external addresses.",
    )
    timezone = models.CharField(
        max_length=64,
        default=UTC,
        help_text="The IANA time zone in which the days and months of the tenant's budgets begin.",
    )
    created_at = models.DateTimeField(help_text="The time of creation.")

    auto_create_schema = False

    class Meta:
        db_table = "tenant"
        constraints = [check("tenant_state", models.Q(state__in=[ACTIVE, SUSPENDED]))]

    def ref(self) -> TenantRef:
        return TenantRef(id=self.id, schema=self.schema_name, slug=self.slug)


class Domain(DomainMixin):  # type: ignore[misc] # django-tenants has no types
    """A hostname that belongs to a tenant. Some installations find the tenant of a request by the hostname."""

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
    name = models.CharField(
        max_length=200, help_text="The name that people see. Several tokens may have the same name."
    )
    prefix = models.CharField(
        max_length=16, help_text="The first characters of the value, by which people recognise the token."
    )
    # A token has 256 random bits, so its hash needs no salt.
    digest = models.CharField(max_length=64, unique=True, help_text="The SHA-256 of the value.")
    # Null for older tokens.
    proof = models.CharField(max_length=64, null=True, help_text="SHA-256 of the proof that is derived from the value.")  # noqa: DJ001 - null: a token without one
    role = models.CharField(max_length=16, help_text="The role of the token: owner, admin, editor, operator or viewer.")
    # The only permissions of the role that the token has; null for all of them.
    scopes = models.JSONField(
        null=True, help_text="If set, the token has only these permissions of its role. Null: all of them."
    )
    # CIDRs of the addresses that may use the token; null for all addresses.
    allowed_ips = models.JSONField(
        null=True, help_text="Networks and addresses from which the token may be used. Null: all."
    )
    # The Principal that made the token, as {kind, id, name}; null for tokens of release 0.1.
    created_by = models.JSONField(
        null=True, help_text="The caller who made the token. Null for a token that was made by release 0.1."
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
    """The time at which a token was last used from one address. The time is rounded to the minute."""

    token_id = models.UUIDField(help_text="The token.")
    tenant_id = models.UUIDField(null=True, help_text="The tenant.")
    address = models.CharField(max_length=64, help_text="The client's address. For an IPv6 address, its /64 network.")
    used_at = models.DateTimeField(help_text="The time of the last use, exact to a minute.")

    class Meta:
        db_table = "api_token_use"
        constraints = [models.UniqueConstraint(fields=["token_id", "address"], name="api_token_use_once")]
        indexes = [models.Index(fields=["tenant_id", "used_at"], name="api_token_use_by_tenant")]


class AuditTally(models.Model):
    """The number of times that something happened within a minute. After the minute, this number becomes one audit entry.

    ``automate.audit.tallies`` writes the numbers.
    """

    tenant_id = models.UUIDField(null=True, help_text="The tenant. Null for the platform's record.")
    minute = models.DateTimeField(help_text="The minute in which the acts were counted.")
    action = models.CharField(max_length=64, help_text="What was done: a noun and a verb, such as token.refuse.")
    reason = models.CharField(max_length=64, help_text="Why it was done.")
    who = models.CharField(max_length=64, help_text="The id of the caller, or a network.")
    actor = models.JSONField(help_text="The caller as {kind, id, name}.")
    object = models.JSONField(help_text="The object as {kind, id, label}.")
    addresses = models.JSONField(help_text="Some of the addresses of the clients.")
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

    tenant_id = models.UUIDField(primary_key=True, help_text="The id that the future tenant will have.")
    ready_at = models.DateTimeField(help_text="The time at which the schema became ready.")

    class Meta:
        db_table = "spare_schema"


class SpareDemand(models.Model):
    """The number of prepared schemas that were missing when tenants were created. The scheduler creates the missing schemas.

    The table has only one row.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, help_text="The row's UUIDv7, which rises with time.")
    wanted = models.IntegerField(help_text="How many spare schemas were missing at the last request.")
    asked_at = models.DateTimeField(help_text="The time of the last request for a spare schema.")

    class Meta:
        db_table = "spare_demand"


class PlatformAuditEntry(AuditColumns):
    """An audit entry about an act of the platform. If the act concerns a tenant, the tenant can read the entry too."""

    tenant_id = models.UUIDField(
        null=True, help_text="The tenant that the act concerns. It can read the entry as well. Null without one."
    )

    class Meta:
        db_table = "platform_audit_entry"
        indexes = [models.Index(fields=["tenant_id", "id"], name="platform_audit_by_tenant")]
