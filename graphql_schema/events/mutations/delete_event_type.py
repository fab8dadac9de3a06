"""The mutation deleteEventType."""

from __future__ import annotations

import strawberry

from automate.events.event_types.services import delete_event_type
from automate.kernel.permissions import MANAGE_EVENT_TYPES
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import global_id
from graphql_schema.permissions import Requires


@strawberry.input
class DeleteEventTypeInput:
    event_type: str = strawberry.field(description="The name of the event type.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The deletion is refused if the event type has changed since. "
        "Null skips this check.",
    )


@strawberry.type
class DeleteEventTypePayload:
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the deleted event type.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why nothing was deleted.")


@strawberry.type
class DeleteEventType:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_EVENT_TYPES)],
        description="Delete the settings for one type of events. Its events stay, and their sensitive values are "
        "shown again.",
    )
    @refusals_in(DeleteEventTypePayload)
    def delete_event_type(self, input: DeleteEventTypeInput) -> DeleteEventTypePayload:  # noqa: A002 - Relay's word
        row_id = delete_event_type(input.event_type, expected_revision=input.expected_revision)
        return DeleteEventTypePayload(deleted_id=strawberry.ID(global_id("EventType", row_id)))
