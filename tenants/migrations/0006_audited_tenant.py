"""A tenant reads the acts of the platform upon it."""

from django.db import migrations, models

from automate.kernel.guards import TENANT_OF_ROW, Policy, with_policy
from automate.kernel.roles import TENANT_GROUP_ROLE

DEFAULT = "ALTER TABLE platform_audit_entry ALTER COLUMN xid SET DEFAULT pg_current_xact_id()::text::bigint"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_platform_roles")]

    operations = [
        migrations.AddField("platformauditentry", "xid", models.BigIntegerField(editable=False, null=True)),
        migrations.RunSQL(DEFAULT, "ALTER TABLE platform_audit_entry ALTER COLUMN xid DROP DEFAULT"),
        migrations.AddField("platformauditentry", "tenant_id", models.UUIDField(null=True)),
        with_policy(Policy("platform_audit_entry", TENANT_GROUP_ROLE, "SELECT", using=TENANT_OF_ROW)),
    ]
