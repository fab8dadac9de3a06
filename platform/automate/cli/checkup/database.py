"""The checks of PostgreSQL: version, durability, roles, migrations and backlog."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from django.conf import settings

from automate.cli.checkup import queries
from automate.cli.checkup.finding import Finding, address, fail, ok, warn
from automate.cli.checkup.logins import logins
from automate.cli.checkup.migrations import migrations
from automate.kernel.limits import LIMITS
from automate.kernel.roles import ADMIN_LOGIN, GROUP_ATTRIBUTES, PLATFORM_ROLE, WEB_LOGIN

OLDEST_VERSION = 140_000
CLOCK_WARN_SECONDS, CLOCK_FAIL_SECONDS = 1.0, 60.0
"""Signatures of webhooks are valid for five minutes by the clock of the web process."""

ADMIN_URL = "AUTOMATE_ADMIN_DATABASE_URL"
BACKLOG_SECONDS = 30.0
HORIZON_SECONDS = 30.0
FULL = 0.8
"""The share of the locks that a dump may take, because other statements need locks too. It is also the share of any
limit above which there is a warning."""
SHOWN = 5
"""The maximum number of tenants in one finding."""
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
FORBIDDEN = ("superuser", "inherit", "createrole", "createdb", "bypassrls", "replication")
"""Attributes that the application's role must not have, in the order of the columns of queries.ROLES."""


def _user(url: str) -> str:
    return unquote(urlsplit(url).username or "")


def database(url: str, admin_url: str, given: Mapping[str, str]) -> Iterator[Finding]:
    """Check a database. ``given`` maps logins to URLs. A login is missing if the environment has no URL for it."""
    try:
        with queries.connected(url) as connection:
            yield ok(f"PostgreSQL answers at {address(url)}")
            yield from _server(connection)
            user, settled = connection.info.user, True
            for finding in _roles(connection, user, _user(admin_url)):
                settled = settled and finding.state != "fail"
                yield finding
            if settled:
                yield from logins(connection, user, given)
            if not admin_url:
                yield from _as_platform(connection)
            yield _dump(*queries.rows(connection, queries.LOCKS)[0])
    except queries.AWAY as error:
        said = " ".join(str(error).split())
        yield fail(f"PostgreSQL at {address(url)}: {said}", "Start PostgreSQL, or correct DATABASE_URL.")
        return
    yield from _owned(admin_url)


def _server(connection: queries.Connection) -> Iterator[Finding]:
    number = connection.info.server_version
    version = f"PostgreSQL {connection.info.parameter_status('server_version')}"
    if number >= OLDEST_VERSION:
        yield ok(version)
    else:
        yield fail(f"{version} is too old", "Use PostgreSQL 14 or newer.")
    values: dict[str, str] = dict(queries.rows(connection, queries.SETTINGS, [list(DURABLE)]))
    off = [name for name in DURABLE if values.get(name) == "off"]
    if off:
        yield fail(f"{', '.join(off)} is off: accepted events can be lost", f"Set {' and '.join(off)} to on.")
    else:
        yield ok("Commits are durable (" + ", ".join(f"{name} {values[name]}" for name in DURABLE) + ")")
    ahead = queries.clock_difference(connection)
    said = f"The database's clock is {abs(ahead):.2f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    if abs(ahead) < CLOCK_WARN_SECONDS:
        yield ok("Clocks agree")
    elif abs(ahead) < CLOCK_FAIL_SECONDS:
        yield warn(said, "Synchronize the clocks of both machines with NTP.")
    else:
        yield fail(said, "Synchronize the clocks with NTP, because signatures of webhooks are valid for five minutes.")


def _roles(connection: queries.Connection, user: str, admin: str) -> Iterator[Finding]:
    named = [user, admin or ADMIN_LOGIN, *GROUP_ATTRIBUTES]
    found = {
        name: dict(zip(FORBIDDEN, attributes, strict=True))
        for name, *attributes in queries.rows(connection, queries.ROLES, [named])
    }
    missing = [name for name in GROUP_ATTRIBUTES if name not in found]
    if missing:
        yield fail(f"The role {missing[0]} is missing", "Create it: automate migrate")
    if admin and admin == user:
        yield fail(
            f"The role {user} is used by the application and owns the tables",
            f"Set DATABASE_URL to a URL of {WEB_LOGIN}, which `automate roles` creates.",
        )
    has = [name for name, held in found[user].items() if held]
    ((owned,),) = queries.rows(connection, queries.OWNED, [user])
    if has or owned:
        too_much = [*has, *([f"ownership of {owned} objects"] if owned else [])]
        fix = f"Connect as {WEB_LOGIN}, which `automate roles` creates. With more rights, tenants are not isolated."
        yield fail(f"The application's role {user} has too many rights: {', '.join(too_much)}", fix)
    elif admin != user:
        yield ok(f"The application's role {user} owns nothing and inherits nothing")


def _as_platform(connection: queries.Connection) -> Iterator[Finding]:
    # The owner's login is not needed.
    try:
        queries.as_role(connection, PLATFORM_ROLE)
    except queries.AWAY:
        connection.rollback()
        yield warn(
            "The queue was not checked", f"Run doctor with {ADMIN_URL} set: only the owner can read the whole queue."
        )
        return
    yield from _tables(connection)


def _since_restore(epoch: int, raised_at: str | None, restored: int, *, copied: bool) -> Iterator[Finding]:
    # `copied`: no relay or worker has started since the restore.
    if copied:
        fix = "Start relay and workers. The first of these processes raises the epoch. Then open work waits for `automate release`."
        yield warn("This database was restored from a copy, and no relay or worker has started since", fix)
    if restored:
        fix = "The next effects of these jobs may have happened already. Check the jobs in each tenant: automate held. Then release the jobs: automate release."
        yield warn(f"{restored:,} jobs wait because the database was restored at {raised_at} UTC, epoch {epoch}", fix)
    elif not copied:
        yield ok(f"Nothing waits since a restore; the database's epoch is {epoch}")


def _tables(connection: queries.Connection) -> Iterator[Finding]:
    try:
        ((spares,),) = queries.rows(connection, queries.SPARES)
        ((dead,),) = queries.rows(connection, queries.DEAD)
        ((epoch, raised_at, restored, copied),) = queries.rows(connection, queries.RESTORED)
        ((waiting, age),) = queries.rows(connection, queries.BACKLOG)
        crowded = queries.rows(connection, queries.CROWDED, [int(LIMITS.waiting_runs * FULL)])
        astray = queries.rows(connection, queries.ASTRAY)
        unbalanced = queries.rows(connection, queries.UNBALANCED)
    except queries.AWAY as error:
        said = " ".join(str(error).split())
        yield fail(f"The tables cannot be read: {said}", "Bring them up to date: automate migrate")
        return
    wanted = settings.SPARE_SCHEMAS
    if spares < wanted:
        yield warn(
            f"{spares} of {wanted} spare schemas are ready",
            "Check that `automate scheduler` runs. It creates spare schemas.",
        )
    else:
        yield ok(f"{spares} spare schemas are ready for new tenants")
    if dead:
        fix = (
            "The runs of the jobs and the worker's log state the causes. Fix the causes. Then redrive the jobs in each tenant's GraphQL API:"
            " outboxJobs(filter: {states: DEAD}), then redriveJobs."
        )
        yield warn(f"{dead} dead jobs wait for an operator", fix)
    else:
        yield ok("No dead jobs")
    yield from _since_restore(epoch, raised_at, restored, copied=copied)
    if age > BACKLOG_SECONDS:
        yield warn(
            f"{waiting} jobs are due, the oldest for {age:.0f} s",
            "Check that `automate relay` runs, or start more workers.",
        )
    else:
        yield ok(f"{waiting} jobs are due" if waiting else "No job is due")
    if crowded:
        slug, held = crowded[0]
        others = f", and {len(crowded) - 1} more tenants are near it" if crowded[1:] else ""
        yield warn(
            f"{slug} has {held:,} open runs; the limit waiting_runs is {LIMITS.waiting_runs:,}{others}",
            "Further runs wait until an open run ends. Shorten the waits in the tenant's workflows, or cancel runs that need not wait.",
        )
    yield from _slots(astray)
    yield from _ledger(unbalanced)
    ((lag, oldest),) = queries.rows(connection, queries.HORIZON)
    if oldest > HORIZON_SECONDS:
        fix = "Feeds wait for this transaction. End the transaction (pg_stat_activity, pg_terminate_backend)."
        yield warn(f"A transaction has been writing for {oldest:.0f} s", fix)
    else:
        yield ok(f"The feed's horizon lags {lag} transactions")


def _slots(astray: Sequence[tuple[str, int, int]]) -> Iterator[Finding]:
    # Each item is a tuple: tenant, run slots without an open job, runs above the budget.
    if not astray:
        yield ok("Run slots agree with the open runs")
    for slug, ended, above in astray[:SHOWN]:
        if ended:
            said = f"{slug} has {ended:,} run slots of runs that have no open job"
            fix = "These slots count against the tenant's limits. Report this fault, then DELETE FROM budget_slot the rows whose holder_id is no open job's subject_id."
            yield warn(said, fix)
        if above:
            said = f"{slug} has {above:,} more running runs than the budget concurrent_runs of this tenant allows"
            yield warn(
                said,
                "The budget was lowered, or workers of an earlier release also run. The excess ends when these runs end.",
            )


def _ledger(unbalanced: Sequence[tuple[str, str, str, int, int]]) -> Iterator[Finding]:
    # Each item is a tuple: tenant, metric, window, the balance, and the sum of the ledger.
    if not unbalanced:
        yield ok("Budgets agree with their ledger")
    for slug, metric, window, balance, total in unbalanced[:SHOWN]:
        yield warn(
            f"The budget {metric} per {window} of {slug} counts {balance:,} used and reserved, "
            f"but the entries in the ledger of the budget sum to {total:,}",
            "Workers of an earlier release write no entries in the ledger. If such workers run, the counts agree again in the next window. Otherwise report this.",
        )


def _dump(tables: int, sessions: int, locks_each: int) -> Finding:
    locks = sessions * locks_each
    if tables <= locks * FULL:
        return ok(f"A dump of all {tables:,} tables fits into {locks:,} locks")
    wanted = 1 << math.ceil(math.log2(2 * tables / sessions))
    return warn(
        f"A dump locks {tables:,} tables, and the server has {locks:,} locks",
        f"Set max_locks_per_transaction to {wanted} and restart PostgreSQL, or pg_dump will fail.",
    )


def _owned(admin_url: str) -> Iterator[Finding]:
    if not admin_url:
        fix = f"Run doctor once with {ADMIN_URL} set: only the owner can read the applied migrations."
        yield warn("Migrations were not checked", fix)
        return
    try:
        with queries.connected(admin_url) as connection:
            yield from _tables(connection)
            yield migrations(connection)
    except queries.AWAY as error:
        said = " ".join(str(error).split())
        yield fail(f"The owner's login at {address(admin_url)}: {said}", f"Correct {ADMIN_URL}, or: automate migrate")
