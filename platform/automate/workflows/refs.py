"""Finds references to secrets in a rendered request, and replaces these references.

A rendered request stores the paths of references separately. So text from an event is never read as a reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_integer, as_list, as_object, as_objects, as_text
from automate.workflows.templates import SecretRef
from automate.workflows.templates.literals import MARK

Values = Mapping[tuple[str, int | None], str]
"""(name, version) -> value; version None is the current one."""


def rendered_refs(rendered_json: JsonValue) -> list[SecretRef]:
    """Return the references to secrets in a rendered request."""
    return [
        secret_ref(part, path_of(entry))
        for entry in as_objects(as_object(rendered_json)["refs"])
        for part in as_list(entry["parts"])
        if isinstance(part, dict)
    ]


def resolve(rendered_json: JsonValue, values: Values) -> JsonValue:
    """Return the input with the values of secrets. Raises SECRET_UNAVAILABLE if a value is missing."""
    rendered = as_object(rendered_json)
    root = [rendered["input"]]
    copied: set[tuple[str | int, ...]] = set()
    for entry in as_objects(rendered["refs"]):
        path = (0, *path_of(entry))
        parent: JsonValue = root
        for depth, step in enumerate(path[:-1], start=1):
            place = path[:depth]
            if place not in copied:
                copied.add(place)
                _put(parent, step, _copy(_member(parent, step)))
            parent = _member(parent, step)
        _put(parent, path[-1], "".join(_value(part, values, path[1:]) for part in as_list(entry["parts"])))
    return root[0]


def path_of(entry: JsonObject) -> tuple[str | int, ...]:
    """Return the place of a reference to a secret, as a path in the rendered input."""
    return tuple(part if isinstance(part, str) else as_integer(part) for part in as_list(entry["path"]))


def secret_ref(part: JsonObject, path: tuple[str | int, ...]) -> SecretRef:
    version = part["version"]
    return SecretRef(as_text(part["secret"]), None if version is None else as_integer(version), path)


def _member(parent: JsonValue, step: str | int) -> JsonValue:
    return as_list(parent)[step] if isinstance(step, int) else as_object(parent)[step]


def _put(parent: JsonValue, step: str | int, value: JsonValue) -> None:
    if isinstance(step, int):
        as_list(parent)[step] = value
    else:
        as_object(parent)[step] = value


def _copy(value: JsonValue) -> JsonValue:
    return value.copy() if isinstance(value, (list, dict)) else value


def _value(part: JsonValue, values: Values, path: Sequence[str | int]) -> str:
    if isinstance(part, str):
        return part
    ref = secret_ref(as_object(part), ())
    name, version = ref.name, ref.version
    value = values.get((name, version))
    if value is None:
        shown = name if version is None else f"{name}@{version}"
        raise NormalizedError(
            "SECRET_UNAVAILABLE", f"The secret in {MARK}{shown} has no value. Set the secret {name}.", path=path
        )
    return value
