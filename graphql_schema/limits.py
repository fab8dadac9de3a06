"""The limits of a GraphQL request and of its answer. No setting changes them."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class DocumentLimits:
    """The limits of one document."""

    characters: int = 100_000
    """Characters of a document. Splitting it into tokens takes 0.3 us for each. Long values belong into variables."""
    tokens: int = 2_000
    nesting: int = 80
    """Levels of nested brackets of any kind. The limit bounds the parser's recursion."""
    depth: int = 12
    """Levels of nested fields, not counting those of introspection."""
    fields: int = 5_000
    """Fields of all operations. The fields of a fragment are counted each time it is spread."""
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    introspection_depth: int = 16
    introspection_lists: int = 3
    """Levels of nested lists in an introspection query. Each list multiplies the answer."""
    comparisons: int = 10_000
    """Comparisons of fields that share a response key, in graphql-core's units of about 1 us each."""
    errors: int = 8
    """How many validation errors are reported."""
    message_characters: int = 1_000
    """The maximum length of a validation error's message, which quotes the document."""
    input_values: int = 10_000
    """Values in the lists of one variable. JSON scalars do not count."""
    cost: int = 20_000
    """The maximum price of one operation in points: ``graphql_schema.cost``."""
    cached_characters: int = 16 * 1024
    """Documents with more characters than this are not cached, but prepared again for each request."""
    cached_tokens: int = 32_768
    """Tokens of all documents that a process caches. A token takes up to 600 bytes, so the cache takes at most 20 MB.
    """


DOCUMENT = DocumentLimits()
BODY_BYTES = MIB
BODY_VALUES = 100_000
"""Entries of lists and members of objects in a body together. Ordinary JSON of 1 MiB has about 70,000."""
ANSWER_BYTES = 8 * MIB
"""Maximum bytes of one answer, and of each item of a subscription."""
JSON_DEPTH = 70
"""Levels of nested JSON in a body. They allow a payload of 64 levels inside of variables and an input."""
