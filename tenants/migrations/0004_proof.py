"""What a platform token proves to row-level security."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_platform_audit")]

    operations = [
        migrations.AddField("apitoken", "proof", models.CharField(max_length=64, null=True)),
    ]
