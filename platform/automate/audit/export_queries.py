"""Reads the audit record in the order of commits. A reader that resumes misses no entry."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from automate.audit.queries import COLUMNS, ENTRIES, EntriesFilter, conditions_of, entry_row
from automate.audit.rows import EntryRow
from automate.kernel.errors import NormalizedError
from automate.kernel.queries import Condition, parameters, where
from automate.kernel.sql import fetch

PAGE_ROWS = 100
NEXT_XID = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
# Entries from before a restore may have transaction ids in the future; they are settled.
SELECT_AFTER = f"""
SELECT {COLUMNS}, a.xid,
       a.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
       OR a.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
FROM {ENTRIES}"""

Position = tuple[int, uuid.UUID]
"""Transaction and id of the last entry that was read."""
BEGINNING: Position = (-1, uuid.UUID(int=0))


@dataclass(frozen=True)
class AuditExportPage:
    """One page of audit entries."""

    rows: list[EntryRow]
    """Oldest first."""
    position: Position
    """After these rows."""
    more: bool
    """Whether further settled entries can follow immediately."""


def check_position(position: Position) -> None:
    """Check the position at which a reader resumes.

    Raises INVALID_CURSOR if the database was restored after the position was returned.
    """
    ((following,),) = fetch(NEXT_XID)
    if position[0] >= following:
        raise NormalizedError(
            "INVALID_CURSOR",
            "The database was restored after this cursor was returned, so entries after the cursor may be missing. Export again without a"
            " cursor, or set the filter `since` to a time.",
        )


def export_after(position: Position, wanted: EntriesFilter) -> AuditExportPage:
    """Return the next entries after a position, at most PAGE_ROWS."""
    conditions = [Condition("(a.xid, a.id) > (%s, %s)", position), *conditions_of(wanted)]
    tail = f"{where(conditions)} ORDER BY a.xid, a.id LIMIT {PAGE_ROWS}"
    found = fetch(SELECT_AFTER + tail, parameters(conditions))
    rows, last = [], position
    for *columns, xid, settled in found:
        if not settled:
            break
        rows.append(entry_row(tuple(columns)))
        last = (xid, rows[-1].id)
    return AuditExportPage(rows, last, more=len(rows) == PAGE_ROWS)
