"""Reads secrets. Clients never receive a value."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from psycopg.rows import TupleRow

from automate.kernel.queries import RowReader
from automate.kernel.sql import as_set, fetch
from automate.vault.rules import SecretRule

LIVE = "(v.expires_at IS NULL OR v.expires_at > now())"
RULE = "s.slug, s.allowed_hosts::text, s.allowed_connectors::text, s.allowed_workflows::text"
COUNT = "SELECT count(*) FROM secret"
# The rules of some secrets, and the versions of their refs; without a number, the newest version.
STORED = f"""
SELECT {RULE}, w.version, v.number, v.sealed
FROM json_to_recordset(%s::json) AS w (name text, version int) JOIN secret s ON s.slug = w.name
LEFT JOIN LATERAL (
    SELECT v.number, v.sealed FROM secret_version v
    WHERE v.secret_id = s.id AND {LIVE} AND (w.version IS NULL OR v.number = w.version)
    ORDER BY v.number DESC LIMIT 1
) v ON true
"""
VERSIONS = f"""
SELECT s.slug, v.number, v.created_at, v.expires_at FROM secret_version v JOIN secret s ON s.id = v.secret_id
WHERE s.slug = ANY (%s) AND {LIVE} ORDER BY v.number DESC
"""
NAMES = f"""
SELECT s.slug FROM secret s WHERE EXISTS (SELECT FROM secret_version v WHERE v.secret_id = s.id AND {LIVE}) ORDER BY s.slug
"""
STALE_SECONDS = 900
"""Seconds after which the names of a silent worker no longer count. A worker reports its names three times in
this time."""
HELD = f"""
SELECT DISTINCT jsonb_array_elements_text(e.names) FROM environment_names e
WHERE e.seen_at > now() - interval '{STALE_SECONDS} s' ORDER BY 1
"""
LAST_USES = """
SELECT n.name, (SELECT r.at FROM secret_resolution r WHERE r.name = n.name ORDER BY r.id DESC LIMIT 1)
FROM unnest(%s::text[]) AS n (name)
"""
SecretReference = tuple[str, int | None]
"""A secret's name and the version in a ref; None for the newest one."""


@dataclass(frozen=True)
class SecretRow:
    """One secret."""

    id: uuid.UUID
    revision: int
    created_at: datetime
    updated_at: datetime
    last_version: int
    """The last assigned version number."""
    version: int | None
    rule: SecretRule = field(kw_only=True)


_own = RowReader(
    SecretRow,
    "s",
    {"version": f"(SELECT max(v.number) FROM secret_version v WHERE v.secret_id = s.id AND {LIVE})"},
)
SELECT = f"SELECT {_own.columns}, {RULE} FROM secret s"


@dataclass(frozen=True)
class StoredSecret:
    """The encrypted value and the rules of a secret."""

    rule: SecretRule
    number: int | None
    """None if the database holds no such version."""
    sealed: str = field(repr=False)
    """Empty if the database holds no such version."""


@dataclass(frozen=True)
class SecretVersionRow:
    number: int
    created_at: datetime
    expires_at: datetime | None


def secrets() -> list[SecretRow]:
    """Return all secrets, ordered by name."""
    return [_row(row) for row in fetch(f"{SELECT} ORDER BY s.slug")]


def secret_by_name(name: str) -> SecretRow | None:
    return next((_row(row) for row in fetch(f"{SELECT} WHERE s.slug = %s", [name])), None)


def count_secrets() -> int:
    return int(fetch(COUNT)[0][0])


def stored_names() -> list[str]:
    return [name for (name,) in fetch(NAMES)]


def names_held_by_workers() -> list[str]:
    return [name for (name,) in fetch(HELD)]


def stored_secrets(wanted: Collection[SecretReference]) -> dict[SecretReference, StoredSecret]:
    """Read stored secrets. The version None means the newest version."""
    asked = as_set([{"name": name, "version": version} for name, version in wanted])
    return {
        (name, version): StoredSecret(_rule(name, *lists), number=number, sealed=sealed or "")
        for name, *lists, version, number, sealed in fetch(STORED, [asked])
    }


def versions_of(names: Sequence[str]) -> dict[str, list[SecretVersionRow]]:
    """Return the readable versions of each secret, newest first."""
    found: dict[str, list[SecretVersionRow]] = {name: [] for name in names}
    for name, number, created_at, expires_at in fetch(VERSIONS, [list(names)]):
        found[name].append(SecretVersionRow(number, created_at, expires_at))
    return found


def last_uses_of(names: Sequence[str]) -> dict[str, datetime | None]:
    """Return for each secret the time at which a step last used it. None if no step used it."""
    return dict(fetch(LAST_USES, [list(names)]))


def _row(row: TupleRow) -> SecretRow:
    *own, slug, hosts, connectors, workflows = row
    return _own(own, rule=_rule(slug, hosts, connectors, workflows))


def _rule(name: str, *lists: str | None) -> SecretRule:
    return SecretRule(name, *(None if text is None else tuple(orjson.loads(text)) for text in lists))
