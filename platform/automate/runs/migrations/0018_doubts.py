"""All tries decide the outcome of an effect: a try without an effect does not settle an earlier one that may have arrived.

The database has the default, so that workers of the previous release can still write. They marked effects as failed although
an unresolved earlier try may have arrived. Such effects become uncertain or confirmed.
"""

from django.db import migrations, models

DOUBTED = """
UPDATE effect e SET did_nothing = true, state = CASE
    WHEN e.former @> '[{"state": "confirmed"}]' THEN 'confirmed'
    WHEN EXISTS (SELECT 1 FROM execution_run r WHERE r.id = e.run_id AND r.finished_at IS NULL) THEN 'sent'
    ELSE 'uncertain' END
WHERE e.state = 'failed' AND e.tries > 1 AND e.former @? '$[*] ? (@.state != "failed")'
  AND e.resolution ->> 'how' IS DISTINCT FROM 'did_not_happen'
"""


class Migration(migrations.Migration):
    dependencies = [("runs", "0017_breaker_well")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE effect ADD COLUMN did_nothing boolean NOT NULL DEFAULT false",
            "ALTER TABLE effect DROP COLUMN did_nothing",
            state_operations=[
                migrations.AddField("effect", "did_nothing", models.BooleanField(default=False)),
            ],
        ),
        migrations.RunSQL(DOUBTED, migrations.RunSQL.noop),
    ]
