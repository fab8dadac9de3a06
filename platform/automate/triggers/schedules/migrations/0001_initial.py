"""Schedules, the outcomes of their ticks, and the sources of events that the platform makes."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check

# For existing tenants: a new schema begins with all built-in sources. The id is a UUIDv7, as all ids are.
SOURCE = """
INSERT INTO source (id, slug, scheme, secrets, last_secret_version, secret_uses, options, intake, enabled, built_in, revision, created_at, updated_at)
SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
       slug, 'API', '[]', 0, '{}', '{}', '{}', true, true, 1, now(), now()
FROM (VALUES ('schedules'), ('signals')) AS built_in (slug)
ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("events", "0005_deliveries")]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=16)),
                ("expression", models.CharField(blank=True, max_length=255)),
                ("timezone", models.CharField(max_length=64)),
                ("every_seconds", models.IntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
                ("anchor", models.DateTimeField(null=True)),
                ("starts_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("event_type", models.CharField(default="schedule.tick", max_length=255)),
                ("data", models.JSONField(null=True)),
                ("overlap", models.CharField(default="allow", max_length=16)),
                ("catch_up", models.CharField(default="collapse", max_length=16)),
                ("catch_up_seconds", models.IntegerField()),
                ("jitter_seconds", models.IntegerField(default=0)),
                ("planned_at", models.DateTimeField(null=True)),
                ("job_id", models.UUIDField(null=True)),
                ("missed", models.JSONField(default=dict)),
                ("paused_at", models.DateTimeField(null=True)),
                ("paused_note", models.CharField(blank=True, max_length=255)),
                ("revision", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "schedule",
                "constraints": [
                    check("schedule_kind_known", models.Q(("kind__in", ("cron", "interval", "at")))),
                    check("schedule_overlap_known", models.Q(("overlap__in", ("allow", "skip", "queue")))),
                    check("schedule_catch_up_known", models.Q(("catch_up__in", ("collapse", "each")))),
                    check(
                        "schedule_cron_is_whole",
                        models.Q(
                            models.Q(("kind", "cron"), _negated=True),
                            models.Q(("expression", ""), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    check(
                        "schedule_job_for_each_plan",
                        models.Q(
                            models.Q(("job_id__isnull", True), ("planned_at__isnull", True)),
                            models.Q(
                                ("job_id__isnull", False), ("paused_at__isnull", True), ("planned_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScheduleTick",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("schedule_id", models.UUIDField()),
                ("planned_at", models.DateTimeField()),
                ("outcome", models.CharField(max_length=16)),
                ("by_hand", models.BooleanField(default=False)),
                ("missed", models.IntegerField(default=0)),
                ("event_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "schedule_tick",
                "indexes": [models.Index(fields=["schedule_id", "id"], name="schedule_tick_page")],
                "constraints": [
                    check("schedule_tick_outcome_known", models.Q(("outcome__in", ("made", "skipped", "missed")))),
                    check(
                        "schedule_tick_made_event",
                        models.Q(
                            models.Q(("event_id__isnull", False), ("outcome", "made")),
                            models.Q(models.Q(("outcome", "made"), _negated=True), ("event_id__isnull", True)),
                            _connector="OR",
                        ),
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("by_hand", False)),
                        fields=("schedule_id", "planned_at"),
                        name="schedule_tick_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SOURCE, migrations.RunSQL.noop),
    ]
