"""Reads the platform's recipes from ``catalogue``. ``${name}`` stands for a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import orjson
import yaml

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_list, as_object, as_objects, as_text, as_texts
from automate.kernel.shapes import read
from automate.recipes.filling import filled

CATALOGUE = Path(__file__).with_name("catalogue")
SECTIONS = ("sources", "workflows", "rules", "schedules")


@dataclass(frozen=True)
class RecipeEvent:
    """An example of an event that the recipe processes."""

    title: str
    type: str
    payload: JsonValue
    source: str = ""
    """Empty for the recipe's own source."""
    subject: str = ""
    headers: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """One recipe."""

    slug: str
    """The name of the recipe's file."""
    title: str
    description: str
    parameters: Mapping[str, JsonValue]
    """The JSON Schema of an object, for a form. ``writeOnly`` is never shown; ``format: secret-name`` names a secret."""
    template: Mapping[str, JsonValue]
    """The sections with placeholders."""
    samples: tuple[RecipeEvent, ...] = ()

    def example(self) -> dict[str, JsonValue]:
        """Return example parameters."""
        required = as_texts(self.parameters.get("required", []))
        described = as_object(self.parameters["properties"])
        return {
            name: part["default"] if "default" in part else as_list(part["examples"])[0]
            for name, part in zip(described, as_objects([*described.values()]), strict=True)
            if "default" in part or name in required
        }

    def made(self) -> Iterator[tuple[str, str]]:
        """Yield the section and slug of each object that the recipe creates."""
        whole = filled(self.template, self.example())
        for section in SECTIONS:
            for entry in as_objects(whole.get(section, [])):
                yield section, as_text(entry["slug"])


@cache
def recipes() -> Mapping[str, Recipe]:
    """Return all recipes by slug, ordered by title."""
    found = [_read(path) for path in CATALOGUE.glob("*.yaml")]
    return {recipe.slug: recipe for recipe in sorted(found, key=lambda recipe: (recipe.title, recipe.slug))}


def recipe_of(slug: str) -> Recipe:
    """Return the recipe with this slug. Raises NOT_FOUND if no recipe has the slug."""
    found = recipes().get(slug)
    if found is None:
        message = f"No recipe has this slug. Use one of {', '.join(recipes())}."
        raise NormalizedError("NOT_FOUND", message, path=["recipe"])
    return found


def _read(path: Path) -> Recipe:
    document = yaml.safe_load(path.read_bytes())
    template = {section: document[section] for section in SECTIONS if section in document}
    samples: list[JsonValue] = [
        {**one, "payload": orjson.loads((CATALOGUE / one["payload"]).read_bytes())} for one in document["samples"]
    ]
    return read(Recipe, {**document, "slug": path.stem, "template": template, "samples": samples})
