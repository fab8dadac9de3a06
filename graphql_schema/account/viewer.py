"""``viewer``: the person who is signed in."""

from __future__ import annotations

import strawberry

from graphql_schema.account.context import AccountInfo
from graphql_schema.account.types import ViewerMembership, membership_shown
from tenants.people.authentication import memberships_of


@strawberry.type(name="Viewer", description="The person who is signed in.")
class AccountViewer:
    email: str = strawberry.field(description="The address with which the person signs in.")
    name: str = strawberry.field(description="The name that people see. The email address if the person has no name.")
    memberships: list[ViewerMembership] = strawberry.field(
        description="The person's tenants, sorted by name: at most 1,000."
    )


@strawberry.type
class AccountViewerQueries:
    @strawberry.field(description="The person who is signed in; null without a session.")
    def viewer(self, info: AccountInfo) -> AccountViewer | None:
        person = info.context.person
        if person is None:
            return None
        memberships = [membership_shown(one) for one in memberships_of(person.id)]
        return AccountViewer(email=person.email, name=person.get_full_name(), memberships=memberships)
