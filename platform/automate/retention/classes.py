"""The data classes of retention, and how long a tenant's policies keep each. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PAYLOADS, OUTPUTS, RUNS, RUN_LOG = "payloads", "outputs", "runs", "run_log"
DECISIONS, DELIVERIES, AUDIT = "decisions", "deliveries", "audit"
CLASSES = (PAYLOADS, OUTPUTS, RUNS, RUN_LOG, DECISIONS, DELIVERIES, AUDIT)
WITH_RUNS = (PAYLOADS, OUTPUTS, RUN_LOG, DECISIONS)
"""Classes whose rows belong to runs and events. They go with their runs at the latest, and a hold on one of them holds its runs."""
KEPT = frozenset({AUDIT})
"""Classes of which nothing is removed: an audit record without seals could not prove that nothing else is missing."""

PLATFORM_DAYS = 90
LEAST_DAYS, MOST_DAYS = 1, 36_500
FOREVER = "forever"
ENTRY = re.compile(r"(?:(?:([a-z0-9_-]{1,64})\.)?([a-z_]+)=)?(\d{1,6}|forever)")

Days = Mapping[str, int | None]
"""Data class -> days from the run's end; None for ever."""


@dataclass(frozen=True)
class Defaults:
    """days: of each class. by_plan: what is different for the tenants of a plan."""

    days: Days
    by_plan: Mapping[str, Days]

    def of_plan(self, plan: str) -> Days:
        """How long each class is kept for a tenant of this plan that has set nothing."""
        return {**self.days, **self.by_plan.get(plan, {}), **dict.fromkeys(KEPT)}


def defaults_from(entries: Sequence[str]) -> Defaults:
    """``90``, ``payloads=30``, ``free.runs=14``: of all classes, of one class, of one class for the tenants of one plan.

    Raises ValueError with the entry.
    """
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
                f"{entry!r} names no class; there are {', '.join(one for one in CLASSES if one not in KEPT)}"
            )
        named = CLASSES if name is None else (name,)
        (days if plan is None else by_plan.setdefault(plan, {})).update(dict.fromkeys(named, value))
    return Defaults(days, by_plan)


@dataclass(frozen=True)
class Policy:
    """One class of one tenant. default_days: of its plan. own_days: what the tenant set; None for nothing.

    hold_reason: why the platform holds the class; empty while it does not.
    """

    data_class: str
    default_days: int | None
    own_days: int | None = None
    hold_reason: str = ""

    @property
    def days(self) -> int | None:
        """What is set: the tenant's days where they are shorter. None for ever."""
        return shorter(self.default_days, self.own_days)


def shorter(one: int | None, other: int | None) -> int | None:
    """The shorter of two times. None is for ever."""
    return min((days for days in (one, other) if days is not None), default=None)


def in_force(policies: Mapping[str, Policy]) -> dict[str, int | None]:
    """How many days each class is really kept; None for ever.

    A class that belongs to runs goes with its run at the latest. A held class goes never, and its runs stay with it.
    """
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
