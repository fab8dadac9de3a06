"""Documents, guarded, parsed, validated and priced once each. The outcome is kept for the next request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from graphql import (
    DocumentNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
)

from automate.kernel.errors import NormalizedError
from graphql_schema.cost import Priced, priced
from graphql_schema.guards import check_document, check_tokens
from graphql_schema.limits import DOCUMENT
from graphql_schema.validation import Problems, parse_problem, problems_of


@dataclass(frozen=True)
class Prepared:
    """A document that may be executed, or its problems. operations: prices by the operation's name."""

    document: DocumentNode | None
    problems: Problems = ()
    operations: Mapping[str, Priced] = field(default_factory=dict)


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
        return Prepared(None, parse_problem(error))
    check_document(document)
    problems = problems_of(schema, document, introspection=introspection)
    if problems:
        return Prepared(None, problems)
    return Prepared(document, operations=priced(schema, document))


_prepare_once = lru_cache(maxsize=DOCUMENT.cached_documents)(_prepare)


def operation_in(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run. Raises NormalizedError GRAPHQL_VALIDATION_FAILED where the name does not select one."""
    operation = get_operation_ast(document, name)
    if operation is None:
        raise NormalizedError(
            "GRAPHQL_VALIDATION_FAILED",
            f"The document has no operation named {name!r}."
            if name
            else "Name one of the operations in operationName.",
        )
    return operation
