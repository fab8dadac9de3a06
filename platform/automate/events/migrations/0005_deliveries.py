"""Deliveries that made no event are stored with their reason, within bounds, for a time that each row states."""

from datetime import datetime, timedelta

from django.db import migrations, models
from django.utils import timezone

from automate.kernel.models import check

GUARD = """
CREATE FUNCTION refuse_to_forget_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.expires_at > now() AND NOT (
        coalesce(current_setting('automate.retention', true), '') = 'on'
        AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')
    ) THEN
        RAISE EXCEPTION '% on %.% is refused: its rows are immutable', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER delivery_immutable ON delivery;
CREATE TRIGGER delivery_immutable BEFORE UPDATE OR TRUNCATE ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change();
CREATE TRIGGER delivery_kept BEFORE DELETE ON delivery FOR EACH ROW EXECUTE FUNCTION refuse_to_forget_delivery();
"""
UNGUARD = """
DROP TRIGGER delivery_kept ON delivery;
DROP FUNCTION refuse_to_forget_delivery();
DROP TRIGGER delivery_immutable ON delivery;
CREATE TRIGGER delivery_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION public.automate_refuse_change();
"""


def _in_a_week() -> datetime:
    """The default for deliveries that were recorded before."""
    return timezone.now() + timedelta(days=7)


class Migration(migrations.Migration):
    dependencies = [("events", "0004_sources")]

    operations = [
        migrations.AlterField(model_name="delivery", name="event_id", field=models.UUIDField(null=True)),
        migrations.AddField(
            model_name="delivery",
            name="type",
            field=models.CharField(blank=True, default="", max_length=255),
            preserve_default=False,
        ),
        migrations.AddField(model_name="delivery", name="reason", field=models.JSONField(null=True)),
        migrations.AddField(model_name="delivery", name="secret_version", field=models.IntegerField(null=True)),
        migrations.AddField(model_name="delivery", name="headers", field=models.JSONField(default=dict)),
        migrations.AddField(
            model_name="delivery",
            name="sealed_headers",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(model_name="delivery", name="body", field=models.BinaryField(null=True)),
        migrations.AddField(model_name="delivery", name="payload_bytes", field=models.IntegerField(default=0)),
        migrations.AddField(
            model_name="delivery",
            name="expires_at",
            field=models.DateTimeField(default=_in_a_week),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="delivery", index=models.Index(fields=["source_id", "id"], name="delivery_source")
        ),
        migrations.AddIndex(model_name="delivery", index=models.Index(fields=["expires_at"], name="delivery_expiry")),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=check(
                "delivery_repeats_an_event", models.Q(outcome="REFUSED") | models.Q(event_id__isnull=False)
            ),
        ),
        migrations.CreateModel(
            name="DeliveryTally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source_id", models.UUIDField()),
                ("outcome", models.CharField(max_length=16)),
                ("day", models.DateField()),
                ("kept", models.IntegerField()),
                ("kept_bytes", models.BigIntegerField()),
                ("unkept", models.BigIntegerField()),
                ("fits", models.BooleanField()),
            ],
            options={
                "db_table": "delivery_tally",
                "constraints": [
                    models.UniqueConstraint(fields=("source_id", "outcome", "day"), name="delivery_tally_once")
                ],
            },
        ),
        migrations.AddField(model_name="event", name="redelivered_from_id", field=models.UUIDField(null=True)),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(redelivered_from_id__isnull=False),
                fields=["redelivered_from_id"],
                name="event_redelivered",
            ),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
