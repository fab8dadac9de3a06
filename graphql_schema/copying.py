"""Makes GraphQL objects from database rows. Copies fields of a row to the object's fields of the same name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeVar, cast

T = TypeVar("T")


def copier(kind: type[T], row_kind: type, *computed: str) -> Callable[..., T]:
    """Make a function that converts a row to an object. Raises TypeError if the row lacks a field of the object."""
    shown: type = kind
    properties = {name for name, value in vars(row_kind).items() if isinstance(value, property)}
    own = ({field.name for field in dataclasses.fields(row_kind)} | properties) - {*computed}
    fields = dataclasses.fields(shown)
    copied = [field.name for field in fields if field.init and field.name in own]
    known = {*copied, *computed}
    lost = [field.name for field in fields if field.name not in known and not _has_default(field)]
    unknown = {*computed} - {field.name for field in fields}
    if lost or unknown:
        raise TypeError(f"{shown.__name__} of {row_kind.__name__}: missing {lost}, unknown {sorted(unknown)}.")
    # Generated code with keyword arguments. A dict of arguments for each object would take a third longer.
    arguments = ", ".join([*(f"{name}={name}" for name in computed), *(f"{name}=_row.{name}" for name in copied)])
    names: dict[str, object] = {"_kind": kind}
    exec(f"def make(_row, /, {', '.join(computed)}): return _kind({arguments})", names)  # noqa: S102 - names of fields alone
    return cast("Callable[..., T]", names["make"])  # exec returns its functions without types


def _has_default(field: dataclasses.Field[object]) -> bool:
    missing = dataclasses.MISSING
    return not field.init or field.default is not missing or field.default_factory is not missing
