"""The mutation saveEventType."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import EventTypeEntry
from automate.events.choices import OnMismatch
from automate.events.event_types.search_keys import SearchKey
from automate.events.event_types.services import save_event_type
from automate.kernel.permissions import MANAGE_EVENT_TYPES
from automate.kernel.shapes import read
from graphql_schema.events.mutations.lifecycle import EVENT_TYPE
from graphql_schema.mutating import seen_revision
from graphql_schema.shaped import ShapeInput, input_of


@input_of(SearchKey, "A value by which events are found.")
class SearchKeyInput(ShapeInput):
    pass


@input_of(EventTypeEntry)
class SaveEventTypeInput(ShapeInput):
    on_mismatch: OnMismatch | None
    expected_revision: int | None = seen_revision("event type")


def _save(given: SaveEventTypeInput) -> uuid.UUID:
    settings = given.stored()
    keys = settings.pop("search_keys", None)
    return save_event_type(
        **settings,
        search_keys=[read(SearchKey, key) for key in keys] if keys is not None else None,
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
