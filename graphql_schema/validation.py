"""Validates a document against a schema. The time and the number of problems are limited."""

from __future__ import annotations

import re

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError

from automate.kernel.errors import NormalizedError
from graphql_schema.guards import too_many_comparisons
from graphql_schema.limits import DOCUMENT

Problems = tuple[tuple[GraphQLError, NormalizedError], ...]

overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = DOCUMENT.comparisons
"""graphql-core's default of 500,000 comparisons takes 0.5 s. Its documentation says to assign the limit here."""
_SUGGESTION = re.compile(r" (?:Did you mean .*\?|Use one of .*\.)$", re.DOTALL)


def problems_of(schema: GraphQLSchema, document: DocumentNode, *, introspection: bool) -> Problems:
    """Return the first problems of a document. Raises GRAPHQL_TOO_COMPLEX if too many fields share a response key."""
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    errors = validate(schema, document, rules, max_errors=DOCUMENT.errors)
    if errors and isinstance(errors[-1], ValidationAbortedError):
        errors.pop()
        if len(errors) < DOCUMENT.errors:
            raise too_many_comparisons(DOCUMENT.comparisons)
    return tuple((error, _known(error, suggestions=introspection)) for error in errors)


def _known(error: GraphQLError, *, suggestions: bool) -> NormalizedError:
    if not suggestions:
        return NormalizedError("GRAPHQL_VALIDATION_FAILED", shortened(_SUGGESTION.sub("", error.message)))
    return NormalizedError("GRAPHQL_VALIDATION_FAILED", shortened(error.message), details=error.extensions or {})


def shortened(message: str) -> str:
    """Shorten a message that quotes the document."""
    most = DOCUMENT.message_characters
    return message if len(message) <= most else message[: most - 1] + "…"


def parse_problem(error: GraphQLError) -> Problems:
    return ((error, NormalizedError("GRAPHQL_PARSE_FAILED", shortened(error.message))),)
