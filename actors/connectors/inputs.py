"""A connector's rendered input against its JSON Schema; the problem is told without any value, which may be a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from actors.connectors.base import ConnectorError
from automate.kernel.errors import Json
from automate.workflows.connectors import Failure
from automate.workflows.wording import one_of_names

BAD_INPUT = Failure(
    "bad_input", "BAD_USER_INPUT", "The rendered input is not what the connector takes; nothing was sent."
)

WORD_CHARACTERS = 200


def whole(word: str) -> str:
    """A word for a sentence, or what stands for one that is too long: of a secret that was cut in the midst of a text, what is
    left would not be found.
    """
    return word if len(word) <= WORD_CHARACTERS else f"[{len(word)} characters]"


class InputCheck:
    """Compiled once from a connector's input_schema; call it with the rendered input."""

    def __init__(self, schema: Mapping[str, Json]) -> None:
        self._schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(dict(schema), mask="the value")

    def __call__(self, given: Mapping[str, Json]) -> None:
        """Raises ConnectorError BAD_USER_INPUT with the first problem and, in ``details.field``, its place."""
        try:
            self._validator.validate(dict(given))
        except jsonschema_rs.ValidationError as error:
            field = ".".join(str(part) for part in error.instance_path) or "with"
            told = one_of_names(error, self._schema)
            message = f"{field} {told}." if told else f"{field}: {error.message}.{_advice(error)}"
            raise input_problem(field, message) from None


def _advice(error: jsonschema_rs.ValidationError) -> str:
    """A string that is one expression keeps its type, which surprises where text is wanted."""
    kind: Any = error.kind
    if kind.name != "type" or kind.types != ["string"] or error.instance is None:
        return ""
    return (
        " A string that is one {{ expression }} keeps its type: write {{ to_string(event.payload.n) }},"
        " or put text around it."
    )


def input_problem(field: str, message: str) -> ConnectorError:
    return ConnectorError.of(BAD_INPUT, message, details={"field": field})
