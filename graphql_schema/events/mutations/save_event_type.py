"""The mutation saveEventType."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import EventTypeEntry
from automate.events.choices import OnMismatch
from automate.events.event_types.queries import event_types_by_id
from automate.events.event_types.search_keys import SearchKey
from automate.events.event_types.services import save_event_type
from automate.kernel.permissions import MANAGE_EVENT_TYPES
from automate.kernel.shapes import read
from graphql_schema.events.event_types import EventType, event_type_of
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.shaped import ShapeInput, input_of


@input_of(SearchKey, "A value by which events are found.")
class SearchKeyInput(ShapeInput):
    pass


@input_of(EventTypeEntry)
class SaveEventTypeInput(ShapeInput):
    on_mismatch: OnMismatch | None
    expected_revision: int | None = seen_revision("event type")


@strawberry.type
class SaveEventTypePayload(Payload):
    event_type: EventType | None = strawberry.field(default=None, description="The saved event type.")


@strawberry.type
class SaveEventType:
    @mutation(
        MANAGE_EVENT_TYPES, "Create or change the settings for one type of events. The change takes effect at once."
    )
    def save_event_type(self, input: SaveEventTypeInput) -> SaveEventTypePayload:
        given = input.stored()
        keys = given.pop("search_keys", None)
        row_id = save_event_type(
            **given,
            search_keys=[read(SearchKey, key) for key in keys] if keys is not None else None,
            expected_revision=input.expected_revision,
        )
        return SaveEventTypePayload(event_type=event_type_of(event_types_by_id([row_id])[row_id]))
