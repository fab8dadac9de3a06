"""Reads and saves the schedules of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now

from automate.configuration.kinds.kind import ObjectKind, Rows, Saved, StoredEntry, StoredRow, as_sent
from automate.configuration.plans import plan_of, planned
from automate.configuration.shape import Entry, ScheduleEntry
from automate.kernel.json_values import as_text
from automate.kernel.shapes import FieldValue, api_form, fields_of, stored_form, with_defaults, without_defaults
from automate.kernel.written import as_written
from automate.triggers.schedules.models import Schedule
from automate.triggers.schedules.plan import TickPlan
from automate.triggers.schedules.services import NewSchedule, delete_schedule, save_schedule
from automate.workflows.diffing import ChangedValue

OVER = Q(planned_at__isnull=True) & (Q(paused_at__isnull=True) | Q(at__lte=Now()) | Q(ends_at__lte=Now()))
"""The condition of a finished schedule. Its last tick has passed, or its time passed during a pause. Such a schedule
could not be saved in another tenant.
"""


DEFAULTS: Entry = api_form(ScheduleEntry, with_defaults(ScheduleEntry, {}))
SETTINGS = [name for name in fields_of(ScheduleEntry) if name not in {"plan", "starts_at", "ends_at"}]
"""The fields of an entry besides the plan and its bounds."""


class Schedules(ObjectKind):
    name, section, model, locks = "schedule", "schedules", Schedule, True
    marks = ("id", "revision", "over")
    enabled = Q(over=False)

    def rows(self) -> Rows:
        return Schedule.objects.annotate(over=Case(When(OVER, then=Value(True)), default=Value(False)))

    def known(self, rows: Sequence[StoredRow]) -> list[StoredEntry]:
        return [StoredEntry(_entry(row), row.revision, away=row.over) for row in rows]

    def whole(self, entry: Entry) -> Entry:
        said = {name: value for name, value in entry.items() if name not in {"plan", "startsAt", "endsAt"}}
        return {**DEFAULTS, **said, **planned(plan_of(entry))}

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        wanted = self.whole(entry)
        stored = stored_form(ScheduleEntry, wanted)
        settings: dict[str, FieldValue] = {name: stored.get(name) for name in SETTINGS}
        new = NewSchedule(**settings, plan=plan_of(entry))
        save_schedule(new, expected_revision=known.revision if known else None)
        return Saved()

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        delete_schedule(as_text(known.entry["slug"]), expected_revision=known.revision)
        return ChangedValue((), known.entry, None, (True, False))


def _entry(schedule: Schedule) -> Entry:
    plan = TickPlan(**{name: getattr(schedule, name) for name in TickPlan.__dataclass_fields__})
    data = as_sent(as_written(schedule.data, schedule.written))
    stored = {**{name: getattr(schedule, name) for name in SETTINGS}, "data": data}
    said = {**api_form(ScheduleEntry, without_defaults(ScheduleEntry, stored)), **planned(plan)}
    return {one.api_name: said[one.api_name] for one in fields_of(ScheduleEntry).values() if one.api_name in said}
