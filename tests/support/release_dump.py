"""Write the database and the schemas of this release into ``tests/upgrades``: ``python -m tests.support.release_dump``.

The embedded PostgreSQL ships pg_dump and pg_dumpall, so the DDL is that of the release that wrote the database.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django

from automate.devserver import postgres
from automate.kernel.roles import ADMIN_LOGIN as ADMIN
from automate.kernel.roles import SHARED_LOGIN as APP
from automate.project import home as homes
from tests.support.release_receiver import HOST, PORT, outside
from tests.support.releases import UPGRADES
from tests.support.servers import SHARED_PASSWORD, Servers, start_servers

KEYS = {
    "AUTOMATE_SECRET_KEY": "a secret of a released database, long enough to sign with",
    "AUTOMATE_MASTER_KEYS": "kept:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "AUTOMATE_SECRET_ACME__RECEIVER_KEY": "the value of a tenant's secret",
}
RESTRICT = "--restrict-key=release"
"""Instead of a random key, so that two dumps differ less."""

PASSWORDS = {APP: SHARED_PASSWORD, ADMIN: "a-password-of-a-released-admin"}


def server_environ(url: str) -> dict[str, str]:
    """For PostgreSQL's programs, as the superuser of a server."""
    parts = urlsplit(url)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port),
        "PGUSER": "postgres",
        "PGPASSWORD": unquote(parts.password or ""),
    }


def _run(servers: Servers, program: str, *options: str) -> str:
    command = [postgres.binary(program), *options]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=server_environ(servers.superuser_url)
    )
    return done.stdout


def roles(servers: Servers) -> str:
    """As docs/deploy.md backs them up: all but the superuser."""
    text = _run(servers, "pg_dumpall", "--roles-only", RESTRICT)
    return "".join(
        f"{line}\n"
        for line in text.splitlines()
        if line and not line.startswith(("--", "CREATE ROLE postgres;", "ALTER ROLE postgres "))
    )


def database(servers: Servers) -> str:
    return _run(servers, "pg_dump", "--create", RESTRICT, "automate")


def make(servers: Servers) -> dict[str, Any]:
    """The world of the release in the servers' database; the manifest."""
    from tenants.demo import ensure_demo_tenants
    from tenants.provisioning import migrate
    from tests.support.plane import Root
    from tests.support.release_world import World

    migrate()
    tokens = ensure_demo_tenants()
    root = Root(servers.superuser_url)
    with outside(unkind=True) as receiver:
        world = World(root, tokens)
        world.make()
        acted = list(receiver.acted)
    dumped_at, transaction = root.rows("SELECT now()::text, pg_current_xact_id()::text::bigint")[0]
    return {
        "version": version("django-automate"),
        "dumped_at": dumped_at,
        "transaction": transaction,
        "keys": KEYS,
        "passwords": PASSWORDS,
        "receiver": f"{HOST}:{PORT}",
        "tokens": tokens,
        "acted": acted,
        **world.manifest(),
    }


def main() -> None:
    folder = UPGRADES / version("django-automate")
    if folder.exists():
        sys.exit(f"{folder} is a release already. Raise the version in pyproject.toml and install the project again.")
    home = homes.prepare(Path(tempfile.mkdtemp(prefix="automate-release-")))
    for role, password in PASSWORDS.items():
        homes.write_private(home / "secrets" / role, password)
    servers = start_servers(home)
    try:
        os.environ.update(
            KEYS,
            DJANGO_SETTINGS_MODULE="automate.project.settings",
            AUTOMATE_HOME=str(home),
            AUTOMATE_ALLOWED_HOSTS="testserver",
            DATABASE_URL=servers.app_url,
            AUTOMATE_ADMIN_DATABASE_URL=servers.admin_url,
            REDIS_URL=servers.redis_url,
        )
        django.setup()
        manifest = make(servers)
        folder.mkdir()
        (folder / "roles.sql").write_text(roles(servers))
        (folder / "database.sql.gz").write_bytes(gzip.compress(database(servers).encode(), mtime=0))
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
        for name, text in _schemas().items():
            (folder / name).write_text(text)
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


def _schemas() -> dict[str, str]:
    from graphql_schema.__main__ import printed

    return {path.name: text for path, text in printed().items()}


if __name__ == "__main__":
    main()
