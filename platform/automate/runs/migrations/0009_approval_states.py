from django.db import migrations, models

from automate.kernel.models import check

# The state of an approval without a decision was stored only in its step.
STATES = """
UPDATE approval a SET state = CASE
    WHEN s.state = 'waiting' THEN 'pending'
    WHEN s.state = 'succeeded' OR s.error ->> 'code' = 'APPROVAL_REJECTED' THEN 'expired' ELSE 'cancelled' END
FROM approval b LEFT JOIN step_run s ON s.id = b.step_id WHERE b.step_id = a.step_id AND a.state = '';
UPDATE approval a SET ended_at = coalesce((SELECT s.finished_at FROM step_run s WHERE s.id = a.step_id), now())
WHERE a.ended_at IS NULL AND a.state <> 'pending';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0008_paused"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="approval", name="approval_decided_when_outcome"),
        migrations.RemoveIndex(model_name="approval", name="approval_open"),
        migrations.RenameField(model_name="approval", old_name="outcome", new_name="state"),
        migrations.RenameField(model_name="approval", old_name="decided_at", new_name="ended_at"),
        migrations.AlterField(
            model_name="approval",
            name="state",
            field=models.CharField(default="pending", max_length=16),
        ),
        migrations.RunSQL(STATES, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(condition=models.Q(("state", "pending")), fields=["step_id"], name="approval_pending"),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)), fields=["ended_at"], name="approval_ended"
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=check(
                condition=models.Q(("state__in", ["approved", "cancelled", "expired", "pending", "rejected"])),
                name="approval_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=check(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "pending")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("state__in", ["approved", "cancelled", "expired", "rejected"]),
                    ),
                    _connector="OR",
                ),
                name="approval_ended_when_final",
            ),
        ),
    ]
