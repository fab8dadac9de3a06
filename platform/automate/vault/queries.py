"""Secrets as people and workers see them: what each may be used for, never a value."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from automate.kernel.sql import fetch
from automate.vault.rules import SecretRule

SELECT = (
    "SELECT id, slug, allowed_hosts::text, allowed_connectors::text, allowed_workflows::text, revision, created_at, updated_at"
    " FROM secret"
)
COUNT = "SELECT count(*) FROM secret"


@dataclass(frozen=True)
class SecretRow:
    """rule: what it says of its own use."""

    id: uuid.UUID
    rule: SecretRule
    revision: int
    created_at: datetime
    updated_at: datetime


def secrets() -> list[SecretRow]:
    """By name."""
    return [_row(row) for row in fetch(f"{SELECT} ORDER BY slug")]


def secret_by_name(name: str) -> SecretRow | None:
    return next((_row(row) for row in fetch(f"{SELECT} WHERE slug = %s", [name])), None)


def count_secrets() -> int:
    return int(fetch(COUNT)[0][0])


def rules_of(names: Iterable[str]) -> dict[str, SecretRule]:
    """Of those of these secrets that say something of their use."""
    found = fetch(f"{SELECT} WHERE slug = ANY (%s)", [sorted(set(names))])
    return {row.rule.name: row.rule for row in map(_row, found)}


def _row(row: tuple[Any, ...]) -> SecretRow:
    row_id, name, *lists, revision, created_at, updated_at = row
    allowed = [None if text is None else tuple(orjson.loads(text)) for text in lists]
    return SecretRow(row_id, SecretRule(name, *allowed), revision, created_at, updated_at)
