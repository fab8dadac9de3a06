"""The recipes that come with the platform: a file each in ``catalogue``, in the shape that ``automate apply`` takes, and more.

``title description parameters samples`` say what it is; ``sources workflows rules schedules`` what it makes, where
``${name}`` stands for a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
import yaml

from automate.kernel.errors import Json, NormalizedError
from automate.recipes.filling import filled

CATALOGUE = Path(__file__).with_name("catalogue")
SECTIONS = ("sources", "workflows", "rules", "schedules")


@dataclass(frozen=True)
class Sample:
    """An event that the recipe is there for, as its sender publishes it. type, source, subject, headers, payload: as of an Event;
    source: empty for the recipe's own.
    """

    title: str
    type: str
    source: str
    subject: str
    headers: Mapping[str, Json]
    payload: Json


@dataclass(frozen=True)
class Recipe:
    """slug: its file's name. parameters: JSON Schema of an object, of which a form can be made; ``writeOnly`` is never shown,
    ``format: secret-name`` names a secret of the tenant. template: the sections, before parameters stand in them.
    """

    slug: str
    title: str
    description: str
    parameters: Mapping[str, Json]
    template: Mapping[str, Json]
    samples: tuple[Sample, ...]

    def example(self) -> dict[str, Json]:
        """Parameters that could be given: defaults, and examples of those that are required."""
        required = self.parameters.get("required", ())
        return {
            name: part["default"] if "default" in part else part["examples"][0]
            for name, part in self.parameters["properties"].items()
            if "default" in part or name in required
        }

    def made(self) -> Iterator[tuple[str, str]]:
        """Section and slug of all that it makes with its defaults."""
        whole = filled(self.template, self.example())
        for section in SECTIONS:
            for entry in whole.get(section, ()):
                yield section, entry["slug"]


@cache
def recipes() -> Mapping[str, Recipe]:
    """By slug, in the order of their titles."""
    found = [_read(path) for path in CATALOGUE.glob("*.yaml")]
    return {recipe.slug: recipe for recipe in sorted(found, key=lambda recipe: recipe.title)}


def recipe_of(slug: str) -> Recipe:
    """Raises NormalizedError NOT_FOUND."""
    found = recipes().get(slug)
    if found is None:
        message = f"There is no recipe of this slug; there are {', '.join(recipes())}."
        raise NormalizedError("NOT_FOUND", message, path=["recipe"])
    return found


def _read(path: Path) -> Recipe:
    document = yaml.safe_load(path.read_bytes())
    return Recipe(
        slug=path.stem,
        title=document["title"],
        description=document["description"],
        parameters=document["parameters"],
        template={section: document[section] for section in SECTIONS if section in document},
        samples=tuple(_sample(one) for one in document["samples"]),
    )


def _sample(one: Mapping[str, Json]) -> Sample:
    return Sample(
        title=one["title"],
        type=one["type"],
        source=one.get("source", ""),
        subject=one.get("subject", ""),
        headers=one.get("headers", {}),
        payload=orjson.loads((CATALOGUE / one["payload"]).read_bytes()),
    )
