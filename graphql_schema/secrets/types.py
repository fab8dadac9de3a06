# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Secret: what one may be used for. Its value is in no answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import strawberry

from automate.vault.rules import SecretRule
from graphql_schema.context import Info
from graphql_schema.planning import taken


@strawberry.type(description="A version of a workflow that names a secret.")
class SecretUsage:
    workflow: str = strawberry.field(description="Its slug.")
    version: int
    current: bool = strawberry.field(
        description="Whether new events start it. Else only runs that have not ended go on with it."
    )
    steps: list[str] = strawberry.field(description="The keys of the steps that name it.")


@strawberry.type(description="A secret of the tenant, which a step names as $secret:NAME. Its value is in no answer.")
class Secret:
    name: str
    has_value: bool = strawberry.field(description="Whether web sees a value of it, as it does for the workers.")
    allowed_hosts: list[str] | None = strawberry.field(
        description="Where a call that bears it may go: api.example.com, *.example.com for all below it, either with :port. "
        "Null: anywhere."
    )
    allowed_connectors: list[str] | None = strawberry.field(description="Which connectors may use it. Null: all.")
    allowed_workflows: list[str] | None = strawberry.field(description="Slugs of those that may use it. Null: all.")
    revision: int = strawberry.field(description="0 for one of which nothing was saved.")
    loaded: strawberry.Private[dict[str, Any]] = dataclasses.field(default_factory=dict)

    @strawberry.field(
        description="What would miss it: the current versions that name it, and those that runs which have not ended go on "
        "with. None names one that may go. By workflow, at most 100."
    )
    def usage(self, info: Info, first: int = 50) -> list[SecretUsage] | None:
        return taken(self, info)


def secret_of(rule: SecretRule, revision: int, *, has_value: bool) -> Secret:
    return Secret(
        name=rule.name,
        has_value=has_value,
        allowed_hosts=_shown(rule.hosts),
        allowed_connectors=_shown(rule.connectors),
        allowed_workflows=_shown(rule.workflows),
        revision=revision,
    )


def _shown(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)
