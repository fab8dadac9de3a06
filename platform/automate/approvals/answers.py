"""Validates the answers to an approval's form."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import KIB
from automate.kernel.strict_json import check_value
from automate.workflows.flow_steps.form import compile_form
from automate.workflows.problems import short

ANSWER_BYTES = 16 * KIB
MOST_PROBLEMS = 20
MESSAGE_CHARACTERS = 200


def check_answers(schema: Mapping[str, JsonValue] | None, answers: JsonValue, *, rejects: bool) -> JsonValue:
    """Check the answers to a form, and return the answers.

    If ``rejects`` is True, the answers belong to a rejection, and required fields can be empty.

    Raises BAD_USER_INPUT with a problem and its path for each invalid field.
    """
    if schema is None:
        if answers not in (None, {}):
            raise NormalizedError("BAD_USER_INPUT", "This approval has no form. Leave out `form`.", path=["form"])
        return None
    given = {} if answers is None else answers
    if not isinstance(given, dict):
        raise NormalizedError(
            "BAD_USER_INPUT", "`form` must be a JSON object with a value for each field.", path=["form"]
        )
    try:
        check_value(given, max_bytes=ANSWER_BYTES)
    except NormalizedError as error:
        raise NormalizedError("BAD_USER_INPUT", error.message, path=["form", *error.path]) from None
    problems = problems_of(schema, given, rejects=rejects)
    if problems:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "The answers do not match the form. Correct the named fields.",
            details={"problems": [*problems]},
            path=["form"],
        )
    return given


def problems_of(
    schema: Mapping[str, JsonValue], answers: Mapping[str, JsonValue], *, rejects: bool
) -> list[dict[str, JsonValue]]:
    """List at most MOST_PROBLEMS invalid fields, each as ``{code, message, path}``."""
    held_to = {name: value for name, value in schema.items() if not (rejects and name == "required")}
    found: list[dict[str, JsonValue]] = []
    for error in islice(compile_form(held_to).iter_errors(answers), MOST_PROBLEMS):
        path = [str(part) for part in error.instance_path]
        message = f"{short(error.message, MESSAGE_CHARACTERS)}."
        if error.kind.name == "required":
            path, message = [*path, str(error.kind.as_dict()["property"])], "This is required."
        found.append({"code": "BAD_USER_INPUT", "message": message, "path": ["form", *path]})
    return found
