"""Checks that a filter names existing objects."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.queries import Condition, count_of

NAMED: Mapping[str, tuple[str, str]] = {
    "workflow": ("workflow", "slug"),
    "workflow_id": ("workflow", "id"),
    "version_id": ("workflow_version", "id"),
    "rule": ("rule_spec", "slug"),
    "rule_id": ("rule_spec", "id"),
    "event_id": ("event", "id"),
    "source": ("source", "slug"),
    "endpoint": ("webhook_endpoint", "slug"),
}
"""Fields of filters that name a row, with the table and column of the row."""

SLUGS = tuple(name for name, (_, column) in NAMED.items() if column == "slug")
"""Fields that people type."""


def is_there(name: str, value: JsonValue) -> bool:
    """Return whether the tenant has the object that a filter names."""
    table, column = NAMED[name]
    return bool(count_of(table, [Condition(f"{column} = %s", (value,))], 0))


def not_there(name: str, value: JsonValue, of: str) -> NormalizedError:
    """Return the error for an unknown object in a filter. The parameter ``of`` is the name of the filter's argument."""
    field = name.removesuffix("_id")
    words = f"There is no {field} {f'{value!r}' if isinstance(value, str) else 'with this id'}. Correct the filter."
    return NormalizedError("NOT_FOUND", words, path=[of, field])


def check_slugs(wanted: object) -> None:
    """Check the slugs in a filter that has found no rows. Ids are not checked.

    Raises NOT_FOUND for an unknown slug.
    """
    for name in SLUGS:
        value = getattr(wanted, name, None)
        if value is not None and not is_there(name, value):
            raise not_there(name, value, "filter")
