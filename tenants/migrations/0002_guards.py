"""The functions that all guards call, and row-level security on the tenants' own rows."""

from django.db import migrations

from automate.kernel.guards import REFUSE_CHANGE, TENANT_ID, own_rows_only


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION public.automate_refuse_change()"),
        migrations.RunSQL(TENANT_ID, "DROP FUNCTION public.automate_tenant_id()"),
        own_rows_only("tenant", "id"),
        own_rows_only("member"),
        own_rows_only("api_token"),
        own_rows_only("spare_schema"),
    ]
