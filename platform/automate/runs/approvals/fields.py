"""Converts the JSON Schema of a form to input fields, and a browser's answers to JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.strict_json import loads

LONG_CHARACTERS = 255
"""Texts that can be longer get an input of several lines."""
MOST_CHARACTERS = 16 * 1024

TEXT, LONG_TEXT, NUMBER, SWITCH, CHOICE, AS_JSON = "text", "long_text", "number", "switch", "choice", "json"
_INPUT_TYPES = {"date": "date", "email": "email", "uri": "url", "time": "text", "date-time": "text"}
_WHOLE = re.compile(r"[+-]?[0-9]{1,300}")


@dataclass(frozen=True)
class FieldChoice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FormField:
    """One input field of the page."""

    name: str
    """The name of the input, which differs from the property's name."""
    key: str
    label: str
    hint: str
    kind: str
    """The kind of the field: one of the constants ``TEXT`` to ``AS_JSON``."""
    required: bool
    type: str = "text"
    """The ``type`` of an ``input``."""
    value: str = ""
    """The text in the input."""
    checked: bool = False
    choices: Sequence[FieldChoice] = field(default_factory=tuple)
    least_value: str = ""
    most_value: str = ""
    step: str = ""
    most: int = MOST_CHARACTERS
    """The largest number of characters."""
    problem: str = ""

    @property
    def described_by(self) -> str:
        """The value of the attribute ``aria-describedby``."""
        parts = [(self.hint or self.kind == AS_JSON, "hint"), (self.problem, "problem")]
        return " ".join(f"{self.name}-{part}" for wanted, part in parts if wanted)


def fields_of(
    schema: Mapping[str, JsonValue], posted: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> list[FormField]:
    """Return the input fields of a form, in the order of its properties."""
    required, names = _required(schema), _names(schema)
    return [
        _field(
            names[key],
            key,
            _schema(of),
            required=key in required,
            posted=posted,
            problem=(problems or {}).get(key, ""),
        )
        for key, of in _properties(schema).items()
    ]


def answers_of(schema: Mapping[str, JsonValue], posted: Mapping[str, str]) -> dict[str, JsonValue]:
    """Convert the browser's input to JSON. An empty field is omitted."""
    answers: JsonObject = {}
    names = _names(schema)
    for key, of in _properties(schema).items():
        text = posted.get(names[key], "").replace("\r\n", "\n")
        kind = _kind(_schema(of))
        if kind == SWITCH:
            answers[key] = text == "true"
        elif text.strip():
            answers[key] = _answer(_schema(of), kind, text)
    return answers


def _answer(schema: Mapping[str, JsonValue], kind: str, text: str) -> JsonValue:
    if kind == NUMBER:
        return _number(text.strip())
    if kind == CHOICE:
        options = _options(schema)
        return options[int(text)] if text in map(str, range(len(options))) else text
    if kind == AS_JSON:
        try:
            return loads(text.encode("utf-8", "replace"), max_bytes=MOST_CHARACTERS)
        except NormalizedError:
            return text
    return text


def _number(text: str) -> JsonValue:
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        value = float(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def _field(
    name: str,
    key: str,
    schema: Mapping[str, JsonValue],
    *,
    required: bool,
    posted: Mapping[str, str] | None,
    problem: str,
) -> FormField:
    kind = _kind(schema)
    default = schema.get("default")
    value = _written(kind, schema, default) if posted is None else posted.get(name, "")
    longest = schema.get("maxLength")
    return FormField(
        name=name,
        key=key,
        label=_text(schema.get("title")) or key,
        hint=_text(schema.get("description")),
        kind=kind,
        # A checkbox always has an answer, and browsers read "required" as "must be checked".
        required=required and kind != SWITCH,
        type=_INPUT_TYPES.get(_text(schema.get("format")), "text"),
        value=value,
        checked=value == "true",
        choices=[
            FieldChoice(str(number), option if isinstance(option, str) else json.dumps(option), str(number) == value)
            for number, option in enumerate(_options(schema))
        ],
        least_value=_bound(schema.get("minimum")),
        most_value=_bound(schema.get("maximum")),
        step="1" if _type(schema) == "integer" else "any",
        most=min(longest, MOST_CHARACTERS) if isinstance(longest, int) and longest > 0 else MOST_CHARACTERS,
        problem=problem,
    )


def _written(kind: str, schema: Mapping[str, JsonValue], default: JsonValue) -> str:
    if default is None:
        return ""
    if kind == CHOICE:
        options = _options(schema)
        return str(options.index(default)) if default in options else ""
    return default if isinstance(default, str) and kind != AS_JSON else json.dumps(default, ensure_ascii=False)


def _kind(schema: Mapping[str, JsonValue]) -> str:
    kind, longest = _type(schema), schema.get("maxLength")
    if _options(schema):
        return CHOICE
    if kind == "string":
        return LONG_TEXT if isinstance(longest, int) and longest > LONG_CHARACTERS else TEXT
    return {"number": NUMBER, "integer": NUMBER, "boolean": SWITCH}.get(kind, AS_JSON)


def _type(schema: Mapping[str, JsonValue]) -> str:
    given = schema.get("type")
    types = given if isinstance(given, list) else [given]
    return next((kind for kind in types if isinstance(kind, str) and kind != "null"), "")


def _options(schema: Mapping[str, JsonValue]) -> list[JsonValue]:
    given = schema.get("enum")
    return given if isinstance(given, list) else []


def in_order(schema: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the schema with its properties in the order of ``x-order``. Properties without ``x-order`` are last."""
    properties = _properties(schema)
    if not any("x-order" in _schema(of) for of in properties.values()):
        return {**schema}
    return {
        **schema,
        "properties": {key: properties[key] for key in sorted(properties, key=lambda key: _place(properties[key]))},
    }


def _place(schema: JsonValue) -> float:
    order = _schema(schema).get("x-order")
    return float(order) if isinstance(order, (int, float)) and not isinstance(order, bool) else math.inf


def _names(schema: Mapping[str, JsonValue]) -> dict[str, str]:
    # The name of each property's input. During an upgrade, a page of one release is posted to another. So the names do
    # not depend on the order of the properties, which earlier releases do not know.
    properties = _properties(schema)
    required = {key: place for place, key in reversed(list(enumerate(_required(schema))))}

    def place(key: str) -> tuple[float, int, int, bytes]:
        encoded = key.encode("utf-8", "surrogatepass")
        return _place(properties[key]), required.get(key, len(required)), len(encoded), encoded

    return {key: f"f{number}" for number, key in enumerate(sorted(properties, key=place))}


def _properties(schema: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    given = schema.get("properties")
    return given if isinstance(given, dict) else {}


def _required(schema: Mapping[str, JsonValue]) -> list[str]:
    given = schema.get("required")
    return [key for key in given if isinstance(key, str)] if isinstance(given, list) else []


def _schema(given: JsonValue) -> Mapping[str, JsonValue]:
    # The schema `true` becomes an empty object.
    return given if isinstance(given, dict) else {}


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _bound(value: JsonValue) -> str:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
