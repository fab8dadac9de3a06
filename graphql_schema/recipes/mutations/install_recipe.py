"""The mutation installRecipe: creates all objects of a recipe, or none."""

from __future__ import annotations

from enum import Enum

import strawberry

from automate.kernel.permissions import EDIT_WORKFLOWS, PUBLISH_WORKFLOWS
from automate.recipes.services import install_recipe, recipe_of
from graphql_schema.configuration.types import SECTION_PERMISSIONS, ConfigurationChange, change_of
from graphql_schema.context import Info
from graphql_schema.json_text import json_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.permissions import require
from graphql_schema.scalars import JSON


@strawberry.enum(description="Whether an installed recipe works at once.")
class RecipeState(Enum):
    LIVE = strawberry.enum_value(
        "live", description="The workflows are published, and all objects are in force at once."
    )
    DRAFT = strawberry.enum_value(
        "draft",
        description="Nothing starts yet: workflows are drafts, sources and rules are disabled, and schedules are "
        "paused.",
    )


@strawberry.input
class InstallRecipeInput:
    recipe: str = strawberry.field(description="The slug of the recipe.")
    parameters: JSON | None = strawberry.field(
        default=None, description="The parameters. They must match the recipe's JSON Schema."
    )
    state: RecipeState = strawberry.field(default=RecipeState.LIVE, description="Whether the objects work at once.")
    plan_only: bool = strawberry.field(
        default=False, description="Whether to only try the installation and then roll it back."
    )


@strawberry.type
class InstallRecipePayload(Payload):
    changes: list[ConfigurationChange] = strawberry.field(
        default_factory=list, description="The objects of the recipe: created, or unchanged if they exist already."
    )


@strawberry.type
class InstallRecipe:
    @mutation(
        EDIT_WORKFLOWS,
        "Create all objects of a recipe, or none. A repeated installation changes nothing. If other "
        "objects have the same names, the error is CONFLICT. The caller needs the permissions to save "
        "each of the objects, and publish_workflows for LIVE.",
    )
    def install_recipe(self, info: Info, input: InstallRecipeInput) -> InstallRecipePayload:
        live = input.state is RecipeState.LIVE
        needed = [SECTION_PERMISSIONS[section] for section in recipe_of(input.recipe).template]
        for permission in [*needed, *([PUBLISH_WORKFLOWS] if live else [])]:
            require(info.context.principal, permission)
        changes = install_recipe(input.recipe, json_of(input.parameters), live=live, plan_only=input.plan_only)
        return InstallRecipePayload(changes=[change_of(change) for change in changes])
