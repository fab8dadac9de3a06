"""The mutation saveEventType."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import EventTypeEntry, SearchKeyEntry
from automate.events.choices import OnMismatch
from automate.events.event_types.search_keys import SearchKey
from automate.events.event_types.services import save_event_type
from automate.kernel.permissions import MANAGE_EVENT_TYPES
from graphql_schema.events.mutations.lifecycle import EVENT_TYPE
from graphql_schema.json_text import json_of
from graphql_schema.mutating import seen_revision
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


def _save(given: SaveEventTypeInput) -> uuid.UUID:
    keys = given.search_keys
    return save_event_type(
        name=given.name,
        schema=json_of(given.schema),
        on_mismatch=given.on_mismatch.value if given.on_mismatch is not None else None,
        search_keys=[SearchKey(key.name, key.expression) for key in keys] if keys is not None else None,
        sensitive_paths=given.sensitive_paths,
        expected_revision=given.expected_revision,
    )


@strawberry.type
class SaveEventType:
    save_event_type = EVENT_TYPE.saves(
        "save_event_type",
        SaveEventTypeInput,
        _save,
        MANAGE_EVENT_TYPES,
        "Create or change the settings for one type of events. The change takes effect at once.",
        shows="The saved event type.",
    )
