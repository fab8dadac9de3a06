"""The queries exportConfiguration and planConfiguration."""

from __future__ import annotations

from typing import cast

import strawberry

from automate.configuration.services import apply_configuration, export_configuration
from automate.kernel import faults, locks
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import (
    EDIT_RULES,
    EDIT_WORKFLOWS,
    PUBLISH_WORKFLOWS,
    VIEW_ENDPOINTS,
    VIEW_EVENTS,
    VIEW_RULES,
    VIEW_SCHEDULES,
    VIEW_SECRETS,
    VIEW_SOURCES,
    VIEW_WORKFLOWS,
)
from automate.workflows.problems import few_suggestions
from graphql_schema.configuration.types import (
    ApplyConfigurationInput,
    ConfigurationPayload,
    RequiresForSections,
    payload_of,
)
from graphql_schema.errors import QueryPayload, answers_of
from graphql_schema.json_text import json_of, text_of
from graphql_schema.payloads import PayloadBytes, too_large
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON


@strawberry.type(
    description="A tenant's configuration: rules of secrets, sources, webhook endpoints, workflows, rules and "
    "schedules. It refers to secrets by name and never contains their values."
)
class ExportConfigurationPayload(QueryPayload):
    configuration: JSON | None = strawberry.field(
        description="The configuration, in the form that `applyConfiguration` accepts."
    )
    fingerprint: str | None = strawberry.field(
        description="A hash of the configuration. Pass it as `expectedFingerprint` to replace only the "
        "configuration that you have seen.",
    )


@strawberry.type
class ConfigurationQueries:
    @strawberry.field(
        extensions=[
            Requires(VIEW_SECRETS),
            Requires(VIEW_WORKFLOWS),
            Requires(VIEW_RULES),
            Requires(VIEW_SOURCES),
            Requires(VIEW_SCHEDULES),
            Requires(VIEW_ENDPOINTS),
            Requires(VIEW_EVENTS),
        ],
        description="The tenant's configuration, without archived workflows and ended schedules.",
    )
    def export_configuration(self) -> ExportConfigurationPayload:
        configuration, fingerprint = export_configuration()
        text = text_of(configuration)
        if not PayloadBytes().take(len(text.text())):
            raise too_large()
        # strawberry's scalar has no type for a text that is already JSON.
        return ExportConfigurationPayload(configuration=cast("JSON", text), fingerprint=fingerprint)

    @strawberry.field(
        extensions=[RequiresForSections(EDIT_WORKFLOWS), Requires(PUBLISH_WORKFLOWS), Requires(EDIT_RULES)],
        description="The changes that applyConfiguration would make or refuse. The query tries all changes and rolls them back. "
        "Its `errors` are those that applyConfiguration would return.",
    )
    def plan_configuration(self, input: ApplyConfigurationInput) -> ConfigurationPayload:
        try:
            with locks.operation("planConfiguration"), few_suggestions():
                changes = apply_configuration(
                    json_of(input.configuration), prune=input.prune, expected=input.expected_fingerprint, plan_only=True
                )
        except NormalizedError as refusal:
            if faults.is_ours(refusal):
                raise
            return ConfigurationPayload(errors=answers_of(refusal))
        return payload_of(changes)
