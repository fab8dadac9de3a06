"""Installs recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from automate.configuration.services import Applied, ObjectChange, apply_configuration
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_objects
from automate.recipes.filling import checked, filled
from automate.recipes.reading import Recipe, recipe_of
from automate.triggers.schedules.services import pause_schedule
from automate.vault.resolving import known_names
from automate.workflows.templates.literals import SecretRef, split_refs

TRIES = 3
_SWITCHED = {"sources": "enabled", "workflows": "published", "rules": "enabled"}


@dataclass(frozen=True)
class NeededSecret:
    """A secret that a recipe uses."""

    name: str
    exists: bool
    """Needed to publish."""


def install_recipe(slug: str, parameters: JsonValue, *, live: bool, plan_only: bool = False) -> Sequence[ObjectChange]:
    """Create all objects of a recipe. Existing objects are never changed.

    - live: publish and enable the objects.
    - plan_only: write nothing.

    Raises NOT_FOUND for an unknown recipe. Raises BAD_USER_INPUT for invalid parameters or content that cannot be
    published. Raises CONFLICT with the path ``parameters name`` if a different object already has a slug of the recipe.
    """
    recipe = recipe_of(slug)
    configuration = configuration_of(recipe, checked(recipe.parameters, parameters), live=live)
    then = None if live else partial(_pause_schedules, slug)
    for left in reversed(range(TRIES)):
        planned = apply_configuration(configuration, plan_only=True)
        _refuse_others(planned)
        if plan_only or all(change.outcome == "unchanged" for change in planned.changes):
            return planned.changes
        try:
            return apply_configuration(configuration, expected=planned.before, then=then).changes
        except NormalizedError as error:
            # A concurrent save came in between, possibly of this recipe.
            if left == 0 or error.path != ["expectedFingerprint"]:
                raise
    raise AssertionError("the last try returns or raises")


def configuration_of(recipe: Recipe, parameters: Mapping[str, JsonValue], *, live: bool) -> dict[str, JsonValue]:
    # `parameters` must come from `checked`.
    made = filled(recipe.template, parameters)
    if live:
        return made
    return {
        section: [{**entry, _SWITCHED[section]: False} for entry in as_objects(entries)]
        if section in _SWITCHED
        else entries
        for section, entries in made.items()
    }


def _pause_schedules(recipe: str, changes: Sequence[ObjectChange]) -> None:
    # Existing schedules are unchanged, because a person may have resumed them.
    for change in changes:
        if change.kind == "schedule" and change.outcome == "created":
            pause_schedule(change.slug, f"installed as a draft of the recipe {recipe}")


def needed_secrets(recipe: Recipe) -> list[NeededSecret]:
    """List the secrets that a recipe needs."""
    workflows = as_objects(filled(recipe.template, recipe.example())["workflows"])
    definitions: list[JsonValue] = [entry["definition"] for entry in workflows]
    known = known_names()
    return [NeededSecret(name, name in known) for name in sorted(set(_names(definitions)))]


def _names(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield from (piece.name for piece in split_refs(value) if isinstance(piece, SecretRef))
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _names(member)


def _refuse_others(planned: Applied) -> None:
    others = [change for change in planned.changes if change.outcome == "changed"]
    if others:
        named = ", ".join(f"{change.kind.replace('_', ' ')} {change.slug}" for change in others)
        raise NormalizedError(
            "CONFLICT",
            f"These objects exist already and differ from those of the recipe: {named}. Choose another `name`.",
            details={"objects": [{"kind": change.kind, "slug": change.slug} for change in others]},
            path=["parameters", "name"],
        )
