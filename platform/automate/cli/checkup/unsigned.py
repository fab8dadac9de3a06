"""Finds sources that read an event's type or key from unsigned headers."""

from __future__ import annotations

from collections.abc import Iterator

from automate.cli.checkup import queries
from automate.cli.checkup.finding import Finding, fail, ok, warn
from automate.kernel.roles import DIRECTORY_ROLE

MOST_TENANTS = 200
"""The number of tenants that are checked, with one statement for each."""
MOST_NAMED = 5
FIX = (
    "Let the senders put type, subject and key into the body, or sign these headers. Then save each source with trustUnsignedHeaders: "
    "false. See docs/sources.md."
)


def unsigned(url: str) -> Iterator[Finding]:
    """Check the sources of all tenants."""
    try:
        with queries.connected(url) as connection:
            queries.as_role(connection, DIRECTORY_ROLE)
            found: list[str] = []
            for _, schema, tenant in queries.rows(connection, queries.TENANTS, [MOST_TENANTS]):
                queries.as_tenant(connection, schema)
                found += [f"{tenant}/{slug}" for (slug,) in queries.rows(connection, queries.TRUSTING)]
    except queries.AWAY as error:
        said = " ".join(str(error).split())
        yield fail(f"The sources cannot be read: {said}", "Bring the tables up to date: automate migrate")
        return
    if not found:
        yield ok("No source trusts unsigned headers")
        return
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    yield warn(f"{len(found)} sources trust unsigned headers: {', '.join(found[:MOST_NAMED])}{more}", FIX)
