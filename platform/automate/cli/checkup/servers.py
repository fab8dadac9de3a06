"""Checks connectors, PostgreSQL and Redis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.conf import settings

from automate.cli.checkup.broker import broker
from automate.cli.checkup.connectors import connectors
from automate.cli.checkup.database import database
from automate.cli.checkup.finding import Finding, fail
from automate.cli.checkup.reserved import reserved
from automate.cli.checkup.sealed import sealed
from automate.cli.checkup.unsigned import unsigned
from automate.kernel.roles import VARIABLE_OF, WEB_LOGIN


def servers(environ: Mapping[str, str]) -> Iterator[Finding]:
    yield from connectors()
    given = {login: environ[name] for login, name in VARIABLE_OF.items() if environ.get(name)}
    if url := environ.get("DATABASE_URL") or next(iter(given.values()), ""):
        readable = True
        for finding in database(url, environ.get("AUTOMATE_ADMIN_DATABASE_URL", ""), given):
            readable = readable and finding.state != "fail"
            yield finding
        if readable:
            yield from sealed(url)
            yield from unsigned(url)
            yield from reserved(url)
    else:
        fix = f"Set it to a PostgreSQL URL of {WEB_LOGIN}, or start everything: make up"
        yield fail("DATABASE_URL is not set", fix)
    yield from broker(settings.REDIS_URL)
