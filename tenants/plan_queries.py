"""Reads plans, in the platform's scope."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.budgets.settings import PlannedBudget
from automate.kernel.queries import RowReader, rows_by_id
from automate.kernel.rows import DatabaseValue
from automate.kernel.sql import fetch


@dataclass(frozen=True)
class PlanRow:
    """A plan."""

    id: uuid.UUID
    slug: str
    name: str
    weight: int
    revision: int
    created_at: datetime
    updated_at: datetime
    budgets: tuple[PlannedBudget, ...]
    """The budgets of each tenant. The list contains at least the budget of concurrent runs."""
    prices: tuple[tuple[str, int], ...]
    """Prices by the step's ``uses``, in millionths of the currency."""
    retention: Mapping[str, int | None]
    """Data class -> days; None: for ever. Only the classes that differ from the platform's default."""
    tenant_count: int
    """The number of tenants with the plan."""


def _parsed(column: object) -> DatabaseValue:
    # Some connections have already parsed the value.
    return json.loads(column) if isinstance(column, str) else column


_plan = RowReader(
    PlanRow,
    "p",
    {"tenant_count": "coalesce(t.count, 0)"},
    budgets=lambda column: tuple(PlannedBudget(**one) for one in _parsed(column)),
    prices=lambda column: tuple(sorted(_parsed(column).items())),
    retention=_parsed,
)
SELECT_PLANS = (
    f"SELECT {_plan.columns} FROM plan p"
    " LEFT JOIN (SELECT plan, count(*) FROM tenant GROUP BY plan) t ON t.plan = p.slug"
)


def all_plans() -> list[PlanRow]:
    """Return all plans, sorted by weight and slug."""
    return [_plan(row) for row in fetch(SELECT_PLANS + " ORDER BY p.weight, p.slug")]


def plans_by_slug(slugs: Sequence[str]) -> dict[str, PlanRow]:
    rows = fetch(SELECT_PLANS + " WHERE p.slug = ANY (%s)", [list(slugs)])
    return {plan.slug: plan for plan in map(_plan, rows)}


def plans_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, PlanRow]:
    return rows_by_id(_plan, SELECT_PLANS + " WHERE p.id = ANY (%s)", ids)
