"""Provides PostgreSQL and Redis: the servers of the environment, or embedded servers."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automate.devserver import postgres, roles, valkey
from automate.devserver.server import Program, Say, Server
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import VARIABLE_OF
from automate.project.home import kept_secret
from automate.project.locations import POSTGRES, REDIS, parts_of, where

NAMED = {
    **dict.fromkeys(("DATABASE_URL", "AUTOMATE_ADMIN_DATABASE_URL", *VARIABLE_OF.values()), POSTGRES),
    "REDIS_URL": REDIS,
}


@dataclass
class Servers:
    """The URLs of PostgreSQL and Redis, and the servers that this process has started."""

    database: roles.RoleUrls
    redis_url: str
    embedded: list[Server] = field(default_factory=list)

    def stop(self) -> None:
        _stop(self.embedded)


def _stop(embedded: Sequence[Server]) -> None:
    for server in reversed(embedded):
        server.stop()


def ensure_roles(home: Path, creator_url: str, database: str | None = None) -> roles.RoleUrls:
    return roles.ensure(creator_url, {login: kept_secret(home, login) for login in roles.LOGINS}, database=database)


def start(home: Path, environ: Mapping[str, str], say: Say, *, death_signal: int = 0) -> Servers:
    """Start the servers that the environment does not name, and create the roles. Raises NormalizedError."""
    for name, schemes in NAMED.items():
        if url := environ.get(name):
            parts_of(name, url, schemes)
    if url := environ.get("REDIS_URL"):
        # Imported here, because the library would stay in the supervisor's memory.
        importlib.import_module("automate.devserver.redis_at").require(url)
    embedded: list[Server] = []
    try:
        urls = _database(home, environ, say, embedded, death_signal)
        redis_url = environ.get("REDIS_URL", "")
        if redis_url:
            say("Redis        from REDIS_URL")
        else:
            embedded.append(_timed(valkey.PROGRAM, home, say, death_signal))
            redis_url = embedded[-1].url
    except BaseException:
        _stop(embedded)
        raise
    return Servers(urls, redis_url, embedded)


def _may_create_roles(url: str) -> bool:
    # Raises UNAVAILABLE if PostgreSQL cannot be used.
    try:
        return roles.may_create_roles(url)
    except NormalizedError as error:
        said = " ".join(str(error.__cause__).split())
        raise NormalizedError(
            error.code,
            f"The PostgreSQL of DATABASE_URL at {where(url)} cannot be used: {said} Start this PostgreSQL, or correct DATABASE_URL. "
            "If you unset DATABASE_URL, a PostgreSQL is started here instead.",
        ) from None


def _database(
    home: Path, environ: Mapping[str, str], say: Say, embedded: list[Server], death_signal: int
) -> roles.RoleUrls:
    url, admin_url = environ.get("DATABASE_URL", ""), environ.get("AUTOMATE_ADMIN_DATABASE_URL", "")
    given = [environ.get(variable, "") for variable in VARIABLE_OF.values()]
    if admin_url and (url or all(given)):
        say("PostgreSQL   from the URLs of the environment")
        named = {login: environ.get(variable) or url for login, variable in VARIABLE_OF.items()}
        return roles.RoleUrls(named, admin_url)
    if url:
        if not _may_create_roles(url):
            raise roles.refusal(url)
        say("PostgreSQL   from DATABASE_URL, with one login for each process")
        return ensure_roles(home, url)
    embedded.append(_timed(postgres.PROGRAM, home, say, death_signal))
    return ensure_roles(home, embedded[-1].url)


def _timed(program: Program, home: Path, say: Say, death_signal: int) -> Server:
    begun = time.monotonic()
    server = program.start(home, say, death_signal)
    say(f"{program.title:<12} {server.note} on 127.0.0.1:{server.port} ({time.monotonic() - begun:.1f} s)")
    return server
