"""Approvals are listed by the time of the question, and by the time of expiry. The indexes are built without a lock."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("runs", "0033_failure_resolutions")]

    operations = [
        AddIndexWithoutLock("approval", models.Index(fields=["requested_at", "step_id"], name="approval_requested")),
        AddIndexWithoutLock("approval", models.Index(fields=["expires_at", "step_id"], name="approval_expiry")),
    ]
