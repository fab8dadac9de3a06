"""Queries about the people of a tenant."""

from __future__ import annotations

from functools import partial

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS, VIEW_MEMBERS
from automate.kernel.tenancy import current_tenant
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged
from graphql_schema.members.types import Invitation, Member, invitation_shown, member_shown
from tenants.people import queries


@strawberry.type
class MemberQueries:
    @listed(VIEW_MEMBERS, "The members of the tenant, newest first.")
    def members(self, info: Info) -> Connection[Member]:
        tenant = current_tenant().id
        load, count = partial(queries.members_page, tenant), partial(queries.count_members, tenant)
        return paged(info, "members", load, member_shown, count)

    @listed(MANAGE_MEMBERS, "The invitations, newest first. Their links are not shown.")
    def invitations(
        self,
        info: Info,
        open: bool = False,  # noqa: FBT001, FBT002 - the schema's argument
    ) -> Connection[Invitation]:
        tenant = current_tenant().id
        load = partial(queries.invitations_page, tenant, only_open=open)
        count = partial(queries.count_invitations, tenant, only_open=open)
        return paged(info, "invitations", load, invitation_shown, count, [open])
