"""The ledger stores each try, its target, the receiver's id for the result, and the operator's decision.

The database has the defaults, so that workers of the previous release can still write.
"""

from django.db import migrations, models

from automate.kernel.models import check

STATES = ["confirmed", "failed", "intent", "sent", "uncertain"]
COLUMNS = {
    "target": ("varchar(255) NOT NULL DEFAULT ''", models.CharField(blank=True, max_length=255)),
    "former": ("jsonb NOT NULL DEFAULT '[]'", models.JSONField(default=list)),
    "external_id": ("varchar(255) NOT NULL DEFAULT ''", models.CharField(blank=True, max_length=255)),
    "code": ("varchar(64) NOT NULL DEFAULT ''", models.CharField(blank=True, max_length=64)),
    "lookups": ("integer NOT NULL DEFAULT 0", models.IntegerField(default=0)),
    "resolution": ("jsonb", models.JSONField(null=True)),
}


class Migration(migrations.Migration):
    dependencies = [("runs", "0011_forgotten_decisions")]

    operations = [
        *(
            migrations.RunSQL(
                f"ALTER TABLE effect ADD COLUMN {name} {kind}",
                f"ALTER TABLE effect DROP COLUMN {name}",
                state_operations=[migrations.AddField("effect", name, field)],
            )
            for name, (kind, field) in COLUMNS.items()
        ),
        migrations.RemoveConstraint("effect", "effect_state_known"),
        migrations.AddConstraint("effect", check("effect_state_known", models.Q(state__in=STATES))),
    ]
