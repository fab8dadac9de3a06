"""The start of an attempt is recorded before the mail server is contacted, so that a repeat can be detected."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial")]

    operations = [migrations.AddField("mail", "begun_at", models.DateTimeField(null=True))]
