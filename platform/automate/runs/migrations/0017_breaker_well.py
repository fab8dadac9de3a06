"""What the ledger knows of good calls, so that it is not asked at each failure. NULL where it was not asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0016_effects_listed")]

    operations = [migrations.AddField("circuitbreaker", "well", models.IntegerField(null=True))]
