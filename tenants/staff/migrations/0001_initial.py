"""Permissions of the platform's staff, and the rows that the staff's role sees."""

from django.db import migrations, models

from automate.kernel.guards import Policy, with_policy
from automate.kernel.roles import STAFF_ROLE
from tenants.staff.guards import STAFF_PROVEN
from tenants.staff.models import STAFF_PERMISSIONS

PROVEN = "(SELECT public.automate_staff_proven())"
OWN_SIGN_IN = "proof = encode(sha256(convert_to(current_setting('automate.proof', true), 'UTF8')), 'hex')"
ROWS = ", ".join(f"('{codename}', '{name.replace(chr(39), chr(39) * 2)}')" for codename, name in STAFF_PERMISSIONS)
# Django makes such rows after its own migrate command, which this platform does not use.
INSERT_PERMISSIONS = f"""
INSERT INTO django_content_type (app_label, model) VALUES ('staff', 'staffpermissions') ON CONFLICT DO NOTHING;
INSERT INTO auth_permission (codename, name, content_type_id)
SELECT p.codename, p.name, t.id FROM (VALUES {ROWS}) AS p (codename, name)
JOIN django_content_type t ON t.app_label = 'staff' AND t.model = 'staffpermissions'
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """Each statement locks one table for a short time."""

    atomic = False
    initial = True
    dependencies = [
        ("people", "0002_guards"),
        ("tenants", "0009_members_are_people"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffPermissions",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={"managed": False, "default_permissions": (), "permissions": STAFF_PERMISSIONS},
        ),
        migrations.RunSQL(INSERT_PERMISSIONS, migrations.RunSQL.noop),
        # automate_staff_proven reads these two tables, so their policies cannot call it.
        with_policy(Policy("sign_in", STAFF_ROLE, "SELECT", using=OWN_SIGN_IN)),
        with_policy(Policy("person", STAFF_ROLE, "SELECT")),
        migrations.RunSQL(STAFF_PROVEN, "DROP FUNCTION public.automate_staff_proven()"),
        *(
            with_policy(Policy(table, STAFF_ROLE, "SELECT", using=PROVEN))
            for table in ("tenant", "membership", "api_token", "api_token_use", "platform_audit_entry")
        ),
        with_policy(Policy("api_token", STAFF_ROLE, "UPDATE", using=PROVEN, check=PROVEN)),
        with_policy(Policy("platform_audit_entry", STAFF_ROLE, "INSERT", using="", check=PROVEN)),
    ]
