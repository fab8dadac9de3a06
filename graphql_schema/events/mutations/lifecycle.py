"""The mutations enableSource, disableSource, deleteSource and deleteEventType."""

from __future__ import annotations

from functools import partial

import strawberry

from automate.events.event_types import services as event_types
from automate.events.event_types.queries import event_types_by_id
from automate.events.queries import sources_by_id
from automate.kernel.permissions import MANAGE_EVENT_TYPES, MANAGE_SOURCES
from automate.triggers import sources
from graphql_schema.connections import found_by
from graphql_schema.events.event_types import EventType, event_type_of
from graphql_schema.events.source_types import Source, source_of
from graphql_schema.mutating import Family, seen

SOURCE = Family("source", Source, found_by(sources_by_id, source_of))
EVENT_TYPE = Family(
    "event_type",
    EventType,
    found_by(event_types_by_id, event_type_of),
    what="event type",
    named="The name of the event type.",
)


@strawberry.type
class EventLifecycle:
    enable_source = SOURCE.changes(
        "enable_source",
        partial(sources.set_enabled, enabled=True),
        MANAGE_SOURCES,
        "Let a source accept events again.",
        expected_revision=seen("source"),
    )
    disable_source = SOURCE.changes(
        "disable_source",
        partial(sources.set_enabled, enabled=False),
        MANAGE_SOURCES,
        "Refuse webhooks and events of a source until it is enabled again. Its URL answers like an unknown URL.",
        expected_revision=seen("source"),
    )
    delete_source = SOURCE.changes(
        "delete_source",
        sources.delete_source,
        MANAGE_SOURCES,
        "Delete a source and its secrets. Its events stay and still refer to it. Its slug becomes free.",
        expected_revision=seen("source", "deletion"),
    )
    delete_event_type = EVENT_TYPE.deletes(
        "delete_event_type",
        event_types.delete_event_type,
        MANAGE_EVENT_TYPES,
        "Delete the settings for one type of events. Its events stay, and their sensitive values are shown again.",
    )
