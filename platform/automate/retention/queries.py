"""Reads the retention times of a tenant."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from psycopg.rows import TupleRow

from automate.kernel.sql import fetch
from automate.retention.classes import CLASSES, ClassPolicy, Days, in_force

SELECT_POLICIES = """
SELECT t.plan, pl.retention::text, p.data_class, p.days, p.hold_reason, p.held_at, p.removed_before, now()
FROM public.tenant t LEFT JOIN public.plan pl ON pl.slug = t.plan
LEFT JOIN public.retention_policy p ON p.tenant_id = t.id WHERE t.id = %s
"""
REMOVED = (
    "SELECT data_class, removed_before FROM public.retention_policy WHERE tenant_id = %s AND removed_before IS NOT NULL"
)


@dataclass(frozen=True)
class PolicyRow:
    policy: ClassPolicy
    """As set."""
    days_in_force: int | None
    """The effective retention in days, see ``classes.in_force``; None for ever."""
    held_at: datetime | None
    removed_before: datetime | None


@dataclass(frozen=True)
class Policies:
    """A tenant's retention for each kind of data."""

    rows: tuple[PolicyRow, ...]
    """One for each data class, in the order of CLASSES."""
    read_at: datetime
    """PostgreSQL's time."""

    @property
    def days(self) -> Days:
        """The effective retention of each kind of data, in days."""
        return {row.policy.data_class: row.days_in_force for row in self.rows}


def default_days(plan: str, own: Days) -> Days:
    """Return the default retention that a plan gives to each kind of data. The unit is days."""
    days: Days = settings.RETENTION_DAYS.of_plan(plan)
    return {name: own.get(name, value) for name, value in days.items()}


def policies_of(tenant_id: uuid.UUID) -> Policies:
    """Return a tenant's retention for each kind of data. Raises LookupError for an unknown tenant."""
    return policies_from(fetch(SELECT_POLICIES, [tenant_id]))


def policies_from(rows: Sequence[TupleRow]) -> Policies:
    """Build the retention policies of a tenant from the result rows of SELECT_POLICIES.

    Raises LookupError for an unknown tenant.
    """
    if not rows:
        raise LookupError("no tenant has this id")
    ((plan, own, *_, read_at), *_) = rows
    stored = {name: values for _, _, name, *values, _ in rows}
    defaults = default_days(plan, json.loads(own or "{}"))
    policies: dict[str, ClassPolicy] = {}
    for name in CLASSES:
        days, reason, *_ = stored.get(name, (None, "", None, None))
        policies[name] = ClassPolicy(name, defaults[name], days, reason)
    kept = in_force(policies)
    found = []
    for name in CLASSES:
        *_, held_at, removed = stored.get(name, (None, "", None, None))
        found.append(PolicyRow(policies[name], kept[name], held_at, removed))
    return Policies(tuple(found), read_at)


def removed_before(tenant_id: uuid.UUID) -> Mapping[str, datetime]:
    """Return a time for each kind of data. Retention has removed all data of this kind that is older than this time."""
    return dict(fetch(REMOVED, [tenant_id]))
