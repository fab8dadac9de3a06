"""Load related data of many secrets at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from automate.kernel.permissions import VIEW_SECRETS
from automate.runs.secret_queries import SecretUsage as Usage
from automate.runs.secret_queries import uses_of
from automate.vault.queries import SecretVersionRow, last_uses_of, versions_of
from graphql_schema.connections import list_limit
from graphql_schema.planning import Selected, prefetch
from graphql_schema.secrets.types import Secret, SecretUsage, SecretVersion


@prefetch(Secret, "usage", VIEW_SECRETS)
def usage_of_secrets(secrets: Sequence[Secret], field: Selected) -> list[list[SecretUsage]]:
    most = list_limit(field.arguments)
    found = uses_of([secret.name for secret in secrets])
    return [[_usage_of(one) for one in found[secret.name][:most]] for secret in secrets]


@prefetch(Secret, "versions", VIEW_SECRETS)
def versions_of_secrets(secrets: Sequence[Secret], _field: Selected) -> list[list[SecretVersion]]:
    found = versions_of([secret.name for secret in secrets])
    return [[_version_of(secret, one) for one in found[secret.name]] for secret in secrets]


@prefetch(Secret, "lastUsedAt", VIEW_SECRETS)
def last_uses_of_secrets(secrets: Sequence[Secret], _field: Selected) -> list[datetime | None]:
    found = last_uses_of([secret.name for secret in secrets])
    return [found[secret.name] for secret in secrets]


def _usage_of(one: Usage) -> SecretUsage:
    return SecretUsage(workflow=one.workflow, version=one.version, current=one.current, steps=list(one.steps))


def _version_of(secret: Secret, row: SecretVersionRow) -> SecretVersion:
    return SecretVersion(
        number=row.number,
        ref=f"{secret.ref}@{row.number}",
        current=row.number == secret.version,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
