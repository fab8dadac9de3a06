"""Tenants as rows, for the platform's own scope."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Page, Slice, count_of, page_of
from automate.kernel.sql import fetch

# A page of tenants, or some by their ids.
SELECT_TENANTS = "SELECT t.id, t.external_id, t.slug, t.name, t.plan, t.state, t.created_at FROM tenant AS t"


@dataclass(frozen=True)
class TenantRow:
    id: uuid.UUID
    external_id: str
    slug: str
    name: str
    plan: str
    state: str
    created_at: datetime


def tenants_page(part: Slice) -> Page[TenantRow]:
    return page_of(SELECT_TENANTS, "t.id", part, (), lambda row: TenantRow(*row))


def count_tenants() -> int:
    return count_of("tenant", ())


def tenants_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, TenantRow]:
    return {row[0]: TenantRow(*row) for row in fetch(SELECT_TENANTS + " WHERE t.id = ANY(%s)", [list(ids)])}
