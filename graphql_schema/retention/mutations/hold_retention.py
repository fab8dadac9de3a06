"""The mutations holdRetention and releaseRetention. A hold protects data from removal."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from automate.retention.choices import DataClass
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.retention.types import RetentionPolicy, policies_shown
from tenants.retention_holds import hold_retention, release_retention

CLASSES = "The classes of data. An empty list means all classes."


@strawberry.input
class HoldRetentionInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    data_classes: list[DataClass] = strawberry.field(default_factory=list, description=CLASSES)
    reason: str = strawberry.field(
        description="Why the data is held. The reason is recorded, and the tenant can read it."
    )


@strawberry.type
class HoldRetentionPayload:
    policies: list[RetentionPolicy] | None = strawberry.field(
        default=None, description="All policies of the tenant. Null if the hold was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.input
class ReleaseRetentionInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    data_classes: list[DataClass] = strawberry.field(default_factory=list, description=CLASSES)


@strawberry.type
class ReleaseRetentionPayload:
    policies: list[RetentionPolicy] | None = strawberry.field(
        default=None, description="All policies of the tenant. Null if the release was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.type
class HoldRetention:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)],
        description="Protect these classes of a tenant's data from removal until releaseRetention. A hold on data "
        "that belongs to runs also protects these runs.",
    )
    @refusals_in(HoldRetentionPayload)
    def hold_retention(self, info: Info, input: HoldRetentionInput) -> HoldRetentionPayload:  # noqa: A002 - Relay's word
        found = hold_retention(input.tenant, [one.value for one in input.data_classes], input.reason)
        return planned(info, HoldRetentionPayload(policies=policies_shown(found)))

    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)],
        description="End the holds on a tenant's data, so that its policies apply again.",
    )
    @refusals_in(ReleaseRetentionPayload)
    def release_retention(self, info: Info, input: ReleaseRetentionInput) -> ReleaseRetentionPayload:  # noqa: A002 - Relay's word
        found = release_retention(input.tenant, [one.value for one in input.data_classes])
        return planned(info, ReleaseRetentionPayload(policies=policies_shown(found)))
