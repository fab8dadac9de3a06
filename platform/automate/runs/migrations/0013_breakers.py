"""Circuit breakers of a tenant's connectors and the hosts that they call."""

from django.db import migrations, models

import automate.kernel.ids
from automate.kernel.models import check


class Migration(migrations.Migration):
    dependencies = [("runs", "0012_ledger")]

    operations = [
        migrations.CreateModel(
            name="CircuitBreaker",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=automate.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("connector", models.CharField(max_length=64)),
                ("target", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=24)),
                ("state", models.CharField(default="closed", max_length=16)),
                ("forced", models.CharField(blank=True, max_length=16)),
                ("calls", models.IntegerField(default=0)),
                ("failures", models.IntegerField(default=0)),
                ("window_started", models.DateTimeField()),
                ("interval_seconds", models.FloatField()),
                ("probe_at", models.DateTimeField(null=True)),
                ("code", models.CharField(blank=True, max_length=64)),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "circuit_breaker"},
        ),
        migrations.AddIndex("circuitbreaker", models.Index(fields=["digest"], name="circuit_breaker_digest")),
        migrations.AddConstraint(
            "circuitbreaker",
            models.UniqueConstraint(fields=("connector", "target"), name="circuit_breaker_once"),
        ),
        migrations.AddConstraint(
            "circuitbreaker",
            check("circuit_breaker_state_known", models.Q(state__in=["closed", "half_open", "open"])),
        ),
        migrations.AddConstraint(
            "circuitbreaker", check("circuit_breaker_forced_known", models.Q(forced__in=["", "open", "closed"]))
        ),
        migrations.AddConstraint(
            "circuitbreaker",
            check(
                "circuit_breaker_probed_unless_closed",
                models.Q(state="closed", probe_at__isnull=True)
                | (~models.Q(state="closed") & models.Q(probe_at__isnull=False)),
            ),
        ),
    ]
