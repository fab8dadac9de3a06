"""Removes expired rows of some tenants. These tenants are chosen at random."""

from __future__ import annotations

import time

import structlog
from django.db import ProgrammingError, connections

from automate.kernel.errors import NormalizedError
from automate.kernel.roles import DIRECTORY_ROLE
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from automate.rules import retention
from automate.vault.services import forget_expired
from tenants.queries import some_tenants
from tenants.retention_queries import FEED_LOGS, FEED_ROWS_AT_ONCE, forget_trials, prune_feed_log
from tenants.routers import ADMIN
from tenants.sign_in.seed_queries import forget_expired as forget_expired_sessions
from tenants.sign_in.seed_queries import reseal_seeds
from tenants.use_queries import forget_addresses

log = structlog.get_logger(__name__)

TENANTS_AT_ONCE = 20


def maintain(seconds: float) -> None:
    """Remove expired rows of some tenants. Stop after about ``seconds``."""
    until = time.monotonic() + seconds
    _maintain_people()
    with acting_for_platform("choose tenants to look after", DIRECTORY_ROLE):
        chosen = some_tenants(TENANTS_AT_ONCE)
    for tenant in chosen:
        if time.monotonic() >= until:
            return
        try:
            _maintain(tenant, until)
        except ProgrammingError as error:
            # Its schema is older than this release. It is tried again after its migration.
            log.warning("tenant not looked after", tenant=tenant.slug, error=str(error))


def _maintain_people() -> None:
    forget_expired_sessions(connections[ADMIN])
    try:
        reseal_seeds(connections[ADMIN])
    except NormalizedError as error:
        # An operator removed an old master key too early. That person's second factor must be switched off.
        log.warning("seeds of second factors were not sealed again", error=str(error.__cause__ or error))


def _maintain(tenant: TenantRef, until: float) -> None:
    with acting_for(tenant):
        forget_expired()
        while retention.tidy() and time.monotonic() < until:
            pass
    forget_trials(connections[ADMIN], tenant.schema)
    forget_addresses(connections[ADMIN], tenant.id)
    for table in FEED_LOGS:
        _prune(tenant, table, until)


def _prune(tenant: TenantRef, table: str, until: float) -> None:
    # Stops early when the time is over.
    count, place = prune_feed_log(connections[ADMIN], tenant.schema, table)
    while count == FEED_ROWS_AT_ONCE and time.monotonic() < until:
        count, place = prune_feed_log(connections[ADMIN], tenant.schema, table, place)
