"""``automate doctor``: check the environment and the servers, and print the fix for anything that is not ok."""

from __future__ import annotations

import os
from collections.abc import Iterator

import typer
from django.conf import settings

from automate.cli.checkup import environment
from automate.cli.checkup.broker import broker
from automate.cli.checkup.connectors import connectors
from automate.cli.checkup.database import database
from automate.cli.checkup.finding import Finding, fail
from automate.cli.checkup.reserved import reserved
from automate.cli.checkup.token import token
from automate.cli.checkup.unsigned import unsigned
from automate.cli.output import line, waiting
from automate.kernel.roles import VARIABLE_OF, WEB_LOGIN


def doctor() -> None:
    """Check the environment and the servers. Exits with 1 if a check fails."""
    os.environ.update(environment.adopt_installation(os.environ))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    failed = 0
    with waiting("Looking"):
        for finding in _findings():
            failed += finding.state == "fail"
            line(finding.state.ljust(5), finding.what)
            for advice in finding.advice():
                line("     ", advice)
    if failed:
        line(f"{failed} of these must be fixed.")
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield from environment.python()
    running = False
    for finding in environment.web_port(os.environ):
        running = running or finding.what.startswith(environment.RUNNING)
        yield finding
    yield from token(os.environ, running=running)
    settled = True
    for finding in environment.configuration():
        settled = settled and finding.state == "ok"
        yield finding
    if not settled:
        return
    yield from connectors()
    given = {login: os.environ[name] for login, name in VARIABLE_OF.items() if os.environ.get(name)}
    if url := os.environ.get("DATABASE_URL") or next(iter(given.values()), ""):
        readable = True
        for finding in database(url, os.environ.get("AUTOMATE_ADMIN_DATABASE_URL", ""), given):
            readable = readable and finding.state != "fail"
            yield finding
        if readable:
            from automate.cli.checkup.sealed import sealed  # noqa: PLC0415 - its models need Django set up

            yield from sealed(url)
            yield from unsigned(url)
            yield from reserved(url)
    else:
        fix = f"Set it to a PostgreSQL URL of {WEB_LOGIN}, or start everything: make up"
        yield fail("DATABASE_URL is not set", fix)
    yield from broker(settings.REDIS_URL)
