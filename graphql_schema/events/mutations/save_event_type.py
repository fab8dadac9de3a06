"""The mutation saveEventType."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import EventTypeEntry, SearchKeyEntry
from automate.events.choices import OnMismatch
from automate.events.event_types.queries import event_types_by_id
from automate.events.event_types.search_keys import SearchKey
from automate.events.event_types.services import save_event_type
from automate.kernel.permissions import MANAGE_EVENT_TYPES
from graphql_schema.events.event_types import EventType, event_type_of
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.scalars import JSON
from graphql_schema.shaped import mirrors


@mirrors(SearchKeyEntry)
@strawberry.input(description="A value by which events are found.")
class SearchKeyInput:
    name: str = strawberry.field(
        description="The key in filters: 1 to 40 letters, digits and underscores. Several event types can share it."
    )
    expression: str = strawberry.field(
        description="JMESPath over `payload` and `headers`, such as `payload.order.id`. It must result in a text, a "
        "number, a boolean, or a list of at most 20 of these."
    )


@mirrors(EventTypeEntry)
@strawberry.input
class SaveEventTypeInput:
    name: str = strawberry.field(description="The type of the events, such as `order.created`.")
    schema: JSON | None = strawberry.field(
        default=None,
        description="JSON Schema of the payload, at most 64 KiB. Null keeps the stored schema. An empty object removes it.",
    )
    on_mismatch: OnMismatch | None = strawberry.field(
        default=None,
        description="What happens to events that do not match the schema. Null keeps the stored choice. A new event "
        "type has FLAG.",
    )
    search_keys: list[SearchKeyInput] | None = strawberry.field(
        default=None, description="Values by which events can be found: at most 10. Null keeps the stored keys."
    )
    sensitive_paths: list[str] | None = strawberry.field(
        default=None,
        description="Paths of sensitive values, such as `payload.customer.email`: at most 50. People and logs never "
        "see these values. Null keeps the stored paths.",
    )
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
        keys = input.search_keys
        row_id = save_event_type(
            name=input.name,
            schema=input.schema,
            on_mismatch=input.on_mismatch.value if input.on_mismatch is not None else None,
            search_keys=[SearchKey(key.name, key.expression) for key in keys] if keys is not None else None,
            sensitive_paths=input.sensitive_paths,
            expected_revision=input.expected_revision,
        )
        return SaveEventTypePayload(event_type=event_type_of(event_types_by_id([row_id])[row_id]))
