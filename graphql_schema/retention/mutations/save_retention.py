"""The mutation saveRetention."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_RETENTION
from automate.retention.services import save_retention
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.retention.inputs import RetentionDaysInput, days_of
from graphql_schema.retention.types import RetentionPolicy, policies_shown


@strawberry.input
class SaveRetentionInput:
    policies: list[RetentionDaysInput] = strawberry.field(
        description="The classes to change. Other classes stay unchanged."
    )


@strawberry.type
class SaveRetentionPayload:
    policies: list[RetentionPolicy] | None = strawberry.field(
        default=None, description="All policies of the tenant. Null if the change was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why it was refused.")


@strawberry.type
class SaveRetention:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_RETENTION)],
        description="Set for how many days classes of data are stored: at most the days of the tenant's plan. Older "
        "data is removed within the hour and cannot be restored. Try the change with previewRetention "
        "first.",
    )
    @refusals_in(SaveRetentionPayload)
    def save_retention(self, info: Info, input: SaveRetentionInput) -> SaveRetentionPayload:  # noqa: A002 - Relay's word
        return planned(info, SaveRetentionPayload(policies=policies_shown(save_retention(days_of(input.policies)))))
