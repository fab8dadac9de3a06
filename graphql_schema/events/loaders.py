"""What lies below events, loaded for many at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

from automate.events import queries
from automate.kernel.errors import Json
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES, VIEW_RUNS, VIEW_SOURCES
from automate.kernel.redaction import redact
from automate.rules.queries import decisions_of
from automate.runs.queries import count_runs_of_events, runs_of_events
from graphql_schema.connections import LIMITS, Connection, connections_under, list_limit
from graphql_schema.events.types import Event, Source, source_of
from graphql_schema.planning import Selected, child
from graphql_schema.rules.types import Decision, decision_of
from graphql_schema.runs.types import ExecutionRun, run_of

PREVIEW_CHARACTERS = 200
PREVIEWED_BYTES = 64 * 1024
"""A payload must be parsed whole to be redacted, and a list may show a hundred of them."""


@child("Event", "source", VIEW_SOURCES)
def sources_of_events(events: Sequence[Event], _field: Selected) -> list[Source]:
    found = queries.sources_by_id(sorted({event.row.source_id for event in events}))
    sources = {row_id: source_of(row) for row_id, row in found.items()}
    return [sources[event.row.source_id] for event in events]


def _redacted(events: Sequence[Event], max_bytes: int) -> list[Json]:
    bodies = queries.payloads_of([event.row.id for event in events], max_bytes)
    return [redact(json.loads(bodies[event.row.id])) if event.row.id in bodies else None for event in events]


@child("Event", "payload", VIEW_EVENTS)
def payloads(events: Sequence[Event], _field: Selected) -> list[Json]:
    return _redacted(events, LIMITS.event_bytes)


@child("Event", "payloadPreview", VIEW_EVENTS)
def payload_previews(events: Sequence[Event], _field: Selected) -> list[str | None]:
    return [_preview(payload) for payload in _redacted(events, PREVIEWED_BYTES)]


def _preview(payload: Json) -> str | None:
    if payload is None:
        return None
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"


@child("Event", "decisions", VIEW_RULES)
def decisions_of_events(events: Sequence[Event], field: Selected) -> list[list[Decision]]:
    found = decisions_of([event.row.id for event in events], list_limit(field.arguments))
    return [[decision_of(row) for row in found[event.row.id]] for event in events]


@child("Event", "runs", VIEW_RUNS)
def runs_below_events(events: Sequence[Event], field: Selected) -> list[Connection[ExecutionRun]]:
    parents = [event.row.id for event in events]
    return connections_under(field, "Event.runs", parents, runs_of_events, run_of, count_runs_of_events)
