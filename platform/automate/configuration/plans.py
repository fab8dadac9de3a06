"""Reads and writes the plan of a schedule. A configuration entry contains this plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from automate.kernel.json_values import JsonValue, as_object, optional_text
from automate.kernel.shapes import api_form, read, stored_form, without_defaults
from automate.kernel.timestamps import parse_with_offset
from automate.triggers.schedules.plan import AT, CRON, INTERVAL, SchedulePlan, TickPlan


def to_rfc3339(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def plan_of(schedule: Mapping[str, JsonValue]) -> TickPlan:
    """Read the plan from the configuration entry of a schedule. The caller has already checked the shape of the entry."""
    starts, ends = (optional_text(schedule.get(name)) for name in ("startsAt", "endsAt"))
    plan = read(SchedulePlan, stored_form(SchedulePlan, as_object(schedule["plan"])))
    return plan.between(parse_with_offset(starts) if starts else None, parse_with_offset(ends) if ends else None)


def planned(plan: TickPlan) -> dict[str, JsonValue]:
    """Return the fields that describe a plan in a configuration entry.

    The fields omit the start of an interval. Only the database row stores this start.
    """
    said: dict[str, JsonValue] = {
        CRON: {"expression": plan.expression, "timezone": plan.timezone},
        INTERVAL: {"every_seconds": plan.every_seconds},
        AT: None if plan.at is None else to_rfc3339(plan.at),
    }
    stored = without_defaults(SchedulePlan, {plan.kind: said[plan.kind]})
    bounds = {"startsAt": plan.starts_at, "endsAt": plan.ends_at}
    shown = {name: to_rfc3339(at) for name, at in bounds.items() if at is not None}
    return {"plan": api_form(SchedulePlan, stored), **shown}
