"""Defines the GraphQL types for plans of a configuration and for the changes that a configuration makes."""

from __future__ import annotations

from collections.abc import Iterable

import strawberry
from django.db.models import TextChoices

from automate.configuration.services import Applied, ObjectChange
from automate.kernel.json_values import as_text, as_texts
from automate.kernel.permissions import (
    EDIT_RULES,
    EDIT_SCHEDULES,
    EDIT_WORKFLOWS,
    MANAGE_ENDPOINTS,
    MANAGE_EVENT_TYPES,
    MANAGE_NOTICES,
    MANAGE_SECRETS,
    MANAGE_SOURCES,
)
from graphql_schema.enums import described
from graphql_schema.loaded import Arguments
from graphql_schema.mutating import Payload
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON
from graphql_schema.workflows.workflow_diff import ChangedPlace, changed_place


@strawberry.input(description="A configuration with any of the sections that exportConfiguration returns.")
class ApplyConfigurationInput:
    configuration: JSON = strawberry.field(description="The whole configuration, as `exportConfiguration` returns it.")
    prune: bool = strawberry.field(
        default=False,
        description="Disable rules, sources and webhook endpoints that the configuration does not name. Also "
        "archive such workflows and delete such schedules. Secrets and event types stay.",
    )
    expected_fingerprint: str | None = strawberry.field(
        default=None,
        description="The fingerprint of the tenant's configuration that you have seen. The change is refused if the "
        "configuration has another one. Null skips this check.",
    )


@described
class ConfiguredKind(TextChoices):
    """The kind of an object in a configuration."""

    SECRET = "secret", "The rule of a secret."
    EVENT_TYPE = "event_type", "An event type."
    SOURCE = "source", "A source."
    WEBHOOK_ENDPOINT = "webhook_endpoint", "A webhook endpoint."
    WORKFLOW = "workflow", "A workflow."
    RULE = "rule", "A rule."
    SCHEDULE = "schedule", "A schedule."
    NOTICE_POLICY = "notice_policy", "The policy of notices."


@described
class ConfigurationOutcome(TextChoices):
    """The change that a configuration makes to one object."""

    UNCHANGED = "unchanged", "The object is as the configuration says."
    CREATED = "created", "The object is new."
    CHANGED = "changed", "The object is changed."
    PRUNED = "pruned", "The configuration does not name the object, which is deleted or disabled."


@strawberry.type(description="A part of a configuration that possibly does not mean what its author thinks.")
class ConfigurationWarning:
    message: str = strawberry.field(description="What this part means, and what to write instead.")
    path: list[str] = strawberry.field(description="The path in the configuration, outermost part first.")


@strawberry.type(description="The outcome of one object of a configuration.")
class ConfigurationChange:
    kind: ConfiguredKind = strawberry.field(description="The kind of the object.")
    slug: str = strawberry.field(description="The slug of the object; for a secret, its name.")
    outcome: ConfigurationOutcome = strawberry.field(description="The outcome of the object.")
    version: int | None = strawberry.field(
        description="The number of the workflow's new version. Null if no version was published."
    )
    warnings: list[ConfigurationWarning] = strawberry.field(
        description="Parts of a saved rule that possibly do not mean what the author thinks, each with its path in the rule."
    )
    places: list[ChangedPlace] = strawberry.field(
        description="The differences between the stored and the new object. A new object is one difference with an "
        "empty path. Values of secrets are never shown."
    )
    left_out: int = strawberry.field(
        description="The number of differences that the answer leaves out because it would be too large."
    )


@strawberry.type
class ConfigurationPayload(Payload):
    changes: list[ConfigurationChange] = strawberry.field(
        default_factory=list,
        description="The outcomes of all objects in the order of the configuration, followed by the pruned objects.",
    )
    fingerprint_before: str | None = strawberry.field(
        default=None, description="The fingerprint of the tenant's configuration before the change."
    )
    fingerprint: str | None = strawberry.field(
        default=None, description="The fingerprint after the change. Null for a plan."
    )


def payload_of(applied: Applied) -> ConfigurationPayload:
    return ConfigurationPayload(
        changes=[change_of(change) for change in applied.changes],
        fingerprint_before=applied.before,
        fingerprint=applied.after,
    )


SECTION_PERMISSIONS = {
    "secrets": MANAGE_SECRETS,
    "eventTypes": MANAGE_EVENT_TYPES,
    "sources": MANAGE_SOURCES,
    "webhookEndpoints": MANAGE_ENDPOINTS,
    "workflows": EDIT_WORKFLOWS,
    "rules": EDIT_RULES,
    "schedules": EDIT_SCHEDULES,
    "noticePolicies": MANAGE_NOTICES,
}
PRUNED = SECTION_PERMISSIONS.keys() - {"secrets", "eventTypes", "noticePolicies"}


class RequiresForSections(Requires):
    """Also requires the permission for each section of the given configuration."""

    def needs(self, arguments: Arguments) -> Iterable[str]:
        yield self.permission
        given: ApplyConfigurationInput = arguments["input"]
        named = given.configuration if isinstance(given.configuration, dict) else {}
        for section, permission in SECTION_PERMISSIONS.items():
            if named.get(section) or (given.prune and section in PRUNED):
                yield permission


def change_of(change: ObjectChange) -> ConfigurationChange:
    return ConfigurationChange(
        kind=ConfiguredKind(change.kind),
        slug=change.slug,
        outcome=ConfigurationOutcome(change.outcome),
        version=change.version,
        warnings=[
            ConfigurationWarning(message=as_text(one["message"]), path=as_texts(one["path"])) for one in change.warnings
        ],
        places=[changed_place(place) for place in change.places],
        left_out=change.left_out,
    )
