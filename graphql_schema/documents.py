"""Checks, parses, validates and prices GraphQL documents. The result is cached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from graphql import (
    DocumentNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
)

from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import NormalizedError
from graphql_schema.cost import Priced, priced
from graphql_schema.guards import check_document, check_tokens
from graphql_schema.limits import DOCUMENT
from graphql_schema.loaded import Selections
from graphql_schema.validation import Problems, parse_problem, problems_of

_ENTRY_TOKENS = 50
"""The size of a cache entry without its tokens. The unit is the size of one token."""


@dataclass(frozen=True)
class Prepared:
    """A valid document with its prices, or the problems of an invalid document."""

    document: DocumentNode | None
    problems: Problems = ()
    operations: Mapping[str, Priced] = field(default_factory=dict)
    """Prices by the operation's name."""
    selections: Selections = field(default_factory=dict, compare=False)
    """Compiled selections of the document, see ``graphql_schema.straight``. They are dropped together with the
    document.
    """


_kept: BoundedCache[tuple[GraphQLSchema, str, bool], Prepared] = BoundedCache(DOCUMENT.cached_tokens)


def prepare(schema: GraphQLSchema, query: str) -> Prepared:
    """Check a document and price its operations.

    Raises GRAPHQL_TOO_COMPLEX before any costly work if the document exceeds a limit.
    """
    introspection = bool(settings.GRAPHQL_INTROSPECTION)
    key = (schema, query, introspection)
    found = _kept.get(key)
    if found is None:
        found, tokens = _prepared(schema, query, introspection=introspection)
        if len(query) <= DOCUMENT.cached_characters:
            _kept.put(key, found, tokens + _ENTRY_TOKENS)
    return found


def _prepared(schema: GraphQLSchema, query: str, *, introspection: bool) -> tuple[Prepared, int]:
    # Also returns its number of tokens.
    tokens = 0
    try:
        tokens = check_tokens(query)
        document = parse(query)
    except GraphQLSyntaxError as error:
        return Prepared(None, parse_problem(error)), tokens
    check_document(document)
    problems = problems_of(schema, document, introspection=introspection)
    if problems:
        return Prepared(None, problems), tokens
    return Prepared(document, operations=priced(schema, document)), tokens


def operation_in(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Find the operation that a request names.

    Raises GRAPHQL_VALIDATION_FAILED in two cases:

    - The document has no operation with this name.
    - The request names no operation, and the document has several.
    """
    operation = get_operation_ast(document, name)
    if operation is None:
        raise NormalizedError(
            "GRAPHQL_VALIDATION_FAILED",
            f"The document has no operation named {name!r}. Name one of its operations in operationName."
            if name
            else "The document has several operations. Name the one to run in operationName.",
        )
    return operation
