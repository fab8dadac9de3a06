"""Sessions of browsers, and row-level security on all that signs people in."""

from django.db import migrations, models

from automate.kernel.guards import Policy, platform_rows_only, with_policy
from automate.kernel.roles import AUTHENTICATION_ROLE

ENDS_SIGN_INS = """
CREATE OR REPLACE FUNCTION public.automate_password_ends_sign_ins() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM public.sign_in WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
"""
"""A new password ends the person's sign-ins at once, whichever way it is set. The session that sets it begins anew."""
TRIGGER = """
CREATE TRIGGER person_password_ends_sign_ins AFTER UPDATE OF password ON person
FOR EACH ROW WHEN (OLD.password IS DISTINCT FROM NEW.password) EXECUTE FUNCTION public.automate_password_ends_sign_ins()
"""


def whole(table: str) -> Policy:
    return Policy(table, AUTHENTICATION_ROLE, "ALL", check="true")


class Migration(migrations.Migration):
    """Each statement locks one table for a short time."""

    atomic = False
    dependencies = [
        ("people", "0002_guards"),
        ("tenants", "0009_members_are_people"),
        ("account", "0001_initial"),
        ("mfa", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("session_key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("session_data", models.TextField()),
            ],
            options={"db_table": "browser_session"},
        ),
        platform_rows_only("browser_session", [whole("browser_session")]),
        platform_rows_only("account_emailaddress", [Policy("account_emailaddress", AUTHENTICATION_ROLE, "SELECT")]),
        platform_rows_only("account_emailconfirmation", []),
        platform_rows_only("mfa_authenticator", [whole("mfa_authenticator")]),
        migrations.RunSQL(ENDS_SIGN_INS, "DROP FUNCTION public.automate_password_ends_sign_ins()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER person_password_ends_sign_ins ON person"),
        # Sign-ins write no other entry of the platform's record.
        with_policy(
            Policy("platform_audit_entry", AUTHENTICATION_ROLE, "INSERT", using="", check="action LIKE 'person.%'")
        ),
    ]
