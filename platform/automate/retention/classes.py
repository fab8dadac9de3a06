"""The kinds of data with a retention time. This module imports no Django."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PAYLOADS, OUTPUTS, RUNS, RUN_LOG = "payloads", "outputs", "runs", "run_log"
DECISIONS, DELIVERIES, AUDIT = "decisions", "deliveries", "audit"
CLASSES = (PAYLOADS, OUTPUTS, RUNS, RUN_LOG, DECISIONS, DELIVERIES, AUDIT)
WITH_RUNS = (PAYLOADS, OUTPUTS, RUN_LOG, DECISIONS)
"""Classes of rows that belong to runs and events. These rows are removed with their runs at the latest. A hold
on one of these classes also keeps the runs."""
KEPT = frozenset({AUDIT})
"""Classes that are never removed. With gaps, the audit record could not prove that nothing else is missing."""

PLATFORM_DAYS = 90
LEAST_DAYS, MOST_DAYS = 1, 36_500
FOREVER = "forever"
ENTRY = re.compile(r"(?:(?:([a-z0-9_-]{1,64})\.)?([a-z_]+)=)?(\d{1,6}|forever)")

Days = Mapping[str, int | None]
"""Data class -> days from the run's end; None for ever."""


@dataclass(frozen=True)
class Defaults:
    """Default retention times."""

    days: Days
    """For each class."""
    by_plan: Mapping[str, Days]
    """Differences for the tenants of a plan."""

    def of_plan(self, plan: str) -> Days:
        """Return the default retention times of a plan."""
        return {**self.days, **self.by_plan.get(plan, {}), **dict.fromkeys(KEPT)}


def defaults_from(entries: Sequence[str]) -> Defaults:
    """Parse default retention times in days, such as ``90, payloads=30, free.runs=14``. Raises ValueError."""
    days: dict[str, int | None] = dict.fromkeys(CLASSES, PLATFORM_DAYS)
    by_plan: dict[str, dict[str, int | None]] = {}
    for entry in entries:
        found = ENTRY.fullmatch(entry.strip())
        if found is None:
            raise ValueError(f"{entry!r} is not DAYS, CLASS=DAYS or PLAN.CLASS=DAYS")
        plan, name, text = found.groups()
        value = None if text == FOREVER else int(text)
        if value is not None and not LEAST_DAYS <= value <= MOST_DAYS:
            raise ValueError(f"{entry!r} names {value} days; write {LEAST_DAYS} to {MOST_DAYS}, or {FOREVER}")
        if name is not None and (name not in CLASSES or name in KEPT):
            raise ValueError(
                f"{entry!r} names no class; the classes are {', '.join(one for one in CLASSES if one not in KEPT)}"
            )
        named = CLASSES if name is None else (name,)
        (days if plan is None else by_plan.setdefault(plan, {})).update(dict.fromkeys(named, value))
    return Defaults(days, by_plan)


@dataclass(frozen=True)
class ClassPolicy:
    """The retention of one kind of data of one tenant."""

    data_class: str
    default_days: int | None
    """Of its plan."""
    own_days: int | None = None
    """The tenant's own setting; None if the tenant has set nothing."""
    hold_reason: str = ""
    """Why the platform holds the class; empty without a hold."""

    @property
    def days(self) -> int | None:
        """The shorter of two retention times in days: the plan's default and the tenant's own. None means for ever."""
        return shorter(self.default_days, self.own_days)


def shorter(one: int | None, other: int | None) -> int | None:
    """Return the shorter of two retention times. None means for ever."""
    return min((days for days in (one, other) if days is not None), default=None)


def in_force(policies: Mapping[str, ClassPolicy]) -> dict[str, int | None]:
    """Return the effective retention of each kind of data in days. None means for ever."""
    held = {name for name, policy in policies.items() if policy.hold_reason}
    with_runs = {RUNS, *WITH_RUNS}
    runs = None if held & with_runs else policies[RUNS].days
    found: dict[str, int | None] = {}
    for name, policy in policies.items():
        if name in held or name in KEPT:
            found[name] = None
        elif name == RUNS:
            found[name] = runs
        else:
            found[name] = shorter(policy.days, runs) if name in with_runs else policy.days
    return found
