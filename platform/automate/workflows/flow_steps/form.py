"""The form of an approval: the JSON Schema of an object, without references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NoReturn

import jsonschema_rs

from automate.kernel.canonical import canonical_json
from automate.kernel.json_values import JsonValue, ReadableJson
from automate.kernel.limits import KIB
from automate.kernel.problems import Problem
from automate.workflows.problems import short

FORM_BYTES = 8 * KIB

# A reference might lead to another host, or into an endless cycle.
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


def compile_form(form: Mapping[str, JsonValue]) -> jsonschema_rs.Draft202012Validator:
    """Compile the form of an approval to a validator of answers. Regular expressions in the form match in linear time."""
    return jsonschema_rs.Draft202012Validator(
        dict(form), retriever=_refuse, pattern_options=jsonschema_rs.RegexOptions(), validate_formats=True
    )


def form_problems(form: Mapping[str, JsonValue], path: tuple[str | int, ...]) -> list[Problem]:
    size = len(canonical_json(form))
    if size > FORM_BYTES:
        message = f"The form has {size:,} bytes as JSON; the maximum is {FORM_BYTES:,}. Make the form smaller."
        return [Problem("LIMIT_EXCEEDED", message, path)]
    references = [
        Problem(
            "INVALID_WORKFLOW",
            f"A form must not use {where[-1]} to refer to another schema. Copy the other schema into the form.",
            where,
        )
        for where in _references(form, path)
    ]
    if references:
        return references
    try:
        compile_form(form)
    except jsonschema_rs.ValidationError as error:
        message = f"The form is not a JSON Schema (2020-12): {short(error.message, 200)}."
        return [Problem("INVALID_WORKFLOW", message, (*path, *error.instance_path))]
    return []


def _references(form: ReadableJson, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    pending: list[tuple[ReadableJson, tuple[str | int, ...]]] = [(form, path)]
    while pending:
        value, where = pending.pop()
        if isinstance(value, Mapping):
            for name, item in value.items():
                if name in _REFERENCES and isinstance(item, str):
                    yield (*where, name)
                pending.append((item, (*where, name)))
        elif isinstance(value, list):
            pending.extend((item, (*where, index)) for index, item in enumerate(value))


def _refuse(uri: str) -> NoReturn:
    raise ValueError(uri)
