"""Reads recipes from ``catalogue`` and installs them. ``${name}`` stands for the value of a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import jsonschema_rs
import orjson
import yaml

from automate.configuration.services import ObjectChange, apply_configuration
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_list, as_object, as_objects, as_text, as_texts
from automate.kernel.problems import refusal_of
from automate.kernel.shapes import read
from automate.simulation.testing.asked import SampleEvent
from automate.triggers.schedules.services import pause_schedule
from automate.vault.resolving import known_names
from automate.workflows.wording import humane

CATALOGUE = Path(__file__).with_name("catalogue")
DRAFT: Mapping[str, JsonObject] = {
    "sources": {"enabled": False}, "workflows": {"published": False}, "rules": {"enabled": False}
}  # fmt: skip
"""The fields that make a draft of an entry, by section. Schedules are paused instead."""
_PLACE = re.compile(r"\$\{([a-z_]+)\}")


@dataclass(frozen=True, kw_only=True)
class RecipeEvent(SampleEvent):
    """An event that the recipe processes. ``source`` is empty if the recipe creates the source of the event."""

    title: str


@dataclass(frozen=True)
class Recipe:
    """One recipe."""

    slug: str
    """The name of the recipe's file."""
    title: str
    description: str
    parameters: JsonObject
    """The JSON Schema of an object, for a form. ``writeOnly`` is never shown; ``format: secret-name`` names a secret."""
    template: JsonObject
    """The sections of a configuration, with placeholders."""
    samples: tuple[RecipeEvent, ...] = ()

    @property
    def properties(self) -> dict[str, JsonObject]:
        """The JSON Schema of each parameter."""
        return {name: as_object(part) for name, part in as_object(self.parameters["properties"]).items()}

    @property
    def example(self) -> JsonObject:
        """Example values: each default, and the first example of each required parameter that has no default."""
        required = as_texts(self.parameters.get("required", []))
        return {name: as_list(self.properties[name].get("examples", [None]))[0] for name in required} | self.defaults

    @property
    def defaults(self) -> JsonObject:
        return {name: part["default"] for name, part in self.properties.items() if "default" in part}

    def made(self) -> list[tuple[str, str]]:
        """Return the section and slug of each object that the recipe creates."""
        made = as_object(filled(self.template, self.example))
        return [(section, as_text(entry["slug"])) for section in made for entry in as_objects(made[section])]

    def needed_secrets(self) -> dict[str, bool]:
        """For each secret that the recipe needs, return the secret's name, and whether the tenant has the secret."""
        known, kinds = known_names(), {name: part.get("format") for name, part in self.properties.items()}
        needed = sorted(as_text(value) for name, value in self.example.items() if kinds[name] == "secret-name")
        return {name: name in known for name in needed}

    def checked(self, given: JsonValue) -> JsonObject:
        """Add defaults to parameters, and check the parameters. Null counts as missing. Raises BAD_USER_INPUT."""
        said: JsonValue = {} if given is None else given
        if isinstance(said, dict):
            said = self.defaults | {name: value for name, value in said.items() if value is not None}
        problems = [
            NormalizedError("BAD_USER_INPUT", problem.message, path=problem.path)
            for error in jsonschema_rs.validator_for(self.parameters, mask="the value").iter_errors(said)
            for problem in humane(error, ("parameters",), self.parameters)
        ]
        if problems:
            raise refusal_of(problems)
        return as_object(said)


@cache
def recipes() -> Mapping[str, Recipe]:
    """Return all recipes by slug, ordered by title."""
    found = [_read(path) for path in CATALOGUE.glob("*.yaml")]
    return {recipe.slug: recipe for recipe in sorted(found, key=lambda recipe: (recipe.title, recipe.slug))}


def _read(path: Path) -> Recipe:
    document = yaml.safe_load(path.read_bytes())
    for sample in document["samples"]:
        sample["payload"] = orjson.loads((CATALOGUE / sample["payload"]).read_bytes())
    return read(Recipe, {**document, "slug": path.stem})


def recipe_of(slug: str) -> Recipe:
    """Return the recipe with this slug. Raises NOT_FOUND if no recipe has the slug."""
    if found := recipes().get(slug):
        return found
    raise NormalizedError("NOT_FOUND", f"No recipe has this slug. Use one of {', '.join(recipes())}.", path=["recipe"])


def install_recipe(slug: str, parameters: JsonValue, *, live: bool, plan_only: bool = False) -> Sequence[ObjectChange]:
    """Create all objects of a recipe. Existing objects are never changed.

    - live: publish and enable the objects.
    - plan_only: write nothing.

    Raises NOT_FOUND for an unknown recipe. Raises BAD_USER_INPUT for invalid parameters or content that cannot be
    published. Raises CONFLICT with the path ``parameters name`` if a different object already has a slug of the recipe.
    """
    recipe = recipe_of(slug)
    made = as_object(filled(recipe.template, recipe.checked(parameters)))
    if not live:
        made = {name: [one | DRAFT.get(name, {}) for one in as_objects(entries)] for name, entries in made.items()}
    then = partial(_finish, recipe, live=live)
    return apply_configuration(made, plan_only=plan_only, then=then).changes


def _finish(recipe: Recipe, changes: Sequence[ObjectChange], *, live: bool) -> None:
    if others := [change for change in changes if change.outcome == "changed"]:
        named = ", ".join(f"{change.kind.replace('_', ' ')} {change.slug}" for change in others)
        raise NormalizedError(
            "CONFLICT",
            f"These objects exist already and differ from those of the recipe: {named}. Choose another `name`.",
            details={"objects": [{"kind": change.kind, "slug": change.slug} for change in others]},
            path=["parameters", "name"],
        )
    for change in changes:
        # Existing schedules are unchanged, because a person may have resumed them.
        if change.kind == "schedule" and change.outcome == "created" and not live:
            pause_schedule(change.slug, f"installed as a draft of the recipe {recipe.slug}")


def filled(value: JsonValue, parameters: Mapping[str, JsonValue]) -> JsonValue:
    """Insert parameters into a template. A value that needs a missing parameter is left out: its result is None."""
    if isinstance(value, dict):
        kept: JsonObject = {
            name: one for name, member in value.items() if (one := filled(member, parameters)) is not None
        }
        return kept if kept or not value else None
    if isinstance(value, list):
        return [one for item in value if (one := filled(item, parameters)) is not None]
    if not isinstance(value, str):
        return value
    if not parameters.keys() >= {*_PLACE.findall(value)}:
        return None
    whole = _PLACE.fullmatch(value)
    return parameters[whole[1]] if whole else _PLACE.sub(lambda place: str(parameters[place[1]]), value)
