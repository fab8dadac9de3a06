# ruff: noqa: ARG002, PLR0917 - the plan reads a field's arguments from the document
"""Queries about the people of a tenant."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS, VIEW_MEMBERS
from automate.kernel.tenancy import current_tenant
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.members.types import Invitation, Member, invitation_shown, member_shown
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected
from tenants.people import queries


@strawberry.type
class MemberQueries:
    @strawberry.field(extensions=[Requires(VIEW_MEMBERS)], description="The members of the tenant, newest first.")
    def members(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Member]:
        field, space, tenant = selected(info), space_of("members"), current_tenant().id
        page = queries.members_page(tenant, slice_of(space, field.arguments))
        return planned(info, connection_of(field, space, page, member_shown, lambda: queries.count_members(tenant)))

    @strawberry.field(
        extensions=[Requires(MANAGE_MEMBERS)], description="The invitations, newest first. Their links are not shown."
    )
    def invitations(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        open: bool = False,  # noqa: FBT001, FBT002 - the schema's argument
    ) -> Connection[Invitation]:
        field, space, tenant = selected(info), space_of("invitations", [open]), current_tenant().id
        page = queries.invitations_page(tenant, slice_of(space, field.arguments), only_open=open)
        count = lambda: queries.count_invitations(tenant, only_open=open)  # noqa: E731 - asked where totalCount is selected
        return planned(info, connection_of(field, space, page, invitation_shown, count))
