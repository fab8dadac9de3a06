"""Who the customers are and who may speak for them: public tables, the platform's own."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Coalesce
from django_tenants.models import DomainMixin, TenantMixin

from automate.audit.models import AuditColumns
from automate.kernel.ids import new_id
from automate.kernel.models import Row, check
from automate.kernel.tenancy import TenantRef

ACTIVE, SUSPENDED = "active", "suspended"
STANDARD_PLAN = "standard"
UTC = "UTC"
NO_TENANT = uuid.UUID(int=0)


class Tenant(TenantMixin):  # type: ignore[misc]
    """One customer of the team that hosts us. external_id: what that team calls it.
    allowed_networks: CIDRs or ``host:port`` of inside addresses that its connectors may reach.
    timezone: the IANA name of the zone in which the days and months of its budgets begin."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    external_id = models.CharField(max_length=255, unique=True)
    slug = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    plan = models.CharField(max_length=64, default=STANDARD_PLAN)
    state = models.CharField(max_length=16, default=ACTIVE)
    state_reason = models.CharField(max_length=255, blank=True)
    allowed_networks = models.JSONField(default=list)
    timezone = models.CharField(max_length=64, default=UTC)
    created_at = models.DateTimeField()

    auto_create_schema = False

    class Meta:
        db_table = "tenant"
        constraints = [check("tenant_state", models.Q(state__in=[ACTIVE, SUSPENDED]))]

    def ref(self) -> TenantRef:
        return TenantRef(id=self.id, schema=self.schema_name, slug=self.slug)


class Domain(DomainMixin):  # type: ignore[misc]
    """A hostname that names a tenant, where the host chose to route so."""

    class Meta:
        db_table = "tenant_domain"


class ApiToken(Row):
    """A credential: of a tenant, or of the platform where tenant is null."""

    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=200)
    # The first characters of the token, to tell tokens apart.
    prefix = models.CharField(max_length=16)
    # sha256 hex of the token, whose 256 random bits need no salt.
    digest = models.CharField(max_length=64, unique=True)
    # sha256 hex of what ``tokens.proof_of`` derives; null for older tokens.
    proof = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null: a token without one
    role = models.CharField(max_length=16)
    # The only permissions of the role that the token has; null for all of them.
    scopes = models.JSONField(null=True)
    # CIDRs of the addresses that may use the token; null for all addresses.
    allowed_ips = models.JSONField(null=True)
    # The Principal that made the token, as {kind, id, name}; null for tokens of release 0.1.
    created_by = models.JSONField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_token"
        indexes = [models.Index(fields=["tenant", "id"], name="api_token_by_tenant")]


class ApiTokenUse(models.Model):
    """An address that used a token, and when it last did, to the minute. An IPv6 address counts as its /64 network."""

    token_id = models.UUIDField()
    tenant_id = models.UUIDField(null=True)
    address = models.CharField(max_length=64)
    used_at = models.DateTimeField()

    class Meta:
        db_table = "api_token_use"
        constraints = [models.UniqueConstraint(fields=["token_id", "address"], name="api_token_use_once")]
        indexes = [models.Index(fields=["tenant_id", "used_at"], name="api_token_use_by_tenant")]


class AuditTally(models.Model):
    """How often one act was counted within a minute; later an entry of the audit record. See ``automate.audit.tallies``."""

    # Null: of the platform's record.
    tenant_id = models.UUIDField(null=True)
    minute = models.DateTimeField()
    action = models.CharField(max_length=64)
    reason = models.CharField(max_length=64)
    # A principal's id or a network.
    who = models.CharField(max_length=64)
    # {kind, id, name} of the Principal.
    actor = models.JSONField()
    # Of what it was done to: {kind, id, label}.
    object = models.JSONField()
    # Some of the clients' addresses.
    addresses = models.JSONField()
    times = models.BigIntegerField()

    class Meta:
        db_table = "audit_tally"
        constraints = [
            # The minute comes first, for reading the minutes that are over.
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
    """A migrated schema that waits for a tenant: its name is made of the id which that tenant will get."""

    tenant_id = models.UUIDField(primary_key=True)
    ready_at = models.DateTimeField()

    class Meta:
        db_table = "spare_schema"


class SpareDemand(models.Model):
    """The one row that says how many spare schemas a call looked for in vain; the scheduler makes as many."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    wanted = models.IntegerField()
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "spare_demand"


class PlatformAuditEntry(AuditColumns):
    """One act of the platform. tenant_id: the tenant that it acts upon, which reads the entry, too; null for none."""

    tenant_id = models.UUIDField(null=True)

    class Meta:
        db_table = "platform_audit_entry"
        indexes = [models.Index(fields=["tenant_id", "id"], name="platform_audit_by_tenant")]
