"""The ledger of all runs is listed, newest first; what is uncertain in it is found among millions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0015_lines")]

    operations = [
        migrations.AddIndex("effect", models.Index(fields=["intended_at"], name="effect_newest")),
        migrations.AddIndex(
            "effect",
            models.Index(
                condition=models.Q(("state", "uncertain")), fields=["intended_at", "key"], name="effect_uncertain"
            ),
        ),
    ]
