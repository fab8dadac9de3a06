"""The permissions of the staff in Django admin."""

from __future__ import annotations

from django.db import models

VIEW_TENANTS, VIEW_TENANT_DATA, VIEW_AUDIT = "view_tenants", "view_tenant_data", "view_audit"
VIEW_RAW_PAYLOAD, REVOKE_TOKENS, REDRIVE_JOBS = "view_raw_payload", "revoke_tokens", "redrive_jobs"
CHANGE_PLANS = "change_plans"

STAFF_PERMISSIONS = (
    (VIEW_TENANTS, "Can see tenants, people and tokens"),
    (VIEW_TENANT_DATA, "Can see a tenant's sources, workflows, events, runs and jobs, redacted"),
    (VIEW_AUDIT, "Can read the audit record"),
    (VIEW_RAW_PAYLOAD, "Can see an event's payload as it was sent, for a reason"),
    (REVOKE_TOKENS, "Can revoke tokens"),
    (REDRIVE_JOBS, "Can redrive dead jobs"),
    (CHANGE_PLANS, "Can save and delete plans, with a token of the platform"),
)


class StaffPermissions(models.Model):
    """The model to which the permissions of the staff belong. It has no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = STAFF_PERMISSIONS


def named(permission: str) -> str:
    """Return the full name of a permission, as ``User.has_perm`` expects it."""
    return f"staff.{permission}"
