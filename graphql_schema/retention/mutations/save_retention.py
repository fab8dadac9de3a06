"""The mutation saveRetention."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_RETENTION
from automate.retention.services import save_retention
from graphql_schema.mutating import Payload, mutation
from graphql_schema.retention.inputs import RetentionDaysInput, days_of
from graphql_schema.retention.types import RetentionPolicy, policies_shown


@strawberry.input
class SaveRetentionInput:
    policies: list[RetentionDaysInput] = strawberry.field(
        description="The classes to change. Other classes stay unchanged."
    )


@strawberry.type
class SaveRetentionPayload(Payload):
    policies: list[RetentionPolicy] | None = strawberry.field(
        default=None, description="All policies of the tenant. Null if the change was refused."
    )


@strawberry.type
class SaveRetention:
    @mutation(
        MANAGE_RETENTION,
        "Set for how many days classes of data are stored: at most the days of the tenant's plan. Older "
        "data is removed within the hour and cannot be restored. Try the change with previewRetention "
        "first.",
    )
    def save_retention(self, input: SaveRetentionInput) -> SaveRetentionPayload:
        return SaveRetentionPayload(policies=policies_shown(save_retention(days_of(input.policies))))
