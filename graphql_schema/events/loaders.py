"""Load related data of many events at once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from automate.events import queries
from automate.events.queries import EventRow
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.sensitive_paths import shown
from automate.retention.choices import DataClass
from automate.retention.expiry_queries import expired_of_events
from automate.rules.passed_over import with_reasons
from automate.rules.queries import decisions_of
from automate.runs.queries import count_runs_of_events, runs_of_events
from automate.runs.unmatched_queries import unmatched
from graphql_schema.connections import LIMITS, Connection, connections_under, list_limit, objects_of
from graphql_schema.json_text import text_of
from graphql_schema.planning import Of, Selected
from graphql_schema.runs.history_types import WaitingFor, waiting_for_of

PREVIEW_CHARACTERS = 200
PREVIEWED_BYTES = 64 * 1024
"""Payloads above this size have no preview: a list can show a hundred payloads, and each must be parsed to be
redacted.
"""


def sources_of_events(events: Sequence[Of[EventRow]], field: Selected) -> list[object]:
    found = queries.sources_by_id(sorted({event.row.source_id for event in events}))
    sources = {row_id: field.make(row) for row_id, row in found.items()}
    return [sources[event.row.source_id] for event in events]


def _redacted(ids: list[uuid.UUID]) -> dict[uuid.UUID, Encoded]:
    # One after the other, so that only one parsed payload is in memory at a time.
    bodies = queries.payloads_to_show(ids, LIMITS.event_bytes)
    return {row_id: _shown(*bodies.pop(row_id)) for row_id in list(bodies)}


def _shown(body: bytes, sensitive: Sequence[str]) -> Encoded:
    event = {"payload": json.loads(body)}
    return text_of(shown(event, sensitive)["payload"])


def payloads(events: Sequence[Of[EventRow]], field: Selected) -> list[Encoded | NormalizedError | None]:
    rows = [event.row for event in events]
    return field.plan.payload_bytes.show([row.id for row in rows], [row.payload_bytes for row in rows], _redacted)


def payload_previews(events: Sequence[Of[EventRow]], field: Selected) -> list[str | NormalizedError | None]:
    rows = [event.row for event in events if event.row.payload_bytes <= PREVIEWED_BYTES]
    ids = [row.id for row in rows]
    texts = field.plan.payload_bytes.show(ids, [row.payload_bytes for row in rows], _redacted)
    previews = dict(zip(ids, map(_preview, texts), strict=True))
    return [previews.get(event.row.id) for event in events]


def _preview(found: Encoded | NormalizedError | None) -> str | NormalizedError | None:
    if not isinstance(found, Encoded):
        return found
    text = found.text().decode()
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"


def origins_of_events(events: Sequence[Of[EventRow]], field: Selected) -> list[object]:
    return objects_of([event.row.derived_from_id for event in events], queries.events_by_id, field.make)


def expired_origins(events: Sequence[Of[EventRow]], _field: Selected) -> list[bool]:
    return missing_events([event.row.derived_from_id for event in events])


def missing_events(ids: Sequence[uuid.UUID | None]) -> list[bool]:
    """Return for each id whether the event with this id is missing. For an id that is None, the result is False."""
    wanted = sorted({row_id for row_id in ids if row_id is not None})
    found = queries.events_by_id(wanted) if wanted else {}
    return [row_id is not None and row_id not in found for row_id in ids]


def expired_data_of_events(events: Sequence[Of[EventRow]], _field: Selected) -> list[list[DataClass]]:
    found = expired_of_events([event.row.id for event in events])
    return [[DataClass(name) for name in found[event.row.id]] for event in events]


def decisions_of_events(events: Sequence[Of[EventRow]], field: Selected) -> list[list[object]]:
    found = decisions_of([event.row.id for event in events], list_limit(field.arguments))
    if field.wants("reason") or field.wants("path"):
        sizes = {event.row.id: event.row.payload_bytes for event in events}
        found = with_reasons(found, lambda event: field.plan.payload_bytes.take(sizes[event]))
    return [[field.make(row) for row in found[event.row.id]] for event in events]


def waits_of_events(events: Sequence[Of[EventRow]], _field: Selected) -> list[WaitingFor | None]:
    found = unmatched([event.row.id for event in events])
    rows = [found.get(event.row.id) for event in events]
    return [waiting_for_of(row.waiting_for) if row is not None else None for row in rows]


def runs_below_events(events: Sequence[Of[EventRow]], field: Selected) -> list[Connection[object]]:
    parents = [event.row.id for event in events]
    return connections_under(field, "Event.runs", parents, runs_of_events, field.make, count_runs_of_events)
