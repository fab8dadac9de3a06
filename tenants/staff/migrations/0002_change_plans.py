"""The permission ``change_plans`` of the platform's staff."""

import importlib

from django.db import migrations

INSERT_PERMISSIONS = importlib.import_module("tenants.staff.migrations.0001_initial").INSERT_PERMISSIONS


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]

    operations = [migrations.RunSQL(INSERT_PERMISSIONS, migrations.RunSQL.noop)]
