"""The person who sent an event cannot decide approvals of its runs, whichever token the person uses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0008_event_log")]

    operations = [migrations.AddField("event", "actor_person", models.UUIDField(null=True))]
