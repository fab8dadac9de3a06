"""The number of successful calls in the ledger, so that not every failure reads it. NULL while it was not read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0016_effects_listed")]

    operations = [migrations.AddField("circuitbreaker", "well", models.IntegerField(null=True))]
