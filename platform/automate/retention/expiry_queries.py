"""Finds out whether retention has removed an object. For a removed object, clients get the error EXPIRED."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.retention.classes import DECISIONS, OUTPUTS, PAYLOADS, RUN_LOG
from automate.retention.queries import removed_before

VERSION_7 = 7
_TIME_SHIFT = 80
GONE_OF_EVENTS = """
SELECT e.id, e.received_at, NOT EXISTS (SELECT 1 FROM event_payload p WHERE p.event_id = e.id),
       NOT EXISTS (SELECT 1 FROM rule_match m WHERE m.event_id = e.id)
FROM event e WHERE e.id = ANY (%s)
"""


def made_before(row_id: uuid.UUID, at: datetime) -> bool:
    # A UUIDv7 contains its time. False for other ids.
    return row_id.version == VERSION_7 and row_id.int >> _TIME_SHIFT < at.timestamp() * 1000


def require_unexpired(row_id: uuid.UUID, data_class: str) -> None:
    """Raise EXPIRED if an object with this id is so old that retention has removed it."""
    removed = removed_before(current_tenant().id).get(data_class)
    if removed is not None and made_before(row_id, removed):
        raise expired(data_class, removed)


def expired(data_class: str, removed: datetime | None = None) -> NormalizedError:
    since = f" before {removed.isoformat(timespec='seconds')}" if removed is not None else ""
    return NormalizedError(
        "EXPIRED",
        f"No object with this id can be read. Retention has removed all objects that ended{since}. "
        f"`retention` shows how long {data_class.upper()} is kept.",
        details={
            "dataClass": data_class.upper(),
            "removedBefore": removed.isoformat() if removed is not None else None,
        },
    )


def expired_of_runs(ended: Mapping[uuid.UUID, datetime | None]) -> dict[uuid.UUID, list[str]]:
    """Return, for each run, the kinds of data that retention has removed.

    ``ended`` maps the id of each run to the time at which the run ended, or to None for an open run.
    """
    removed = removed_before(current_tenant().id)
    return {
        run: [
            name
            for name in (OUTPUTS, RUN_LOG)
            if finished_at is not None and name in removed and finished_at < removed[name]
        ]
        for run, finished_at in ended.items()
    }


def expired_of_events(events: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Return the kinds of data that retention has removed from each event.

    Payloads that a person erased are not in the result.
    """
    removed = removed_before(current_tenant().id)
    found: dict[uuid.UUID, list[str]] = {event: [] for event in events}
    if PAYLOADS not in removed and DECISIONS not in removed:
        return found
    for event, received_at, no_payload, no_match in fetch(GONE_OF_EVENTS, [list(found)]):
        for name, gone in ((PAYLOADS, no_payload), (DECISIONS, no_match)):
            if gone and name in removed and received_at < removed[name]:
                found[event].append(name)
    return found
