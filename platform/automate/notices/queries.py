"""Reads the notices of the current tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.kernel.errors import Json
from automate.kernel.queries import Page, Slice, columns_of, count_of, page_of
from automate.kernel.sql import fetch
from automate.notices.policy import NoticeSettings, policy_of

POLICY = "SELECT settings::text, revision FROM notice_policy"


@dataclass(frozen=True)
class NoticeRow:
    id: uuid.UUID
    kind: str
    cause: str
    about: Json
    state: str
    created_at: datetime
    ended_at: datetime | None


SELECT = f"SELECT {columns_of(NoticeRow, 'n', about='n.about::text')} FROM notice AS n"


def stored_policy() -> tuple[NoticeSettings, int]:
    """Return the tenant's settings of notices, and their revision."""
    rows = fetch(POLICY)
    return (policy_of(orjson.loads(rows[0][0])), rows[0][1]) if rows else (NoticeSettings(), 0)


def notices_page(part: Slice) -> Page[NoticeRow]:
    """Return a page of the tenant's notices, newest first."""
    return page_of(SELECT, "n.id", part, (), _row)


def count_notices() -> int:
    return count_of("notice AS n", ())


def notices_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, NoticeRow]:
    return {row[0]: _row(row) for row in fetch(f"{SELECT} WHERE n.id = ANY (%s)", [list(ids)])}


def _row(row: Sequence[Json]) -> NoticeRow:
    values = list(row)
    values[3] = orjson.loads(values[3])
    return NoticeRow(*values)
