"""A key may have an open window beside windows whose timers have yet to fire."""

from __future__ import annotations

import datetime as dt

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rules", "0009_throttles_by_event")]

    operations = [
        migrations.RemoveConstraint("rulewindow", "rule_window_one_open"),
        migrations.AddConstraint(
            "rulewindow",
            models.UniqueConstraint(
                models.F("rule_id"),
                models.F("generation"),
                models.F("option"),
                models.F("digest"),
                models.Case(
                    models.When(option__in=("debounce", "absence"), then="opened_at"),
                    default=models.Value(dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc), models.DateTimeField()),
                ),
                condition=models.Q(("open", True)),
                name="rule_window_one_open",
            ),
        ),
    ]
