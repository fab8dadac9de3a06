"""Reads audit entries: the tenant's own actions, and the platform's actions on the tenant."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from automate.audit.hashing import stored_form
from automate.audit.rows import EntryRow
from automate.kernel.ids import ids_around
from automate.kernel.json_values import JsonValue
from automate.kernel.principals import Principal
from automate.kernel.queries import (
    Condition,
    Page,
    RowReader,
    Slice,
    columns_of,
    count_of,
    page_of,
    rows_by_id,
    within,
)
from automate.kernel.sql import fetch_value


def _changes(text: str) -> JsonValue:
    return stored_form(json.loads(text))


entry_row = RowReader(EntryRow, "a", changes=_changes)
COLUMNS = entry_row.columns
_OF_TABLE = columns_of(EntryRow, "e", changes="e.changes::text AS changes")
# Row-level security shows a tenant its part of the platform's record; the condition makes the index of tenant_id usable.
ENTRIES = f"""(
    SELECT {_OF_TABLE}, coalesce(e.xid, 0) AS xid FROM audit_entry AS e
    UNION ALL
    SELECT {_OF_TABLE}, coalesce(e.xid, 0) FROM public.platform_audit_entry AS e WHERE e.tenant_id = public.automate_tenant_id()
) AS a"""
SELECT_ENTRIES = f"SELECT {COLUMNS} FROM {ENTRIES}"


@dataclass(frozen=True)
class EntriesFilter:
    """Filters for the list of audit entries. A field that is None does not filter."""

    actor_kinds: tuple[str, ...] | None = None
    actor_id: str | None = None
    actions: tuple[str, ...] | None = None
    """Whole names, or ``noun.*``."""
    object_kind: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    """Of ``at``, inclusive."""
    until: datetime | None = None
    """Of ``at``, exclusive."""


def entries_page(wanted: EntriesFilter, part: Slice) -> Page[EntryRow]:
    return page_of(SELECT_ENTRIES, "a.id", part, conditions_of(wanted), entry_row)


def count_entries(wanted: EntriesFilter) -> int:
    return count_of(ENTRIES, conditions_of(wanted))


def entries_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EntryRow]:
    return rows_by_id(entry_row, SELECT_ENTRIES + " WHERE a.id = ANY(%s)", ids)


_LAST_ACT = f"""
SELECT a.at FROM {ENTRIES}
WHERE a.object_id = %s AND a.action = %s AND a.actor_kind = %s AND a.actor_id = %s
  AND a.at > now() - make_interval(secs => %s) AND a.id > %s
ORDER BY a.id DESC LIMIT 1"""


def last_act(principal: Principal, action: str, object_id: uuid.UUID, seconds: int) -> datetime | None:
    """Return the time at which the principal last did this action on this object.

    Returns None if the principal has not done the action within the last ``seconds`` seconds.
    """
    # The bound makes the index of ids usable for the platform's record. It allows for differing clocks.
    least = ids_around(datetime.now(timezone.utc) - timedelta(seconds=seconds))[0]
    values = [str(object_id), action, principal.kind, principal.id, seconds, least]
    at: datetime | None = fetch_value(_LAST_ACT, values)
    return at


def conditions_of(wanted: EntriesFilter) -> list[Condition]:
    """Return the SQL conditions of a filter."""
    conditions = within("a.at", "a.id", wanted.since, wanted.until)
    if wanted.actor_kinds is not None:
        conditions.append(Condition("a.actor_kind = ANY(%s)", (list(wanted.actor_kinds),)))
    if wanted.actions is not None:
        conditions.append(_of_actions(wanted.actions))
    for column, value in (
        ("actor_id", wanted.actor_id),
        ("object_kind", wanted.object_kind),
        ("object_id", wanted.object_id),
    ):
        if value is not None:
            conditions.append(Condition(f"a.{column} = %s", (value,)))
    return conditions


def _of_actions(actions: Sequence[str]) -> Condition:
    whole = [action for action in actions if not action.endswith(".*")]
    nouns = [action.removesuffix(".*") for action in actions if action.endswith(".*")]
    if not nouns:
        return Condition("a.action = ANY(%s)", (whole,))
    return Condition("(a.action = ANY(%s) OR split_part(a.action, '.', 1) = ANY(%s))", (whole, nouns))
