"""Compresses the ledger of budgets: the old entries of one hour become one entry."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.ids import ids_around
from automate.kernel.tenancy import PUBLIC_SCHEMA, administering

FOLDED_AFTER = timedelta(days=3)
ROWS_AT_ONCE = 2_000
BEGINNING = uuid.UUID(int=0)
SUMMED = ("id", "amount", "reserved", "refused", "made_at")
# Entries are folded only if all other columns are equal, also the columns of a later release.
COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = 'public.budget_entry'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL (%s)
"""
# The first entry stays, so that a reader that goes by ids reads no entry twice.
FOLD = """
WITH old AS MATERIALIZED (
    SELECT e.*, date_trunc('hour', made_at, 'UTC') AS hour FROM budget_entry e
    WHERE id > %(after)s AND id < %(below)s ORDER BY id LIMIT %(most)s
), folded AS (
    SELECT min(id::text)::uuid AS first, array_agg(id) AS ids, sum(amount) AS amount, sum(reserved) AS reserved, sum(refused) AS refused
    FROM old GROUP BY {columns}, hour HAVING count(*) > 1
), summed AS (
    UPDATE budget_entry e SET amount = f.amount, reserved = f.reserved, refused = f.refused FROM folded f WHERE e.id = f.first
), gone AS (
    DELETE FROM budget_entry e USING folded f WHERE e.id = ANY (f.ids) AND e.id <> f.first RETURNING 1
)
SELECT count(*), max(id::text)::uuid, (SELECT count(*) FROM gone) FROM old
"""


def fold(connection: BaseDatabaseWrapper, after: uuid.UUID) -> tuple[int, uuid.UUID]:
    """Combine some old entries whose ids are above ``after``.

    Returns the number of removed rows, and the value of ``after`` for the next call.
    """
    below, _ = ids_around(datetime.now(timezone.utc) - FOLDED_AFTER)
    with (
        administering(PUBLIC_SCHEMA),
        transaction.atomic(using=connection.alias, durable=True),
        connection.cursor() as cursor,
    ):
        cursor.execute(COLUMNS, [list(SUMMED)])
        ((columns,),) = cursor.fetchall()
        cursor.execute(FOLD.format(columns=columns), {"after": after, "below": below, "most": ROWS_AT_ONCE})
        ((seen, last, gone),) = cursor.fetchall()
    return gone, last if seen == ROWS_AT_ONCE else BEGINNING
