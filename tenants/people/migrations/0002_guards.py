"""Row-level security on people, and the proofs that their writes need."""

from django.db import migrations

from automate.kernel.guards import TENANT_OF_ROW, Policy, platform_rows_only, with_policy
from automate.kernel.roles import AUTHENTICATION_ROLE, OPERATOR_ROLE, TENANT_GROUP_ROLE
from tenants.people.guards import (
    INVITED_EMAIL,
    KEEP_AN_OWNER,
    KEEPS_AN_OWNER,
    SIGNED_IN_USER,
    TENANT_MANAGER,
    TENANT_MAY,
    TENANT_PROVEN,
    TENANT_PROVEN_BY_TOKEN,
)

OPERATED = "(SELECT public.automate_operator_proven())"
# Only the login of web manages people. A worker acts for tenants, too, and reads addresses for its mails.
WEB = f"(SELECT pg_has_role(session_user, '{AUTHENTICATION_ROLE}', 'MEMBER'))"
MANAGED = f"{TENANT_OF_ROW} AND {WEB} AND (SELECT public.automate_tenant_may('manage_members'))"
INVITED = "(SELECT public.automate_invited_email())"
OWN_ROLE = (
    "EXISTS (SELECT FROM public.invitation i JOIN public.person p ON p.email = i.email"
    f" WHERE p.id = membership.user_id AND i.email = {INVITED} AND i.role = membership.role"
    " AND i.tenant_id = membership.tenant_id AND i.accepted_at IS NULL AND i.revoked_at IS NULL)"
)
MEMBER_HERE = (
    "EXISTS (SELECT FROM public.membership m WHERE m.user_id = person.id AND m.tenant_id = public.automate_tenant_id())"
)
OWN_SIGN_IN = "proof = encode(sha256(convert_to(current_setting('automate.proof', true), 'UTF8')), 'hex')"


class Migration(migrations.Migration):
    """Each statement locks one table for a short time."""

    atomic = False
    dependencies = [("people", "0001_initial"), ("outbox", "0007_parked_by_cause")]

    operations = [
        migrations.RunSQL(SIGNED_IN_USER, "DROP FUNCTION public.automate_signed_in_user()"),
        migrations.RunSQL(TENANT_MANAGER, "DROP FUNCTION public.automate_tenant_manager(uuid)"),
        migrations.RunSQL(TENANT_MAY, "DROP FUNCTION public.automate_tenant_may(text)"),
        migrations.RunSQL(INVITED_EMAIL, "DROP FUNCTION public.automate_invited_email()"),
        platform_rows_only(
            "sign_in",
            [
                Policy("sign_in", AUTHENTICATION_ROLE, "ALL", check="true"),
                Policy("sign_in", TENANT_GROUP_ROLE, "SELECT", using=OWN_SIGN_IN),
            ],
        ),
        platform_rows_only(
            "membership",
            [
                Policy("membership", AUTHENTICATION_ROLE, "SELECT"),
                Policy("membership", OPERATOR_ROLE, "SELECT"),
                Policy("membership", TENANT_GROUP_ROLE, "SELECT", using=TENANT_OF_ROW),
                Policy(
                    "membership",
                    TENANT_GROUP_ROLE,
                    "INSERT",
                    using="",
                    check=f"{TENANT_OF_ROW} AND {WEB} AND {OWN_ROLE}",
                ),
                Policy("membership", TENANT_GROUP_ROLE, "UPDATE", using=MANAGED, check=MANAGED),
                Policy(
                    "membership",
                    TENANT_GROUP_ROLE,
                    "DELETE",
                    using=f"{MANAGED} OR ({TENANT_OF_ROW} AND user_id = (SELECT public.automate_signed_in_user()))",
                ),
            ],
        ),
        platform_rows_only(
            "invitation",
            [
                Policy("invitation", AUTHENTICATION_ROLE, "SELECT"),
                Policy("invitation", OPERATOR_ROLE, "ALL", using=OPERATED, check=OPERATED),
                Policy("invitation", TENANT_GROUP_ROLE, "SELECT", using=TENANT_OF_ROW),
                Policy("invitation", TENANT_GROUP_ROLE, "INSERT", using="", check=MANAGED),
                Policy(
                    "invitation",
                    TENANT_GROUP_ROLE,
                    "UPDATE",
                    using=f"{MANAGED} OR ({TENANT_OF_ROW} AND {WEB} AND {OWN_SIGN_IN.replace('proof =', 'token_hash =')})",
                    check=TENANT_OF_ROW,
                ),
            ],
        ),
        platform_rows_only(
            "person",
            [
                Policy("person", AUTHENTICATION_ROLE, "SELECT"),
                # Sign-ups cannot create staff.
                Policy("person", AUTHENTICATION_ROLE, "INSERT", using="", check="NOT is_staff AND NOT is_superuser"),
                Policy("person", AUTHENTICATION_ROLE, "UPDATE", check="true"),
                Policy("person", OPERATOR_ROLE, "SELECT"),
                Policy("person", TENANT_GROUP_ROLE, "SELECT", using=f"{MEMBER_HERE} OR email = {INVITED}"),
            ],
        ),
        with_policy(
            Policy(
                "outbox_job",
                OPERATOR_ROLE,
                "INSERT",
                using="",
                check=f"topic = 'invitation.notify' AND state = 'pending' AND {OPERATED}",
            )
        ),
        migrations.RunSQL(KEEP_AN_OWNER, "DROP FUNCTION public.automate_keep_an_owner()"),
        migrations.RunSQL(KEEPS_AN_OWNER, "DROP TRIGGER membership_keeps_an_owner ON membership"),
        migrations.RunSQL(TENANT_PROVEN, TENANT_PROVEN_BY_TOKEN),
    ]
