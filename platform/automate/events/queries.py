"""Reads sources and events as rows. Separate queries read the payloads of events."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from django.db.models import QuerySet
from psycopg.rows import TupleRow

from automate.budgets.delayed.transitions import IN_QUEUE
from automate.events.event_types.search_keys import digest_of_line
from automate.events.models import MANUAL_SOURCE, RUNS_SOURCE, Source
from automate.events.records import COLUMNS, HEAD, TABLES, EventRecord, record_of
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.models import computed
from automate.kernel.queries import Condition, RowReader, columns_of, rows_by_id, within
from automate.kernel.sql import fetch, fetch_value
from automate.kernel.text import RUN_CALLED


@dataclass(frozen=True)
class EventRow:
    """An event without its payload."""

    id: uuid.UUID
    source_id: uuid.UUID
    type: str
    subject: str
    idempotency_key: str
    payload_bytes: int
    payload_sha256: str
    trace_id: str
    depth: int
    actor_kind: str
    actor_name: str
    occurred_at: datetime
    received_at: datetime
    derived_from_id: uuid.UUID | None
    secret_version: int | None
    schema_problems: str | None
    """JSON text, see ``Event``."""


EVENT_COLUMNS = columns_of(EventRow, "e", schema_problems="e.schema_problems::text")
# Includes deleted sources of that slug.
SOURCE_OF_SLUG = "e.source_id = ANY (ARRAY(SELECT id FROM source WHERE slug = %s))"
# Events that belong to one run and that no rule sees: a payload edited for a retry, a run started by hand, or a run that a
# step starts. If a step emits an event of that type, the event's key has no hyphen and is not an id.
OF_ONE_RUN = Condition(
    f"(e.derived_from_id IS NOT NULL OR {SOURCE_OF_SLUG}"
    f" OR (e.type = %s AND {SOURCE_OF_SLUG} AND e.idempotency_key LIKE %s))",
    (MANUAL_SOURCE, RUN_CALLED, RUNS_SOURCE, "%/%-%"),
)
SEEN_BY_RULES = Condition(f"NOT {OF_ONE_RUN.sql}", OF_ONE_RUN.parameters)
SELECT_OF_ONE_RUN = f"SELECT e.id FROM event AS e WHERE e.id = ANY(%s) AND {OF_ONE_RUN.sql}"
HAS_VALUE = "EXISTS (SELECT FROM event_search AS k WHERE k.event_id = e.id AND k.digest = %s)"
RULE_OF_SLUG = "(SELECT id FROM rule_spec WHERE slug = %s)"
# The job of an event has the id of the event.
DELAYED = f"EXISTS (SELECT FROM public.outbox_job AS j WHERE j.id = e.id AND {IN_QUEUE})"
MATCHED = "EXISTS (SELECT FROM decision AS m WHERE m.event_id = e.id AND m.rule_id = {rule} AND m.verdict = 'matched')"
# A page of events, or events by id.
SELECT_EVENTS = f"SELECT {EVENT_COLUMNS} FROM event AS e"
# Events as rules see them, with payloads.
SELECT_RECORDS = f"SELECT {COLUMNS} FROM {TABLES} WHERE e.id = ANY(%s)"
# The same without payloads.
SELECT_HEADS = f"SELECT {HEAD}, NULL FROM event e LEFT JOIN source s ON s.id = e.source_id WHERE e.id = ANY(%s)"
# The bodies of events, up to a size.
SELECT_PAYLOADS = (
    "SELECT p.event_id, p.body FROM event_payload AS p WHERE p.event_id = ANY(%s) AND octet_length(p.body) <= %s"
)

# The same, with the sensitive paths of each event's type.
SELECT_SHOWN_PAYLOADS = """
SELECT p.event_id, p.body, (SELECT t.sensitive_paths FROM event e JOIN event_type t ON t.slug = e.type
                            WHERE e.id = p.event_id AND t.deleted_at IS NULL)
FROM event_payload AS p WHERE p.event_id = ANY(%s) AND octet_length(p.body) <= %s
"""


@dataclass(frozen=True)
class SourceSecretRow:
    """One secret of a source, without the value of the secret."""

    version: int
    added_at: datetime
    used_at: datetime | None
    """The approximate time at which the secret last verified a sender."""


@dataclass(frozen=True)
class SourceRow:
    """A source."""

    id: uuid.UUID
    slug: str
    scheme: str
    enabled: bool
    built_in: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    options: Mapping[str, JsonValue]
    """The options of the source's scheme."""
    intake: Mapping[str, JsonValue]
    """See ``automate.triggers.source_settings``."""
    shown_secrets: str
    """JSON text, see ``secrets_of``."""


def secrets_of(shown: str) -> list[SourceSecretRow]:
    """Parse the secrets of a source, newest first."""
    return [
        SourceSecretRow(version, _timestamp(added_at), None if used_at is None else _timestamp(used_at))
        for version, added_at, used_at in json.loads(shown)
    ]


def _timestamp(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, timezone.utc)


# Sealed secrets are not read.
_SECRETS = (
    "(SELECT coalesce(json_agg(json_build_array(k.secret -> 'version',"
    " extract(epoch FROM (k.secret ->> 'added_at')::timestamptz),"
    " extract(epoch FROM (secret_uses ->> (k.secret ->> 'version'))::timestamptz)) ORDER BY k.place), '[]')"
    " FROM jsonb_array_elements(secrets) WITH ORDINALITY AS k (secret, place))::text"
)
SOURCES: QuerySet[Source] = (
    QuerySet(Source)
    .filter(deleted_at=None)
    .annotate(shown_secrets=computed(_SECRETS, "secrets", "secret_uses"))
    .defer("secrets", "secret_uses")
)
source_row = RowReader(
    SourceRow,
    "s",
    {"options": "s.options::text", "intake": "s.intake::text", "shown_secrets": _SECRETS},
    options=json.loads,
    intake=json.loads,
)
# Sources by id or slug.
SELECT_SOURCES = f"SELECT {source_row.columns} FROM source AS s"


@dataclass(frozen=True)
class EventsFilter:
    """Filters for the list of events. A field that is None does not filter."""

    types: tuple[str, ...] | None = None
    source: str | None = None
    """A slug."""
    subject: str | None = None
    since: datetime | None = None
    """Receipt at or after this time."""
    until: datetime | None = None
    """Receipt before this time."""
    trace_id: str | None = None
    idempotency_key: str | None = None
    search: tuple[str, ...] | None = None
    """Values of search keys, see ``search_keys.line_of``. An event must have all of them."""
    mismatched: bool | None = None
    """Whether the event has problems with its type's schema."""
    delayed: bool | None = None
    """Whether the event waits for a budget of events."""
    rule: str | None = None
    """The slug of a rule that matched the event."""
    rule_id: uuid.UUID | None = None
    """The id of such a rule."""


def event_row(row: TupleRow) -> EventRow:
    return EventRow(*row)


def conditions_of(wanted: EventsFilter) -> list[Condition]:
    """Return the SQL conditions of a filter. The statement must select from ``event AS e``."""
    conditions = within("e.received_at", "e.id", wanted.since, wanted.until)
    if wanted.types is not None:
        conditions.append(Condition("e.type = ANY(%s)", (list(wanted.types),)))
    if wanted.source is not None:
        conditions.append(Condition(SOURCE_OF_SLUG, (wanted.source,)))
    if wanted.subject is not None:
        conditions.append(Condition("e.subject = %s", (wanted.subject,)))
    if wanted.trace_id is not None:
        conditions.append(Condition("e.trace_id = %s", (wanted.trace_id,)))
    if wanted.idempotency_key is not None:
        conditions.append(Condition("e.idempotency_key = %s", (wanted.idempotency_key,)))
    if wanted.mismatched is not None:
        conditions.append(Condition(f"e.schema_problems IS {'NOT ' if wanted.mismatched else ''}NULL", ()))
    if wanted.delayed is not None:
        conditions.append(Condition(DELAYED if wanted.delayed else f"NOT {DELAYED}", ()))
    if wanted.rule is not None:
        conditions.append(Condition(MATCHED.format(rule=RULE_OF_SLUG), (wanted.rule,)))
    if wanted.rule_id is not None:
        conditions.append(Condition(MATCHED.format(rule="%s"), (wanted.rule_id,)))
    conditions += [Condition(HAS_VALUE, (digest_of_line(one),)) for one in wanted.search or ()]
    return conditions


def events_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EventRow]:
    return rows_by_id(event_row, SELECT_EVENTS + " WHERE e.id = ANY(%s)", ids)


def of_one_run(ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """From ``ids``, return the ids of events that were created for one specific run. Rules never match such events."""
    return {event_id for (event_id,) in fetch(SELECT_OF_ONE_RUN, [list(ids), *OF_ONE_RUN.parameters])}


def records_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EventRecord]:
    return rows_by_id(record_of, SELECT_RECORDS, ids)


def heads_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EventRecord]:
    """Read events without their payloads."""
    return rows_by_id(record_of, SELECT_HEADS, ids)


def payloads_of(events: Sequence[uuid.UUID], max_bytes: int) -> dict[uuid.UUID, bytes]:
    """Return the body of each event. An event has no entry if its body was erased or is larger than ``max_bytes``."""
    return {event: bytes(body) for event, body in fetch(SELECT_PAYLOADS, [list(events), max_bytes])}


def payloads_to_show(events: Sequence[uuid.UUID], max_bytes: int) -> dict[uuid.UUID, tuple[bytes, tuple[str, ...]]]:
    """Return the bodies of events, each with the sensitive paths of its type.

    The result omits an event if its body was erased or is larger than ``max_bytes``.
    """
    return {
        event: (bytes(body), () if paths is None else tuple(json.loads(paths)))
        for event, body, paths in fetch(SELECT_SHOWN_PAYLOADS, [list(events), max_bytes])
    }


def source_by_slug(slug: str) -> SourceRow | None:
    rows = fetch(SELECT_SOURCES + " WHERE s.slug = %s AND s.deleted_at IS NULL", [slug])
    return source_row(rows[0]) if rows else None


def source_id_of(slug: str) -> uuid.UUID:
    """Return the id of a built-in source. Raises INTERNAL if the tenant's schema lacks this source."""
    found: uuid.UUID | None = fetch_value("SELECT id FROM source WHERE slug = %s AND deleted_at IS NULL", [slug])
    if found is None:
        raise NormalizedError(
            "INTERNAL", f"The built-in source {slug} of this tenant's schema is missing. Run `automate migrate`."
        )
    return found


def source_ids_of(slug: str) -> frozenset[uuid.UUID]:
    """Return the ids of all sources with this slug, including deleted sources."""
    return frozenset(row_id for (row_id,) in fetch("SELECT id FROM source WHERE slug = %s", [slug]))


def sources_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, SourceRow]:
    """Return sources by id, including deleted sources."""
    return rows_by_id(source_row, SELECT_SOURCES + " WHERE s.id = ANY(%s)", ids)
