"""No query looks for the beginning of a key, so each effect pays for an index that nothing reads: Django makes it for each CharField that
is unique. Dropping it waits for the transactions of the moment and takes no time.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("runs", "0031_run_hours")]

    operations = [migrations.RunSQL("DROP INDEX IF EXISTS effect_key_11069b84_like", migrations.RunSQL.noop)]
