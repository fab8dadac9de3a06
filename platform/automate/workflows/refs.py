"""Finds references to secrets in a rendered request, and replaces these references.

A rendered request stores the paths of references separately. So text from an event is never read as a reference.
"""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.errors import Json, NormalizedError
from automate.workflows.templates import SecretRef
from automate.workflows.templates.literals import MARK

Values = Mapping[tuple[str, int | None], str]
"""(name, version) -> value; version None is the current one."""


def rendered_refs(rendered_json: Json) -> list[SecretRef]:
    """Return the references to secrets in a rendered request."""
    return [
        SecretRef(part["secret"], part["version"], tuple(entry["path"]))
        for entry in rendered_json["refs"]
        for part in entry["parts"]
        if isinstance(part, dict)
    ]


def resolve(rendered_json: Json, values: Values) -> Json:
    """Return the input with the values of secrets. Raises SECRET_UNAVAILABLE if a value is missing."""
    root = [rendered_json["input"]]
    copied: set[tuple[str | int, ...]] = set()
    for entry in rendered_json["refs"]:
        path: list[str | int] = [0, *entry["path"]]
        parent: Json = root
        for depth, step in enumerate(path[:-1], start=1):
            place = tuple(path[:depth])
            if place not in copied:
                copied.add(place)
                parent[step] = parent[step].copy()
            parent = parent[step]
        parent[path[-1]] = "".join(_value(part, values, entry["path"]) for part in entry["parts"])
    return root[0]


def _value(part: Json, values: Values, path: list[str | int]) -> str:
    if isinstance(part, str):
        return part
    name, version = part["secret"], part["version"]
    value = values.get((name, version))
    if value is None:
        shown = name if version is None else f"{name}@{version}"
        raise NormalizedError(
            "SECRET_UNAVAILABLE", f"The secret in {MARK}{shown} has no value. Set the secret {name}.", path=path
        )
    return value
