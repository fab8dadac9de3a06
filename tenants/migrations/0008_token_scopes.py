"""Tokens have scopes, addresses and a maker, and the addresses that used them are known."""

from django.db import migrations, models

from automate.kernel.guards import TENANT_OF_ROW, TENANT_PROVEN, Policy, platform_rows_only, with_policy
from automate.kernel.roles import AUTHENTICATION_ROLE, OPERATOR_ROLE, TENANT_GROUP_ROLE

# Only the login of web looks tokens up. A worker acts for tenants, too, and has nothing to do with their tokens.
OWN = f"{TENANT_OF_ROW} AND (SELECT pg_has_role(session_user, '{AUTHENTICATION_ROLE}', 'MEMBER'))"
PROVEN = f"{OWN} AND (SELECT public.automate_tenant_proven())"
OF_ALL_COMMANDS = "CREATE POLICY api_token_tenant ON api_token TO automate_tenant USING ({0}) WITH CHECK ({0})"


class Migration(migrations.Migration):
    """Each statement locks one table for a short time."""

    atomic = False
    dependencies = [("tenants", "0007_audited_tenant_index")]

    operations = [
        # Nullable, so that processes of the former release make tokens meanwhile.
        migrations.AddField("apitoken", "scopes", models.JSONField(null=True)),
        migrations.AddField("apitoken", "allowed_ips", models.JSONField(null=True)),
        migrations.AddField("apitoken", "created_by", models.JSONField(null=True)),
        migrations.AddIndex("apitoken", models.Index(fields=["tenant", "id"], name="api_token_by_tenant")),
        migrations.CreateModel(
            name="ApiTokenUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_id", models.UUIDField()),
                ("tenant_id", models.UUIDField(null=True)),
                ("address", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField()),
            ],
            options={
                "db_table": "api_token_use",
                "constraints": [models.UniqueConstraint(fields=("token_id", "address"), name="api_token_use_once")],
                "indexes": [models.Index(fields=["tenant_id", "used_at"], name="api_token_use_by_tenant")],
            },
        ),
        platform_rows_only(
            "api_token_use",
            [
                Policy("api_token_use", AUTHENTICATION_ROLE, "ALL", check="true"),
                Policy("api_token_use", OPERATOR_ROLE, "SELECT"),
                Policy("api_token_use", TENANT_GROUP_ROLE, "SELECT", using=TENANT_OF_ROW),
            ],
        ),
        migrations.RunSQL(TENANT_PROVEN, "DROP FUNCTION public.automate_tenant_proven()"),
        migrations.RunSQL("DROP POLICY IF EXISTS api_token_tenant ON api_token", OF_ALL_COMMANDS.format(TENANT_OF_ROW)),
        # automate_tenant_proven reads api_token, so this policy cannot call it.
        with_policy(Policy("api_token", TENANT_GROUP_ROLE, "SELECT", using=OWN)),
        with_policy(Policy("api_token", TENANT_GROUP_ROLE, "INSERT", using="", check=PROVEN)),
        with_policy(Policy("api_token", TENANT_GROUP_ROLE, "UPDATE", using=PROVEN, check=PROVEN)),
    ]
