"""``up.json``: the addresses and tokens of a running installation. Only the owner of the file can read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from automate.project.home import write_private

NAME = "up.json"
TENANT = "acme"
PLATFORM = "platform"
ENVIRON = "manage.json"
OF_COMMANDS = (
    "DATABASE_URL",
    "AUTOMATE_ADMIN_DATABASE_URL",
    "REDIS_URL",
    "AUTOMATE_SECRET_KEY",
    "AUTOMATE_MASTER_KEYS",
    "AUTOMATE_BASE_URL",
    "DJANGO_SETTINGS_MODULE",
)


class PartyToken(TypedDict):
    token: str


class RunningInstallation(TypedDict):
    """The content of ``up.json``."""

    tenant: str
    url: str
    graphql: str
    graphql_ws: str
    hooks: str
    token: str
    tenants: dict[str, PartyToken]
    platform: PartyToken
    pids: dict[str, int]
    metrics: dict[str, str]
    database_url: str
    redis_url: str


def content(
    address: str,
    tokens: Mapping[str, str],
    pids: Mapping[str, int],
    *,
    metrics: Mapping[str, str],
    database_url: str,
    redis_url: str,
) -> RunningInstallation:
    """Return the content of ``up.json``.

    - address: ``host:port`` of the web process.
    - tokens: a token for each tenant's slug, and the platform's token under ``platform``.
    - metrics: the URL of each process's metrics.
    """
    server = f"http://{address}"
    return {
        "tenant": TENANT,
        "url": f"{server}/t/{TENANT}/",
        "graphql": f"{server}/graphql",
        "graphql_ws": f"ws://{address}/graphql",
        "hooks": f"{server}/t/{TENANT}/hooks/",
        "token": tokens[TENANT],
        "tenants": {slug: {"token": token} for slug, token in tokens.items() if slug != PLATFORM},
        "platform": {"token": tokens[PLATFORM]},
        "pids": dict(pids),
        "metrics": dict(metrics),
        "database_url": database_url,
        "redis_url": redis_url,
    }


def write(home: Path, up: RunningInstallation) -> None:
    write_private(home / NAME, json.dumps(up, indent=2) + "\n")


def read(home: Path) -> RunningInstallation | None:
    """Return the content of ``up.json``, or None while the installation is not ready."""
    path = home / NAME
    if not path.exists():
        return None
    up: RunningInstallation = json.loads(path.read_text(encoding="utf-8"))
    return up


def write_environ(home: Path, environ: Mapping[str, str]) -> None:
    # Only the file's owner can read it (mode 600). It exists while the installation runs.
    write_private(home / ENVIRON, json.dumps({name: environ[name] for name in OF_COMMANDS if name in environ}))


def read_environ(home: Path) -> dict[str, str]:
    """Return the environment variables that ``automate manage`` needs. Return {} if no installation runs."""
    path = home / ENVIRON
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def remove(home: Path) -> None:
    for name in (NAME, ENVIRON):
        (home / name).unlink(missing_ok=True)
