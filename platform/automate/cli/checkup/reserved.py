"""Finds budgets that reserve an amount although no call needs this amount."""

from __future__ import annotations

from collections.abc import Iterator

from automate.cli.checkup import queries
from automate.cli.checkup.finding import Finding, fail, ok, warn
from automate.kernel.roles import DIRECTORY_ROLE

MOST_TENANTS = 200
"""The number of tenants that are checked, with one statement for each."""
MOST_NAMED = 5
FIX = (
    "If workers of an earlier release also run, the next window is correct again. Otherwise, report this as a bug. Until the "
    "window ends, the budget allows too little or too much."
)


def reserved(url: str) -> Iterator[Finding]:
    """Check the reserved amount of each budget. It must equal the amounts of the calls whose outcome is unknown."""
    try:
        with queries.connected(url) as connection:
            queries.as_role(connection, DIRECTORY_ROLE)
            found: list[Finding] = []
            for tenant_id, schema, tenant in queries.rows(connection, queries.RESERVING, [MOST_TENANTS]):
                queries.as_tenant(connection, schema)
                for metric, window, held, of_calls in queries.rows(connection, queries.UNRESERVED, [tenant_id]):
                    said = f"The budget {metric} per {window} of {tenant} reserves {held:,}, but its calls need {of_calls:,}"
                    found.append(warn(said, FIX))
    except queries.AWAY as error:
        said = " ".join(str(error).split())
        yield fail(f"The reservations cannot be read: {said}", "Bring the tables up to date: automate migrate")
        return
    yield from found[:MOST_NAMED] or [ok("Budgets reserve what calls in flight need")]
