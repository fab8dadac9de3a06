"""Puts subscribers that always receive the same items into one group.

The items of a group are made for an artificial caller, which has only the permissions in the group's key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import FieldNode, OperationDefinitionNode, VariableNode
from graphql.language import DocumentNode, Node

from automate.kernel.json_text import sorted_json
from automate.kernel.principals import Principal
from graphql_schema.execution import ApiOperation

AFTER = "after"
"""The argument with the cursor at which a subscriber starts. Items do not depend on it."""


@dataclass(frozen=True)
class SharingKey:
    """The key of a group of subscribers. Subscribers with equal keys receive the same bytes."""

    query: str
    operation_name: str | None
    variables: str
    """The variables as JSON, without those that are used only as ``after``."""
    rights: frozenset[str]
    """The subscriber's permissions. Redaction depends on no other property of the caller."""


def key_of(operation: ApiOperation, principal: Principal) -> SharingKey:
    request = operation.request
    used = _used(operation.document, operation.node)
    variables = {name: value for name, value in request.variables.items() if name in used}
    return SharingKey(request.query, request.operation_name, sorted_json(variables).decode(), rights_of(principal))


def rights_of(principal: Principal) -> frozenset[str]:
    return principal.permissions


def viewer_of(key: SharingKey) -> Principal:
    """Return an artificial principal for a group. The principal has only the permissions in ``key``."""
    return Principal(kind="system", name="feed", permissions=key.rights)


def _used(document: DocumentNode, operation: OperationDefinitionNode) -> set[str]:
    # Of the variables that can change an item.
    found: set[str] = set()
    for definition in document.definitions:
        selection = getattr(definition, "selection_set", None)
        if selection is None:
            continue
        starts = _starts(operation) if definition is operation else set()
        found.update(node.name.value for node in _variables(selection) if id(node) not in starts)
        for directive in getattr(definition, "directives", None) or ():
            found.update(node.name.value for node in _variables(directive))
    return found


def _starts(operation: OperationDefinitionNode) -> set[int]:
    # The ids of the syntax nodes that a root field has as its argument `after`.
    return {
        id(argument.value)
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
        for argument in field.arguments or ()
        if argument.name.value == AFTER
    }


def _variables(node: Node) -> Iterator[VariableNode]:
    waiting: list[object] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, VariableNode):
            yield current
        elif isinstance(current, Node):
            waiting.extend(getattr(current, name) for name in current.keys)
        elif isinstance(current, list | tuple):
            waiting.extend(current)
