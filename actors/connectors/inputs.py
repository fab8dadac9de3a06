"""Validates the rendered input of a connector. Errors do not contain the refused value, because it can be a secret."""

from __future__ import annotations

from collections.abc import Mapping

import jsonschema_rs

from actors.connectors.base import ConnectorError
from automate.kernel.json_values import JsonValue
from automate.kernel.untyped import ErrorKind
from automate.workflows.connectors import Failure
from automate.workflows.wording import one_of_names

BAD_INPUT = Failure(
    "bad_input", "BAD_USER_INPUT", "The rendered input does not match the connector's schema; nothing was sent."
)

WORD_CHARACTERS = 200


def whole(word: str) -> str:
    """Return a word for a message, or a placeholder if the word is too long.

    The word is never truncated. If the word is a secret, redaction would not recognize a truncated secret.
    """
    return word if len(word) <= WORD_CHARACTERS else f"[{len(word)} characters]"


class InputCheck:
    """Validates inputs by a connector's ``input_schema``."""

    def __init__(self, schema: Mapping[str, JsonValue]) -> None:
        self._schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(dict(schema), mask="the value")

    def __call__(self, given: Mapping[str, JsonValue]) -> None:
        """Validate a rendered input. Raises BAD_USER_INPUT for the first problem."""
        # `details.field` names the invalid field.
        try:
            self._validator.validate(dict(given))
        except jsonschema_rs.ValidationError as error:
            field = ".".join(str(part) for part in error.instance_path) or "with"
            choices = one_of_names(error, self._schema)
            message = f"{field} {choices}." if choices else f"{field}: {error.message}.{_advice(error)}"
            raise input_problem(field, message) from None


def _advice(error: jsonschema_rs.ValidationError) -> str:
    # `{{ event.payload.n }}` alone results in a number if `n` is a number.
    kind: ErrorKind = error.kind
    if kind.name != "type" or kind.types != ["string"] or error.instance is None:
        return ""
    return (
        " A string that is only one {{ expression }} keeps the type of its value. Write {{ to_string(event.payload.n) }},"
        " or put text around it."
    )


def input_problem(field: str, message: str) -> ConnectorError:
    return ConnectorError.of(BAD_INPUT, message, details={"field": field})
