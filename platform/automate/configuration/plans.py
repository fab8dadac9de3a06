"""The plan of a schedule in a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.timestamps import parse_with_offset
from automate.triggers.schedules.plan import AT, CRON, INTERVAL, UTC, TickPlan


def parse_timestamp(text: str) -> datetime:
    """Parse a time into UTC. Raises BAD_USER_INPUT for other text, or a time without an offset."""
    try:
        return parse_with_offset(text)
    except (ValueError, OverflowError):
        message = "this must be a timestamp with its offset from UTC, such as 2027-05-01T12:00:00Z"
        raise NormalizedError("BAD_USER_INPUT", message) from None


def spelled(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def plan_of(schedule: Mapping[str, Json]) -> TickPlan:
    """The plan of an entry whose shape has been checked."""
    given = schedule["plan"]
    if (cron := given.get("cron")) is not None:
        plan = TickPlan(CRON, expression=" ".join(cron["expression"].split()), timezone=cron.get("timezone") or UTC)
    elif (interval := given.get("interval")) is not None:
        plan = TickPlan(INTERVAL, every_seconds=interval["everySeconds"])
    else:
        plan = TickPlan(AT, at=parse_timestamp(given["at"]))
    starts, ends = schedule.get("startsAt"), schedule.get("endsAt")
    return replace(plan, starts_at=starts and parse_timestamp(starts), ends_at=ends and parse_timestamp(ends))


def planned(plan: TickPlan) -> dict[str, Json]:
    """Return the fields of an entry that describe a plan, without the start of an interval."""
    if plan.kind == CRON:
        zone = {} if plan.timezone == UTC else {"timezone": plan.timezone}
        said: dict[str, Json] = {"plan": {"cron": {"expression": plan.expression, **zone}}}
    elif plan.kind == INTERVAL:
        said = {"plan": {"interval": {"everySeconds": plan.every_seconds}}}
    else:
        said = {"plan": {"at": plan.at and spelled(plan.at)}}
    bounds = {"startsAt": plan.starts_at, "endsAt": plan.ends_at}
    return {**said, **{name: spelled(at) for name, at in bounds.items() if at is not None}}
