"""Schedules of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now

from automate.configuration.kinds.kind import ObjectKind, Rows, Saved, StoredEntry, as_sent, flagged
from automate.configuration.plans import plan_of, planned
from automate.configuration.shape import Entry
from automate.kernel.json_values import as_integer, as_text
from automate.kernel.written import as_written
from automate.triggers.schedules.models import Schedule
from automate.triggers.schedules.plan import TickPlan
from automate.triggers.schedules.services import CATCH_UP_SECONDS, NewSchedule, delete_schedule, save_schedule
from automate.triggers.schedules.words import ALLOW, COLLAPSE, TICK_TYPE
from automate.workflows.diffing import ChangedValue

OVER = Q(planned_at__isnull=True) & (Q(paused_at__isnull=True) | Q(at__lte=Now()) | Q(ends_at__lte=Now()))
"""The condition of a finished schedule, whose last tick has passed, perhaps during a pause. Such a schedule could not
be saved in another tenant.
"""


class Schedules(ObjectKind):
    name, section, model, locks = "schedule", "schedules", Schedule, True
    marks = ("id", "revision", "over")

    def rows(self) -> Rows:
        return Schedule.objects.annotate(over=Case(When(OVER, then=Value(True)), default=Value(False)))

    def known(self, rows: Sequence[Any]) -> list[StoredEntry]:
        return [StoredEntry(_entry(row), row.revision, away=row.over) for row in rows]

    def whole(self, entry: Entry) -> Entry:
        defaults: Entry = {
            "jitterSeconds": 0,
            "eventType": TICK_TYPE,
            "data": None,
            "overlap": ALLOW.upper(),
            "catchUp": COLLAPSE.upper(),
            "catchUpSeconds": CATCH_UP_SECONDS,
        }
        said = {name: value for name, value in entry.items() if name not in {"plan", "startsAt", "endsAt"}}
        return {**defaults, **said, **planned(plan_of(entry))}

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        wanted = self.whole(entry)
        new = NewSchedule(
            slug=as_text(wanted["slug"]),
            name=as_text(wanted["name"]),
            plan=plan_of(entry),
            event_type=as_text(wanted["eventType"]),
            data=wanted["data"],
            overlap=as_text(wanted["overlap"]).lower(),
            catch_up=as_text(wanted["catchUp"]).lower(),
            catch_up_seconds=as_integer(wanted["catchUpSeconds"]),
            jitter_seconds=as_integer(wanted["jitterSeconds"]),
        )
        save_schedule(new, expected_revision=known.revision if known else None)
        return Saved()

    def in_force(self) -> Rows:
        return self.rows().filter(over=False)

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        delete_schedule(as_text(known.entry["slug"]), expected_revision=known.revision)
        return ChangedValue((), known.entry, None, (True, False))


def _entry(schedule: Schedule) -> Entry:
    plan = TickPlan(**{name: getattr(schedule, name) for name in TickPlan.__dataclass_fields__})
    return flagged(
        {"slug": schedule.slug, "name": schedule.name, **planned(plan)},
        jitterSeconds=(schedule.jitter_seconds, 0),
        eventType=(schedule.event_type, TICK_TYPE),
        data=(as_sent(as_written(schedule.data, schedule.written)), None),
        overlap=(schedule.overlap.upper(), ALLOW.upper()),
        catchUp=(schedule.catch_up.upper(), COLLAPSE.upper()),
        catchUpSeconds=(schedule.catch_up_seconds, CATCH_UP_SECONDS),
    )
