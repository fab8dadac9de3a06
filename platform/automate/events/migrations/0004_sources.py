"""Secrets of sources have versions, events name the version that verified their sender, and sources have intake settings and
may be deleted.
"""

from django.db import migrations, models

# Secrets are stored newest first, so the first one gets the highest number.
NUMBER = """
UPDATE source SET last_secret_version = jsonb_array_length(secrets), secrets = (
    SELECT jsonb_agg(jsonb_build_object('version', jsonb_array_length(source.secrets) - k.place + 1, 'sealed', k.sealed,
                                        'added_at', to_jsonb(source.updated_at)) ORDER BY k.place)
    FROM jsonb_array_elements(source.secrets) WITH ORDINALITY AS k (sealed, place))
WHERE secrets <> '[]'
"""
UNNUMBER = """
UPDATE source SET secrets = (SELECT jsonb_agg(k.secret -> 'sealed' ORDER BY k.place)
    FROM jsonb_array_elements(source.secrets) WITH ORDINALITY AS k (secret, place))
WHERE secrets <> '[]'
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0003_derived_from")]

    operations = [
        migrations.AddField(model_name="source", name="last_secret_version", field=models.IntegerField(default=0)),
        migrations.AddField(model_name="source", name="secret_uses", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="source", name="intake", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="source", name="deleted_at", field=models.DateTimeField(null=True)),
        migrations.AlterField(model_name="source", name="slug", field=models.CharField(max_length=64)),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(
                fields=("slug",), condition=models.Q(deleted_at__isnull=True), name="source_slug_once"
            ),
        ),
        migrations.AddField(model_name="event", name="secret_version", field=models.IntegerField(null=True)),
        migrations.RunSQL(NUMBER, UNNUMBER),
    ]
