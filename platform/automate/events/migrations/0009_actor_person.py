"""The person who sent an event decides none of the approvals that come of it, under whatever token."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0008_event_log")]

    operations = [migrations.AddField("event", "actor_person", models.UUIDField(null=True))]
