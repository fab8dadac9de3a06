"""Makes GraphQL objects from database rows. Copies fields of a row to the object's fields of the same name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from functools import cached_property
from inspect import get_annotations
from operator import attrgetter
from typing import TypeVar, cast

import strawberry
from django.db.models import Model

from graphql_schema.connections import HasId
from graphql_schema.ids import global_id
from graphql_schema.planning import Of, own_name_of

T = TypeVar("T")
Row = TypeVar("Row", bound=HasId)


def copier(kind: type[T], row_kind: type, *computed: str) -> Callable[..., T]:
    """Make a function that converts a row to an object. Raises TypeError if the row lacks a field of the object."""
    copied = _copied(kind, row_kind, computed)
    # Generated code with keyword arguments. A dict of arguments for each object would take a third longer.
    arguments = ", ".join([*(f"{name}={name}" for name in computed), *(f"{name}=_row.{name}" for name in copied)])
    names: dict[str, object] = {"_kind": kind}
    exec(f"def make(_row, /, {', '.join(computed)}): return _kind({arguments})", names)  # noqa: S102 - names of fields alone
    return cast("Callable[..., T]", names["make"])  # exec returns its functions without types


def lazily(kind: type[T], row_kind: type, **computed: Callable[[Row], object]) -> Callable[[Row], T]:
    """Make a function that converts a row to an object. The object computes a field when the field is first read.

    So a row of a queryset needs only the columns of the selected fields. ``computed`` has functions for the fields that
    the row lacks. Raises TypeError if no function computes such a field.
    """
    name_of_kind = own_name_of(kind)
    read: dict[str, Callable[[Row], object]] = {
        "id": lambda row: strawberry.ID(global_id(name_of_kind, row.id)),
        **computed,
    }
    read |= {name: attrgetter(name) for name in _copied(kind, row_kind, [*read, "row"])}
    for name, of_row in read.items():
        field = cached_property(_of_object(of_row))
        field.__set_name__(kind, name)
        setattr(kind, name, field)

    def make(row: Row) -> T:
        made = object.__new__(kind)
        vars(made).update(row=row, loaded={})
        return made

    return make


def _of_object(read: Callable[[Row], object]) -> Callable[[Of[Row]], object]:
    return lambda made: read(made.row)


def _copied(kind: type, row_kind: type, computed: Collection[str]) -> list[str]:
    # A model has an attribute for each column. Annotations of a queryset are declared in the model.
    given = {*dir(row_kind), *get_annotations(row_kind)} if issubclass(row_kind, Model) else _names(row_kind)
    own = given - {*computed}
    fields = dataclasses.fields(kind)
    copied = [field.name for field in fields if field.init and field.name in own]
    known = {*copied, *computed}
    lost = [field.name for field in fields if field.name not in known and not _has_default(field)]
    unknown = {*computed} - {field.name for field in fields}
    if lost or unknown:
        raise TypeError(f"{kind.__name__} of {row_kind.__name__}: missing {lost}, unknown {sorted(unknown)}.")
    return copied


def _names(row_kind: type) -> set[str]:
    properties = {name for name, value in vars(row_kind).items() if isinstance(value, property)}
    return {field.name for field in dataclasses.fields(row_kind)} | properties


def _has_default(field: dataclasses.Field[object]) -> bool:
    missing = dataclasses.MISSING
    return not field.init or field.default is not missing or field.default_factory is not missing
