"""The mutations holdRetention and releaseRetention. A hold protects data from removal."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from automate.retention.choices import DataClass
from graphql_schema.mutating import Payload, mutation
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
class HoldRetentionPayload(Payload):
    policies: list[RetentionPolicy] | None = strawberry.field(
        default=None, description="All policies of the tenant. Null if the hold was refused."
    )


@strawberry.input
class ReleaseRetentionInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    data_classes: list[DataClass] = strawberry.field(default_factory=list, description=CLASSES)


@strawberry.type
class ReleaseRetentionPayload(Payload):
    policies: list[RetentionPolicy] | None = strawberry.field(
        default=None, description="All policies of the tenant. Null if the release was refused."
    )


@strawberry.type
class HoldRetention:
    @mutation(
        MANAGE_TENANTS,
        "Protect these classes of a tenant's data from removal until releaseRetention. A hold on data "
        "that belongs to runs also protects these runs.",
    )
    def hold_retention(self, input: HoldRetentionInput) -> HoldRetentionPayload:
        found = hold_retention(input.tenant, [one.value for one in input.data_classes], input.reason)
        return HoldRetentionPayload(policies=policies_shown(found))

    @mutation(MANAGE_TENANTS, "End the holds on a tenant's data, so that its policies apply again.")
    def release_retention(self, input: ReleaseRetentionInput) -> ReleaseRetentionPayload:
        found = release_retention(input.tenant, [one.value for one in input.data_classes])
        return ReleaseRetentionPayload(policies=policies_shown(found))
