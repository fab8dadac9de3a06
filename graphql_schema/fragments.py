"""Finds the fragment of a selection, for all supported versions of graphql-core."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode

from graphql_schema.loaded import CoreValue

Fragment = FragmentDefinitionNode | InlineFragmentNode


def fragment_of(node: SelectionNode, fragments: Mapping[str, CoreValue]) -> Fragment:
    """Return the fragment that a selection contains or names. ``fragments`` has the document's fragments by name."""
    if isinstance(node, InlineFragmentNode):
        return node
    if not isinstance(node, FragmentSpreadNode):
        raise TypeError("a field has no fragment")
    found = fragments[node.name.value]
    # graphql-core 3.3 wraps a fragment's definition, 3.2 does not.
    return found.definition if hasattr(found, "definition") else found
