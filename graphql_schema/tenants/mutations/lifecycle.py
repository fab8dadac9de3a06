"""The platform's mutations suspendTenant, resumeTenant, deleteTenant, cancelTenantDeletion and deletePlan."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.connections import found_by
from graphql_schema.mutating import Family, Value
from graphql_schema.tenants.types import Plan, Tenant, plan_of, tenant_of
from tenants import deletion, plan_services, services
from tenants.plan_queries import plans_by_id
from tenants.queries import tenants_by_id

TENANT = Family("tenant", Tenant, found_by(tenants_by_id, tenant_of))
PLAN = Family("slug", Plan, found_by(plans_by_id, plan_of), what="plan")


@strawberry.type
class TenantLifecycle:
    suspend_tenant = TENANT.changes(
        "suspend_tenant",
        services.suspend_tenant,
        MANAGE_TENANTS,
        "Suspend a tenant. Its work waits until resumeTenant, and its callers are refused.",
        reason=Value(str, "The reason. It is audited, and the tenant can read it."),
    )
    resume_tenant = TENANT.changes(
        "resume_tenant",
        services.resume_tenant,
        MANAGE_TENANTS,
        "End a tenant's suspension. Its work continues where it stopped.",
    )
    delete_tenant = TENANT.changes(
        "delete_tenant",
        deletion.delete_tenant,
        MANAGE_TENANTS,
        "Delete a tenant. Its work stops and its callers are refused at once. At the time `deletesAt`, its data, its schema "
        "and its database role are removed permanently. A receipt stays in the platform's audit record.",
        shows="The suspended tenant.",
        reason=Value(str, "The reason. It is written to the receipt of the deletion."),
    )
    cancel_tenant_deletion = TENANT.changes(
        "cancel_tenant_deletion",
        deletion.cancel_deletion,
        MANAGE_TENANTS,
        "Cancel the deletion of a tenant.",
        shows="The tenant. It will not be deleted.",
    )
    delete_plan = PLAN.deletes(
        "delete_plan",
        plan_services.delete_plan,
        MANAGE_TENANTS,
        "Delete a plan that no tenant has. The plan `standard` cannot be deleted, because new tenants get it.",
    )
