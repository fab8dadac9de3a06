"""Finds the fragment of a selection, for all supported versions of graphql-core."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode

from graphql_schema.loaded import CoreValue

Fragment = FragmentDefinitionNode | InlineFragmentNode


def fragment_of(node: SelectionNode, fragments: Mapping[str, CoreValue]) -> Fragment:
    """Return the fragment that a selection contains or names. ``fragments`` has the document's fragments by name."""
    found: CoreValue = fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
    # graphql-core 3.3 wraps a fragment's definition, 3.2 does not.
    return getattr(found, "definition", found)
