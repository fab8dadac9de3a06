"""SQL that reads the fields of events. Straight reads use this SQL. A straight read makes no Python objects."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events import shown_queries
from automate.events.choices import SourceScheme
from automate.kernel.redaction import redact_text
from automate.runs.shown_queries import RUN_ID, runs_of_event, runs_of_events_shown
from graphql_schema.connections import slice_of, space_of
from graphql_schema.planning import Selected
from graphql_schema.rules.straight import decisions
from graphql_schema.straight.columns import Below, Column, Computed, Inside, One, id_of, named
from graphql_schema.straight.connections import by_id, connection_needs, connection_shape
from graphql_schema.straight.lists import list_needs


def _runs(events: Sequence[str], field: Selected) -> list[dict[str, object]]:
    shape, space = connection_shape(field, "r"), space_of("Event.runs")
    pages = runs_of_events_shown(shape.wanted(RUN_ID), events, slice_of(space, field.arguments))
    return shape.complete(pages, by_id(space), ())


def _runs_inside(field: Selected, alias: str) -> Inside | None:
    shape, space = connection_shape(field, "r"), space_of("Event.runs")
    part = slice_of(space, field.arguments)
    return shape.inside(runs_of_event(shape.wanted(RUN_ID), f"{alias}.id", part), part, by_id(space))


SOURCE: Computed = {
    "id": id_of("Source"),
    "scheme": Column("{}.scheme", named(SourceScheme)),
}
EVENT: Computed = {
    "id": id_of("Event"),
    "subject": Column("{}.subject", lambda subject: redact_text(subject) or None),
    "idempotency_key": Column("nullif({}.idempotency_key, '')"),
    "source": One("Source", shown_queries.JOIN_SOURCE),
    "derived_from": One("Event", shown_queries.JOIN_ORIGIN),
    "runs": Below("{}.id::text", _runs, connection_needs("r"), inside=_runs_inside),
    "decisions": Below("{}.id::text", None, list_needs("d"), inside=decisions),
}
