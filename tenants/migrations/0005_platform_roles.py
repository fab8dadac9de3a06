"""Row-level security for the roles that the platform's one role is split into.

Each statement is a transaction of its own, so that it locks one table only, and briefly, while processes work.
"""

from django.db import migrations

from automate.kernel.guards import OPERATOR_PROVEN, Policy, platform_rows_only, with_policy
from automate.kernel.roles import AUTHENTICATION_ROLE, DIRECTORY_ROLE, METRICS_ROLE, OPERATOR_ROLE, QUEUE_ROLE

PROVEN = "(SELECT public.automate_operator_proven())"


def read(table: str, role: str) -> Policy:
    return Policy(table, role, "SELECT")


def operated(table: str) -> Policy:
    return Policy(table, OPERATOR_ROLE, "ALL", using=PROVEN, check=PROVEN)


POLICIES = [
    read("api_token", AUTHENTICATION_ROLE),
    read("tenant", AUTHENTICATION_ROLE),
    read("outbox_lane", AUTHENTICATION_ROLE),
    read("tenant", DIRECTORY_ROLE),
    read("outbox_lane", DIRECTORY_ROLE),
    read("outbox_job", QUEUE_ROLE),
    # An open job stays open, and a final job is unchanged. Rows that are read need no check: it would come before the
    # conditions that indexes serve.
    Policy("outbox_job", QUEUE_ROLE, "UPDATE", check="open"),
    read("outbox_lane", QUEUE_ROLE),
    *(read(table, METRICS_ROLE) for table in ("outbox_job", "outbox_lane", "budget_slot", "tenant")),
    # automate_operator_proven reads api_token, so this policy cannot call it.
    read("api_token", OPERATOR_ROLE),
    Policy("api_token", OPERATOR_ROLE, "INSERT", using="", check=PROVEN),
    Policy("api_token", OPERATOR_ROLE, "UPDATE", using=PROVEN, check=PROVEN),
    read("tenant", OPERATOR_ROLE),
    Policy("tenant", OPERATOR_ROLE, "INSERT", using="", check=PROVEN),
    Policy("tenant", OPERATOR_ROLE, "UPDATE", using=PROVEN, check=PROVEN),
    operated("budget"),
    operated("outbox_lane"),
    operated("spare_schema"),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tenants", "0004_proof"), ("outbox", "0007_parked_by_cause"), ("budgets", "0004_working_index")]

    operations = [
        migrations.RunSQL(OPERATOR_PROVEN, "DROP FUNCTION public.automate_operator_proven()"),
        *map(with_policy, POLICIES),
        platform_rows_only("spare_demand", [operated("spare_demand")]),
        platform_rows_only(
            "platform_audit_entry",
            [
                Policy("platform_audit_entry", OPERATOR_ROLE, "INSERT", using="", check=PROVEN),
            ],
        ),
    ]
