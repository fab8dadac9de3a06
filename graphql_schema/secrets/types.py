# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The type Secret. No answer contains the value."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

import strawberry
import strawberry_django

from automate.kernel.ids import named_id
from automate.kernel.permissions import VIEW_SECRETS
from automate.kernel.tenancy import current_tenant
from automate.runs.secret_queries import ResolutionRow
from automate.runs.secret_queries import SecretUsage as Usage
from automate.vault import models
from automate.vault.queries import SecretRow, SecretVersionRow
from automate.vault.rules import SecretRule
from automate.workflows.templates.literals import MARK
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.ids import global_id
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.secrets.loaders import last_uses_of_secrets, usage_of_secrets, versions_of_secrets

INSTEAD = "Use `{}` instead, which returns the same list."


@strawberry.type(description="A version of a workflow that names a secret.")
class SecretUsage:
    workflow: str = strawberry.field(description="The slug of the workflow.")
    version: int = strawberry.field(description="The number of the version.")
    current: bool = strawberry.field(
        description="Whether new events start the version. If false, only open runs still use it."
    )
    steps: list[str] = strawberry.field(description="The keys of the steps that name the secret.")


@strawberry_django.type(
    models.SecretVersion,
    description="A version of a secret's value that can still be used. The value itself is not shown.",
)
class SecretVersion:
    number: strawberry.auto
    ref: str = strawberry.field(description="The reference with which a step names this version.")
    current: bool = strawberry.field(description="Whether $secret:NAME resolves to this version.")
    created_at: strawberry.auto
    expires_at: strawberry.auto


@strawberry_django.type(models.SecretResolution, description="A step that read a secret just before its call.")
class SecretUse:
    id: strawberry.ID
    at: strawberry.auto
    version: strawberry.auto
    backend: strawberry.auto
    workflow: str | None = strawberry.field(description="The slug of the workflow; null after the run was deleted.")
    run: strawberry.ID = strawberry.field(description="The id of the run, for `run(id)`.")
    step: str = strawberry.field(description="The key of the step.")


@strawberry_django.type(
    models.Secret, description="A secret of the tenant. A step names it as $secret:NAME. No answer contains its value."
)
class Secret(Node):
    name: str = strawberry.field(description="The name, as in $secret:NAME.")
    ref: str = strawberry.field(
        description="The reference with which a step names the newest version, such as $secret:STRIPE_KEY."
    )
    version: int | None = strawberry.field(
        description="The number of the newest version. Null if the platform's database stores no value."
    )
    has_value: bool = strawberry.field(
        description="Whether the secret has a value, in the database or in another secret backend."
    )
    allowed_hosts: list[str] | None
    connectors: list[str] | None = strawberry.field(description="The connectors that may use the secret. Null: all.")
    workflows: list[str] | None = strawberry.field(
        description="The slugs of workflows that may use the secret. Null: all."
    )
    allowed_connectors: list[str] | None = strawberry.field(deprecation_reason=INSTEAD.format("connectors"))
    allowed_workflows: list[str] | None = strawberry.field(deprecation_reason=INSTEAD.format("workflows"))
    revision: strawberry.auto
    updated_at: datetime | None

    @planned(last_uses_of_secrets, VIEW_SECRETS)
    @strawberry.field(description="The last time that a step read the secret. Null: never.")
    def last_used_at(self, info: Info) -> datetime | None:
        return prefetched(self, info)

    @planned(versions_of_secrets, VIEW_SECRETS)
    @strawberry.field(description="The versions in the database that can still be used, newest first.")
    def versions(self, info: Info) -> list[SecretVersion] | None:
        return prefetched(self, info)

    @planned(usage_of_secrets, VIEW_SECRETS)
    @strawberry.field(
        description="The versions of workflows that need the secret: current versions that name it, and versions of "
        "open runs. Sorted by workflow, at most 100. An unused secret has none."
    )
    def usage(self, info: Info, first: int = 50) -> list[SecretUsage] | None:
        return prefetched(self, info)


_OF_ROWS = {field.name for field in dataclasses.fields(Secret)} & {
    field.name for field in dataclasses.fields(SecretRow)
}
"""The fields that are copied from the row of a secret. A secret whose value comes from the environment can have no
row, so fields that exist only in rows need a default.
"""


def secret_of(row: SecretRow, *, has_value: bool) -> Secret:
    secret = bare_secret(row.rule, has_value=has_value)
    own = {name: getattr(row, name) for name in _OF_ROWS}
    return dataclasses.replace(secret, **{**own, "id": strawberry.ID(global_id("Secret", row.id))})


def bare_secret(rule: SecretRule, *, has_value: bool) -> Secret:
    # Its id is computed from the tenant's id and the secret's name.
    connectors, workflows = _shown(rule.connectors), _shown(rule.workflows)
    return Secret(
        id=strawberry.ID(global_id("Secret", named_id(current_tenant().id, rule.name))),
        name=rule.name,
        ref=f"{MARK}{rule.name}",
        version=None,
        has_value=has_value,
        allowed_hosts=_shown(rule.hosts),
        connectors=connectors,
        workflows=workflows,
        allowed_connectors=connectors,
        allowed_workflows=workflows,
        revision=0,
        updated_at=None,
    )


@makes(SecretUsage)
def usage_of(one: Usage) -> SecretUsage:
    return SecretUsage(workflow=one.workflow, version=one.version, current=one.current, steps=list(one.steps))


@makes(SecretVersion)
def version_of(secret: Secret, row: SecretVersionRow) -> SecretVersion:
    return SecretVersion(
        number=row.number,
        ref=f"{secret.ref}@{row.number}",
        current=row.number == secret.version,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


_secret_use = copier(SecretUse, ResolutionRow, "id", "run", "step")


def use_of(row: ResolutionRow) -> SecretUse:
    return _secret_use(
        row,
        id=strawberry.ID(global_id("SecretUse", row.id)),
        run=strawberry.ID(global_id("ExecutionRun", row.run_id)),
        step=row.step_key,
    )


def _shown(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)
