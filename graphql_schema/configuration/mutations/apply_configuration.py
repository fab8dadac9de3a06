"""The mutation applyConfiguration: applies a whole configuration in one transaction."""

from __future__ import annotations

import strawberry

from automate.configuration.services import apply_configuration
from automate.kernel.permissions import EDIT_RULES, EDIT_WORKFLOWS, PUBLISH_WORKFLOWS
from automate.workflows.problems import few_suggestions
from graphql_schema.configuration.types import (
    ApplyConfigurationInput,
    ConfigurationPayload,
    RequiresForSections,
    payload_of,
)
from graphql_schema.errors import refusals_in
from graphql_schema.json_text import json_of
from graphql_schema.permissions import Requires


@strawberry.type
class ApplyConfiguration:
    @strawberry.mutation(
        extensions=[RequiresForSections(EDIT_WORKFLOWS), Requires(PUBLISH_WORKFLOWS), Requires(EDIT_RULES)],
        description="Apply a whole configuration to the tenant. If one object is refused, nothing is changed. "
        "Unchanged objects are not written.",
    )
    @refusals_in(ConfigurationPayload)
    def apply_configuration(self, input: ApplyConfigurationInput) -> ConfigurationPayload:
        with few_suggestions():
            changes = apply_configuration(
                json_of(input.configuration), prune=input.prune, expected=input.expected_fingerprint
            )
        return payload_of(changes)
