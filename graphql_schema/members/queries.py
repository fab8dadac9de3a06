"""Queries about the people of a tenant."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS, VIEW_MEMBERS
from automate.kernel.tenancy import current_tenant
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.listed import listed
from graphql_schema.members.types import Invitation, Member, invitation_shown, member_shown
from graphql_schema.planning import planned, selected
from tenants.people import queries


@strawberry.type
class MemberQueries:
    @listed(VIEW_MEMBERS, "The members of the tenant, newest first.")
    def members(self, info: Info) -> Connection[Member]:
        field, space, tenant = selected(info), space_of("members"), current_tenant().id
        page = queries.members_page(tenant, slice_of(space, field.arguments))
        return planned(info, connection_of(field, space, page, member_shown, lambda: queries.count_members(tenant)))

    @listed(MANAGE_MEMBERS, "The invitations, newest first. Their links are not shown.")
    def invitations(
        self,
        info: Info,
        open: bool = False,  # noqa: FBT001, FBT002 - the schema's argument
    ) -> Connection[Invitation]:
        field, space, tenant = selected(info), space_of("invitations", [open]), current_tenant().id
        page = queries.invitations_page(tenant, slice_of(space, field.arguments), only_open=open)
        count = lambda: queries.count_invitations(tenant, only_open=open)  # noqa: E731 - asked where totalCount is selected
        return planned(info, connection_of(field, space, page, invitation_shown, count))
