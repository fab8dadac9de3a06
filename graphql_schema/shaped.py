"""Makes GraphQL types from shapes. A shape gives the names, types, defaults and descriptions of the fields.

Therefore an input cannot differ from its shape.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Callable, Collection
from typing import Any, ClassVar, TypeVar, cast

import strawberry

from automate.kernel.json_values import JsonValue
from automate.kernel.shapes import ShapeClass, ShapeField, fields_of
from graphql_schema.scalars import JSON

Made = TypeVar("Made")
_INPUTS: dict[ShapeClass, ShapeClass] = {}
"""By shape."""
_OUTPUTS: dict[ShapeClass, ShapeClass] = {}


class ShapeInput:
    """The base of inputs that ``input_of`` completes."""

    shape: ClassVar[ShapeClass]

    def stored(self) -> dict[str, JsonValue]:
        """The value as the row stores it, without members that are null."""
        return {
            name: _plain(value)
            for name in fields_of(self.shape)
            if (value := getattr(self, name)) is not None and value is not strawberry.UNSET
        }


def _plain(value: Any) -> JsonValue:
    if isinstance(value, ShapeInput):
        return value.stored()
    if isinstance(value, enum.Enum):
        return value.value
    return [_plain(one) for one in value] if isinstance(value, list) else value


def input_of(
    kind: ShapeClass, description: str | None = None, *, one_of: bool = False
) -> Callable[[type[Made]], type[Made]]:
    """Return a decorator that gives a subclass of ShapeInput the fields of a shape.

    The class may set another type for a field of the shape, such as an enum. The class may also add fields, each with a
    value. Raises TypeError for an added field without a value. With ``one_of``, clients give exactly one of the fields.
    """
    nothing = strawberry.UNSET if one_of else None

    def made(cls: type[Made]) -> type[Made]:
        types = _annotated(cls, kind)
        own = {name: hint for name, hint in types.items() if name not in fields_of(kind)}
        cls.__annotations__ = {
            name: types.get(name) or _type(field, _INPUTS, optional=_is_null(field))
            for name, field in fields_of(kind).items()
        } | own
        for name, field in fields_of(kind).items():
            default: Any = nothing if _is_null(field) else field.default
            said = f"{field.says.text} {field.says.null}".strip() or None
            made_field = (
                strawberry.field(name=field.api_name, description=said)
                if field.required
                else strawberry.field(name=field.api_name, description=said, default=default)
            )
            setattr(cls, name, made_field)
        cls.shape = kind  # type: ignore[attr-defined] # of ShapeInput
        _INPUTS[kind] = cls
        return strawberry.input(cls, description=description, one_of=one_of)

    return made


def output_of(kind: ShapeClass, description: str, *, nulls: bool = True) -> Callable[[type[Made]], type[Made]]:
    """Turn an empty class into the GraphQL type of a shape. ``shown`` makes its objects.

    With ``nulls=True``, null stands for a default, like in the input. Otherwise the default is shown.
    """

    def made(cls: type[Made]) -> type[Made]:
        types = _annotated(cls, kind)
        cls.__annotations__ = {
            name: types.get(name)
            or _type(field, _OUTPUTS, optional=_is_null(field) if nulls else field.default is None)
            for name, field in fields_of(kind).items()
        }
        for name, field in fields_of(kind).items():
            said = f"{field.says.text} {field.says.null}".strip() if nulls or field.default is None else field.says.text
            setattr(cls, name, strawberry.field(name=field.api_name, description=said or None))
        cls.shows_null = nulls  # type: ignore[attr-defined] # read by shown
        _OUTPUTS[kind] = cls
        return strawberry.type(cls, description=description)

    return made


def shown(value: Any) -> Any:
    """Convert a value of a shape class to its output."""
    output = _OUTPUTS[type(value)]
    values: dict[str, Any] = {}
    for name, field in fields_of(type(value)).items():
        one = getattr(value, name)
        hidden = output.shows_null and field.says.null and one == field.default
        values[name] = None if hidden else shown(one) if type(one) in _OUTPUTS else one
    return output(**values)


EVERYWHERE = frozenset({"expected_revision"})
"""A field of each input that the configuration file does not have."""


def mirrors(
    kind: ShapeClass, *, also: Collection[str] = (), without: Collection[str] = ()
) -> Callable[[type[Made]], type[Made]]:
    """Return a decorator for the class of an input. The input must have the fields of the entry ``kind``.

    - ``also``: fields that only the input has.
    - ``without``: fields that only the entry has.

    The decorator raises TypeError if the fields differ otherwise.
    """

    def checked(cls: type[Made]) -> type[Made]:
        wanted = (set(fields_of(kind)) - set(without)) | set(also) | EVERYWHERE
        found = {field.name for field in dataclasses.fields(cast("Any", cls))} | EVERYWHERE
        if found != wanted:
            different = ", ".join(sorted(found ^ wanted))
            message = f"{cls.__name__} and {kind.__name__} differ in {different}. Add each field to both, or name it in mirrors()."
            raise TypeError(message)
        return cls

    return checked


def _annotated(cls: ShapeClass, kind: ShapeClass) -> dict[str, Any]:
    types = inspect.get_annotations(cls)
    if unknown := {name for name in types if name not in fields_of(kind) and not hasattr(cls, name)}:
        message = f"{cls.__name__} has fields that {kind.__name__} does not have: {', '.join(sorted(unknown))}"
        raise TypeError(message)
    return types


def _is_null(field: ShapeField) -> bool:
    return bool(field.says.null) or field.default is None


def _type(field: ShapeField, made: dict[ShapeClass, ShapeClass], *, optional: bool) -> Any:
    one: Any = made[field.nested] if field.nested is not None else JSON if field.type in {object, dict} else field.type
    many: Any = list[one] if field.many else one
    return many | None if optional else many
