"""What a configuration changes, or would change."""

from __future__ import annotations

from typing import Any

import strawberry
from django.db.models import TextChoices
from strawberry.extensions.field_extension import FieldExtension, SyncExtensionResolver

from automate.configuration.services import Applied, Change
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
from graphql_schema.context import Info
from graphql_schema.enums import described
from graphql_schema.errors import ErrorAnswer
from graphql_schema.permissions import require
from graphql_schema.scalars import JSON
from graphql_schema.workflows.workflow_diff import ChangedPlace, changed_place


@strawberry.input(description="A configuration, as exportConfiguration gives it: any of its sections.")
class ApplyConfigurationInput:
    configuration: JSON = strawberry.field(description="The whole configuration, as `exportConfiguration` returns it.")
    prune: bool = strawberry.field(
        default=False,
        description="Take out of force what it does not name: rules, sources and webhook endpoints are switched off, workflows "
        "archived, schedules deleted. Secrets and event types are left as they are.",
    )
    expected_fingerprint: str | None = strawberry.field(
        default=None, description="Of the tenant's configuration that you have seen; null applies over any."
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
    """What became of an object, or would."""

    UNCHANGED = "unchanged", "The object is as the configuration says."
    CREATED = "created", "The object is new."
    CHANGED = "changed", "The object is changed."
    PRUNED = "pruned", "The configuration does not name the object, which is deleted or disabled."


@strawberry.type(description="Something in a configuration that may not mean what its author thinks.")
class ConfigurationWarning:
    message: str = strawberry.field(description="What it may mean, and what to write instead.")
    path: list[str] = strawberry.field(description="The place in the configuration, outermost first.")


@strawberry.type(description="The outcome of one object of a configuration.")
class ConfigurationChange:
    kind: ConfiguredKind = strawberry.field(description="The kind of the object.")
    slug: str = strawberry.field(description="The name of a secret.")
    outcome: ConfigurationOutcome = strawberry.field(description="What happens to the object.")
    version: int | None = strawberry.field(
        description="The number that a workflow is published as; null where it is not."
    )
    warnings: list[ConfigurationWarning] = strawberry.field(
        description="What may surprise in a rule that was saved, each with its place in the rule."
    )
    places: list[ChangedPlace] = strawberry.field(
        description="What differs; of what is new, all of it under an empty path. Secrets are told by their number."
    )
    left_out: int = strawberry.field(description="Places that are not told, for the answer would be too large.")


@strawberry.type
class ConfigurationPayload:
    changes: list[ConfigurationChange] = strawberry.field(
        default_factory=list, description="All objects that are named, in order, then those that are pruned."
    )
    fingerprint_before: str | None = strawberry.field(
        default=None, description="Of the tenant's configuration that this was made of."
    )
    fingerprint: str | None = strawberry.field(default=None, description="Of the one afterwards. Null of a plan.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


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


class RequiresForSections(FieldExtension):
    """Whoever changes objects of a kind by a configuration may do so elsewhere, too."""

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info, **kwargs: Any) -> Any:
        given: ApplyConfigurationInput = kwargs["input"]
        named = given.configuration if isinstance(given.configuration, dict) else {}
        for section, permission in SECTION_PERMISSIONS.items():
            if named.get(section) or (given.prune and section in PRUNED):
                require(info.context.principal, permission)
        return next_(source, info, **kwargs)


def change_of(change: Change) -> ConfigurationChange:
    return ConfigurationChange(
        kind=ConfiguredKind(change.kind),
        slug=change.slug,
        outcome=ConfigurationOutcome(change.outcome),
        version=change.version,
        warnings=[ConfigurationWarning(message=one["message"], path=one["path"]) for one in change.warnings],
        places=[changed_place(place) for place in change.places],
        left_out=change.left_out,
    )
