"""Python, the settings, and the port: what can be seen before any server is asked."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from automate.project.cli.checkup.finding import Finding, fail, ok, warn
from automate.project.local.home import home_of
from automate.project.local.ports import is_free
from automate.project.local.roles import ADMIN, database_of, with_parts
from automate.project.local.who import command_of, listener
from automate.project.supervisor import upfile
from automate.project.supervisor.up import port_of

OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 13)


def adopt_installation(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the processes of ``automate up``, where one runs here and no DATABASE_URL says otherwise."""
    home = home_of(environ)
    up = upfile.read(home)
    if environ.get("DATABASE_URL") or up is None:
        return dict(environ)
    url = up["database_url"]
    adopted = {"DATABASE_URL": url, "REDIS_URL": up["redis_url"]}
    for name, secret in (("AUTOMATE_SECRET_KEY", "secret_key"), ("AUTOMATE_ADMIN_DATABASE_URL", ADMIN)):
        kept = home / "secrets" / secret
        if kept.exists():
            text = kept.read_text(encoding="utf-8")
            adopted[name] = (
                text if secret != ADMIN else with_parts(url, user=ADMIN, password=text, database=database_of(url))
            )
    return {**adopted, **environ}


def python() -> Iterator[Finding]:
    known = f"{OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} to {NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}"
    here = f"Python {platform.python_version()}, Django {django.get_version()}"
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        yield ok(here)
    else:
        yield warn(f"{here}: nobody tests it with this version", f"Use Python {known}.")


def configuration() -> Iterator[Finding]:
    """Whether Django can be set up; the database checks need that."""
    try:
        django.setup()
    except ImproperlyConfigured as error:
        yield fail(f"Settings: {error}", "Set it in the environment of every process; README lists all variables.")
        return
    keys = "" if settings.AUTOMATE_MASTER_KEYS else ", no AUTOMATE_MASTER_KEYS (secrets are sealed with the secret key)"
    yield ok(f"Settings{keys}")


def web_port(environ: Mapping[str, str]) -> Iterator[Finding]:
    port, up = port_of(environ), upfile.read(home_of(environ))
    if up is not None:
        yield ok(f"Running at {up['url']}")
    elif is_free(port):
        yield ok(f"Port {port} is free")
    else:
        pid = listener(port)
        whose = f"pid {pid}, {command_of(pid)[:60]}" if pid else "another program"
        yield warn(f"Port {port} is taken by {whose}", "Stop that, or choose another port with AUTOMATE_PORT.")
