"""The table of members, which no release has written, gives way to ``people.Membership``."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_token_scopes")]

    operations = [migrations.DeleteModel("Member")]
