"""Load related data of many secrets at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from automate.runs.secret_queries import uses_of
from automate.vault.queries import last_uses_of, versions_of
from graphql_schema.connections import list_limit
from graphql_schema.planning import Selected


class _Secret(Protocol):
    name: str


def usage_of_secrets(secrets: Sequence[_Secret], field: Selected) -> list[list[object]]:
    most = list_limit(field.arguments)
    found = uses_of([secret.name for secret in secrets])
    return [[field.make(one) for one in found[secret.name][:most]] for secret in secrets]


def versions_of_secrets(secrets: Sequence[_Secret], field: Selected) -> list[list[object]]:
    found = versions_of([secret.name for secret in secrets])
    return [[field.make(secret, one) for one in found[secret.name]] for secret in secrets]


def last_uses_of_secrets(secrets: Sequence[_Secret], _field: Selected) -> list[datetime | None]:
    found = last_uses_of([secret.name for secret in secrets])
    return [found[secret.name] for secret in secrets]
