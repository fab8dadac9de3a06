"""The queries ``viewer`` and ``tenant``. Every token is allowed to use these two queries."""

from __future__ import annotations

import strawberry
import strawberry_django

from automate.audit.choices import PrincipalKind
from automate.kernel.choices import CallerRole
from automate.kernel.principals import Principal
from automate.kernel.tenancy import current_tenant
from graphql_schema.context import Info
from graphql_schema.ids import global_id
from graphql_schema.planning import load_selection
from tenants import models
from tenants.queries import own_name


@strawberry.type(description="The caller of this request.")
class Viewer:
    kind: PrincipalKind = strawberry.field(description="The kind of the caller.")
    id: str = strawberry.field(description="The id of the caller, as in audit entries.")
    name: str = strawberry.field(description="The name of the caller.")
    role: CallerRole = strawberry.field(description="The role of the caller.")
    permissions: list[str] = strawberry.field(description="All permissions of the caller, in alphabetical order.")


@strawberry_django.type(models.Tenant, name="Tenant", description="The tenant that the caller acts for.")
class OwnTenant:
    id: strawberry.ID = strawberry.field(description="The global id.")
    slug: strawberry.auto
    name: strawberry.auto


def viewer_of(principal: Principal) -> Viewer:
    return Viewer(
        kind=PrincipalKind(principal.kind),
        id=principal.id,
        name=principal.name,
        role=CallerRole(principal.role),
        permissions=sorted(principal.permissions),
    )


@strawberry.type
class ViewerQueries:
    @strawberry.field(description="The caller, with all permissions.")
    def viewer(self, info: Info) -> Viewer:
        return viewer_of(info.context.principal)


@strawberry.type
class OwnTenantQueries:
    @strawberry.field(description="The tenant that the caller acts for.")
    def tenant(self, info: Info) -> OwnTenant:
        own = current_tenant()
        shown = OwnTenant(id=strawberry.ID(global_id("Tenant", own.id)), slug=own.slug, name=own_name(own.id))
        return load_selection(info, shown)
