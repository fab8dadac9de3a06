"""How much a request may ask for before anything of it is validated or executed."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class DocumentLimits:
    """cost: rows that an operation may ask for, see ``graphql_schema.cost``. introspection_lists: lists within lists of the schema's own description, each of which multiplies its answer.
    nesting: brackets of any kind, so that the parser's recursion is bounded. cached_characters: longer ones are not kept."""

    tokens: int = 2_000
    cost: int = 20_000
    depth: int = 12
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    nesting: int = 80
    introspection_depth: int = 16
    introspection_lists: int = 3
    cached_characters: int = 16 * 1024
    cached_documents: int = 256


DOCUMENT = DocumentLimits()
BODY_BYTES = MIB
JSON_DEPTH = 70
"""The platform's 64 levels of a payload, inside variables and an input."""
