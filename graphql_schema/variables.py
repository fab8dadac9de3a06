"""Limits the number of values in the variables of a request."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLType,
    OperationDefinitionNode,
    type_from_ast,
)

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from graphql_schema.limits import DOCUMENT


def check_variables(schema: GraphQLSchema, node: OperationDefinitionNode, variables: Mapping[str, JsonValue]) -> None:
    """Count the values in the variables. A JSON scalar counts as one value.

    Raises GRAPHQL_TOO_COMPLEX if the variables have more values than the limit. The error's path contains the name of
    the variable that exceeds the limit.
    """
    left = DOCUMENT.input_values
    for entry in node.variable_definitions or ():
        name = entry.variable.name.value
        value = variables.get(name)
        if not isinstance(value, list | dict):
            continue
        kind = type_from_ast(schema, entry.type)
        left -= _values(kind, value, left)
        if left < 0:
            raise NormalizedError(
                "GRAPHQL_TOO_COMPLEX",
                f"The variables of the request contain more than {DOCUMENT.input_values} values in total. Counting stopped in "
                f"`${name}`. Send shorter lists, in several requests.",
                details={"limit": "input_values", "maximum": DOCUMENT.input_values},
                path=["variables", name],
            )


def _values(kind: GraphQLType | None, value: JsonValue, most: int) -> int:
    # Counting stops above `most`.
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    count = 1
    if isinstance(kind, GraphQLList) and isinstance(value, list):
        if len(value) > most:
            return len(value)
        for entry in value:
            count += _values(kind.of_type, entry, most - count)
            if count > most:
                break
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, entry in value.items():
            field = kind.fields.get(name)
            count += _values(field.type, entry, most - count) if field is not None else 1
            if count > most:
                break
    return count
