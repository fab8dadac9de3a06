"""What lies below secrets, loaded for many at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.permissions import VIEW_SECRETS
from automate.runs.secret_queries import SecretUse, uses_of
from graphql_schema.connections import list_limit
from graphql_schema.planning import Selected, child
from graphql_schema.secrets.types import Secret, SecretUsage


@child("Secret", "usage", VIEW_SECRETS)
def usage_of_secrets(secrets: Sequence[Secret], field: Selected) -> list[list[SecretUsage]]:
    most = list_limit(field.arguments)
    found = uses_of([secret.name for secret in secrets])
    return [[_usage_of(one) for one in found[secret.name][:most]] for secret in secrets]


def _usage_of(one: SecretUse) -> SecretUsage:
    return SecretUsage(workflow=one.workflow, version=one.version, current=one.current, steps=list(one.steps))
