"""The index of a tenant's part of the platform's record."""

from django.db import migrations, models

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tenants", "0006_audited_tenant")]

    operations = [
        AddIndexWithoutLock(
            "platformauditentry", models.Index(fields=["tenant_id", "id"], name="platform_audit_by_tenant")
        ),
    ]
