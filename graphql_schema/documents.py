"""Documents, guarded, parsed and validated once each; the outcome is kept for the next time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from automate.kernel.errors import NormalizedError
from graphql_schema.cost import Cost, costs_of
from graphql_schema.guards import check_document, check_tokens
from graphql_schema.limits import DOCUMENT

MAX_VALIDATION_ERRORS = 20
_SUGGESTION = re.compile(r" Did you mean .*\?$", re.DOTALL)

Problems = tuple[tuple[GraphQLError, NormalizedError], ...]


@dataclass(frozen=True)
class Prepared:
    """Either a document that may be executed, or what is wrong with it. costs: by the operation's name."""

    document: DocumentNode | None
    problems: Problems = ()
    costs: Mapping[str, Cost] = field(default_factory=dict)


def prepare(schema: GraphQLSchema, query: str) -> Prepared:
    """Raises NormalizedError GRAPHQL_TOO_COMPLEX where a limit is passed, before any costly work."""
    introspection = bool(settings.GRAPHQL_INTROSPECTION)
    if len(query) > DOCUMENT.cached_characters:
        return _prepare(schema, query, introspection=introspection)
    return _prepare_once(schema, query, introspection=introspection)


def _prepare(schema: GraphQLSchema, query: str, *, introspection: bool) -> Prepared:
    try:
        check_tokens(query)
        document = parse(query)
    except GraphQLSyntaxError as error:
        return Prepared(None, ((error, NormalizedError("GRAPHQL_PARSE_FAILED", error.message)),))
    check_document(document)
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    errors = validate(schema, document, rules, max_errors=MAX_VALIDATION_ERRORS)
    if not errors:
        return Prepared(document, costs=costs_of(schema, document))
    # A suggestion names what the schema has, which the setting keeps to itself.
    messages = [error.message if introspection else _SUGGESTION.sub("", error.message) for error in errors]
    return Prepared(
        None,
        tuple(
            (error, NormalizedError("GRAPHQL_VALIDATION_FAILED", message))
            for error, message in zip(errors, messages, strict=True)
        ),
    )


_prepare_once = lru_cache(maxsize=DOCUMENT.cached_documents)(_prepare)


def operation_in(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run. Raises NormalizedError GRAPHQL_VALIDATION_FAILED where the name does not settle it."""
    operation = get_operation_ast(document, name)
    if operation is None:
        raise NormalizedError(
            "GRAPHQL_VALIDATION_FAILED",
            f"The document has no operation named {name!r}."
            if name
            else "Name one of the operations in operationName.",
        )
    return operation
