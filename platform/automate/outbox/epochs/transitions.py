"""The epoch of the database: a number that rises after a restore.

The effect of a restored job may have happened after the backup was made. So restored jobs wait for an operator.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from automate.kernel.sql import execute, fetch
from automate.kernel.transactions import in_transaction, require_transaction
from automate.outbox.claims import RUN_ADVANCE
from automate.outbox.epochs.here_queries import HERE
from automate.outbox.registry import registry

RESTORED = "restored"
"""Cause for which a restored job is parked."""

EPOCH = "(SELECT epoch FROM public.database_epoch)"
"""The current epoch, in a statement that writes to a log."""

KNOWN = (
    "SELECT epoch, raised_at, reason, system_identifier, timeline, database_oid, table_oid FROM public.database_epoch"
)
LOCK = f"{KNOWN} FOR UPDATE"
# Only one process at a time reaches this; the others find the new identity.
SET = """
UPDATE public.database_epoch SET system_identifier = %s, timeline = %s, database_oid = %s, table_oid = %s
"""
RAISE = "UPDATE public.database_epoch SET epoch = epoch + 1, raised_at = now(), reason = left(%s, 255)"
# Ends claims, so that a surviving worker writes nothing more. A timer that was not due yet has started nothing.
MARK = """
WITH part AS (
    SELECT id FROM public.outbox_job
    WHERE id > %(after)s AND open AND topic = ANY (%(topics)s)
      AND (topic = %(run)s OR due_at <= now() OR state <> 'pending' OR parked <> '')
    ORDER BY id LIMIT %(most)s
), marked AS (
    UPDATE public.outbox_job j
    SET restored = true, state = 'pending',
        parked = CASE WHEN j.topic = %(run)s THEN j.parked ELSE %(cause)s END,
        due_at = CASE WHEN j.topic = %(run)s THEN j.due_at ELSE 'infinity' END
    FROM part WHERE j.id = part.id RETURNING 1
)
SELECT (SELECT count(*) FROM marked), (SELECT id FROM part ORDER BY id DESC LIMIT 1)
"""
MARKED_AT_ONCE = 25_000
"""Jobs that one statement marks. Each statement must answer in time; all are in one transaction."""
HELD = "SELECT tenant_id, count(*) FROM public.outbox_job WHERE restored AND open GROUP BY tenant_id"
UNBOUNDED = "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)"
"""Removes the time limits of the transaction. Other processes wait until all jobs are marked."""


@dataclass(frozen=True)
class DatabaseIdentity:
    """The identity of a database."""

    system_identifier: str
    timeline: int | None
    """None on a standby."""
    database_oid: int | None
    table_oid: int | None

    def differences(self, before: DatabaseIdentity) -> list[str]:
        """Return the differences between this identity and ``before``, in words."""
        return [
            f"{field.name} was {getattr(before, field.name)} and is {getattr(self, field.name)}"
            for field in fields(self)
            if getattr(before, field.name) != getattr(self, field.name)
        ]


@dataclass(frozen=True)
class Epoch:
    """The current epoch."""

    epoch: int
    raised_at: datetime | None
    """The time of the last restore; None before the first one."""
    reason: str
    identity: DatabaseIdentity
    """The database that the epoch belongs to."""


@dataclass(frozen=True)
class Raised:
    """The outcome of an increase of the epoch number."""

    epoch: int
    reason: str
    held: int
    """Number of open jobs that wait for an operator."""


def current() -> Epoch:
    return _epoch_of(fetch(KNOWN)[0])


def note_restore() -> Raised | None:
    """Increase the epoch number if the identity of the database has changed. Opens a transaction."""
    if _is_same(_here(), current().identity):
        return None
    with in_transaction():
        fetch(UNBOUNDED)
        here, known = _here(), _epoch_of(fetch(LOCK)[0])
        if _is_same(here, known.identity):
            return None
        execute(SET, _values(here))
        if not known.identity.system_identifier:
            return None
        return _raise("; ".join(here.differences(known.identity)))


def raise_by_hand(reason: str) -> Raised:
    """Increase the epoch by hand after a restore. Opens a transaction.

    The platform cannot notice some restores, such as a restore of a disk snapshot.
    """
    with in_transaction():
        fetch(UNBOUNDED)
        fetch(LOCK)
        execute(SET, _values(_here()))
        return _raise(reason)


def _raise(reason: str) -> Raised:
    require_transaction()
    execute(RAISE, [reason])
    held, after = 0, uuid.UUID(int=0)
    topics = [topic.name for topic in registry().values() if topic.waits_after_restore]
    values = {"run": RUN_ADVANCE, "cause": RESTORED, "topics": topics, "most": MARKED_AT_ONCE}
    while after is not None:
        ((marked, after),) = fetch(MARK, {**values, "after": after})
        held += marked
    return Raised(current().epoch, reason, held)


def _here() -> DatabaseIdentity:
    return DatabaseIdentity(*fetch(HERE)[0])


def _is_same(here: DatabaseIdentity, known: DatabaseIdentity) -> bool:
    # A standby always counts as the same, because it cannot write a new identity.
    return here.timeline is None or here == known


def _values(identity: DatabaseIdentity) -> list[str | int | None]:
    return [getattr(identity, field.name) for field in fields(identity)]


def _epoch_of(row: Sequence[object]) -> Epoch:
    epoch, raised_at, reason, *identity = row
    return Epoch(epoch, raised_at, reason, DatabaseIdentity(*identity))  # type: ignore[arg-type] # mypy does not count the columns of a row
