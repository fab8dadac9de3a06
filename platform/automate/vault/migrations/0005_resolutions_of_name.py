"""The latest resolutions of one secret are read by index. Built beside the writes of running workers."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("vault", "0004_versions")]

    operations = [
        AddIndexWithoutLock("secretresolution", models.Index(fields=["name", "id"], name="secret_resolution_of_name")),
    ]
