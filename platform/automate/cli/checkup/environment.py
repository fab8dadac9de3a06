"""The checks that need no server: Python, the settings and the port."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from automate.cli.checkup.finding import Finding, fail, ok, warn
from automate.cli.version import DISTRIBUTION
from automate.devserver import upfile
from automate.devserver.database_urls import with_parts
from automate.devserver.leftovers import running_pid
from automate.devserver.ports import is_free
from automate.devserver.web_port import port_of
from automate.devserver.who import command_of, listener
from automate.kernel.roles import ADMIN_LOGIN, VARIABLE_OF, WEB_LOGIN
from automate.project.home import home_of
from automate.project.reaching import in_url, trouble_of_web
from automate.vault.keys import PRIVATE, PUBLIC

RUNNING = "Running at"
OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 13)
OWN_SETTINGS = "automate.project.settings"
BUILT_IN_BACKENDS = {"database", "environment"}
"""The backends of secrets that need no check, because they are part of the platform."""


def adopt_installation(environ: Mapping[str, str]) -> dict[str, str]:
    home = home_of(environ)
    up = upfile.read(home)
    if environ.get("DATABASE_URL") or up is None:
        return dict(environ)
    url = up["database_url"]
    adopted = {"DATABASE_URL": url, "REDIS_URL": up["redis_url"]}
    own = VARIABLE_OF if urlsplit(url).username == WEB_LOGIN else {}
    logins = {**own, ADMIN_LOGIN: "AUTOMATE_ADMIN_DATABASE_URL"}
    vault = {} if environ.get(PUBLIC) or environ.get(PRIVATE) else {"vault_private_key": PRIVATE}
    for secret, name in {"secret_key": "AUTOMATE_SECRET_KEY", **vault, **logins}.items():
        kept = home / "secrets" / secret
        if kept.exists():
            text = kept.read_text(encoding="utf-8")
            adopted[name] = with_parts(url, user=secret, password=text) if secret in logins else text
    return {**adopted, **environ}


def python() -> Iterator[Finding]:
    known = f"{OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} to {NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}"
    here = f"Python {platform.python_version()}, Django {django.get_version()}, Django Automate {version(DISTRIBUTION)}"
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        yield ok(here)
    else:
        yield warn(f"{here}: this version is not tested", f"Use Python {known}.")


def configuration() -> Iterator[Finding]:
    """Check that the settings are valid."""
    try:
        own = (os.environ.get("DJANGO_SETTINGS_MODULE") or OWN_SETTINGS) == OWN_SETTINGS
        if not own or not {*settings.AUTOMATE_SECRET_BACKENDS} <= BUILT_IN_BACKENDS:
            # Apps and backends of others are checked when Django sets up all apps, which takes longer than all other checks.
            django.setup()
    except ImproperlyConfigured as error:
        yield fail(
            f"Settings: {error}",
            "Set the variable in the environment of every process; docs/settings.md lists all variables.",
        )
        return
    keys = "" if settings.AUTOMATE_MASTER_KEYS else ", no AUTOMATE_MASTER_KEYS (secrets are sealed with the secret key)"
    vault = "" if settings.AUTOMATE_VAULT_KEYS.public is not None else f", no {PUBLIC} (setSecret is refused)"
    yield ok(f"Settings{keys}{vault}")


def _running(home: Path, up: upfile.RunningInstallation) -> Finding:
    # up.json may be outdated, so also check the supervisor's lock, and whether web answers.
    parts = urlsplit(up["graphql"])
    # Web answers requests to the name in its URL, for any AUTOMATE_ALLOWED_HOSTS of this shell.
    trouble = trouble_of_web(parts.hostname or "", parts.port or 0, in_url(parts.hostname or ""), home)
    if running_pid(home) is None:
        fix = "To keep the remaining processes, start the supervisor again: make up. To end them: automate stop"
        return fail(f"The supervisor of the installation in {home} was killed; {trouble or 'web still runs'}", fix)
    if trouble:
        return fail(trouble, f"The supervisor restarts web; {home / 'log' / 'web.log'} has the reason")
    return ok(f"{RUNNING} {up['graphql']}")


def web_port(environ: Mapping[str, str]) -> Iterator[Finding]:
    home = home_of(environ)
    port, up = port_of(environ), upfile.read(home)
    if up is not None:
        yield _running(home, up)
    elif running_pid(home) is not None:
        yield warn(f"An installation (pid {running_pid(home)}) is starting", "Run doctor again when it prints Ready.")
    elif is_free(port):
        yield ok(f"Port {port} is free")
    else:
        pid = listener(port)
        whose = f"pid {pid}, {command_of(pid)[:60]}" if pid else "another program"
        yield warn(f"Port {port} is used by {whose}", "Stop that program, or choose another port with AUTOMATE_PORT.")
