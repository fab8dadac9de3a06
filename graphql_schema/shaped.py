"""Makes GraphQL types from shapes. A shape gives the names, types, defaults and descriptions of the fields.

Therefore an input cannot differ from its shape.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Collection
from typing import ClassVar, TypeVar, get_args

import strawberry
import strawberry_django
from django.db.models import Model

from automate.kernel.json_values import JsonValue
from automate.kernel.shapes import FieldValue, ShapeClass, ShapeField, fields_of
from automate.kernel.untyped import Annotation
from graphql_schema.loaded import Shown
from graphql_schema.scalars import JSON

Made = TypeVar("Made")
_INPUTS: dict[ShapeClass, ShapeClass] = {}
"""By shape."""
_OUTPUTS: dict[ShapeClass, Shown] = {}


class ShapeInput:
    """The base class of GraphQL inputs. The decorator ``input_of`` adds the fields to a subclass."""

    shape: ClassVar[ShapeClass]

    # The members have the types of the shape's fields, which the type checker does not know.
    def stored(self) -> dict[str, FieldValue]:
        """Return the input in the form that the database row stores. Fields that are null or missing are left out."""
        return {
            name: _plain(value)
            for name in fields_of(self.shape)
            if (value := getattr(self, name, None)) is not None and value is not strawberry.UNSET
        }


def _plain(value: FieldValue) -> JsonValue:
    if isinstance(value, ShapeInput):
        return value.stored()
    if isinstance(value, enum.Enum):
        return value.value
    return [_plain(one) for one in value] if isinstance(value, list) else value


def input_of(
    kind: ShapeClass,
    description: str | None = None,
    *,
    only: Collection[str] = (),
    one_of: bool = False,
    tells_null: bool = False,
) -> Callable[[type[Made]], type[Made]]:
    """Return a decorator for a subclass of ShapeInput. The decorator adds the fields of a shape to the subclass.

    The subclass can set another type for a field of the shape, such as an enum. The subclass can also add fields. Raises
    TypeError if an added field has no value.

    - ``only``: the names of the fields to add. If ``only`` is empty, all fields of the shape are added.
    - ``one_of``: clients give exactly one of the fields.
    - ``tells_null``: If True, a field that the client leaves out is UNSET, and a field that the client sets to null is None.
    """
    nothing = strawberry.UNSET if one_of or tells_null else None

    def made(cls: type[Made]) -> type[Made]:
        chosen = {name: field for name, field in fields_of(kind).items() if not only or name in only}
        types = _annotated(cls, kind)
        own = {name: hint for name, hint in types.items() if name not in chosen}
        cls.__annotations__ = {
            name: types.get(name) or _type(field, _INPUTS, optional=_is_null(field)) for name, field in chosen.items()
        } | own
        for name, field in chosen.items():
            said = f"{field.says.text} {field.says.null}".strip() or None
            made_field = (
                strawberry.field(name=field.api_name, description=said)
                if field.required
                else strawberry.field(
                    name=field.api_name,
                    description=said,
                    default=nothing if _is_null(field) else _as_declared(cls, name, field.default),
                )
            )
            setattr(cls, name, made_field)
        cls.shape = kind  # type: ignore[attr-defined] # of ShapeInput
        if not only:
            _INPUTS[kind] = cls
        return strawberry.input(cls, description=description, one_of=one_of)

    return made


def _as_declared(cls: ShapeClass, name: str, default: object) -> object:
    """The default of a field. If the class gives the field an enum, the default is a member of this enum."""
    found = _enum_in(inspect.get_annotations(cls, eval_str=True)[name])
    return default if found is None else found(default)


def output_of(
    kind: ShapeClass, description: str, *, nulls: bool | Collection[str] = True, model: type[Model] | None = None
) -> Callable[[type[Made]], type[Made]]:
    """Return a decorator that turns a class into the GraphQL output type of a shape.

    The function ``shown`` makes objects of this type. The class can set another type for a field of the shape, such as
    an enum. The class can add fields, if each added field has a value. The class can also redefine a field of the
    shape, for example to change the field's description.

    - ``nulls``: If True, the output shows null instead of the default value of a field. This applies only to fields that
      clients can set to null. If False, the output shows the default value. If ``nulls`` lists names of fields, only the
      named fields show null.
    - ``model``: The model of the stored object that the output shows. Its columns describe the fields of their names.
    """
    columns = {column.name for column in model._meta.concrete_fields} if model is not None else set()  # noqa: SLF001 - public in Django
    hiding = {
        name
        for name, field in fields_of(kind).items()
        if field.says.null and (nulls if isinstance(nulls, bool) else name in nulls)
    }

    def made(cls: type[Made]) -> type[Made]:
        types = _annotated(cls, kind, columns)
        own = {name: hint for name, hint in types.items() if name not in fields_of(kind)}
        hints = inspect.get_annotations(cls, eval_str=True)
        enums = {name: found for name, hint in hints.items() if (found := _enum_in(hint)) is not None}
        cls.__annotations__ = {
            name: types.get(name) or _type(field, _OUTPUTS, optional=name in hiding or field.default is None)
            for name, field in fields_of(kind).items()
        } | own
        for name, field in fields_of(kind).items():
            if name in vars(cls):
                continue
            if name in columns:
                continue
            null = field.says.null if name in hiding or field.default is None else ""
            said = f"{field.says.text} {null}".strip()
            setattr(cls, name, strawberry.field(name=field.api_name, description=said or None))
        cls.hiding, cls.enums = hiding, enums  # type: ignore[attr-defined] # read by shown
        _OUTPUTS[kind] = cls
        if model is not None:
            return strawberry_django.type(model, description=description)(cls)
        return strawberry.type(cls, description=description)

    return made


def _enum_in(hint: object) -> type[enum.Enum] | None:
    """Return the enum in a type annotation such as ``Enum`` or ``Enum | None``. Return None if there is no enum."""
    return next((one for one in (hint, *get_args(hint)) if isinstance(one, type) and issubclass(one, enum.Enum)), None)


def shown(value: object, **added: object) -> Shown:
    """Convert an object of a shape class to the output type of this class.

    ``added`` has the values of fields that only the output has. ``added`` can also replace the value of a field of
    the shape.
    """
    output = _OUTPUTS[type(value)]
    values: dict[str, object] = {}
    for name, field in fields_of(type(value)).items():
        one = getattr(value, name)
        if one is None or (name in output.hiding and one == field.default):
            values[name] = None
        elif name in output.enums:
            values[name] = [*map(output.enums[name], one)] if field.many else output.enums[name](one)
        else:
            values[name] = shown(one) if type(one) in _OUTPUTS else one
    return output(**{**values, **added})


def _annotated(cls: ShapeClass, kind: ShapeClass, columns: Collection[str] = ()) -> dict[str, object]:
    types = inspect.get_annotations(cls)
    if unknown := {name for name in types if name not in {*fields_of(kind), *columns} and not hasattr(cls, name)}:
        message = f"{cls.__name__} has fields that {kind.__name__} does not have: {', '.join(sorted(unknown))}"
        raise TypeError(message)
    return types


def _is_null(field: ShapeField) -> bool:
    return bool(field.says.null) or field.default is None


def _type(field: ShapeField, made: dict[ShapeClass, ShapeClass], *, optional: bool) -> object:
    one: Annotation = (
        made[field.nested] if field.nested is not None else JSON if field.type in {object, dict} else field.type
    )
    many: Annotation = list[one] if field.many else one
    return many | None if optional else many
