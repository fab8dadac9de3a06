"""The query recipes."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_SECRETS, VIEW_WORKFLOWS
from automate.recipes import services
from graphql_schema.configuration.types import ConfiguredKind
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON


@strawberry.type(description="A sample event for a recipe, for testWorkflow.")
class RecipeSample:
    title: str = strawberry.field(description="The title of the sample.")
    type: str = strawberry.field(description="The type of the event.")
    source: str | None = strawberry.field(
        description="The slug of the source. Null for the source that the recipe makes."
    )
    subject: str | None = strawberry.field(description="The subject of the event. Null without one.")
    headers: JSON = strawberry.field(description="The headers of the event.")
    payload: JSON = strawberry.field(description="The payload of the event.")


@strawberry.type(description="An object that a recipe makes.")
class RecipeObject:
    kind: ConfiguredKind = strawberry.field(description="The kind of the object.")
    slug: str = strawberry.field(description="The default slug, which a parameter may change.")


@strawberry.type(description="A secret of the tenant that a recipe uses.")
class RecipeSecret:
    name: str = strawberry.field(description="The default name, which a parameter may change.")
    exists: bool | None = strawberry.field(
        description="Whether the secret exists. Null for a caller who may not see secrets."
    )


@strawberry.type(description="A ready-made automation. installRecipe installs it.")
class Recipe:
    slug: str
    title: str = strawberry.field(description="The name that people see.")
    description: str = strawberry.field(description="What the recipe does.")
    parameters: JSON = strawberry.field(
        description="The JSON Schema of the parameters, from which a form can be made. A value with writeOnly is "
        "never shown again. A value with the format secret-name is the name of a secret of the tenant."
    )
    creates: list[RecipeObject] = strawberry.field(description="The objects that an installation makes.")
    secrets: list[RecipeSecret] = strawberry.field(description="The secrets that the objects need.")
    samples: list[RecipeSample] = strawberry.field(description="Sample events with which the recipe can be tried.")


@strawberry.type
class RecipeQueries:
    @strawberry.field(extensions=[Requires(VIEW_WORKFLOWS)], description="All recipes of the platform.")
    def recipes(self, info: Info) -> list[Recipe]:
        sees_secrets = VIEW_SECRETS in info.context.principal.permissions
        return [_shown(recipe, sees_secrets=sees_secrets) for recipe in services.recipes().values()]


def _shown(recipe: services.Recipe, *, sees_secrets: bool) -> Recipe:
    return Recipe(
        slug=recipe.slug,
        title=recipe.title,
        description=recipe.description,
        parameters=JSON(recipe.parameters),
        creates=[
            RecipeObject(kind=ConfiguredKind(section.removesuffix("s")), slug=slug) for section, slug in recipe.made()
        ],
        secrets=[
            RecipeSecret(name=name, exists=exists if sees_secrets else None)
            for name, exists in recipe.needed_secrets().items()
        ],
        samples=[
            RecipeSample(
                title=one.title,
                type=one.type,
                source=one.source or None,
                subject=one.subject or None,
                headers=JSON(one.headers or {}),
                payload=JSON(one.payload),
            )
            for one in recipe.samples
        ],
    )
