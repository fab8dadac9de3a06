"""Uses pydantic to check whether values fit their shapes. Finds all problems at once, each with its path.

docs/decisions/shapes.md has the reasons for pydantic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, create_model
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, ReadableJson
from automate.kernel.problems import Problem
from automate.kernel.shapes import (
    Checked,
    CheckedLater,
    Fitting,
    OneOf,
    ShapeClass,
    ShapeField,
    Spell,
    Whole,
    fields_of,
    listed,
    names,
    stored_form,
)
from automate.kernel.text import api_name, named
from automate.kernel.timestamps import parse_with_offset
from automate.kernel.untyped import Annotation

Path = tuple[str | int, ...]


def problems_of(
    kind: ShapeClass,
    given: ReadableJson,
    path: Path,
    *,
    code: str = "BAD_USER_INPUT",
    stored: bool = False,
    spell: Spell = api_name,
) -> list[Problem]:
    """Return all problems of a value. A member with the value None counts as missing.

    - ``path`` is the path of the value. The path of each problem starts with it.
    - ``code`` is the error code for a wrong type, a value out of range, and a missing or unknown field.
    - ``stored``: if True, the members have the names of the row. Otherwise they have API names.
    """
    found = _Found(kind, path, code, spell, stored=stored)
    try:
        _model(kind, stored=stored).model_validate(given)
    except ValidationError as error:
        problems = [problem for each in error.errors(include_url=False) for problem in found.problems_in(each)]
    else:
        problems = []
    return [*problems, *_of_several_fields(kind, given if stored else _stored(kind, given), path, spell)]


def refusals(problems: list[Problem]) -> list[NormalizedError]:
    return [NormalizedError(one.code, one.message, path=one.path) for one in problems]


def json_schema(kind: ShapeClass) -> dict[str, JsonValue]:
    """Return the JSON Schema of a shape. The fields have the names that clients of the API use."""
    return _model(kind, stored=False).model_json_schema(schema_generator=_Untitled)


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - overrides
        return False


_MODELS: dict[tuple[ShapeClass, bool], type[BaseModel]] = {}


def _model(kind: ShapeClass, *, stored: bool) -> type[BaseModel]:
    found = _MODELS.get((kind, stored))
    if found is None:
        found = _MODELS[kind, stored] = _made(kind, stored=stored)
    return found


def _made(kind: ShapeClass, *, stored: bool) -> type[BaseModel]:
    # Members of a model have names of their own: a field may be called ``schema``, as a method of pydantic is.
    members: dict[str, Annotation] = {
        f"the_{name}": (_annotation(field, stored=stored), _declared(field, name if stored else field.api_name))
        for name, field in fields_of(kind).items()
    }
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid"), **members)


def _declared(field: ShapeField, alias: str) -> object:
    said: dict[str, Annotation] = {"alias": alias, "description": field.says.text or None}
    if field.required:
        return Field(**said)
    if isinstance(field.default, str | int) and not field.says.null:
        spelled = field.kind.spelled(field.default) if isinstance(field.kind, OneOf) else field.default
        said["json_schema_extra"] = {"default": spelled}
    return Field(default_factory=lambda: None, **said)


def _annotation(field: ShapeField, *, stored: bool) -> object:
    nested = field.nested is not None and not isinstance(field.kind, CheckedLater)
    one: Annotation = _model(field.type, stored=stored) if nested else _checked(field, stored=stored)
    many: Annotation = list[one] if field.many else one
    return many if field.required else many | None


def _checked(field: ShapeField, *, stored: bool) -> object:
    check = PlainValidator(partial(_check, field, stored=stored), json_schema_input_type=_json_type(field))
    return Annotated[object, check]


def _json_type(field: ShapeField) -> object:
    if isinstance(field.kind, Whole):
        return Annotated[int, Field(ge=field.kind.least, le=field.kind.most)]
    if isinstance(field.kind, OneOf):
        return Literal[tuple(map(field.kind.spelled, field.kind.values))]
    return _model(field.type, stored=False) if field.nested is not None else field.type


def _check(field: ShapeField, value: JsonValue, *, stored: bool) -> JsonValue:
    if value is None or not _has_type(value, _python(field)):
        raise _unfit()
    if isinstance(field.kind, Checked):
        _check_itself(field.kind, value)
    elif isinstance(field.kind, Whole | OneOf | Fitting):
        if not field.kind.accepts(value, stored=stored):
            raise _unfit()
    elif field.type is datetime and isinstance(value, str):
        _check_timestamp(value)
    return value


def _check_itself(kind: Checked, value: JsonValue) -> None:
    try:
        problems = list(kind.check(value))
    except NormalizedError as refusal:
        problems = [Problem(refusal.code, refusal.message, ())]
    if problems:
        raise PydanticCustomError("problems", "problems", {"problems": problems})


def _check_timestamp(text: str) -> None:
    try:
        parse_with_offset(text)
    except (ValueError, OverflowError):
        raise _unfit() from None


def _python(field: ShapeField) -> ShapeClass:
    """The Python type of the JSON value."""
    if field.nested is not None:
        return dict
    return str if field.type is datetime else field.type


def _has_type(value: JsonValue, wanted: ShapeClass) -> bool:
    # For Python, true is an integer.
    return isinstance(value, wanted) and (wanted is not int or not isinstance(value, bool))


def _unfit() -> PydanticCustomError:
    return PydanticCustomError("unfit", "unfit")


@dataclass(frozen=True)
class _Found:
    """Turns the errors of pydantic into problems."""

    kind: ShapeClass
    path: Path
    code: str
    spell: Spell
    stored: bool

    def problems_in(self, error: ErrorDetails) -> Iterator[Problem]:
        owner, field, path = self._place(error["loc"])
        item = bool(error["loc"]) and isinstance(error["loc"][-1], int)
        if error["type"] == "problems":
            yield from (Problem(one.code, one.message, (*path, *one.path)) for one in error["ctx"]["problems"])
        elif error["type"] == "extra_forbidden":
            known = listed([self._spelled(one) for one in fields_of(owner).values()])
            name = self.spell(str(error["loc"][-1])) if self.stored else error["loc"][-1]
            message = f"There is no {str(name)[:64]!r} here; {f'there are {known}' if known else 'leave it out'}."
            yield Problem(self.code, message, (*path[:-1], name))
        elif field is not None and (error["type"] == "missing" or (error["input"] is None and not item)):
            place = path[:-1] if error["type"] == "missing" else path
            yield Problem(self.code, f"{self._spelled(field)} is missing; it must be {field.words}.", place)
        else:
            words = f"a mapping with {names(self.kind)}" if field is None else field.item_words if item else field.words
            yield Problem(self.code, f"{named(path)} must be {words}.", path)

    def _place(self, loc: tuple[str | int, ...]) -> tuple[ShapeClass, ShapeField | None, Path]:
        owner, field, path = self.kind, None, self.path
        for part in loc:
            if isinstance(part, int):
                path = (*path, part)
                continue
            if field is not None and field.nested is not None:
                owner = field.nested
            field = next((one for one in fields_of(owner).values() if part in {one.name, one.api_name}), None)
            path = (*path, self._spelled(field) if field is not None else part)
        return owner, field, path

    def _spelled(self, field: ShapeField) -> str:
        return field.api_name if self.spell is api_name else self.spell(field.name)


def _stored(kind: ShapeClass, given: ReadableJson) -> ReadableJson:
    return stored_form(kind, given) if isinstance(given, dict) else given


def _of_several_fields(kind: ShapeClass, given: ReadableJson, path: Path, spell: Spell) -> Iterator[Problem]:
    if not isinstance(given, dict):
        return
    for problem in getattr(kind, "wrong", _nothing)(given, spell):
        place = (spell(part) if isinstance(part, str) else part for part in problem.path)
        yield Problem(problem.code, problem.message, (*path, *place))
    for name, field in fields_of(kind).items():
        if field.nested is None or isinstance(field.kind, CheckedLater) or name not in given:
            continue
        if field.many and isinstance(several := given[name], list):
            for number, one in enumerate(several):
                yield from _of_several_fields(field.nested, one, (*path, spell(name), number), spell)
        else:
            yield from _of_several_fields(field.nested, given[name], (*path, spell(name)), spell)


def _nothing(_given: JsonValue, _spell: Spell) -> tuple[Problem, ...]:
    return ()
