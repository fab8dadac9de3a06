"""Indexes of the filters of auditEntries, and of its export."""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from automate.kernel.indexes import AddIndexWithoutLock


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0003_commit_order")]

    operations = [
        AddIndexWithoutLock("auditentry", models.Index(fields=["object_id", "id"], name="audit_entry_by_object")),
        AddIndexWithoutLock("auditentry", models.Index(fields=["actor_id", "id"], name="audit_entry_by_actor")),
        AddIndexWithoutLock("auditentry", models.Index(fields=["action", "id"], name="audit_entry_by_action")),
        AddIndexWithoutLock("auditentry", models.Index(Coalesce("xid", 0), "id", name="audit_entry_by_commit")),
    ]
