"""What filters name, and whether the tenant has it: a name mistyped would else look like a list with nothing in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automate.kernel.errors import Json, NormalizedError
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
"""The fields of filters that name a row, and where it stands."""

SLUGS = tuple(name for name, (_, column) in NAMED.items() if column == "slug")
"""Those that people type."""


def is_there(name: str, value: Json) -> bool:
    """Whether the tenant has what a field names. name: of NAMED."""
    table, column = NAMED[name]
    return bool(count_of(table, [Condition(f"{column} = %s", (value,))], 0))


def not_there(name: str, value: Json, of: str) -> NormalizedError:
    """The refusal of a filter. name: of NAMED. of: the argument that the filter is."""
    field = name.removesuffix("_id")
    words = f"There is no {field} {f'{value!r}' if isinstance(value, str) else 'of this id'}; correct the filter."
    return NormalizedError("NOT_FOUND", words, path=[of, field])


def check_slugs(wanted: Any) -> None:
    """For a list that came out empty. Raises NormalizedError NOT_FOUND where its filter has a slug of nothing.

    An id is not looked up: one comes from an earlier answer, and what it named may be gone, or be another tenant's.
    """
    for name in SLUGS:
        value = getattr(wanted, name, None)
        if value is not None and not is_there(name, value):
            raise not_there(name, value, "filter")
