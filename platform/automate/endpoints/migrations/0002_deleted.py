"""An endpoint can be deleted: its row stays for its deliveries, without secrets, and its slug is free for another one."""

from django.db import migrations, models

from automate.kernel.models import check


class Migration(migrations.Migration):
    dependencies = [("endpoints", "0001_initial")]

    operations = [
        migrations.AddField("webhookendpoint", "deleted_at", models.DateTimeField(null=True)),
        migrations.AlterField("webhookendpoint", "slug", models.CharField(max_length=64)),
        migrations.AddIndex("webhookendpoint", models.Index(fields=["slug", "id"], name="webhook_endpoint_slug")),
        migrations.AddConstraint(
            "webhookendpoint",
            models.UniqueConstraint(
                condition=models.Q(("deleted_at__isnull", True)), fields=("slug",), name="webhook_endpoint_slug_once"
            ),
        ),
        migrations.AddConstraint(
            "webhookendpoint",
            check(
                "webhook_endpoint_deleted_signs_nothing",
                models.Q(("deleted_at__isnull", True), ("secrets", []), _connector="OR"),
            ),
        ),
    ]
