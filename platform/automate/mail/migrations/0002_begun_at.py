"""A try to send a mail is written down before the mail server hears of it, so that a repeat can be seen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial")]

    operations = [migrations.AddField("mail", "begun_at", models.DateTimeField(null=True))]
