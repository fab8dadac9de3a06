"""Reads the notices of the current tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.kernel.json_values import JsonObject
from automate.kernel.queries import Page, RowReader, Slice, count_of, page_of, rows_by_id
from automate.kernel.sql import fetch
from automate.notices.policy import NoticeSettings, policy_of

POLICY = "SELECT settings::text, revision FROM notice_policy"


@dataclass(frozen=True)
class NoticeRow:
    id: uuid.UUID
    kind: str
    cause: str
    about: JsonObject
    state: str
    created_at: datetime
    ended_at: datetime | None


_row = RowReader(NoticeRow, "n", {"about": "n.about::text"}, about=orjson.loads)
SELECT = f"SELECT {_row.columns} FROM notice AS n"


def stored_policy() -> tuple[NoticeSettings, int]:
    """Return the tenant's settings for notices, and the revision number of these settings."""
    for text, revision in fetch(POLICY):
        return policy_of(orjson.loads(text)), revision
    return NoticeSettings(), 0


def notices_page(part: Slice) -> Page[NoticeRow]:
    """Return a page of the tenant's notices, newest first."""
    return page_of(SELECT, "n.id", part, (), _row)


def count_notices() -> int:
    return count_of("notice AS n", ())


def notices_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, NoticeRow]:
    return rows_by_id(_row, f"{SELECT} WHERE n.id = ANY (%s)", ids)
