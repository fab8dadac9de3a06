"""The limits of a GraphQL request and of its answer. They are fixed: docs/decisions/limits-are-fixed.md."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class DocumentLimits:
    """The limits of one document. Each is checked before the work that it limits."""

    characters: int = 100_000
    """Lexing costs 0.3 us a character. Long values belong into variables."""
    tokens: int = 2_000
    nesting: int = 80
    """Levels of brackets of any kind, which bound the parser's recursion."""
    depth: int = 12
    """Levels of fields, without those of introspection."""
    fields: int = 5_000
    """Fields of all operations, with each fragment written out where it is spread."""
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    introspection_depth: int = 16
    introspection_lists: int = 3
    """Lists within lists of the schema's own description. Each list multiplies the answer."""
    comparisons: int = 10_000
    """Work on fields that share a response name, in graphql-core's units: about 1 us each."""
    errors: int = 8
    """Validation errors that are reported."""
    message_characters: int = 1_000
    """The maximum length of a validation error's message, which quotes the document."""
    input_values: int = 10_000
    """Values in the lists of one variable, except JSON."""
    cost: int = 20_000
    """The maximum price of one operation in points: ``graphql_schema.cost``."""
    cached_characters: int = 16 * 1024
    """Longer documents are prepared again for each request."""
    cached_tokens: int = 32_768
    """Tokens of all documents that a process caches. A token takes up to 600 bytes, so all take at most 20 MB."""


DOCUMENT = DocumentLimits()
BODY_BYTES = MIB
BODY_VALUES = 100_000
"""Entries of lists and members of objects in a body. Ordinary JSON of 1 MiB has some 70,000."""
ANSWER_BYTES = 8 * MIB
"""The maximum of one answer, and of each item of a stream."""
JSON_DEPTH = 70
"""Allows the 64 levels of a payload inside variables and an input."""
