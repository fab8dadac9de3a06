"""Creates audit entries from the counts of actions. The scheduler runs this code."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from django.db import ProgrammingError, connection, connections, transaction

from automate.audit import services as audit
from automate.audit.tallies import shown_counts
from automate.audit.tally_queries import TallyRow, take_tallies, tenants_due
from automate.audit.transitions import insert_all_of_platform
from automate.kernel.json_values import JsonValue
from automate.kernel.principals import Principal, acting_as
from automate.kernel.roles import DIRECTORY_ROLE
from automate.kernel.tenancy import PUBLIC_SCHEMA, TenantRef, acting_for, acting_for_platform, administering
from automate.kernel.transactions import in_transaction
from tenants.routers import ADMIN

log = structlog.get_logger(__name__)

TENANTS_AT_ONCE = 100


def close_tallies(seconds: float) -> int:
    """Write audit entries for the actions that were counted in earlier minutes. Returns the number of written entries.

    Stops after about ``seconds``.
    """
    until = time.monotonic() + seconds
    with acting_for_platform("tenants with counts", DIRECTORY_ROLE):
        due = [TenantRef(*row) for row in tenants_due(TENANTS_AT_ONCE)]
    written = _close_of_platform()
    for tenant in due:
        if time.monotonic() >= until:
            break
        try:
            written += _close_of(tenant)
        except ProgrammingError as error:
            # Its schema is older than this release: its counts stay until its migration.
            log.warning("counted acts not recorded yet", tenant=tenant.slug, error=str(error))
    return written


def _close_of(tenant: TenantRef) -> int:
    with acting_for(tenant), in_transaction():
        entries = _entries(take_tallies(connection, tenant.id))
        audit.record_all(entries)
    return len(entries)


def _close_of_platform() -> int:
    # Other logins would need a proof for each entry.
    admin = connections[ADMIN]
    with administering(PUBLIC_SCHEMA), transaction.atomic(using=ADMIN, durable=True):
        entries = _entries(take_tallies(admin, None))
        if entries:
            insert_all_of_platform(admin, entries)
    return len(entries)


def _entries(taken: Mapping[datetime, Sequence[TallyRow]]) -> list[dict[str, JsonValue]]:
    return [_entry(minute, row) for minute, rows in taken.items() for row in shown_counts(rows)]


def _entry(minute: datetime, row: TallyRow) -> dict[str, JsonValue]:
    changes: dict[str, tuple[JsonValue, JsonValue]] = {"count": (None, row.times), "minute": (None, minute.isoformat())}
    if row.reason:
        changes["reason"] = (None, row.reason)
    if row.addresses:
        changes["addresses"] = (None, list(row.addresses))
    actor = Principal(kind=row.actor["kind"], id=row.actor["id"], name=row.actor["name"])  # type: ignore[arg-type] # a stored Principal's
    with acting_as(actor):
        return audit.entry(row.action, row.object["kind"], row.object["id"], row.object["label"], changes)
