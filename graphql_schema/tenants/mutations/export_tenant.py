"""The mutation exportTenant: the URL of an archive with all data of the tenant."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.permissions import EXPORT_TENANT
from automate.kernel.tenancy import current_tenant
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from tenants.exporting.tickets import issue


@strawberry.input
class ExportTenantInput:
    reason: str = strawberry.field(description="The reason, for the audit record.")


@strawberry.type
class ExportTenantPayload(Payload):
    url: str | None = strawberry.field(
        default=None,
        description="The path of the download. Download it with the same token as this request, or in the same "
        "browser session. Null if the export was refused.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="The download must begin before this time."
    )


@strawberry.type
class ExportTenant:
    @mutation(
        EXPORT_TENANT,
        "Export all of the tenant's data except values of secrets. The export is a tar file of JSON "
        "lines with one folder for each table. At its end it has a manifest with counts and SHA-256 "
        "sums. Payloads of events are exported as they were sent.",
    )
    def export_tenant(self, info: Info, input: ExportTenantInput) -> ExportTenantPayload:
        ticket = issue(input.reason)
        # A session counts only below a tenant's own path.
        root = f"/t/{current_tenant().slug}" if info.context.principal.kind == "member" else ""
        url = f"{root}/api/v1/exports/tenant?ticket={ticket.text}"
        return ExportTenantPayload(url=url, expires_at=ticket.expires_at)
