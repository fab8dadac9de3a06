"""The text of an approval's form beside the form: jsonb keeps no order of fields.

Processes of the release before leave the text null; such a form has the order of jsonb.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0034_approval_orders")]

    operations = [migrations.AddField("approval", "written", models.TextField(null=True))]
